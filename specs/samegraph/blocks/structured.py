"""Cond, While and Scan: operations that hold blocks of others; how they are made, looked into and copied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError, UnimplementedError
from ..graph import Block, Operation, Tensor, ancestors, get_default_graph
from ..host.calls import on_host
from ..op import Op, constant, static_value
from ..random import DRAWS, drawn_types
from ..registry import OPS
from ..types import BOOL, INT32, STRING, DTypeError, Shape, ShapeError, TensorType, numpy_dtype

STRUCTURED = frozenset(("Cond", "While", "Scan"))
ASSIGNS = {"Assign": "", "AssignAdd": "add", "AssignSub": "sub"}
SCATTERS = {"ScatterAdd": "add", "ScatterSub": "sub", "ScatterUpdate": "update"}
_DEEPEST = 80  # Python reads no source indented by 100 levels
Resolve = Callable[[Tensor], Tensor]


def needed_inputs(op: Operation) -> Sequence[Tensor]:
    """The inputs an operation must be computed from: not those that are written into the program as known shapes.

    Of an operation on the host, those that a backend computes; inside a block, all but text that is written down.
    """
    if on_host(op):
        return [t for t in op.inputs if not (is_text(t) if op.block is not None else on_host(t.op))]
    if op.type == "Scan" and static_value(op.inputs[0].type) is not None:
        return op.inputs[1:]
    if not op.kernel or not OPS[op.kernel].shapes:
        return op.inputs
    spec: Op[Any, Any] = OPS[op.kernel]
    count = len(spec.operands)
    return [
        t
        for i, t in enumerate(op.inputs)
        if i >= count or spec.operands[i] not in spec.shapes or static_value(t.type) is None
    ]


def is_text(t: Tensor) -> bool:
    """Whether a tensor is a constant of strings, which only the host takes."""
    return t.op.type == "Const" and t.dtype == STRING


def holds_host(op: Operation) -> bool:
    """Whether operations of the host lie inside of a structured one."""
    return op.type in STRUCTURED and bool(op.attrs["hosts"])


def copied_inputs(op: Operation) -> Sequence[Tensor]:
    """The inputs that a copy of an operation has."""
    return needed_inputs(op) if on_host(op) else op.inputs


class Parts:
    """A structured operation, its parts by name.

    Cond: pred -> results. While: init -> results, and, for gradients, the count of iterations and the states before each.
    Scan: length, init, elems -> finals and stacked (together the results), and the states before each iteration.
    captured: tensors from around that the blocks use. flags: whether each guard inside held.
    """

    def __init__(self, op: Operation) -> None:
        attrs, inputs, out = op.attrs, op.inputs, op.outputs
        self.op, self.blocks = op, tuple(attrs["blocks"])
        self.body: Block = self.blocks[-1]
        n, k = attrs["operands"], attrs["results"]
        carried = attrs["carried"]
        first = 1 if op.type == "Scan" else 0
        self.operands, self.captured = inputs[:n], inputs[n:]
        self.init = inputs[first : first + carried]
        self.elems = inputs[1 + carried : n] if op.type == "Scan" else ()
        self.results, self.finals, self.stacked = out[:k], out[:carried], out[carried:k]
        counts = 1 if op.type == "While" else 0
        self.counts, self.states = out[k : k + counts], out[k + counts : k + counts + carried]
        self.flags = out[k + counts + carried :]
        self.guarded: tuple[Operation, ...] = attrs["guarded"]


class _Around:
    """The tensors that have a value before a block runs, and its inputs."""

    def __init__(self, block: Block, inputs: Sequence[Tensor]) -> None:
        self.block, self.inputs = block, frozenset(inputs)

    def __contains__(self, t: object) -> bool:
        return isinstance(t, Tensor) and (t.op.block is not self.block or t in self.inputs)


def inner(block: Block, resolve: Resolve | None = None, inputs: Sequence[Tensor] | None = None) -> list[Operation]:
    """The operations of a block that run whenever it does, each after those it needs.

    inputs: the tensors to start from instead of the block's own inputs.
    """
    if resolve is None and inputs is None and block.needed is not None:
        return block.needed
    around = _Around(block, block.inputs if inputs is None else inputs)
    roots = [*block.outputs, *(g for g, _ in block.guards)]
    found = ancestors(roots, stop=around, resolve=resolve, inputs=needed_inputs)
    return [op for op in found if op.block is block]


def everything(ops: Iterable[Operation], resolve: Resolve | None = None) -> Iterator[Operation]:
    """The operations, and those inside of them at every depth."""
    for op in ops:
        yield op
        if op.type in STRUCTURED:
            for block in op.attrs["blocks"]:
                yield from everything(inner(block, resolve), resolve)


def assigned(op: Operation) -> list[Operation]:
    """The variables that an operation gives a new value, on its own or inside."""
    if op.type in ASSIGNS or op.type in SCATTERS:
        assert op.variable is not None
        return [op.variable]
    return list(op.attrs["assigned"]) if op.type in STRUCTURED else []


# Guards -----------------------------------------------------------------------------------------------------------------


def guards_of(ops: Collection[Operation]) -> list[tuple[Tensor, Operation]]:
    """Truth values that must hold, each once, with the operation it protects."""
    found: dict[object, tuple[Tensor, Operation]] = {}
    run = set(ops)
    for op in ops:
        if op.type in STRUCTURED:
            parts = Parts(op)
            found.update({flag: (flag, o) for flag, o in zip(parts.flags, parts.guarded, strict=True)})
            continue
        guard = guard_of(op)
        if guard is not None:
            found.setdefault(_meaning(guard.op) if guard.op.kernel else guard, (guard, op))
    return [held for key, held in found.items() if not _follows(key, found, run)]


def _meaning(guard: Operation) -> tuple[Any, ...]:
    """What two guards have in common that always hold together."""
    attrs = tuple(sorted(guard.attrs.items()))
    if guard.kernel == "indices_in_range":
        table = guard.inputs[1].type
        rows = None if table.shape is None else table.dims[guard.attrs["axis"]]
        if rows is not None:  # nothing else of a table counts
            return guard.kernel, guard.inputs[0], rows, guard.attrs["negative"], guard.block
    return guard.kernel, guard.inputs, attrs, guard.block


def _follows(meaning: Any, found: Container[object], run: Container[Operation]) -> bool:
    """Whether others say as much: those of all the parts that indices are put together from in the same run."""
    if not isinstance(meaning, tuple) or not isinstance(meaning[1], Tensor):
        return False
    kernel, indices, *rest = meaning
    together = indices.op.kernel == "concat" and indices.op in run
    return together and all((kernel, part, *rest) in found for part in indices.op.inputs)


def guard_of(op: Operation) -> Tensor | None:
    """The truth value that must hold for `op` to be meaningful, made once an operation; None when it cannot fail."""
    cache: dict[Operation, Tensor | None] = op.graph.extras.setdefault("guards", {})
    if op in cache:
        return cache[op]
    with op.graph.hidden(), op.graph.inside(op.block):
        op.graph.line = op.where
        try:
            cache[op] = _new_guard(op)
        finally:
            op.graph.line = None
    return cache[op]


def may_refuse(op: Operation) -> bool:
    """Whether values can make `op` fail: it has a guard, or one that makes no truth value and leaves the check to the kernel."""
    return op.type in SCATTERS or (bool(op.kernel) and OPS[op.kernel].check is not None)


def _new_guard(op: Operation) -> Tensor | None:
    if op.type in SCATTERS:
        assert op.variable is not None
        return OPS["indices_in_range"](op.inputs[0], op.variable.outputs[0])
    if not op.kernel or OPS[op.kernel].check is None or on_host(op):
        return None
    spec: Op[Any, Any] = OPS[op.kernel]
    assert spec.check is not None
    return spec.check(*op.inputs, **op.attrs)


# Making -----------------------------------------------------------------------------------------------------------------


@contextmanager
def new_block() -> Iterator[Block]:
    """Operations made inside are part of the block it yields; UnimplementedError for one inside too many others."""
    graph = get_default_graph()
    with graph.inside(block_within(graph.block)) as block:
        assert block is not None
        yield block


def block_within(parent: Block | None) -> Block:
    """An empty block; UnimplementedError for one inside too many others."""
    depth, around = 0, parent
    while around is not None:
        depth, around = depth + 1, around.parent
    if depth >= _DEEPEST:
        raise UnimplementedError(
            None,
            None,
            f"control flow lies {_DEEPEST} deep in other control flow; group the branches of a long tf.case by halves",
        )
    return Block(parent)


def body_input(block: Block, t: TensorType, name: str = "BodyInput") -> Tensor:
    """A tensor whose value the structured operation hands to its block; to be made while the block is open."""
    made = get_default_graph().add("BodyInput", (), [TensorType(t.shape, t.dtype)], {}, name, control_inputs=())
    block.inputs.append(made.outputs[0])
    return made.outputs[0]


def make_cond(
    pred: Tensor,
    branches: Sequence[Block],
    name: str,
    resolve: Resolve | None = None,
    attrs: Mapping[str, Any] | None = None,
) -> Operation:
    """The outputs of the first branch where `pred` holds, else of the second; both answer as many, of the same dtypes."""
    for block in branches:
        _close(block, resolve)
        for op in [o for o in block.operations if o.type in DRAWS]:
            move(op, block.parent)  # a draw happens in every run, whichever branch is taken
    types = [_either(a.type, b.type) for a, b in zip(branches[0].outputs, branches[1].outputs, strict=True)]
    return _add("Cond", (pred,), branches, types, [], {**(attrs or {}), "carried": 0}, name, resolve)


def make_while(
    init: Sequence[Tensor],
    cond: Block,
    body: Block,
    name: str,
    attrs: Mapping[str, Any],
    resolve: Resolve | None = None,
) -> Operation:
    """The loop variables once `cond` no longer holds; the blocks' inputs and the body's outputs have their types.

    Raises ValueError for a random operation inside: how many values a run draws must be known before it.
    """
    for block in (cond, body):
        _close(block, resolve)
        drawn = next((o for o in inner(block, resolve) if o.type in DRAWS), None)
        if drawn is not None:
            raise ValueError(
                f"{drawn.name} draws random values in a loop whose number of iterations is not known before it runs; count with "
                f"`i < n` for an n made of constants and shapes, use tf.scan or tf.map_fn, or draw outside. Made at {drawn.made_at}"
            )
    types = [t.type for t in body.inputs]
    states = [TensorType(None if t.shape is None else (None, *t.shape), t.dtype) for t in types]
    extras = [TensorType((), INT32), *states]
    return _add("While", init, (cond, body), types, extras, {**attrs, "carried": len(init)}, name, resolve)


def make_scan(
    length: Tensor,
    init: Sequence[Tensor],
    elems: Sequence[Tensor],
    body: Block,
    name: str,
    attrs: Mapping[str, Any],
    resolve: Resolve | None = None,
) -> Operation:
    """(carry, slices of elems) -> (carry, ys), `length` times: the last carry, and the ys stacked.

    attrs: "reverse", from the last slice to the first, and what else the operation should remember.
    """
    _close(body, resolve)
    draws = [o for o in inner(body, resolve) if o.type in DRAWS]
    elems = list(elems)
    for drawn in draws:
        elems += _drawn_ahead(drawn, length, body)
    carried = len(init)
    n = static_value(length.type)
    types = [t.type for t in body.inputs[:carried]] + [_stacked(n, t.type) for t in body.outputs[carried:]]
    states = [_stacked(n, t.type) for t in body.inputs[:carried]]
    attrs = {**attrs, "carried": carried, "draws": tuple(draws)}
    return _add("Scan", (length, *init, *elems), (body,), types, states, attrs, name, resolve)


def _stacked(n: int | None, t: TensorType) -> TensorType:
    return TensorType(None if t.shape is None else (n, *t.shape), t.dtype)


def _close(block: Block, resolve: Resolve | None) -> None:
    """Settles what must hold whenever the block runs; UnimplementedError for strings that enter or leave it."""
    block.guards = []
    ops = inner(block, resolve)
    around = (t for op in ops for t in needed_inputs(op) if t.op.block is None)
    text = next((t for t in (*block.inputs, *block.outputs, *around) if t.dtype == STRING), None)
    if text is not None:
        raise UnimplementedError(
            None,
            text.op,
            f"{text.name} holds strings, which cannot enter or leave a cond or loop, unless they are constants; "
            "compute them inside of it or outside of it",
        )
    block.guards = guards_of(ops)


def move(op: Operation, block: Block | None) -> None:
    """Makes an operation part of a block around its own."""
    op.block = block
    if block is not None:
        block.operations.append(op)


def _drawn_ahead(drawn: Operation, length: Tensor, body: Block) -> list[Tensor]:
    """The values of a random operation for all iterations, drawn before the loop; inside they are inputs of the body."""
    graph = get_default_graph()
    n = static_value(length.type)
    with graph.inside(body.parent), graph.hidden():
        types = [_stacked(n, t.type) for t in drawn.outputs]
        made = graph.add(drawn.type, (length,), types, {**drawn.attrs, "each": drawn}, where=drawn.where)
    made.origin, made.name = drawn.origin, drawn.name
    body.inputs += drawn.outputs
    return made.outputs


def _add(
    type: str,
    operands: Sequence[Tensor],
    blocks: Sequence[Block],
    types: Sequence[TensorType],
    extras: Sequence[TensorType],
    attrs: Mapping[str, Any],
    name: str,
    resolve: Resolve | None,
) -> Operation:
    captured: dict[Tensor, None] = {}
    controls: dict[Operation, None] = {}
    state: dict[Operation, None] = {}
    hosts = False
    for block in blocks:
        ops = inner(block, resolve)
        hosts = hosts or any(on_host(op) or holds_host(op) for op in ops)
        for t in [*block.outputs, *(t for op in ops for t in needed_inputs(op))]:
            t = t if resolve is None else resolve(t)
            if t.op.block is not block and t not in block.inputs:
                captured[t] = None
        if resolve is None:
            block.needed = ops
        state.update(dict.fromkeys(v for op in ops for v in assigned(op)))
        controls.update(dict.fromkeys(c for op in ops for c in op.control_inputs if c.block is not block))
    guarded = tuple(op for block in blocks for _, op in block.guards)
    flags = [TensorType((), BOOL) for _ in guarded]
    attrs = {
        **attrs,
        "blocks": tuple(blocks),
        "operands": len(operands),
        "results": len(types),
        "guarded": guarded,
        "assigned": tuple(state),
        "hosts": hosts,
    }
    graph = get_default_graph()
    with graph.control_dependencies(list(controls)):
        return graph.add(type, (*operands, *captured), [*types, *extras, *flags], attrs, name)


def _either(a: TensorType, b: TensorType) -> TensorType:
    return TensorType(common_shape(a.shape, b.shape), a.dtype)


def common_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    """What two shapes have in common: None where their sizes differ, and for different ranks."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(m if m == n else None for m, n in zip(a, b, strict=True))


