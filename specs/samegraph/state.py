"""Placeholders, variables, assignments, groups and control dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .graph import Graph, Operation, Tensor, get_default_graph
from .op import as_tensor
from .registry import OPS
from .types import INDICES, DType, ShapeError, TensorShape, TensorType, as_dtype, as_shape, compatible, shape_text


class GraphKeys:
    """Names of collections (TF1: tf.GraphKeys)."""

    GLOBAL_VARIABLES = "variables"
    LOCAL_VARIABLES = "local_variables"
    MODEL_VARIABLES = "model_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    REGULARIZATION_LOSSES = "regularization_losses"
    LOSSES = "losses"
    UPDATE_OPS = "update_ops"
    SUMMARIES = "summaries"
    GLOBAL_STEP = "global_step"
    TRAIN_OP = "train_op"


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Tensor:
    """A value fed at each run; sizes may be None, and so may the whole shape (TF1: tf.placeholder)."""
    t = TensorType(as_shape(shape), as_dtype(dtype))
    return get_default_graph().add("Placeholder", (), [t], {}, name or "Placeholder", control_inputs=()).outputs[0]


def placeholder_with_default(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """A value that is `input` unless fed (TF1: tf.placeholder_with_default)."""
    default = as_tensor(input)
    sizes = as_shape(shape)
    if not compatible(default.type.shape, sizes):
        raise ValueError(f"the default has shape {default.shape}, which is not {shape_text(sizes)}")
    t = TensorType(sizes, default.dtype)
    return get_default_graph().add("PlaceholderWithDefault", (default,), [t], {}, name, "identity").outputs[0]


def _delegated(name: str) -> Callable[[Any, Any], Tensor]:
    """An operator of a variable: that of its value."""

    def method(self: Any, other: Any) -> Tensor:
        result: Tensor = getattr(self.value(), name)(other)
        return result

    return method


class Variable:
    """A parameter: a value that a session keeps between runs (TF1: tf.Variable).

    initial_value: what converts to a Tensor, or a callable without arguments that returns it. trainable: optimizers change
    it. Raises ValueError when there is no initial value or, with validate_shape, when its shape is not known.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Iterable[str] | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: Any = None,
        constraint: Any = None,
        use_resource: Any = None,
    ) -> None:
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        graph = get_default_graph()
        trainable = True if trainable is None else trainable
        wanted = None if dtype is None else as_dtype(dtype)
        with graph.inside(None), graph.control_dependencies(None), graph.name_scope(name or "Variable") as scope:
            with graph.name_scope("Initializer") if callable(initial_value) else graph.name_scope(scope):
                given = initial_value() if callable(initial_value) else initial_value
                initial = as_tensor(given, wanted, name="initial_value", exact=True)
            shape = initial.type.shape if validate_shape else None
            if validate_shape and shape is None:
                raise ValueError(f"initial_value must have a shape specified: {initial}")
            own = TensorType(shape, initial.dtype)
            self.op: Operation = graph.add("VariableV2", (), [own], {"trainable": trainable}, scope)
            self._value = self.op.outputs[0]
            self.initial_value = initial
            self.initializer: Any = _assign(self, "Assign", initial, "Assign").op
        self.trainable, self.constraint = trainable, constraint
        self.save_slice_info: Any = None
        keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
        if trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
            keys.append(GraphKeys.TRAINABLE_VARIABLES)
        graph.add_to_collections(keys, self)

    @classmethod
    def of(cls, op: Operation, initial_value: Any = None, initializer: Any = None) -> Variable:
        """The variable that an operation read from a file is; published graphs hold values in place of initial ones."""
        self = cls.__new__(cls)
        self.op, self._value, self.initial_value, self.initializer = op, op.outputs[0], initial_value, initializer
        self.trainable, self.constraint, self.save_slice_info = op.attrs["trainable"], None, None
        return self

    @property
    def name(self) -> str:
        return self._value.name

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @property
    def dtype(self) -> DType:
        return self._value.dtype

    @property
    def shape(self) -> TensorShape:
        return self._value.shape

    @property
    def type(self) -> TensorType:
        return self._value.type

    @property
    def device(self) -> str:
        return self.op.device

    def get_shape(self) -> TensorShape:
        return self.shape

    def set_shape(self, shape: Any) -> None:
        self._value.set_shape(shape)

    def value(self) -> Tensor:
        """The value at the start of the run, or after the surrounding control dependencies (TF1: Variable.value)."""
        return self.read_value() if get_default_graph().has_controls else self._value

    def read_value(self) -> Tensor:
        """The value at this point of the run: after control dependencies (TF1: Variable.read_value)."""
        graph = self._own_graph()
        name = f"{self.op.name}/read"
        return graph.add("ReadVariableOp", (self._value,), [self.type], {}, name, variable=self.op).outputs[0]

    def _own_graph(self) -> Graph:
        graph = get_default_graph()
        if graph is not self.graph:
            raise ValueError(
                f"variable {self.name} belongs to another graph than the default one; it was made at {self.op.made_at}. "
                "Write the line inside `with graph.as_default():` of its graph"
            )
        return graph

    def initialized_value(self) -> Tensor:
        """The initial value, for the initial value of another variable (TF1: Variable.initialized_value)."""
        return self.initial_value

    def eval(self, session: Any = None) -> Any:
        """The value in `session` or the default one (TF1: Variable.eval)."""
        return self._value.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Gives the variable `value` in `session` or the default one (TF1: Variable.load)."""
        initializer = _initializer(self)
        initializer.run(feed_dict={initializer.inputs[0]: value}, session=session)

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Tensor:
        return assign(self, value, name=name)

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Tensor:
        return assign_add(self, delta, name=name)

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Tensor:
        return assign_sub(self, delta, name=name)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        return scatter_add(self, sparse_delta.indices, sparse_delta.values, name=name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        return scatter_sub(self, sparse_delta.indices, sparse_delta.values, name=name)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        return scatter_update(self, sparse_delta.indices, sparse_delta.values, name=name)

    def _as_tensor(self) -> Tensor:
        return self.value()

    def _as_graph_element(self) -> Tensor:
        return self._value

    def __getitem__(self, key: Any) -> Tensor:
        return self.value()[key]

    def __iter__(self) -> Any:
        raise TypeError("'Variable' object is not iterable.")

    def __repr__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    __array_ufunc__ = None

    __add__, __radd__ = _delegated("__add__"), _delegated("__radd__")
    __sub__, __rsub__ = _delegated("__sub__"), _delegated("__rsub__")
    __mul__, __rmul__ = _delegated("__mul__"), _delegated("__rmul__")
    __truediv__, __rtruediv__ = _delegated("__truediv__"), _delegated("__rtruediv__")
    __floordiv__, __rfloordiv__ = _delegated("__floordiv__"), _delegated("__rfloordiv__")
    __mod__, __rmod__ = _delegated("__mod__"), _delegated("__rmod__")
    __pow__, __rpow__ = _delegated("__pow__"), _delegated("__rpow__")
    __matmul__, __rmatmul__ = _delegated("__matmul__"), _delegated("__rmatmul__")
    __and__, __rand__ = _delegated("__and__"), _delegated("__rand__")
    __or__, __ror__ = _delegated("__or__"), _delegated("__ror__")
    __xor__, __rxor__ = _delegated("__xor__"), _delegated("__rxor__")
    __lt__, __gt__ = _delegated("__lt__"), _delegated("__gt__")
    __le__, __ge__ = _delegated("__le__"), _delegated("__ge__")

    def __neg__(self) -> Tensor:
        return -self.value()

    def __abs__(self) -> Tensor:
        return abs(self.value())

    def __invert__(self) -> Tensor:
        return ~self.value()

    def __iadd__(self, other: Any) -> Any:
        return self.value() + other

    def __bool__(self) -> bool:
        return bool(self._value)


def _variable(ref: Any, what: str) -> Variable:
    if not isinstance(ref, Variable):
        raise TypeError(f"{what}: the first argument must be a variable, got {ref!r}")
    return ref


def _assign(ref: Variable, type: str, value: Tensor, name: str | None) -> Tensor:
    own = ref._value.type
    if value.dtype != own.dtype:
        raise TypeError(
            f"{type}: variable {ref.name} holds {own.dtype.name}, the value {value.name} {value.dtype.name}; write tf.cast"
        )
    if not compatible(own.shape, value.type.shape):
        raise ValueError(
            f"{type}: variable {ref.name} has shape {shape_text(own.shape)} and the value {value.name} {shape_text(value.type.shape)}; "
            f"an assignment never broadcasts. The variable was made at {ref.op.made_at}"
        )
    graph = ref._own_graph()
    return graph.add(type, (value,), [own], {}, name or type, variable=ref.op).outputs[0]


def assign(
    ref: Any, value: Any, validate_shape: bool = True, use_locking: bool = True, name: str | None = None
) -> Tensor:
    """Gives the variable `ref` a new value, which is the result (TF1: tf.assign)."""
    variable = _variable(ref, "assign")
    return _assign(variable, "Assign", as_tensor(value, variable.dtype), name)


def assign_add(ref: Any, value: Any, use_locking: bool = True, name: str | None = None) -> Tensor:
    """Adds `value` to the variable `ref`; the result is the new value (TF1: tf.assign_add)."""
    variable = _variable(ref, "assign_add")
    return _assign(variable, "AssignAdd", as_tensor(value, variable.dtype), name)


def assign_sub(ref: Any, value: Any, use_locking: bool = True, name: str | None = None) -> Tensor:
    """Subtracts `value` from the variable `ref`; the result is the new value (TF1: tf.assign_sub)."""
    variable = _variable(ref, "assign_sub")
    return _assign(variable, "AssignSub", as_tensor(value, variable.dtype), name)


def _scatter(ref: Any, type: str, indices: Any, updates: Any, name: str | None) -> Tensor:
    variable = _variable(ref, type)
    ids, rows = as_tensor(indices), as_tensor(updates, variable.dtype)
    if ids.dtype not in INDICES:
        raise TypeError(f"{type}: indices must hold int32 or int64, got {ids.dtype.name}")
    if rows.dtype != variable.dtype:
        raise TypeError(
            f"{type}: variable {variable.name} holds {variable.dtype.name}, the updates {rows.dtype.name}; write tf.cast"
        )
    if not (ids.type.shape is None or rows.type.shape is None or variable.type.shape is None):
        expected = ids.type.dims + variable.type.dims[1:]
        if not compatible(expected, rows.type.shape):
            raise ShapeError(
                f"{type}: updates must have shape {shape_text(expected)} (indices and rows), got {rows.shape}"
            )
    graph = variable._own_graph()
    return graph.add(type, (ids, rows), [variable.type], {}, name or type, variable=variable.op).outputs[0]


def scatter_add(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Tensor:
    """Adds `updates` to the rows of variable `ref` at `indices`; equal indices add up (TF1: tf.scatter_add)."""
    return _scatter(ref, "ScatterAdd", indices, updates, name)


def scatter_sub(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Tensor:
    """Subtracts `updates` from the rows of variable `ref` at `indices`; equal indices add up (TF1: tf.scatter_sub)."""
    return _scatter(ref, "ScatterSub", indices, updates, name)


def scatter_update(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Tensor:
    """Replaces the rows of variable `ref` at `indices`; of equal indices the last wins (TF1: tf.scatter_update)."""
    return _scatter(ref, "ScatterUpdate", indices, updates, name)


def _operation(item: Any) -> Operation:
    element = get_default_graph().as_graph_element(item)
    return element.op if isinstance(element, Tensor) else element


def group(*inputs: Any, name: str | None = None) -> Operation:
    """An operation that runs all `inputs` (TF1: tf.group)."""
    flat: list[Any] = []
    for i in inputs:
        flat.extend(i) if isinstance(i, (list, tuple)) else flat.append(i)
    graph = get_default_graph()
    around = dict.fromkeys(c for level in graph._controls for c in level)
    controls = tuple(dict.fromkeys([*around, *(_operation(i) for i in flat)]))
    return graph.add("NoOp", (), [], {}, name or "group_deps", control_inputs=controls)


def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing (TF1: tf.no_op)."""
    return get_default_graph().add("NoOp", (), [], {}, name or "NoOp")


