"""Name scopes, variable scopes, and get_variable: how one variable is shared by name."""

from __future__ import annotations

import enum
import functools
import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any

from .graph import Graph, get_default_graph
from .initializers import GlorotUniform, Zeros
from .op import as_tensor
from .state import GraphKeys, Variable
from .types import FLOAT32, DType, TensorShape, as_dtype, as_shape


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
"""Makes get_variable return the variable of that name, or make it when there is none (TF1: tf.AUTO_REUSE)."""

Reuse = bool | _ReuseMode | None
Regularizer = Callable[[Any], Any]


class VariableSynchronization(enum.Enum):
    """When the copies of a distributed variable are joined; samegraph keeps one copy (TF1: tf.VariableSynchronization)."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How the copies of a distributed variable are joined; samegraph keeps one copy (TF1: tf.VariableAggregation)."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


def no_regularizer(_: Any) -> None:
    """A regularizer that stops the one a scope would hand down (TF1: tf.no_regularizer)."""


# Name scopes ------------------------------------------------------------------------------------------------------------


def graph_of(values: Iterable[Any] | None) -> Graph:
    """The graph of the first of `values` that has one, else the default graph."""
    for v in values or ():
        graph = getattr(v, "graph", None)
        if isinstance(graph, Graph):
            return graph
    return get_default_graph()


class name_scope:
    """Prefixes the names of operations made inside; never those of get_variable (TF1: tf.name_scope).

    name: None means `default_name`; with neither, the root; ending with "/", that very scope again. values: tensors whose
    graph becomes the default one. Raises ValueError for values without a name, and for an invalid name.
    """

    def __init__(self, name: str | None, default_name: str | None = None, values: Sequence[Any] | None = None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"`name` for name_scope must be a string, got {name!r}")
        self._name = default_name if name is None else name
        self._values = values
        self._entered: list[ExitStack] = []

    @property
    def name(self) -> str | None:
        return self._name

    def __enter__(self) -> str:
        if self._name is None and self._values is not None:
            raise ValueError("At least one of name (None) and default_name (None) must be provided.")
        with ExitStack() as stack:
            graph = graph_of(self._values)
            if graph is not get_default_graph():
                stack.enter_context(graph.as_default())
            scope = stack.enter_context(graph.name_scope(self._name))
            self._entered.append(stack.pop_all())
        return scope

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)


# Variable scopes --------------------------------------------------------------------------------------------------------


class VariableScope:
    """What get_variable takes over from its surroundings: a name prefix, reuse and defaults (TF1: tf.VariableScope)."""

    def __init__(
        self,
        reuse: Reuse,
        name: str = "",
        initializer: Any = None,
        regularizer: Regularizer | None = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Callable[..., Any] | None = None,
        name_scope: str = "",
        dtype: Any = FLOAT32,
        use_resource: bool | None = None,
        constraint: Callable[[Any], Any] | None = None,
    ) -> None:
        self.reuse, self.name, self.original_name_scope = reuse, name, name_scope
        self.initializer, self.regularizer, self.constraint = initializer, regularizer, constraint
        self.caching_device, self.partitioner, self.custom_getter = caching_device, partitioner, custom_getter
        self.dtype, self.use_resource = dtype, use_resource

    def reuse_variables(self) -> None:
        """From now on get_variable inside only finds variables (TF1: VariableScope.reuse_variables)."""
        self.reuse = True

    def set_initializer(self, initializer: Any) -> None:
        self.initializer = initializer

    def set_dtype(self, dtype: Any) -> None:
        self.dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        self.use_resource = use_resource

    def set_regularizer(self, regularizer: Regularizer | None) -> None:
        self.regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        self.caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        self.partitioner = partitioner

    def set_custom_getter(self, custom_getter: Callable[..., Any] | None) -> None:
        self.custom_getter = custom_getter

    def get_collection(self, name: str) -> list[Any]:
        """What is collected under `name` and named inside this scope (TF1: VariableScope.get_collection)."""
        return get_default_graph().get_collection(name, f"{self.name}/" if self.name else None)

    def trainable_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Variable]:
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def full_name(self, name: str) -> str:
        """`name` with this scope's name before it."""
        return f"{self.name}/{name}" if self.name else name

    def opened(self, name: str | None, name_scope: str, changes: dict[str, Any]) -> VariableScope:
        """The scope that opening `name` inside this one gives, or this one opened again for None.

        changes: what the user asked for, None where nothing. A constraint is not handed down, as in TF1.
        """
        new = VariableScope(
            changes["reuse"] or self.reuse,
            self.name if name is None else self.full_name(name),
            name_scope=self.original_name_scope if name is None else name_scope,
            constraint=changes["constraint"],
        )
        for key in ("initializer", "regularizer", "caching_device", "partitioner", "dtype", "use_resource"):
            setattr(new, key, getattr(self, key) if changes[key] is None else changes[key])
        new.custom_getter = _nested_getter(changes["custom_getter"], self.custom_getter)
        return new


