"""The graph: operations that name an op, and the tensors between them. Computes nothing."""

from __future__ import annotations

import linecache
import os
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType
from typing import Any

from . import registry
from .types import DType, TensorShape, TensorType, as_shape, compatible, merge, shape_text

_HOME = os.path.dirname(os.path.abspath(__file__)) + os.sep
_WRITES_AS_USERS_DO = ("compare", "conformance", "divergences", "programs")
_internal: dict[CodeType, bool] = {}


def _is_internal(code: CodeType) -> bool:
    """Whether a frame belongs to samegraph's own machinery (its programs and its suite write graphs as users do)."""
    path = os.path.abspath(code.co_filename)
    inside = path.startswith(_HOME)
    below = path[len(_HOME) :].split(os.sep)
    return (inside and below[0] not in _WRITES_AS_USERS_DO) or code.co_filename.endswith("contextlib.py")


def users_line() -> tuple[str, int]:
    """File and number of the innermost line outside samegraph: the user's own."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        code = frame.f_code
        internal = _internal.get(code)
        if internal is None:
            internal = _internal[code] = _is_internal(code)
        if not internal:
            break
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def line_text(where: tuple[str, int]) -> str:
    """`file:12: the line itself`."""
    text = linecache.getline(*where).strip()
    return f"{where[0]}:{where[1]}" + (f": {text}" if text else "")


class Operation:
    """A node: a type, inputs, attributes, control inputs, outputs (TF1: tf.Operation).

    kernel: the name of the op it was made by, "" for what a session handles itself (placeholders, variables, ...).
    variable: the variable's operation that a state operation reads or assigns. block: the body it is part of, None for
    the graph itself.
    """

    __slots__ = (
        "__weakref__",
        "attrs",
        "block",
        "control_inputs",
        "device",
        "expansion",
        "graph",
        "inputs",
        "kernel",
        "name",
        "origin",
        "outputs",
        "type",
        "variable",
        "where",
    )

    def __init__(
        self,
        graph: Graph,
        type: str,
        name: str,
        inputs: tuple[Tensor, ...],
        types: Sequence[TensorType],
        attrs: dict[str, Any],
        kernel: str,
        control_inputs: tuple[Operation, ...],
        variable: Operation | None,
        where: tuple[str, int],
        block: Block | None = None,
    ) -> None:
        self.graph, self.type, self.name, self.inputs, self.block = graph, type, name, inputs, block
        self.attrs, self.kernel, self.control_inputs = attrs, kernel, control_inputs
        self.variable, self.where = variable, where
        self.outputs = [Tensor(self, i, t) for i, t in enumerate(types)]
        self.expansion: list[Tensor] | None = None
        self.origin: Operation = self
        self.device = graph.device_stack[-1] if graph.device_stack else ""

    @property
    def made_at(self) -> str:
        return line_text(self.where)

    @property
    def traceback(self) -> list[tuple[str, int]]:
        return [self.where]

    @property
    def node_def(self) -> Operation:
        return self

    def get_attr(self, name: str) -> Any:
        """The attribute of that name; ValueError when there is none (TF1: Operation.get_attr)."""
        if name not in self.attrs:
            raise ValueError(f"operation {self.name!r} has no attribute {name!r}; it has {sorted(self.attrs)}")
        return self.attrs[name]

    def values(self) -> tuple[Tensor, ...]:
        return tuple(self.outputs)

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs this operation in `session` or the default one (TF1: Operation.run)."""
        _session(session, "run").run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<samegraph.Operation '{self.name}' type={self.type}>"


class Block:
    """Operations that run together inside a structured operation: a branch, the condition of a loop, its body.

    They lie in the same graph as all others and use tensors from around the block as they are. parent: the block around
    this one. inputs: tensors that have a value of their own each time the block runs. outputs: what it answers. guards: truth
    values that must hold whenever it runs, each with the operation it protects. needed: the operations that run with it, each
    after those it needs, once that is settled.
    """

    __slots__ = ("guards", "inputs", "needed", "operations", "outputs", "parent")

    def __init__(self, parent: Block | None) -> None:
        self.parent = parent
        self.needed: list[Operation] | None = None
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.operations: list[Operation] = []
        self.guards: list[tuple[Tensor, Operation]] = []

    def sees(self, other: Block | None) -> bool:
        """Whether what was made in `other` has a value here."""
        here: Block | None = self
        while here is not other and here is not None:
            here = here.parent
        return here is other


