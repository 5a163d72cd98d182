"""Where everything stands: x by the least detour of all edges, y layer by layer."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import texts
from .lanes import Way
from .picture import Flow
from .simplex import Problem
from .tree import Box, Leaf

PAD, HEADER = 13, 18  # inside a box: at the sides and below, above
_SPACE, _LANES = 18, 9  # between neighbours, between two lanes
_GAP, _STEEP, _MOST = 26, 14, 46  # between layers: at least, a pixel more for so much detour, at most so much more
_STRAIGHT = {Flow.DATA: 4, Flow.CONTROL: 1, Flow.WRITE: 1}
_FAR = 1 << 14  # larger than any port's offset


@dataclass
class Frame:
    """Size of the drawing, and of each layer the y of its nodes' middles, and of where edges may turn above and below."""

    width: int = 0
    height: int = 0
    ceilings: list[int] = field(default_factory=list)
    centres: list[int] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)


def place(root: Box, ways: list[Way]) -> Frame:
    """Sets x of all leaves and the sides of all boxes."""
    _Across(root, ways).solve()
    return _down(root, ways)


class _Across:
    """The problem of x: order and distances are demanded, straight edges and narrow boxes are wanted."""

    def __init__(self, root: Box, ways: list[Way]) -> None:
        self.problem = Problem()
        self.root = root
        self.x = {leaf: self.problem.variable() for leaf in root.leaves()}
        self.sides = {box: (self.problem.variable(), self.problem.variable()) for box in root.boxes()}
        for box in root.boxes():
            self._inside(box)
        for way in ways:
            for s in way.segments:
                middle = self.problem.variable()
                weight = 1 if way.cross else _STRAIGHT[way.flow] * (1 if s.above and s.below else 2)
                self.problem.edge(middle, self.x[s.upper], _FAR - (s.above.offset if s.above else 0), weight)
                self.problem.edge(middle, self.x[s.lower], _FAR - (s.below.offset if s.below else 0), weight)

    def _inside(self, box: Box) -> None:
        left, right = self.sides[box]
        pad = PAD if box.label else 0
        self.problem.edge(left, right, texts.width(box.label, texts.LABEL) + 2 * PAD if box.label else 0, 3)
        for child in box.children:
            first, before = self._end(child, 0)
            last, after = self._end(child, 1)
            self.problem.edge(left, first, before + pad)
            self.problem.edge(last, right, after + pad)
        for one, other in dict.fromkeys(_neighbours(box)):
            first, after = self._end(one, 1)
            second, before = self._end(other, 0)
            self.problem.edge(first, second, after + _space(one, other) + before)

    def _end(self, item: Box | Leaf, side: int) -> tuple[int, int]:
        """The variable of one side of an item, and how far beyond it the item reaches."""
        if isinstance(item, Box):
            return self.sides[item][side], 0
        return self.x[item], item.right if side else item.left

    def solve(self) -> None:
        values = self.problem.solve()
        least = values[self.sides[self.root][0]]
        for leaf, v in self.x.items():
            leaf.x = values[v] - least
        for box, (left, right) in self.sides.items():
            box.left, box.right = values[left] - least, values[right] - least


def _space(one: Box | Leaf, other: Box | Leaf) -> int:
    lanes = [isinstance(item, Leaf) and item.node < 0 for item in (one, other)]
    return 2 if all(lanes) else _LANES if any(lanes) else _SPACE


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


def _down(root: Box, ways: list[Way]) -> Frame:
    count = root.hi + 1
    ascent, descent = [0] * count, [0] * count
    for leaf in root.leaves():
        if leaf.node >= 0:
            ascent[leaf.lo] = max(ascent[leaf.lo], leaf.ascent)
            descent[leaf.lo] = max(descent[leaf.lo], leaf.descent)
    room = _room(count, ways)
    frame = Frame(root.right)
    y = 0
    for i in range(count):
        frame.ceilings.append(y)
        frame.centres.append(y + _depth(root, i, "lo") * HEADER + ascent[i])
        frame.floors.append(frame.centres[i] + descent[i] + _depth(root, i, "hi") * PAD)
        y = frame.floors[i] + room[i]
    frame.height = frame.floors[-1]
    for box in root.boxes():
        box.top = frame.centres[box.lo] - ascent[box.lo] - HEADER * _inner(box, "lo")
        box.bottom = frame.centres[box.hi] + descent[box.hi] + PAD * _inner(box, "hi")
    return frame


def _room(count: int, ways: list[Way]) -> list[int]:
    """The height between each layer and the next: the more, the farther edges go sideways there."""
    detour = [0] * count
    for way in ways:
        for s in way.segments:
            detour[s.gap] = max(detour[s.gap], abs(s.ends[0] - s.ends[1]))
    return [_GAP + min(_MOST, d // _STEEP) for d in detour]


def _inner(box: Box, side: str) -> int:
    """How many boxes that are seen, from this one inwards, end in the same layer."""
    number = getattr(box, side)
    inside = [_inner(c, side) for c in box.children if isinstance(c, Box) and getattr(c, side) == number]
    return max(inside, default=0) + bool(box.label)


def _depth(root: Box, number: int, side: str) -> int:
    return max((_inner(box, side) for box in root.boxes() if getattr(box, side) == number), default=0)