def _nested_getter(inner: Callable[..., Any] | None, outer: Callable[..., Any] | None) -> Callable[..., Any] | None:
    if inner is None or outer is None:
        return inner or outer

    def nested(getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, getter), *args, **kwargs)

    return nested


class _Scopes(threading.local):
    """The scope a thread is in, and how often each scope was opened there, of one graph."""

    def __init__(self) -> None:
        self.current = VariableScope(False)
        self.counts: dict[str, int] = {}

    def unique(self, prefix: str) -> str:
        name, i = self.current.full_name(prefix), 0
        while self.counts.get(f"{name}_{i}" if i else name, 0):
            i += 1
        return f"{prefix}_{i}" if i else prefix

    def count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    def forget_below(self, name: str) -> None:
        for opened in self.counts:
            if opened.startswith(f"{name}/"):
                self.counts[opened] = 0


def _scopes(graph: Graph) -> _Scopes:
    found = graph.extras.get("variable_scopes")
    if found is None:
        found = graph.extras.setdefault("variable_scopes", _Scopes())
    return found


def get_variable_scope() -> VariableScope:
    """The variable scope this line is in (TF1: tf.get_variable_scope)."""
    return _scopes(get_default_graph()).current


class variable_scope:
    """Prefixes the names of get_variable, and of operations; hands down reuse and defaults (TF1: tf.variable_scope).

    name_or_scope: a name below the present scope, or a VariableScope to open again. default_name: a name made unique, for
    name_or_scope None. reuse: True finds variables only, AUTO_REUSE finds or makes them, None and False inherit.
    auxiliary_name_scope: False leaves operations' names alone. Raises TypeError without any name and for a scope that is
    none, ValueError for another `reuse`, or reuse=True with a default name.
    """

    def __init__(
        self,
        name_or_scope: str | VariableScope | None,
        default_name: str | None = None,
        values: Sequence[Any] | None = None,
        initializer: Any = None,
        regularizer: Regularizer | None = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Callable[..., Any] | None = None,
        reuse: Reuse = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Callable[[Any], Any] | None = None,
        auxiliary_name_scope: bool = True,
    ) -> None:
        if default_name is None and name_or_scope is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if not (reuse is None or isinstance(reuse, (bool, _ReuseMode))):
            raise ValueError("The reuse parameter must be True or False or None.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"The auxiliary_name_scope must be `True` or `False`, while get {auxiliary_name_scope}")
        self._given, self._default_name, self._values = name_or_scope, default_name, values
        self._auxiliary = auxiliary_name_scope
        self._changes = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "reuse": reuse or None,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._entered: list[ExitStack] = []

    def __enter__(self) -> VariableScope:
        with ExitStack() as stack:
            graph = graph_of(self._values)
            if graph is not get_default_graph():
                stack.enter_context(graph.as_default())
            scope = self._open(graph, stack)
            self._entered.append(stack.pop_all())
        return scope

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(*error)

    def _open(self, graph: Graph, stack: ExitStack) -> VariableScope:
        scopes, given = _scopes(graph), self._given
        if given is None:
            if self._changes["reuse"]:
                raise ValueError("reuse=True cannot be used without a name_or_scope")
            prefix = self._enter_names(graph, stack, self._default_name or "")
            scope = scopes.current.opened(scopes.unique(self._default_name or ""), prefix, self._changes)
        elif isinstance(given, str):
            prefix = self._enter_names(graph, stack, given)
            scope = scopes.current.opened(given, prefix, self._changes)
        elif isinstance(given, VariableScope):
            self._enter_names(graph, stack, given.name.split("/")[-1])
            scope = given.opened(None, "", self._changes)
        else:
            raise TypeError("VariableScope: name_or_scope must be a string or VariableScope.")
        self._enter_scope(scopes, scope, stack, again=isinstance(given, VariableScope))
        return scope

    def _enter_names(self, graph: Graph, stack: ExitStack, name: str) -> str:
        """Opens the name scope that goes with the variable scope; an empty name opens none."""
        if not self._auxiliary:
            return f"{graph.scope_name}/" if graph.scope_name else ""
        return stack.enter_context(graph.name_scope(name)) if name else ""

    def _enter_scope(self, scopes: _Scopes, scope: VariableScope, stack: ExitStack, again: bool) -> None:
        before = scopes.current
        scopes.count(scope.name)
        counts = dict(scopes.counts)
        scopes.current = scope

        def leave() -> None:
            if scopes.current is not scope:
                raise RuntimeError("Improper nesting of variable_scope.")
            if again:
                scopes.counts = counts
            else:
                scopes.forget_below(scope.name)
            scopes.current = before

        stack.callback(leave)


# Variables by name ------------------------------------------------------------------------------------------------------


def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Regularizer | None = None,
    trainable: bool | None = None,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Callable[..., Any] | None = None,
    constraint: Callable[[Any], Any] | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Variable:
    """The variable `name` of the present variable scope, found or made as the scope's `reuse` says (TF1: tf.get_variable).

    initializer: an initializer, a callable without arguments, or a value (then without `shape`); default: the scope's, else
    glorot uniform, zeros for integers and booleans. What does not concern a session on one device (caching_device,
    use_resource, synchronization, aggregation) is accepted. Raises ValueError for a variable that exists and may not be
    shared, that does not exist and may only be found, whose shape or dtype differs, and for a shape that is missing or not
    fully defined; TypeError for a partitioner, since samegraph keeps every variable whole.
    """
    scope = get_variable_scope()
    partitioner = scope.partitioner if partitioner is None else partitioner
    if partitioner is not None:
        raise TypeError(f"get_variable({name!r}): samegraph keeps every variable whole, so it takes no partitioner")
    custom_getter = custom_getter or scope.custom_getter
    if custom_getter is not None and not callable(custom_getter):
        raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter}")
    with get_default_graph().name_scope(None):
        _check_initial_dtype(initializer, dtype)
        arguments: dict[str, Any] = {
            "name": scope.full_name(name),
            "shape": shape,
            "dtype": as_dtype(scope.dtype if dtype is None else dtype),
            "initializer": scope.initializer if initializer is None else initializer,
            "regularizer": regularizer or scope.regularizer,
            "reuse": scope.reuse,
            "trainable": _is_trainable(name, trainable, synchronization),
            "collections": collections,
            "caching_device": caching_device or scope.caching_device,
            "partitioner": None,
            "validate_shape": validate_shape,
            "use_resource": scope.use_resource if use_resource is None else use_resource,
            "synchronization": synchronization,
            "aggregation": aggregation,
            "constraint": constraint or scope.constraint,
        }
        if custom_getter is None:
            return _get(**arguments)
        if not _takes(custom_getter, "constraint"):
            del arguments["constraint"]
        return custom_getter(getter=_get, **arguments)


