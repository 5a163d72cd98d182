"""Gradients as nodes of the graph, and their expansion into ordinary ops by the ops' vjp rules."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from .blocks.gradients import block_vjp, gradients_node
from .blocks.structured import STRUCTURED, Parts, everything
from .graph import Block, Graph, Operation, Tensor, ancestors, get_default_graph, users_line
from .op import Op, as_tensor, static_value
from .registry import OPS
from .types import FLOATS, INTEGERS, DType, TensorShape, compatible, size_of


class IndexedSlices:
    """The gradient of a table that was only gathered from: values[i] belongs to row indices[i] (TF1: tf.IndexedSlices).

    Indices may repeat; the rows they name add up. As a Tensor it is dense.
    """

    __array_ufunc__ = None

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Any = None, like: Tensor | None = None) -> None:
        self.values, self.indices, self.like = values, indices, like
        self._dense_shape = dense_shape

    @property
    def dense_shape(self) -> Any:
        """The shape of the table, as a tensor."""
        if self._dense_shape is None and self.like is not None:
            self._dense_shape = OPS["shape"](self.like)
        return self._dense_shape

    @property
    def dtype(self) -> DType:
        return self.values.dtype

    @property
    def graph(self) -> Graph:
        return self.values.graph

    @property
    def name(self) -> str:
        return self.values.name

    @property
    def op(self) -> Operation:
        return self.values.op

    @property
    def shape(self) -> TensorShape:
        return TensorShape(None if self.like is None else self.like.type.shape)

    def get_shape(self) -> TensorShape:
        return self.shape

    def _as_tensor(self) -> Tensor:
        like = self.like if self.like is not None else OPS["zeros"](self._dense_shape, dtype=self.dtype)
        return OPS["scatter_add_like"](self.values, self.indices, like)

    def __mul__(self, other: Any) -> Any:
        return self._as_tensor() * other

    __rmul__ = __mul__

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self.values, self.indices, self._dense_shape, self.like)

    def __repr__(self) -> str:
        return f"IndexedSlices(indices={self.indices!r}, values={self.values!r})"


class UnconnectedGradients:
    """What `gradients` answers for an x that ys do not depend on (TF1: tf.UnconnectedGradients)."""

    NONE = "none"
    ZERO = "zero"


def passes(op: Operation, output: int | None = None) -> list[int]:
    """Which inputs of an operation a gradient flows into; of a Cond, from that output alone when it is given."""
    if op.type == "ReadVariableOp":
        return [0]
    if op.type == "Gradients":
        return [i for i, t in enumerate(op.inputs) if t.dtype in FLOATS]
    if op.type in STRUCTURED:
        return _passes_inside(op, output if op.type == "Cond" else None)
    if not op.kernel:
        return []
    spec: Op[Any, Any] = OPS[op.kernel]
    return spec.differentiable(op)


def _passes_inside(op: Operation, output: int | None) -> list[int]:
    """Which inputs of a Cond, While or Scan reach a result through operations that have a gradient."""
    known: dict[object, list[int]] = op.graph.extras.setdefault("passes", {})
    if (op, output) not in known:
        parts = Parts(op)
        blocks = parts.blocks if op.type == "Cond" else (parts.body,)
        reached = set[Tensor]().union(*(_reaching(b, output) for b in blocks))
        before = len(parts.operands) - len(parts.init) - len(parts.elems)
        inside = [*parts.body.inputs, *parts.captured] if op.type != "Cond" else list(parts.captured)
        flows = [False] * (len(op.inputs) - len(inside)) + [t in reached for t in inside]
        flows[before : before + len(parts.init)] = [True] * len(parts.init)
        on = op.attrs.get("back_prop", True)
        known[op, output] = [i for i, t in enumerate(op.inputs) if on and flows[i] and t.dtype in FLOATS]
    return known[op, output]


def _reaching(block: Block, output: int | None) -> set[Tensor]:
    """The tensors that a gradient of what a block answers (of one output, or of all) reaches, those around it included."""
    reached = set[Tensor]()
    todo = [t for i, t in enumerate(block.outputs) if t.dtype in FLOATS and output in (None, i)]
    while todo:
        t = todo.pop()
        if t not in reached:
            reached.add(t)
            if t.op.block is block:
                todo.extend(t.op.inputs[i] for i in passes(t.op, t.index))
    return reached


class Backwards:
    """The tensors that a gradient of `ys` reaches, and the operations that take them in.

    users: for each tensor reached, the (operation, input number) pairs on the way to `ys`.
    """

    def __init__(self, ys: Iterable[Tensor], stops: frozenset[Tensor]) -> None:
        self.users: dict[Tensor, list[tuple[Operation, int]]] = {}
        seen: set[object] = set()
        todo: list[Tensor] = []
        for y in ys:
            if y.dtype in FLOATS:
                self.users.setdefault(y, [])
                todo.append(y)
        while todo:
            made = todo.pop()
            op, which = made.op, made if made.op.type == "Cond" else made.op
            if which in seen:
                continue
            seen.add(which)
            for i in passes(op, made.index):
                t = op.inputs[i]
                self.users.setdefault(t, []).append((op, i))
                if t not in stops and t.op not in seen:
                    todo.append(t)

    def gathers(self, x: Tensor, ys: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]] | None:
        """The (rows, indices) pairs that are all `x` is used for, in the order made; None when it is used otherwise."""
        found: list[tuple[Tensor, Tensor]] = []
        todo = [x]
        while todo:
            t = todo.pop()
            if t in ys:
                return None
            for op, i in self.users.get(t, ()):
                if op.kernel == "gather" and i == 0 and axis_is_first(op):
                    found.append((op.outputs[0], op.inputs[1]))
                elif op.attrs.get("gathers"):
                    found.append((op.outputs[0], op.outputs[1]))
                elif op.kernel == "identity" or op.type == "ReadVariableOp":
                    todo.append(op.outputs[0])
                else:
                    return None
        return list(dict.fromkeys(found)) or None


def axis_is_first(op: Operation) -> bool:
    """Whether a gather picks rows."""
    axis, shape = op.attrs["axis"], op.inputs[0].type.shape
    return axis == 0 or (shape is not None and axis == -len(shape))


def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: Any = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: str = UnconnectedGradients.NONE,
) -> list[Any]:
    """d sum(ys * grad_ys) / d x for each x (TF1: tf.gradients).

    Answers a Tensor of x's type; IndexedSlices for an x that is only gathered from; None (or zeros) for an x that no y
    depends on through ops that have a gradient. stop_gradients: tensors held constant. A y of integers or truth values has
    no gradients, of which it warns. Raises TypeError for other ys that are not floating point, ValueError for grad_ys that
    do not fit.
    """
    y_list, x_list, grad_list, stops = (_tensors(v) for v in (ys, xs, grad_ys, stop_gradients))
    y_list, grads = _float_ys(y_list, _check_grad_ys(y_list, grad_list))
    back = Backwards(y_list, frozenset(stops))
    _refuse_second_order(back)
    plans: list[list[tuple[Tensor, Tensor]] | None] = []
    targets: dict[Tensor, int] = {}
    for x in x_list:
        plan = back.gathers(x, y_list) if x in back.users else None
        plans.append(plan)
        for t in [rows for rows, _ in plan] if plan else [x] if x in back.users else []:
            targets.setdefault(t, len(targets))
    with get_default_graph().name_scope(name):
        node = _waiting(gradients_node(y_list, grads, list(targets), stops))
        made: list[Any] = []
        for x, plan in zip(x_list, plans, strict=True):
            if plan:
                made.append(_slices(x, [(node[targets[rows]], indices) for rows, indices in plan]))
            elif x in targets:
                made.append(node[targets[x]])
            else:
                made.append(OPS["zeros_like"](x) if unconnected_gradients == UnconnectedGradients.ZERO else None)
    return made


def _waiting(made: list[Tensor]) -> list[Tensor]:
    """Gradients that wait for the surrounding control dependencies, as in TF1.

    What they are computed from does not wait: it may be computed together with what is waited for.
    """
    return [OPS["identity"](g) for g in made] if get_default_graph().has_controls else made


def _tensors(given: Any) -> list[Any]:
    if given is None:
        return []
    items = list(given) if isinstance(given, (list, tuple)) else [given]
    return [None if v is None else getattr(v, "_as_graph_element", lambda v=v: as_tensor(v))() for v in items]


def _float_ys(ys: list[Tensor], grads: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """The ys that have gradients, and their grad_ys; a warning at the user's line names whole numbers among the others."""
    for y in ys:
        if y.dtype in (*INTEGERS, "bool"):
            text = f"gradients: {y.name} holds {y.dtype.name}, of which there are no gradients (tf.cast what it is made of)"
            warnings.warn_explicit(text, UserWarning, *users_line())
        elif y.dtype not in FLOATS:
            raise TypeError(f"gradients: {y.name} holds {y.dtype.name}; only floating-point tensors have gradients")
    kept = [i for i, y in enumerate(ys) if y.dtype in FLOATS]
    return [ys[i] for i in kept], [grads[i] for i in kept if grads]


