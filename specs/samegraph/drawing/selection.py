"""Which operations of a graph are drawn, and to which part of the drawing each belongs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..gradients import IndexedSlices, expanded
from ..graph import Graph, Operation, Tensor, get_default_graph
from ..state import Variable
from .picture import Part


@dataclass
class Selection:
    """The operations drawn, each after those it needs, and the part of each.

    expand: gradients are drawn as the operations they are computed by. fetched: the operations asked for. makers: the
    `Gradients` operation whose expansion an operation belongs to.
    """

    expand: bool
    operations: list[Operation] = field(default_factory=list)
    parts: dict[Operation, Part] = field(default_factory=dict)
    fetched: dict[Operation, None] = field(default_factory=dict)
    makers: dict[Operation, Operation] = field(default_factory=dict)

    def resolve(self, t: Tensor) -> Tensor:
        """The tensor that is drawn for `t`."""
        return expanded(t) if self.expand else t

    def inputs(self, op: Operation) -> list[Tensor]:
        return [self.resolve(t) for t in op.inputs]

    def controls(self, op: Operation) -> list[Operation]:
        """The operations drawn that `op` comes after."""
        return list(dict.fromkeys(drawn for c in op.control_inputs for drawn in self.drawn(c)))

    def drawn(self, op: Operation) -> list[Operation]:
        """The operations that are drawn for `op`."""
        if self.expand and op.type == "Gradients":
            return list(dict.fromkeys(expanded(t).op for t in op.outputs))
        return [op]

    def needs(self, op: Operation) -> list[Operation]:
        return [t.op for t in self.inputs(op)] + self.controls(op)


def select(targets: Any, expand: bool) -> Selection:
    """What the targets need: anything a session fetches, or a Graph: all of it but the initialisation of its variables.

    TypeError for other targets, ValueError for those of two graphs.
    """
    found = Selection(expand)
    roots: list[Operation] = []
    for element in _elements(targets):
        ops = [found.resolve(element).op] if isinstance(element, Tensor) else found.drawn(element)
        roots.extend(ops)
        if not isinstance(targets, Graph):
            found.fetched.update(dict.fromkeys(ops))
    if len({id(op.graph) for op in roots}) > 1:
        raise ValueError("the targets of one drawing must belong to one graph")
    _gather(found, roots)
    found.makers = _makers(roots[0].graph) if roots and expand else {}
    found.parts = _parts(found)
    return found


def _elements(targets: Any) -> Iterator[Tensor | Operation]:
    if isinstance(targets, Graph):
        initial = initialisation(targets)
        yield from (op for op in targets.get_operations() if op not in initial and op.block is None)
    elif isinstance(targets, IndexedSlices):
        yield from (targets.values, targets.indices)
    elif isinstance(targets, (Tensor, Operation)):
        yield targets
    elif isinstance(targets, str) or hasattr(targets, "_as_graph_element"):
        yield get_default_graph().as_graph_element(targets) if isinstance(targets, str) else targets._as_graph_element()
    elif isinstance(targets, Mapping):
        for item in targets.values():
            yield from _elements(item)
    elif isinstance(targets, Iterable):
        for item in targets:
            yield from _elements(item)
    elif targets is not None:
        raise TypeError(f"cannot draw a {type(targets).__name__}: give a Graph, or tensors and operations to fetch")


def initialisation(graph: Graph) -> set[Operation]:
    """The operations that give variables their first values, and those that serve nothing else."""
    variables = [
        v for key in graph.get_all_collection_keys() for v in graph.get_collection(key) if isinstance(v, Variable)
    ]
    found = {v.initializer for v in variables}
    users: dict[Operation, list[Operation]] = {}
    for op in graph.get_operations():
        if op.type == "NoOp" and op.control_inputs and found.issuperset(op.control_inputs):
            found.add(op)
        for needed in (*(t.op for t in op.inputs), *op.control_inputs):
            users.setdefault(needed, []).append(op)
    within = tuple({f"{v.op.name}/" for v in variables})
    for op in reversed(graph.get_operations()):
        serves = op in users or (op.type == "Const" and op.name.startswith(within))
        if serves and found.issuperset(users.get(op, ())) and op.type not in ("Placeholder", "VariableV2"):
            found.add(op)
    return found


def _gather(found: Selection, roots: list[Operation]) -> None:
    """Fills in the operations needed; a variable that is assigned is drawn even if nobody reads it."""
    done: dict[Operation, bool] = {}
    todo = [(op, False) for op in reversed(roots)]
    while todo:
        op, ready = todo.pop()
        if ready:
            found.operations.append(op)
        elif op not in done:
            done[op] = True
            todo.append((op, True))
            also = [op.variable] if op.variable is not None else []
            todo.extend((n, False) for n in reversed([*found.needs(op), *also]) if n not in done)


def _makers(graph: Graph) -> dict[Operation, Operation]:
    makers: dict[Operation, Operation] = {}
    for maker in graph.get_operations():
        todo = [t for t in maker.expansion or () if t is not None]
        while todo:
            op = expanded(todo.pop()).op
            if is_hidden(op) and op not in makers:
                makers[op] = maker
                todo.extend(op.inputs)
    return makers


def is_hidden(op: Operation) -> bool:
    """Whether the operation came out of an expansion."""
    return op.name.startswith("~")


def scope_of(op: Operation) -> str:
    """The name scope an operation was made in."""
    return op.name.rpartition("/")[0]


def _parts(found: Selection) -> dict[Operation, Part]:
    """Forward is what no gradient enters; but what only serves the update stands with it."""
    makers = [*found.makers.values(), *(op for op in found.operations if op.type == "Gradients")]
    scopes = tuple({f"{scope_of(m)}/" for m in makers if scope_of(m)})
    parts: dict[Operation, Part] = {}
    users: dict[Operation, list[Operation]] = {}
    for op in found.operations:
        needed = found.needs(op)
        for n in needed:
            users.setdefault(n, []).append(op)
        if is_hidden(op) or op.type == "Gradients" or op.name.startswith(scopes):
            parts[op] = Part.REVERSE
        else:
            parts[op] = Part.UPDATE if any(parts[n] for n in needed) else Part.FORWARD
    for op in reversed(found.operations):
        using = users.get(op) or []
        if parts[op] is Part.FORWARD and using and all(parts[u] is Part.UPDATE for u in using):
            parts[op] = Part.UPDATE
    return parts
