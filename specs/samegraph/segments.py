"""Which part of a program lies between xs and ys of a gradient, to be handed to a framework's own autodiff."""

from __future__ import annotations

from collections.abc import Iterable

from .blocks.structured import STRUCTURED, needed_inputs
from .gradients import Backwards, GradientsNode, passes
from .graph import Operation, Tensor, ancestors


class Segment:
    """The `Gradients` operations of one (ys, grad_ys, stops), and what lies between their xs and ys.

    inside: tensors that depend on an x and that a gradient flows through. shifted: xs that are inside themselves (they
    depend on another x), differentiated by adding a zero to them. beside: other outputs of control flow inside, which is too
    dear to run twice. aux: tensors inside or beside that others need as well.
    """

    def __init__(self, nodes: list[Operation]) -> None:
        first = GradientsNode(nodes[0])
        self.nodes = nodes
        self.ys, self.grad_ys, self.stops = first.ys, first.grad_ys, first.stops
        self.xs = list(dict.fromkeys(x for n in nodes for x in GradientsNode(n).xs))
        self.outputs = {t: x for n in nodes for t, x in zip(n.outputs, GradientsNode(n).xs, strict=True)}
        self.order = ancestors(self.ys, stop=self.stops, controls=False, inputs=needed_inputs)
        self.inside = self._between()
        self.dependent = self._dependent()
        self.beside = {t for t in self.dependent if t.op.type in STRUCTURED}
        self.shifted = [x for x in self.xs if x in self.inside]
        self.aux: dict[Tensor, None] = {}

    def _between(self) -> set[Tensor]:
        reached = Backwards(self.ys, self.stops).users
        live, inside = set(self.xs), set[Tensor]()
        for op in self.order:
            if any(op.inputs[i] in live for i in passes(op)):
                new = [t for t in op.outputs if t in reached and t not in self.stops]
                live.update(new)
                inside.update(new)
        return inside

    def _dependent(self) -> set[Tensor]:
        """What depends on the inside but lets no gradient through, like ones_like: computed inside as well."""
        found = set[Tensor]()
        for op in self.order:
            if (op.kernel or op.type in STRUCTURED) and any(t in self.inside or t in found for t in needed_inputs(op)):
                found.update(t for t in op.outputs if t not in self.inside and t not in self.xs)
        return found

    def closure(self) -> list[Tensor]:
        """The tensors from outside that the inside needs, and the xs themselves."""
        needed: dict[Tensor, None] = dict.fromkeys([*self.xs, *self.grad_ys])
        needed.update(dict.fromkeys(y for y in self.ys if y not in self.inside))
        made_here = self.inside | self.dependent
        for op in self.order:
            if any(t in made_here for t in op.outputs):
                needed.update(dict.fromkeys(t for t in needed_inputs(op) if t not in made_here))
        return list(needed)


def plan(ops: Iterable[Operation]) -> list[Segment]:
    """The outermost segments among `ops`; those that lie inside another are planned when that one is written."""
    groups: dict[object, list[Operation]] = {}
    for op in ops:
        if op.type == "Gradients":
            node = GradientsNode(op)
            groups.setdefault((node.ys, node.grad_ys, node.stops), []).append(op)
    segments = [Segment(nodes) for nodes in groups.values()]
    return [
        s for s in segments if not any(t in other.inside for other in segments if other is not s for t in s.outputs)
    ]


def find_aux(
    segments: list[Segment], roots: Iterable[Tensor | Operation], visible: Iterable[object] = ()
) -> dict[Tensor, Segment]:
    """Which segment makes a tensor; fills every segment's `aux` with what is needed outside of it."""
    makers: dict[Tensor, Segment] = {}
    for s in segments:
        for t in (*s.outputs, *s.inside, *s.beside):
            makers.setdefault(t, s)
    seen: set[object] = set(visible)
    todo: list[Tensor | Operation] = list(roots)
    while todo:
        item = todo.pop()
        if item in seen:
            continue
        seen.add(item)
        if isinstance(item, Operation):
            todo.extend((*needed_inputs(item), *item.control_inputs))
            continue
        maker = makers.get(item)
        if maker is None:
            todo.append(item.op)
            continue
        if (item in maker.inside or item in maker.beside) and item not in maker.ys:
            maker.aux[item] = None
        if maker not in seen:
            seen.add(maker)
            todo.extend(maker.closure())
    return makers