def get_local_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Regularizer | None = None,
    trainable: bool | None = False,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Callable[..., Any] | None = None,
    constraint: Callable[[Any], Any] | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Variable:
    """As get_variable, collected among the local variables and never trained (TF1: tf.get_local_variable)."""
    return get_variable(
        name,
        shape,
        dtype,
        initializer,
        regularizer,
        False,
        [*(collections or ()), GraphKeys.LOCAL_VARIABLES],
        caching_device,
        partitioner,
        validate_shape,
        use_resource,
        custom_getter,
        constraint,
        synchronization,
        aggregation,
    )


def _check_initial_dtype(initializer: Any, dtype: Any) -> None:
    if dtype is None or initializer is None or callable(initializer):
        return
    own = as_tensor(initializer).dtype
    if own != as_dtype(dtype):
        raise ValueError(f"Initializer type '{own!r}' and explicit dtype '{as_dtype(dtype)!r}' don't match.")


def _is_trainable(name: str, trainable: bool | None, synchronization: VariableSynchronization) -> bool:
    if synchronization is VariableSynchronization.ON_READ:
        if trainable:
            raise ValueError(
                "Synchronization value can be set to VariableSynchronization.ON_READ only for non-trainable variables. "
                f"You have specified trainable=True and synchronization=VariableSynchronization.ON_READ ({name})."
            )
        return False
    return True if trainable is None else trainable


