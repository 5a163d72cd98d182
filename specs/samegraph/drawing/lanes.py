"""The ways of the edges: from a port of a node, through lanes that pass the layers between, to a port of another.

Edges that carry the same tensor share their lanes as long as they go the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .picture import Edge, Flow, Part, Picture
from .tree import Box, Leaf

LANE = 5  # what a lane takes to both sides
_MANY = 8  # more edges into a node than these share one way


@dataclass(eq=False)
class Port:
    """Where edges touch a node. offset: from the node's x. label: what is written beside it. side: on which side."""

    leaf: Leaf
    top: bool
    out: bool
    flow: Flow
    label: str = ""
    offset: int = 0
    side: int = 1


@dataclass(eq=False)
class Segment:
    """A piece of an edge between two neighbouring layers. A port is None where the piece ends at a lane.

    gap: the number of the layer above it. arrow: the port it points at.
    """

    upper: Leaf
    lower: Leaf
    above: Port | None
    below: Port | None
    arrow: Port | None
    gap: int

    @property
    def ends(self) -> tuple[int, int]:
        """x at its upper and its lower end."""
        return self.upper.x + (self.above.offset if self.above else 0), self.lower.x + (
            self.below.offset if self.below else 0
        )


@dataclass(eq=False)
class Way:
    """All edges of one tensor in one direction, or (gathers) all edges into a node that takes very many.

    start: the port they share. cross: some leave the part they start in.
    """

    flow: Flow
    start: Port
    gathers: bool
    cross: bool = False
    lanes: list[Leaf] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def lay(picture: Picture, leaves: list[Leaf]) -> tuple[list[Way], list[Port]]:
    """The ways of all edges; their lanes stand in the boxes they pass."""
    ways: dict[Port, Way] = {}
    ports: dict[object, Port] = {}
    taken = Counter(e.target for e in picture.edges if e.flow is Flow.DATA)
    for i, e in enumerate(picture.edges):
        source, target = leaves[e.source], leaves[e.target]
        down = source.lo < target.lo
        gathers = e.flow is Flow.DATA and taken[e.target] > _MANY
        begin = ports.setdefault((e.source, e.tensor, e.flow, down), Port(source, not down, True, e.flow, e.label))
        end = ports.setdefault((e.target, down) if gathers else i, Port(target, down, False, e.flow))
        start, other = (end, begin) if gathers else (begin, end)
        way = ways.setdefault(start, Way(e.flow, start, gathers))
        way.edges.append(e)
        way.cross = way.cross or picture.nodes[e.source].part is not picture.nodes[e.target].part
        _travel(way, other, down is not gathers)
    return list(ways.values()), list(ports.values())


def _travel(way: Way, end: Port, down: bool) -> None:
    """Adds what one edge needs beyond what the way has."""
    at = way.start.leaf
    begun: Port | None = way.start
    arrow = way.start if way.gathers else None
    for box, first, last in _stretches(way.start.leaf, end.leaf, down):
        lane = next(
            (x for x in way.lanes if x.box is box and (x.lo if down else x.hi) == first and _follows(way, at, x)), None
        )
        if lane is None:
            lane = Leaf(box, -1, first, first, LANE, LANE, slot=_slot(box, way.start.leaf, end.leaf))
            way.lanes.append(lane)
            box.children.append(lane)
            way.segments.append(_segment(at, lane, begun, None, arrow, down))
        lane.lo, lane.hi = min(lane.lo, last), max(lane.hi, last)
        at, begun, arrow = lane, None, None
    way.segments.append(_segment(at, end.leaf, begun, end, arrow if way.gathers else end, down))


def _follows(way: Way, at: Leaf, lane: Leaf) -> bool:
    return any({s.upper, s.lower} == {at, lane} for s in way.segments)


def _segment(start: Leaf, end: Leaf, begun: Port | None, ended: Port | None, arrow: Port | None, down: bool) -> Segment:
    if down:
        return Segment(start, end, begun, ended, arrow, end.lo - 1)
    return Segment(end, start, ended, begun, arrow, end.hi)


def _slot(box: Box, source: Leaf, target: Leaf) -> int:
    """Between which parts a lane stands that is in none: beside the one it starts from, on the way to the other."""
    if box.parent is not None:
        return 0
    slots = sorted(leaf.box.chain()[-2].slot for leaf in (source, target))
    return slots[1] - 1 if slots[1] == 2 * Part.UPDATE else slots[0] + 1


def _stretches(source: Leaf, target: Leaf, down: bool) -> Iterator[tuple[Box, int, int]]:
    """(box, first layer, last layer) of the lanes between two nodes, in the direction of travel."""
    layers = range(source.lo + 1, target.lo) if down else range(source.lo - 1, target.lo, -1)
    begun: tuple[Box, int] | None = None
    last = 0
    for number in layers:
        box = _passing(source, target, number)
        if begun is not None and begun[0] is not box:
            yield begun[0], begun[1], last
            begun = None
        begun, last = begun or (box, number), number
    if begun is not None:
        yield begun[0], begun[1], last


def _passing(source: Leaf, target: Leaf, number: int) -> Box:
    """The box a lane passes in a layer: one around its source or target, or neither where both stand side by side."""
    near, far = source.box.chain(), target.box.chain()
    while len(near) > 1 and len(far) > 1 and near[-2] is far[-2]:
        near.pop(), far.pop()
    common = near.pop()
    far.pop()
    if common.parent is None:
        return common
    if near and far and near[-1].lo <= far[-1].hi and far[-1].lo <= near[-1].hi:
        return common
    for box in (*near, *far):
        if box.lo <= number <= box.hi:
            return box
    return common
