"""Which layer each node stands in.

What is computed from inputs goes down. Gradients go up again beside it, and so does what is done with them: each then
stands next to what it is the gradient of, and an assignment next to its variable.
"""

from __future__ import annotations

from .picture import Edge, Flow, Kind, Part, Picture
from .simplex import Problem
from .tree import Box, Leaf

_PULL = {Flow.DATA: 3, Flow.CONTROL: 1, Flow.WRITE: 1}
_COMPACT = 2
_SOURCES = (Kind.VARIABLE, Kind.PLACEHOLDER, Kind.CONSTANT)


def goes_up(picture: Picture, e: Edge) -> bool:
    """Whether an edge is meant to be drawn upwards."""
    if e.flow is Flow.WRITE:
        return True
    return picture.nodes[e.source].part is not Part.FORWARD and picture.nodes[e.target].part is not Part.FORWARD


def layer(picture: Picture, root: Box, leaves: list[Leaf]) -> None:
    """Sets the layers of all leaves and boxes."""
    problem = Problem()
    for _ in leaves:
        problem.variable()
    ends = _tie_boxes(problem, root)
    for e in _acyclic(picture):
        upper, lower = (e.target, e.source) if goes_up(picture, e) else (e.source, e.target)
        if problem.reaches(lower, upper):
            upper, lower = lower, upper
        cross = picture.nodes[e.source].part is not picture.nodes[e.target].part
        problem.edge(upper, lower, 1, 1 if cross else _PULL[e.flow])
    _stack(problem, picture, leaves, ends)
    values = problem.solve()
    for i, leaf in enumerate(leaves):
        leaf.lo = leaf.hi = values[i]
    _close_gaps(leaves)
    for box in reversed(list(root.boxes())):
        box.lo = min(c.lo for c in box.children) if box.children else 0
        box.hi = max(c.hi for c in box.children) if box.children else 0


def _acyclic(picture: Picture) -> list[Edge]:
    """The edges in the order in which they are believed: tensors first, new values of variables last."""
    return sorted(picture.edges, key=lambda e: list(_PULL).index(e.flow))


def _tie_boxes(problem: Problem, root: Box) -> dict[Box, tuple[int, int]]:
    """Keeps scopes low: a variable above and one below each, pulled together."""
    ends: dict[Box, tuple[int, int]] = {}
    for box in root.boxes():
        if box.path or box.shaded:
            top, bottom = ends[box] = problem.variable(), problem.variable()
            problem.edge(top, bottom, 0, _COMPACT)
            for leaf in box.leaves():
                problem.edge(top, leaf.node, 0)
                problem.edge(leaf.node, bottom, 0)
    return ends


def _stack(problem: Problem, picture: Picture, leaves: list[Leaf], ends: dict[Box, tuple[int, int]]) -> None:
    """Puts a scope wholly below another of its part that it continues; what only shares a variable stays beside it."""
    pairs: dict[tuple[Box, Box], None] = {}
    for e in picture.edges:
        source, target = picture.nodes[e.source], picture.nodes[e.target]
        if e.flow is Flow.DATA and source.part is target.part and source.kind not in _SOURCES:
            upper, lower = (e.target, e.source) if goes_up(picture, e) else (e.source, e.target)
            above, below = leaves[upper].box.chain(), leaves[lower].box.chain()
            while above and below and above[-1] is below[-1]:
                above.pop(), below.pop()
            if above and below:
                pairs[above[-1], below[-1]] = None
    for one, other in pairs:
        if one in ends and other in ends and not problem.reaches(ends[other][0], ends[one][1]):
            problem.edge(ends[one][1], ends[other][0], 1)


def _close_gaps(leaves: list[Leaf]) -> None:
    """Takes out layers that nothing stands in."""
    number = {v: i for i, v in enumerate(sorted({leaf.lo for leaf in leaves}))}
    for leaf in leaves:
        leaf.lo = leaf.hi = number[leaf.lo]