def _refuse_second_order(back: Backwards) -> None:
    """As TF1: a while_loop has first derivatives only."""
    for node in {op for users in back.users.values() for op, _ in users if op.type == "Gradients"}:
        parts = GradientsNode(node)
        live = set(parts.xs)
        for op in ancestors(parts.ys, stop=parts.stops, controls=False):
            if any(op.inputs[i] in live for i in passes(op)):
                live.update(op.outputs)
                if any(o.attrs.get("while") for o in everything([op])):
                    raise TypeError(
                        f"Second-order gradient for while loops not supported. The loop {op.name} was made at {op.made_at}"
                    )


def _check_grad_ys(ys: list[Tensor], grads: list[Tensor | None]) -> list[Tensor]:
    if grads and len(grads) != len(ys):
        raise ValueError(f"gradients: {len(grads)} grad_ys for {len(ys)} ys")
    if all(g is None for g in grads):
        return []
    out: list[Tensor] = []
    for y, g in zip(ys, grads, strict=True):
        given = OPS["ones_like"](y) if g is None else g
        if given.dtype != y.dtype or not compatible(given.type.shape, y.type.shape):
            raise ValueError(f"gradients: the grad_ys of {y.name} {y.type} must have its type, got {given.type}")
        out.append(given)
    return out


