"""Where everything stands: x by the least detour of all edges, y layer by layer, and the names of boxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from . import across, texts
from .lanes import Way
from .tree import Box

HEADER, FOOTER = 18, 16  # inside a box, above and below
_GAP, _STEEP, _MOST = 26, 14, 46  # between layers: at least, a pixel more for so much detour, at most so much more


@dataclass
class Frame:
    """Size of the drawing, and of each layer the y of its nodes' middles, and of where edges turn above and below."""

    width: int = 0
    height: int = 0
    ceilings: list[int] = field(default_factory=list)
    centres: list[int] = field(default_factory=list)
    floors: list[int] = field(default_factory=list)


def place(root: Box, ways: list[Way]) -> Frame:
    """Sets x of all leaves, and of all boxes the sides and where their name stands."""
    crowded: set[Box] = set()
    while True:
        across.place(root, ways, crowded)
        frame = _down(root, ways)
        more = {box for box in root.boxes() if box.label and not _name(box, ways)}
        if more <= crowded:
            return frame
        crowded |= more


def _down(root: Box, ways: list[Way]) -> Frame:
    count = root.hi + 1
    ascent, descent = [0] * count, [0] * count
    for leaf in root.leaves():
        if leaf.node >= 0:
            ascent[leaf.lo] = max(ascent[leaf.lo], leaf.ascent)
            descent[leaf.lo] = max(descent[leaf.lo], leaf.descent)
    room = _room(count, ways)
    boxes = [box for box in root.boxes() if box.label]
    heads, feet = [0] * count, [0] * count
    for box in boxes:
        heads[box.lo] = max(heads[box.lo], _inner(box, "lo"))
        feet[box.hi] = max(feet[box.hi], _inner(box, "hi"))
    frame = Frame(root.right)
    y = 0
    for i in range(count):
        frame.ceilings.append(y)
        frame.centres.append(y + heads[i] * HEADER + ascent[i])
        frame.floors.append(frame.centres[i] + descent[i] + feet[i] * FOOTER)
        y = frame.floors[i] + room[i]
    frame.height = frame.floors[-1]
    for box in boxes:
        box.top = frame.centres[box.lo] - ascent[box.lo] - HEADER * _inner(box, "lo")
        box.bottom = frame.centres[box.hi] + descent[box.hi] + FOOTER * _inner(box, "hi")
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


# Names of boxes -------------------------------------------------------------------------------------------------------


def _name(box: Box, ways: list[Way]) -> bool:
    """Puts a box's name where no edge passes, above its nodes or below; False when there is no such place."""
    room = texts.width(box.label, texts.LABEL)
    above, below = box.top + HEADER - 5, box.bottom - 4
    box.name_at = (box.left + 7, above)
    for y, lines in ((above, sorted(_passing(box, ways, 1))), (below, sorted(_passing(box, ways, 0)))):
        for x in (box.left + 7, *(line + 5 for line in lines)):
            if x + room <= box.right - 3 and not any(x - 3 < line < x + room + 3 for line in lines):
                box.name_at = (x, y)
                return True
    return False


def _passing(box: Box, ways: list[Way], side: int) -> Iterator[int]:
    """x of the edges through a box's upper side (1) or its lower one (0)."""
    gap = box.lo - 1 if side else box.hi
    for way in ways:
        for s in way.segments:
            if s.gap == gap and box.left <= s.ends[side] <= box.right:
                yield s.ends[side]
