"""x: order and distances are demanded, straight edges and narrow boxes are wanted."""

from __future__ import annotations

from collections.abc import Container

from . import texts
from .lanes import Way
from .picture import Flow
from .simplex import Problem
from .tree import Box, Leaf

PAD = 12  # inside a box, at its sides
_SPACE, _BESIDE_LANE, _LANES = 18, 9, 2  # between neighbours, of which none, one or both are lanes
_STRAIGHT = {Flow.DATA: 4, Flow.CONTROL: 1, Flow.WRITE: 1}
_NARROW = 3


def place(root: Box, ways: list[Way], crowded: Container[Box]) -> None:
    """Sets x of all leaves and the sides of all boxes; those that are crowded get room for their name at the right."""
    problem = Problem()
    x = {leaf: problem.variable() for leaf in root.leaves()}
    sides = {box: (problem.variable(), problem.variable()) for box in root.boxes()}
    for box in root.boxes():
        _inside(problem, box, x, sides, box in crowded)
    for way in ways:
        _straighten(problem, way, x)
    values = problem.solve()
    for leaf, v in x.items():
        leaf.x = values[v] - values[sides[root][0]]
    for box, (left, right) in sides.items():
        box.left, box.right = values[left] - values[sides[root][0]], values[right] - values[sides[root][0]]


def _straighten(problem: Problem, way: Way, x: dict[Leaf, int]) -> None:
    for s in way.segments:
        middle = problem.variable()
        weight = 1 if way.cross else _STRAIGHT[way.flow] * (1 if s.above and s.below else 2)
        problem.edge(middle, x[s.upper], -s.above.offset if s.above else 0, weight)
        problem.edge(middle, x[s.lower], -s.below.offset if s.below else 0, weight)


def _inside(problem: Problem, box: Box, x: dict[Leaf, int], sides: dict[Box, tuple[int, int]], crowded: bool) -> None:
    def end(item: Box | Leaf, side: int) -> tuple[int, int]:
        """The variable of one side of an item, and how far beyond it the item reaches."""
        if isinstance(item, Box):
            return sides[item][side], 0
        return x[item], item.right if side else item.left

    left, right = sides[box]
    pad = PAD if box.label else 0
    name = texts.width(box.label, texts.LABEL)
    problem.edge(left, right, name + 2 * pad, _NARROW)
    for child in box.children:
        first, before = end(child, 0)
        last, after = end(child, 1)
        problem.edge(left, first, before + pad)
        problem.edge(last, right, after + (max(pad, name) if crowded else pad))
    for one, other in dict.fromkeys(_neighbours(box)):
        first, after = end(one, 1)
        second, before = end(other, 0)
        problem.edge(first, second, after + _space(one, other) + before)


def _space(one: Box | Leaf, other: Box | Leaf) -> int:
    lanes = sum(isinstance(item, Leaf) and item.node < 0 for item in (one, other))
    return (_SPACE, _BESIDE_LANE, _LANES)[lanes]


def _neighbours(box: Box) -> list[tuple[Box | Leaf, Box | Leaf]]:
    """The pairs of children that stand next to each other in some layer."""
    last: dict[int, Box | Leaf] = {}
    pairs = []
    for child in box.children:
        for number in range(child.lo, child.hi + 1):
            if number in last:
                pairs.append((last[number], child))
            last[number] = child
    return pairs