def _slices(x: Tensor, parts: list[tuple[Tensor, Tensor]]) -> IndexedSlices:
    values, indices = [], []
    for g, ids in parts:
        flat_ids = ids if ids.type.shape is not None and len(ids.type.shape) == 1 else OPS["reshape"](ids, [-1])
        if flat_ids is not ids:
            row = x.type.dims[1:]
            if None in row:
                row_shape = OPS["strided_slice"](OPS["shape"](x), [1], [0], [1], end_mask=1)
                shape = OPS["concat"]([-1], row_shape, axis=0)
            else:
                # -1 stands for no size in particular beside a 0
                count = size_of(ids.type.dims) if ids.type.shape is not None else None
                shape = [count if count is not None else OPS["size"](ids) if 0 in row else -1, *row]
            g = OPS["reshape"](g, shape)
        values.append(g)
        indices.append(flat_ids)
    if len(values) == 1:
        return IndexedSlices(values[0], indices[0], like=x)
    if len({i.dtype for i in indices}) > 1:
        indices = [OPS["cast"](i, dtype="int64") for i in indices]
    return IndexedSlices(OPS["concat"](*values, axis=0), OPS["concat"](*indices, axis=0), like=x)


# Rules ------------------------------------------------------------------------------------------------------------------


class GradientsNode:
    """A `Gradients` operation, its parts by name."""

    def __init__(self, op: Operation) -> None:
        n, m = op.attrs["ys"], op.attrs["grad_ys"]
        self.ys, self.grad_ys, self.xs = op.inputs[:n], op.inputs[n : n + m], op.inputs[n + m :]
        self.stops: frozenset[Tensor] = frozenset(op.attrs["stops"])


def expanded(t: Tensor) -> Tensor:
    """What a tensor is by the rules: itself, or for an output of a `Gradients` operation its expansion."""
    while t.op.type == "Gradients":
        made = t.op.expansion
        if made is None:
            with t.graph.lock:
                made = t.op.expansion = t.op.expansion or _expand(t.op)
        t = made[t.index]
    return t