# Shapes -----------------------------------------------------------------------------------------------------------------


def shape_operand(op: Operation, i: int) -> bool:
    """Whether an input holds a shape, or another number that programs want to know before they run."""
    if op.type in DRAWS or (op.type == "Scan" and i == 0):
        return True
    return bool(op.kernel) and i < len(OPS[op.kernel].operands) and OPS[op.kernel].operands[i] in OPS[op.kernel].shapes


def varying(op: Operation) -> list[Tensor]:
    """The results that may change their shape from branch to branch or from iteration to iteration."""
    if op.type == "Cond":
        answers = zip(op.outputs, *(b.outputs for b in op.attrs["blocks"]), strict=False)
        return [t for t, *both in answers if len({b.type.shape for b in both}) > 1 or not both[0].type.is_static]
    if op.type in STRUCTURED:
        body, carried = op.attrs["blocks"][-1], op.attrs["carried"]
        pairs = zip(op.outputs[:carried], body.inputs, body.outputs, strict=False)
        return [t for t, now, then in pairs if not now.type.is_static or now.type.shape != then.type.shape]
    return []


# Copying ----------------------------------------------------------------------------------------------------------------


class Copier:
    """Copies operations into the default graph, hidden, with other tensors in place of some.

    tensors: what stands for a tensor; one without an entry stands for itself. again: for one run with other shapes, random
    operations and assignments included; otherwise for a gradient, which uses the values drawn and assigns nothing.
    elsewhere: operations that another part of the run takes care of. fed: types of the values fed for tensors that are copied
    nevertheless.
    """

    def __init__(
        self,
        tensors: dict[Tensor, Tensor],
        resolve: Resolve | None,
        again: bool,
        elsewhere: frozenset[Operation] = frozenset(),
        fed: Mapping[Tensor, TensorType] | None = None,
    ) -> None:
        self.tensors, self.resolve, self.again, self.elsewhere = tensors, resolve, again, elsewhere
        self.fed = fed or {}
        self.operations: dict[Operation, Operation] = {}

    def of(self, t: Tensor) -> Tensor:
        t = t if self.resolve is None else self.resolve(t)
        return self.tensors.get(t, t)

    def copy(self, op: Operation) -> None:
        if op.type in ("VariableV2", "Const") or (op.type in DRAWS and not self.again):
            self.operations[op] = op
            return
        if op.type in DRAWS and "each" in op.attrs:
            return  # made anew with the loop it belongs to
        new = self._structured(op) if op.type in STRUCTURED else self._plain(op)
        if new is None:
            return
        new.origin, new.name = op.origin, op.name
        self.operations[op] = new
        for t, u in zip(op.outputs, new.outputs, strict=True):
            u.type = self.fed.get(t, u.type)
            self.tensors.setdefault(t, u)

    def _plain(self, op: Operation) -> Operation | None:
        if not self.again and (op.type in ASSIGNS or op.type in SCATTERS):
            self._refuse(op)
        if on_host(op) and op.block is not None:
            return self._inside_host(op)
        if on_host(op):
            inputs = tuple(self.of(t) for t in copied_inputs(op))
            out = [t.type for t in op.outputs]  # there for the sake of order
            return get_default_graph().add(
                "NoOp", inputs, out, op.attrs, op.name, "", self._controls(op), None, op.where
            )
        inputs = tuple(self._operand(op, i) for i in range(len(op.inputs)))
        attrs = op.attrs
        if op.type == "Gradients":
            attrs = {**attrs, "stops": tuple(self.of(t) for t in attrs["stops"])}
            out = [t.type for t in inputs[attrs["ys"] + attrs["grad_ys"] :]]
        elif op.type in DRAWS:
            out = drawn_types(op, inputs[0].type) if inputs else [t.type for t in op.outputs]
        elif op.kernel:
            out = _inferred_again(op, [t.type for t in inputs])
        else:
            out = [t.type for t in op.outputs]
        graph = get_default_graph()
        return graph.add(op.type, inputs, out, attrs, op.name, op.kernel, self._controls(op), op.variable, op.where)

    def _inside_host(self, op: Operation) -> Operation | None:
        """For a gradient, what has an effect is not done again, and what a Python function answered is not known any more."""
        if not self.again and not op.outputs:
            return None
        attrs = op.attrs if self.again else {**op.attrs, "lost": op.type in ("PyFunc", "PyFuncStateless")}
        inputs, types = tuple(self.of(t) for t in op.inputs), [t.type for t in op.outputs]
        return get_default_graph().add(
            op.type, inputs, types, attrs, op.name, op.kernel, self._controls(op), None, op.where
        )

    def _operand(self, op: Operation, i: int) -> Tensor:
        """What stands for an input; a shape that is known may have been left where it was made, and is written down."""
        t = self.of(op.inputs[i])
        block = get_default_graph().block
        if t.op.block is None or (block is not None and block.sees(t.op.block)) or not shape_operand(op, i):
            return t
        return constant(np.asarray(static_value(t.type), numpy_dtype(t.dtype)))

    def _controls(self, op: Operation) -> tuple[Operation, ...]:
        if not self.again:
            return ()
        return tuple(self.operations.get(c, c) for c in op.control_inputs if c not in self.elsewhere)

    def _refuse(self, op: Operation) -> None:
        raise InvalidArgumentError(
            None,
            op.origin,
            f"{op.name} assigns inside a branch or body that a gradient is asked through; assign outside of it, or stop the "
            "gradient with tf.stop_gradient",
        )

    def _structured(self, op: Operation) -> Operation:
        parts = Parts(op)
        graph = get_default_graph()
        with graph.control_dependencies(None), graph.control_dependencies(self._controls(op)):
            if op.type == "Cond":
                blocks = [self.block(b, ()) for b in parts.blocks]
                return make_cond(self.of(op.inputs[0]), blocks, op.name)
            kept = op.attrs["draws"] if op.type == "Scan" and self.again else ()
            drawn = sum(len(d.outputs) for d in kept)
            init = [self.of(t) for t in parts.init]
            elems = [self.of(t) for t in parts.elems[: len(parts.elems) - drawn]]
            own = {k: v for k, v in op.attrs.items() if k not in STRUCTURE}
            types = [t.type for t in init]
            if op.type == "While":
                body = self._body(parts.body, types, [])
                cond = self.block(parts.blocks[0], [t.type for t in body.inputs])
                return make_while(init, cond, body, op.name, own)
            body = self._body(parts.body, types, [_slice(t.type) for t in elems])
            return make_scan(self._operand(op, 0), init, elems, body, op.name, own)

    def _body(self, block: Block, carried: list[TensorType], slices: list[TensorType]) -> Block:
        """A loop's body for carries of these types, less exact ones where an iteration changes the shape."""
        while True:
            body = self.block(block, [*carried, *slices])
            out = [t.type for t in body.outputs[: len(carried)]]
            wider = [_either(a, b) for a, b in zip(carried, out, strict=True)]
            if wider == [TensorType(t.shape, t.dtype) for t in carried]:
                return body
            carried = wider

    def block(self, block: Block, types: Sequence[TensorType]) -> Block:
        """A copy of a block for inputs of these types."""
        inputs = block.inputs[: len(types)]
        tensors = dict(self.tensors)
        inside = Copier(tensors, self.resolve, self.again, self.elsewhere)
        inside.operations.update(self.operations)
        with new_block() as new:
            for t, u in zip(inputs, types, strict=True):
                tensors[t] = body_input(new, u)
                tensors[t].op.name, tensors[t].op.origin = t.op.name, t.op.origin
            inside.contents(block, inputs)
            new.outputs = [inside.of(t) for t in block.outputs]
        return new

    def contents(self, block: Block, inputs: Sequence[Tensor]) -> None:
        """Copies what a block computes from `inputs` into the block that is open."""
        for op in inner(block, self.resolve, inputs):
            self.copy(op)


# The attributes that follow from the blocks.
STRUCTURE = frozenset(("blocks", "operands", "results", "guarded", "assigned", "carried", "draws", "hosts"))


def _slice(t: TensorType) -> TensorType:
    return TensorType(None if t.shape is None else t.dims[1:], t.dtype)


def _inferred_again(op: Operation, types: list[TensorType]) -> list[TensorType]:
    """The types of the outputs for the operand types of one run; InvalidArgumentError where the op refuses those."""
    try:
        out = OPS[op.kernel].infer(types, op.attrs)
    except (ShapeError, DTypeError) as error:
        raise InvalidArgumentError(None, op.origin, f"{op.type}: {error}") from None
    return out if isinstance(out, list) else [out]


def fits(given: Shape | None, wanted: Shape | None) -> bool:
    """Whether every value of shape `given` is one of shape `wanted`."""
    if wanted is None:
        return True
    if given is None or len(given) != len(wanted):
        return False
    return all(n is None or m == n for m, n in zip(given, wanted, strict=True))