def _takes(fn: Callable[..., Any], argument: str) -> bool:
    try:
        parameters = inspect.signature(fn).parameters
    except (TypeError, ValueError):
        return False
    return argument in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _get(
    name: str,
    shape: Any = None,
    dtype: Any = FLOAT32,
    initializer: Any = None,
    regularizer: Regularizer | None = None,
    reuse: Reuse = None,
    trainable: bool | None = None,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    constraint: Callable[[Any], Any] | None = None,
    synchronization: VariableSynchronization = VariableSynchronization.AUTO,
    aggregation: VariableAggregation = VariableAggregation.NONE,
) -> Variable:
    """The variable of the full name `name`: what a custom getter gets as its `getter`."""
    if shape is not None and initializer is not None and not callable(initializer):
        raise ValueError("If initializer is a constant, do not specify shape.")
    graph = get_default_graph()
    store: dict[str, Variable] = graph.extras.setdefault("variables", {})
    wanted, dtype = None if shape is None else TensorShape(as_shape(shape)), as_dtype(dtype)
    found = store.get(name)
    if found is not None:
        return _shared(found, name, wanted, dtype, reuse)
    if reuse is True:
        raise ValueError(
            f"Variable {name} does not exist, or was not created with tf.get_variable(). "
            "Did you mean to set reuse=tf.AUTO_REUSE in VarScope?"
        )
    initial, own = _initial(name, wanted, dtype, initializer)
    made = store[name] = Variable(
        initial, trainable, collections, validate_shape, name=name, dtype=own, constraint=constraint
    )
    if regularizer is not None:
        with graph.name_scope(f"{name}/Regularizer/"):
            loss = regularizer(made)
        if loss is not None:
            graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
    return made


def _shared(found: Variable, name: str, shape: TensorShape | None, dtype: DType, reuse: Reuse) -> Variable:
    """`found`, when it may be shared and is what was asked for."""
    if reuse is False:
        raise ValueError(
            f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in VarScope? "
            f"Originally defined at:\n\n  {found.op.made_at}\n"
        )
    if shape is not None and not shape.is_compatible_with(found.shape):
        raise ValueError(f"Trying to share variable {name}, but specified shape {shape} and found shape {found.shape}.")
    if dtype != found.dtype:
        raise ValueError(
            f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype {found.dtype.name}."
        )
    return found


def _initial(name: str, shape: TensorShape | None, dtype: DType, initializer: Any) -> tuple[Any, DType | None]:
    """The initial value of a new variable (a value, or a callable without arguments), and its dtype when that is decided."""
    if initializer is not None and not callable(initializer):
        return initializer, None
    if initializer is None:
        if shape is None:
            raise ValueError(f"Variable {name} did not get an initializer, so its `shape` argument must be specified.")
        initializer = GlorotUniform() if dtype.is_floating else Zeros()
    elif inspect.isclass(initializer):
        initializer = initializer()
    if shape is not None and shape.is_fully_defined():
        more = {"partition_info": None} if _takes(initializer, "partition_info") else {}
        return lambda: initializer(shape.as_list(), dtype=dtype, **more), dtype
    if _needs_nothing(initializer):
        return initializer, None
    raise ValueError(
        "The initializer passed is not valid. It should be a callable with no arguments and the shape should not be provided, "
        f"or an initializer and `shape` should be fully defined. The shape of the new variable {name} is {shape}."
    )


def _needs_nothing(fn: Callable[..., Any]) -> bool:
    parameters = inspect.signature(fn).parameters.values()
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)