def _expand(node: Operation) -> list[Tensor]:
    parts = GradientsNode(node)
    ys = [expanded(y) for y in parts.ys]
    stops = frozenset(expanded(s) for s in parts.stops)
    order = ancestors(ys, stop=stops, resolve=expanded, controls=False)
    reached = _reached(order, [expanded(x) for x in parts.xs], stops)
    totals: dict[Tensor, Tensor] = {}
    with node.graph.hidden(), node.graph.inside(node.block):
        for y, g in zip(ys, parts.grad_ys or [None] * len(ys), strict=True):
            _accumulate(totals, y, OPS["ones_like"](y) if g is None else g)
        for op in reversed(order):
            if op in reached and any(t in totals for t in op.outputs):
                _through(op, totals, reached)
        found = [totals[x] if x in totals else OPS["zeros_like"](x) for x in map(expanded, parts.xs)]
        # What a gradient is fed with is not what the user's own tensor is.
        return [t if t.op.name.startswith("~") else OPS["identity"](t) for t in found]


def _reached(order: list[Operation], xs: list[Tensor], stops: frozenset[Tensor]) -> dict[Operation, list[int]]:
    """For each operation that some x flows into, the inputs it flows in by."""
    live, out = set(xs), {}
    for op in order:
        taken = [i for i in passes(op) if expanded(op.inputs[i]) in live]
        if taken:
            out[op] = taken
            live.update(t for t in op.outputs if t not in stops)
    return out


def _accumulate(totals: dict[Tensor, Tensor], t: Tensor, g: Tensor) -> None:
    totals[t] = _sum(totals[t], g) if t in totals else g


def _sum(a: Tensor, b: Tensor) -> Tensor:
    """Of slices put in place beside one another, one is made, without zeros to add it to where the two are all there is."""
    for first, second in ((a, b), (b, a)):
        axis = _beside(first.op, second.op)
        if axis is not None:
            joined = OPS["concat"](first.op.inputs[0], second.op.inputs[0], axis=axis)
            whole = joined.type.shape == a.type.shape
            return joined if whole else OPS["put_like"](joined, first.op.inputs[1], first.op.inputs[2])
    return OPS["add"](a, b)


def _beside(first: Operation, second: Operation) -> int | None:
    """The axis along which the slice that `second` puts into zeros begins where that of `first` ends, else None."""
    if first.kernel != "put_like" or second.kernel != "put_like":
        return None
    x, y = first.inputs[0].type, second.inputs[0].type
    starts, others = static_value(first.inputs[1].type), static_value(second.inputs[1].type)
    if starts is None or others is None or not (x.is_static and y.is_static and first.outputs[0].type.is_static):
        return None
    apart = [i for i, (s, o) in enumerate(zip(starts, others, strict=True)) if s != o]
    if len(apart) != 1 or starts[apart[0]] + x.dims[apart[0]] != others[apart[0]]:
        return None
    axis = apart[0]
    same = x.dims[:axis] == y.dims[:axis] and x.dims[axis + 1 :] == y.dims[axis + 1 :]
    return axis if same else None


def _through(op: Operation, totals: dict[Tensor, Tensor], reached: dict[Operation, list[int]]) -> None:
    """Adds what the outputs' gradients make of the inputs' gradients."""
    graph = op.graph
    graph.line = op.where
    try:
        if op.type == "ReadVariableOp":
            _accumulate(totals, op.inputs[0], totals[op.outputs[0]])
            return
        if op.type in STRUCTURED:
            gs = [totals.get(t) for t in op.outputs]
            for i, g in block_vjp(op, gs, reached[op], expanded).items():
                _accumulate(totals, expanded(op.inputs[i]), g)
            return
        spec: Op[Any, Any] = OPS[op.kernel]
        inputs = [expanded(t) for t in op.inputs]
        gs = [totals[t] if t in totals else OPS["zeros_like"](t) for t in op.outputs]
        several = spec.several
        assert spec.gradient is not None
        found = spec.gradient(gs if several else gs[0], op.outputs if several else op.outputs[0], *inputs, **op.attrs)
        for i in reached[op]:
            if found[i] is not None:
                _accumulate(totals, inputs[i], found[i])
    finally:
        graph.line = None
