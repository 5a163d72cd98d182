"""The gradients of Cond, While and Scan, each made of such an operation again, so that they have gradients themselves."""

from __future__ import annotations

from collections.abc import Sequence

from ..graph import Block, Operation, Tensor, get_default_graph
from ..registry import OPS
from ..types import FLOATS, TensorType
from .structured import Copier, Parts, Resolve, body_input, make_cond, make_scan, new_block

Given = Sequence["Tensor | None"]


def gradients_node(
    ys: Sequence[Tensor], grads: Sequence[Tensor], xs: Sequence[Tensor], stops: Sequence[Tensor]
) -> list[Tensor]:
    """The outputs of a new `Gradients` operation, one an x; grads: one a y, or none."""
    if not xs:
        return []
    attrs = {"ys": len(ys), "grad_ys": len(grads), "stops": tuple(stops)}
    types = [TensorType(x.type.shape, x.dtype) for x in xs]
    graph = get_default_graph()
    return graph.add("Gradients", (*ys, *grads, *xs), types, attrs, "Gradients", control_inputs=()).outputs


def block_vjp(op: Operation, gs: Given, wanted: Sequence[int], resolve: Resolve) -> dict[int, Tensor]:
    """The gradient of each wanted input; gs: the gradient of each output, None for none.

    The blocks compute what they need of the forward pass again: a branch from what it captured, an iteration from the state
    before it.
    """
    return _cond(op, gs, wanted, resolve) if op.type == "Cond" else _loop(op, gs, wanted, resolve)


def _cond(op: Operation, gs: Given, wanted: Sequence[int], resolve: Resolve) -> dict[int, Tensor]:
    parts = Parts(op)
    blocks = []
    for block in parts.blocks:
        with new_block() as new:
            copier, xs = _copied(block, {}, [op.inputs[i] for i in wanted], resolve)
            pairs = [(copier.of(y), g) for y, g in zip(block.outputs, gs, strict=False) if g is not None]
            new.outputs = gradients_node([y for y, _ in pairs], [g for _, g in pairs], xs, ())
            blocks.append(new)
    made = make_cond(resolve(op.inputs[0]), blocks, f"{op.name.lstrip('~')}_grad", resolve)
    return dict(zip(wanted, made.outputs, strict=False))


def _copied(
    block: Block, inputs: dict[Tensor, Tensor], captured: Sequence[Tensor], resolve: Resolve
) -> tuple[Copier, list[Tensor]]:
    """What the block computes, copied into the one that is open, and what stands there for the captured tensors.

    They are tensors of their own, so that a gradient with respect to one does not flow through another.
    """
    own = [OPS["identity"](resolve(t)) for t in captured]
    copier = Copier({**inputs, **dict(zip(map(resolve, captured), own, strict=True))}, resolve, again=False)
    copier.contents(block, block.inputs)
    return copier, own


def _loop(op: Operation, gs: Given, wanted: Sequence[int], resolve: Resolve) -> dict[int, Tensor]:
    """A Scan the other way round. Its carry: gradients of the loop variables, sums of the gradients of what was captured."""
    parts = Parts(op)
    given = dict(zip(op.outputs, gs, strict=True))
    carried, start = len(parts.init), len(op.inputs) - len(parts.captured)
    floats = [i for i in range(carried) if parts.init[i].dtype in FLOATS]
    elems = [i for i in wanted if start - len(parts.elems) <= i < start]
    captured = [i for i in wanted if i >= start]
    init = [_or_zeros(given[t], t) for t in (parts.finals[i] for i in floats)]
    init += [OPS["zeros_like"](resolve(op.inputs[i])) for i in captured]
    stacked = [t for t in (*parts.stacked, *parts.states) if given[t] is not None]
    through = [*parts.states, *map(resolve, parts.elems), *(_or_zeros(given[t], t) for t in stacked)]
    with new_block() as body:
        totals = [body_input(body, t.type, "Gradient") for t in init]
        slices = [body_input(body, TensorType(t.type.dims[1:], t.dtype), "Slice") for t in through]
        rows = dict(zip(stacked, slices[carried + len(parts.elems) :], strict=True))
        copier, own = _copied(
            parts.body, dict(zip(parts.body.inputs, slices, strict=False)), [op.inputs[i] for i in captured], resolve
        )
        ys = [copier.of(t) for t in parts.body.outputs]
        pairs = [(ys[i], g) for i, g in zip(floats, totals, strict=False)]
        pairs += [(y, rows[t]) for t, y in zip(parts.stacked, ys[carried:], strict=True) if t in rows]
        sliced = [slices[carried + i - (start - len(parts.elems))] for i in elems]
        xs = [slices[i] for i in floats] + sliced + own
        found = gradients_node([y for y, _ in pairs], [g for _, g in pairs], xs, ())
        n, m = len(floats), len(floats) + len(sliced)
        states = [_plus(g, rows.get(parts.states[i])) for i, g in zip(floats, found[:n], strict=True)]
        sums = [OPS["add"](total, g) for total, g in zip(totals[n:], found[m:], strict=True)]
        body.outputs = [*states, *sums, *found[n:m]]
    length = parts.counts[0] if op.type == "While" else resolve(op.inputs[0])
    name = f"{op.name.lstrip('~')}_grad"
    made = make_scan(length, init, through, body, name, _reversed(op), resolve)
    first = start - len(parts.elems) - carried
    inputs = [*(first + i for i in floats), *captured, *elems]
    return {i: t for i, t in zip(inputs, made.outputs, strict=False) if i in wanted}


def _reversed(op: Operation) -> dict[str, bool]:
    return {"reverse": not op.attrs.get("reverse", False)}


def _or_zeros(g: Tensor | None, t: Tensor) -> Tensor:
    return OPS["zeros_like"](t) if g is None else g


def _plus(a: Tensor, b: Tensor | None) -> Tensor:
    return a if b is None else OPS["add"](a, b)