def tuple_(tensors: Sequence[Any], name: str | None = None, control_inputs: Sequence[Any] | None = None) -> list[Any]:
    """`tensors`, each after all of them (TF1: tf.tuple)."""
    deps = [t for t in tensors if t is not None] + list(control_inputs or ())
    with get_default_graph().control_dependencies(deps):
        return [None if t is None else OPS["identity"](t) for t in tensors]


def global_variables(scope: str | None = None) -> list[Variable]:
    return get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def local_variables(scope: str | None = None) -> list[Variable]:
    return get_default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Variable]:
    return get_default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def variables_initializer(var_list: Iterable[Variable], name: str = "init") -> Operation:
    """An operation that initialises the variables given (TF1: tf.variables_initializer).

    Raises ValueError for a variable of a published graph, which has a value from the start and no initializer.
    """
    return group(*(_initializer(v) for v in var_list), name=name)


def _initializer(v: Variable) -> Operation:
    if v.initializer is None:
        raise ValueError(f"variable {v.name} was published with its value; it has no initializer")
    return v.initializer


def global_variables_initializer() -> Operation:
    """An operation that initialises all global variables made so far (TF1: tf.global_variables_initializer)."""
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An operation that initialises all local variables made so far (TF1: tf.local_variables_initializer)."""
    return variables_initializer(local_variables())