# What has no value of its own each time a block runs lies in no block.
_NEVER_INSIDE = frozenset(("Const", "Placeholder", "VariableV2"))


def _operator(name: str, swap: bool = False) -> Callable[[Tensor, Any], Tensor]:
    def method(self: Tensor, other: Any) -> Tensor:
        return registry.call("operator_" + name, self, other, swap)

    return method


class Tensor:
    """One output of an operation (TF1: tf.Tensor)."""

    __slots__ = ("__weakref__", "index", "op", "type")
    __array_ufunc__ = None  # makes `array * tensor` call Tensor.__rmul__

    def __init__(self, op: Operation, index: int, type: TensorType) -> None:
        self.op, self.index, self.type = op, index, type

    @property
    def name(self) -> str:
        return f"{self.op.name}:{self.index}"

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @property
    def dtype(self) -> DType:
        return self.type.dtype

    @property
    def shape(self) -> TensorShape:
        return TensorShape(self.type.shape)

    @property
    def device(self) -> str:
        return self.op.device

    def get_shape(self) -> TensorShape:
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Adds what the caller knows of the static shape; ValueError when it contradicts (TF1: Tensor.set_shape)."""
        given = as_shape(shape)
        if not compatible(self.type.shape, given):
            raise ValueError(f"{self.name} has shape {self.shape}, which cannot be {shape_text(given)}")
        self.type = TensorType(merge(self.type.shape, given), self.type.dtype, self.type.known)

    def consumers(self) -> list[Operation]:
        return [op for op in self.graph.get_operations() if self in op.inputs]

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value, computed in `session` or the default one (TF1: Tensor.eval)."""
        return _session(session, "eval").run(self, feed_dict)

    __add__, __radd__ = _operator("add"), _operator("add", swap=True)
    __sub__, __rsub__ = _operator("sub"), _operator("sub", swap=True)
    __mul__, __rmul__ = _operator("mul"), _operator("mul", swap=True)
    __truediv__, __rtruediv__ = _operator("truediv"), _operator("truediv", swap=True)
    __floordiv__, __rfloordiv__ = _operator("floordiv"), _operator("floordiv", swap=True)
    __mod__, __rmod__ = _operator("mod"), _operator("mod", swap=True)
    __pow__, __rpow__ = _operator("pow"), _operator("pow", swap=True)
    __matmul__, __rmatmul__ = _operator("matmul"), _operator("matmul", swap=True)
    __lt__, __le__, __gt__, __ge__ = (
        _operator("less"),
        _operator("less_equal"),
        _operator("greater"),
        _operator("greater_equal"),
    )
    __and__, __rand__ = _operator("logical_and"), _operator("logical_and", swap=True)
    __or__, __ror__ = _operator("logical_or"), _operator("logical_or", swap=True)
    __xor__, __rxor__ = _operator("logical_xor"), _operator("logical_xor", swap=True)

    def __neg__(self) -> Tensor:
        return registry.call("negative", self)

    def __abs__(self) -> Tensor:
        return registry.call("abs", self)

    def __invert__(self) -> Tensor:
        return registry.call("logical_not", self)

    def __getitem__(self, key: Any) -> Tensor:
        return registry.call("operator_getitem", self, key)

    def __bool__(self) -> bool:
        raise TypeError(
            "Using a `tf.Tensor` as a Python `bool` is not allowed. Use `if t is not None:` instead of `if t:` to test if "
            "a tensor is defined, and use TensorFlow ops such as tf.cond to execute subgraphs conditioned on the value of "
            "a tensor."
        )

    def __iter__(self) -> Iterator[Tensor]:
        raise TypeError(
            "Tensor objects are only iterable when eager execution is enabled. To iterate over this tensor use tf.map_fn."
        )

    def __len__(self) -> int:
        raise TypeError(f"len is not well defined for symbolic Tensors ({self.name}). Use `x.shape` or tf.shape(x)[0].")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(
            f"{self.name} has no value before the graph runs, so NumPy cannot read it; run it in a session, or use tf's function"
        )

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        return f'Tensor("{self.name}", shape={self.shape}, dtype={self.dtype.name})'


