"""A program for one set of shapes: which shapes have to be known before it, and the copy of a graph in which they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .blocks.structured import STRUCTURED, Copier, copied_inputs, everything, shape_operand, varying
from .gradients import expanded
from .graph import Operation, Tensor, ancestors
from .host.calls import on_host
from .op import static_value
from .types import TensorType

NONE: frozenset[Operation] = frozenset()


def by_rules(feeds: Sequence[Tensor]) -> Callable[[Tensor], Tensor]:
    """What a tensor is by the rules; where a gradient is fed, the fed tensor, also for gradients taken of it."""
    stands_for = {expanded(t): t for t in feeds if t.op.type == "Gradients"}
    if not stands_for:
        return expanded
    fed = frozenset(feeds)

    def resolve(t: Tensor) -> Tensor:
        if t in fed:
            return t
        meant = expanded(t)
        return stands_for.get(meant, meant)

    return resolve


def unresolved(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    native: bool,
    elsewhere: frozenset[Operation] = NONE,
) -> list[Tensor]:
    """Shape operands whose value is not known from static types alone, tensors of unknown rank, and what changes its shape.

    native: gradients are the framework's matter; else what the rules make of them counts too.
    """
    out: dict[Tensor, None] = {}
    stop = frozenset(feeds) | elsewhere
    resolve = None if native else by_rules(feeds)
    for op in everything(ancestors(fetches, stop=stop, resolve=resolve, inputs=copied_inputs)):
        if on_host(op):
            continue
        for i, t in enumerate(op.inputs):
            if t.type.shape is None or (shape_operand(op, i) and static_value(t.type) is None):
                out[t] = None
        out.update(dict.fromkeys(varying(op)))
    out.update(dict.fromkeys(t for t in feeds if t.type.known is not None))  # fed, it holds another value
    return list(out)


def specialised(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    types: Mapping[Tensor, TensorType],
    elsewhere: frozenset[Operation] = NONE,
) -> tuple[list[Tensor | Operation], list[Tensor]]:
    """A hidden copy of what `fetches` need, in which the feeds have the types given and everything else follows."""
    graph = fetches[0].graph
    fed = frozenset(feeds)
    kept = _fed_behind_gradients(fetches, fed, elsewhere)
    stop: frozenset[Tensor | Operation] = (fed - kept) | elsewhere
    copier = Copier({}, None, again=True, elsewhere=elsewhere, fed={t: types[t] for t in kept})
    needed = ancestors(fetches, stop=stop, inputs=copied_inputs)
    reached = set(needed)
    with graph.lock, graph.hidden(), graph.inside(None):
        for t in feeds:
            if t in kept and t.op in reached:
                continue
            new = graph.add("Placeholder", (), [types[t]], {}, control_inputs=(), where=t.op.where)
            new.origin, new.name = t.op, t.op.name
            copier.tensors[t] = new.outputs[0]
            if fed.issuperset(t.op.outputs):
                copier.operations[t.op] = new
        for op in needed:
            copier.copy(op)
    found = [copier.operations[f] if isinstance(f, Operation) else copier.of(f) for f in fetches]
    return found, [copier.tensors[t] for t in feeds]


def _fed_behind_gradients(
    fetches: Sequence[Tensor | Operation], fed: frozenset[Tensor], elsewhere: frozenset[Operation]
) -> frozenset[Tensor]:
    """The fed tensors whose operations a gradient still flows back through: its rules use the values that are fed."""
    computed = frozenset(t for t in fed if t.op.kernel or t.op.type == "Gradients" or t.op.type in STRUCTURED)
    behind = ancestors(fetches, stop=fed | elsewhere, inputs=copied_inputs) if computed else []
    return computed if any(op.type == "Gradients" for op in behind) else frozenset()