_VALID_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_VALID_NESTED = re.compile(r"^[A-Za-z0-9_.\\/>-]*$")


class Graph:
    """An append-only list of operations (TF1: tf.Graph)."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names_in_use: dict[str, int] = {}
        self._scope = ""
        self._hidden = 0
        self._controls: list[list[Operation]] = []
        self._collections: dict[str, list[Any]] = {}
        self.device_stack: list[str] = []
        self.extras: dict[str, Any] = {}
        self.seed: int | None = None
        self.finalized = False
        self.line: tuple[str, int] | None = None
        self.block: Block | None = None
        self.lock = threading.RLock()

    def add(
        self,
        type: str,
        inputs: tuple[Tensor, ...],
        types: Sequence[TensorType],
        attrs: dict[str, Any] | None = None,
        name: str | None = None,
        kernel: str = "",
        control_inputs: Iterable[Operation] | None = None,
        variable: Operation | None = None,
        where: tuple[str, int] | None = None,
    ) -> Operation:
        """A new operation at the end of the graph.

        control_inputs: those of the surrounding `control_dependencies` when None.
        Raises RuntimeError on a finalized graph, ValueError for inputs of another graph or an invalid name.
        """
        block = None if type in _NEVER_INSIDE else self.block
        controls = self._checked(inputs, control_inputs, block)
        if self._hidden:
            name = f"~{name or type}"
        else:
            if self.finalized:
                raise RuntimeError("Graph is finalized and cannot be modified.")
            name = self._full_name(name or type)
        op = Operation(
            self,
            type,
            name,
            inputs,
            types,
            attrs or {},
            kernel,
            controls,
            variable,
            where or self.line or users_line(),
            block,
        )
        if block is not None:
            block.operations.append(op)
        if not self._hidden:
            self._operations.append(op)
            self._by_name[name] = op
        return op

    def _checked(
        self, inputs: tuple[Tensor, ...], control_inputs: Iterable[Operation] | None, block: Block | None
    ) -> tuple[Operation, ...]:
        """The control inputs of an operation in `block`, which it and its inputs must be open to."""
        for t in inputs:
            if t.op.graph is not self:
                self._refuse(t, inputs)
            if t.op.block is not block:
                check_visible(t.op, block)
        if control_inputs is None:
            controls = tuple(dict.fromkeys(c for level in self._controls for c in level)) if self._controls else ()
        else:
            controls = tuple(control_inputs)
        for c in controls:
            if c.block is not block:
                check_visible(c, block)
        return controls

    def _full_name(self, name: str) -> str:
        if name[-1] == "/":
            return name[:-1]
        if not (_VALID_NAME if not self._scope else _VALID_NESTED).match(name):
            raise ValueError(
                f"'{name}' is not a valid scope name; names hold letters, digits and _ . \\ - /, and start with a letter or a digit"
            )
        return self.unique_name(name)

    def _refuse(self, stranger: Tensor, inputs: tuple[Tensor, ...]) -> None:
        native = next((t for t in inputs if t.op.graph is self), None)
        if native is not None:
            raise ValueError(
                f"{stranger} must be from the same graph as {native} (graphs are {stranger.graph!r} and {self!r}); "
                f"{stranger.name} was made at {stranger.op.made_at}; {native.name} at {native.op.made_at}"
            )
        raise ValueError(
            f"{stranger} belongs to another graph than the default one ({stranger.graph!r}, default {self!r}); it was made at "
            f"{stranger.op.made_at}. Write the new line inside `with graph.as_default():` of its graph"
        )

    # Names ------------------------------------------------------------------------------------------------------------

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """`name` inside the present scope, with _1, _2, ... when taken (TF1: Graph.unique_name)."""
        name = f"{self._scope}/{name}" if self._scope else name
        key = name.lower()
        i = self._names_in_use.get(key, 0)
        if mark_as_used:
            self._names_in_use[key] = i + 1
        if i > 0:
            base = key
            while key in self._names_in_use:
                key = f"{base}_{i}"
                i += 1
            if mark_as_used:
                self._names_in_use[key] = 1
            name = f"{name}_{i - 1}"
        return name

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Prefixes the names of operations made inside; yields the scope with its "/" (TF1: Graph.name_scope)."""
        if name and not name.endswith("/") and not (_VALID_NAME if not self._scope else _VALID_NESTED).match(name):
            raise ValueError(f"'{name}' is not a valid scope name")
        before = self._scope
        self._scope = "" if not name else name[:-1] if name.endswith("/") else self.unique_name(name)
        try:
            yield self._scope + "/" if self._scope else ""
        finally:
            self._scope = before

    @property
    def scope_name(self) -> str:
        return self._scope

    def get_operations(self) -> list[Operation]:
        return list(self._operations)

    @property
    def size(self) -> int:
        """Number of operations."""
        return len(self._operations)

    def get_operation_by_name(self, name: str) -> Operation:
        """KeyError when no operation has that name (TF1: Graph.get_operation_by_name)."""
        if name not in self._by_name:
            raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
        return self._by_name[name]

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor `operation:output`; ValueError for another form, KeyError when absent (TF1: Graph.get_tensor_by_name)."""
        op_name, colon, index = name.partition(":")
        if not colon or not index.isdigit():
            raise ValueError(
                f"The name {name!r} looks like an operation's; a tensor's is '<op_name>:<output_index>', as in {name.rstrip(':')!r} + ':0'"
            )
        op = self._by_name.get(op_name)
        if op is None:
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, does not exist in the graph."
            )
        if int(index) >= len(op.outputs):
            raise KeyError(
                f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, exists but only has {len(op.outputs)} outputs."
            )
        return op.outputs[int(index)]

    def as_graph_element(
        self, item: Any, allow_tensor: bool = True, allow_operation: bool = True
    ) -> Tensor | Operation:
        """The tensor or operation that a name or an object stands for (TF1: Graph.as_graph_element)."""
        item = getattr(item, "_as_graph_element", lambda: item)()
        if isinstance(item, str):
            if ":" not in item and not allow_operation:
                raise ValueError(
                    f"{item!r} is the name of an operation, a tensor's is '<op_name>:<output_index>', as in {item + ':0'!r}"
                )
            return self.get_tensor_by_name(item) if ":" in item else self.get_operation_by_name(item)
        if (isinstance(item, Tensor) and allow_tensor) or (isinstance(item, Operation) and allow_operation):
            if item.graph is not self:
                raise ValueError(
                    f"{item} is not an element of this graph; it was made at {(item.op if isinstance(item, Tensor) else item).made_at}"
                )
            return item
        raise TypeError(f"Can not convert a {type(item).__name__} into a Tensor or Operation.")

    # Contexts ---------------------------------------------------------------------------------------------------------

    @contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Operations made inside go into this graph (TF1: Graph.as_default)."""
        stack = _graphs()
        stack.append(self)
        try:
            yield self
        finally:
            stack.remove(self) if stack[-1] is not self else stack.pop()

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Operations made inside serve a program: they get no name of their own and no place in the list."""
        before, self._controls, scope, self._scope = self._controls, [], self._scope, ""
        self._hidden += 1
        try:
            with self.as_default():
                yield
        finally:
            self._hidden -= 1
            self._controls, self._scope = before, scope

    @contextmanager
    def inside(self, block: Block | None) -> Iterator[Block | None]:
        """Operations made inside are part of `block`; None: of the graph itself."""
        before, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = before

    @contextmanager
    def control_dependencies(self, control_inputs: Iterable[Any] | None) -> Iterator[None]:
        """Operations made inside run after `control_inputs`; None clears (TF1: Graph.control_dependencies)."""
        before = self._controls
        if control_inputs is None:
            self._controls = []
        else:
            elements = [self.as_graph_element(c) for c in control_inputs]
            self._controls = [*before, [e.op if isinstance(e, Tensor) else e for e in elements]]
        try:
            yield
        finally:
            self._controls = before

    @property
    def has_controls(self) -> bool:
        return bool(self._controls)

    @contextmanager
    def device(self, name: Any) -> Iterator[None]:
        """Records where the user wants operations placed; a session runs on one device (TF1: Graph.device)."""
        self.device_stack.append(name if isinstance(name, str) else "")
        try:
            yield
        finally:
            self.device_stack.pop()

    def finalize(self) -> None:
        """From now on operations raise RuntimeError when added (TF1: Graph.finalize)."""
        self.finalized = True

    # Collections ------------------------------------------------------------------------------------------------------

    def add_to_collection(self, name: str, value: Any) -> None:
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Iterable[str] | str, value: Any) -> None:
        for name in dict.fromkeys([names] if isinstance(names, str) else names):
            self.add_to_collection(name, value)

    def get_collection_ref(self, name: str) -> list[Any]:
        return self._collections.setdefault(name, [])

    def get_collection(self, name: str, scope: str | None = None) -> list[Any]:
        """The values collected under `name`, those whose name matches `scope` first (TF1: Graph.get_collection)."""
        values = list(self._collections.get(name, ()))
        if scope is None:
            return values
        pattern = re.compile(scope)
        return [v for v in values if hasattr(v, "name") and pattern.match(v.name)]

    def get_all_collection_keys(self) -> list[str]:
        return [k for k in self._collections if isinstance(k, str)]

    def __repr__(self) -> str:
        return f"<samegraph.Graph of {len(self._operations)} operations at {id(self):#x}>"


class _PerThread(threading.local):
    def __init__(self) -> None:
        self.graphs: list[Graph] = []
        self.sessions: list[Any] = []


_local = _PerThread()
_root = [Graph()]


def _graphs() -> list[Graph]:
    return _local.graphs


def get_default_graph() -> Graph:
    """The graph new operations go into (TF1: tf.get_default_graph)."""
    return _local.graphs[-1] if _local.graphs else _root[0]


def reset_default_graph() -> None:
    """Starts a new default graph; AssertionError inside `with graph.as_default():` (TF1: tf.reset_default_graph)."""
    if _local.graphs:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting and create a new graph."
        )
    _root[0] = Graph()


def session_stack() -> list[Any]:
    """The sessions entered in this thread, the default one last."""
    return _local.sessions


def check_visible(op: Operation, block: Block | None) -> None:
    """ValueError when `op` was made in a block that `block` is not part of."""
    if op.block is not None and (block is None or not block.sees(op.block)):
        raise ValueError(
            f"{op.name} runs only inside the cond or loop it was made in, and is used outside of it; return it from the branch or "
            f"body instead. It was made at {op.made_at}"
        )


def _session(session: Any, what: str) -> Any:
    if session is not None:
        return session
    if not _local.sessions:
        raise ValueError(
            f"Cannot {what} without a session: no default session is registered. Use `with sess.as_default()` or pass an explicit session to `{what}(session=sess)`"
        )
    return _local.sessions[-1]


def ancestors(
    roots: Iterable[Tensor | Operation],
    stop: Any = frozenset(),
    resolve: Callable[[Tensor], Tensor] | None = None,
    controls: bool = True,
    inputs: Callable[[Operation], Sequence[Tensor]] | None = None,
) -> list[Operation]:
    """The operations that the roots need, each after those it needs itself.

    stop: tensors not to look behind, and operations not to follow control inputs to. resolve: what stands for a tensor.
    controls: follow control inputs too. inputs: which inputs of an operation count, all when None.
    """
    order: list[Operation] = []
    state: dict[Operation, bool] = {}
    todo: list[tuple[Operation, bool]] = []

    def push(items: Iterable[Tensor]) -> None:
        for t in items:
            if resolve is not None:
                t = resolve(t)
            if t not in stop and t.op not in state:
                todo.append((t.op, False))

    def given(op: Operation) -> bool:
        return bool(op.outputs) and all(t in stop for t in op.outputs)

    for root in reversed(list(roots)):
        if isinstance(root, Operation):
            if not given(root):
                todo.append((root, False))
        else:
            push((root,))
    while todo:
        op, ready = todo.pop()
        if ready:
            state[op] = True
            order.append(op)
        elif op not in state:
            state[op] = False
            todo.append((op, True))
            push(reversed(op.inputs if inputs is None else inputs(op)))
            if controls:
                todo.extend(
                    (c, False) for c in reversed(op.control_inputs) if c not in state and c not in stop and not given(c)
                )
    return order
