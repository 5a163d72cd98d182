"""A laid out picture as an SVG document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from . import style, texts
from .lanes import Port, Segment, Way
from .picture import Flow, Kind, Node, Part, Picture
from .placing import HEADER, Frame
from .shapes import Shape
from .tree import Box, Leaf

_MARGIN, _TIP = 16, 7
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """`text` for XML: what it cannot hold replaced, what means something to it escaped."""
    return escape(_FORBIDDEN.sub("\ufffd", text), {'"': "&quot;"})


class Sheet:
    """One drawing. Coordinates are those of the layout; the whole is moved to leave room for title and margins."""

    def __init__(self, picture: Picture, root: Box, shapes: list[Shape], leaves: list[Leaf], ways: list[Way], frame: Frame) -> None:
        self.picture, self.root, self.shapes, self.leaves = picture, root, shapes, leaves
        self.ways, self.frame = ways, frame

    def document(self, title: str, legend: list[str], legend_size: tuple[int, int]) -> str:
        """The whole document; legend: its elements, placed below the drawing."""
        heading = 30 if title else 0
        width = max(self.frame.width, legend_size[0], texts.width(title, 16.0)) + 2 * _MARGIN
        height = heading + self.frame.height + legend_size[1] + 2 * _MARGIN
        shift = (width - 2 * _MARGIN - self.frame.width) // 2
        rows = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f"<title>{clean(title or 'A computation graph')}</title>",
            f"<desc>{clean(summary(self.picture))}</desc>",
            f"<style>{style.sheet()}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
            *([f'<text class="heading" x="{_MARGIN}" y="{_MARGIN + 14}">{clean(title)}</text>'] if title else []),
            f'<g transform="translate({_MARGIN + shift} {_MARGIN + heading})">',
            *self._drawing(),
            "</g>",
            f'<g transform="translate({_MARGIN} {height - _MARGIN - legend_size[1]})">',
            *legend,
            "</g>",
            "</svg>",
        ]
        return "\n".join(rows) + "\n"

    def _drawing(self) -> Iterator[str]:
        boxes = [box for box in self.root.boxes() if box.label]
        yield from (_box(box) for box in boxes)
        for way in sorted(self.ways, key=lambda way: way.flow is Flow.DATA):
            yield self._way(way)
        for leaf in self.leaves:
            yield self._node(leaf)
        for way in self.ways:
            if way.start.label:
                yield self._label(way.start)
        yield from (self._box_label(box) for box in boxes)

    # Boxes ------------------------------------------------------------------------------------------------------------

    def _box_label(self, box: Box) -> str:
        """The name of a scope: at the first place above its nodes where no edge passes, or else below them."""
        room = texts.width(box.label, texts.LABEL)
        for y, gap in ((box.top + HEADER - 5, box.lo - 1), (box.bottom - 4, box.hi)):
            lines = sorted(self._passing(box, gap))
            starts = [box.left + 7, *(x + 5 for x in lines)]
            free = [x for x in starts if x + room <= box.right - 3 and not any(x - 3 < line < x + room + 3 for line in lines)]
            if free:
                break
        else:
            y, free = box.top + HEADER - 5, [box.left + 7]
        shaded = " shaded" if any(b.shaded for b in box.chain()) else ""
        return f'<text class="of{shaded}" x="{free[0]}" y="{y}">{clean(box.label)}</text>'

    def _passing(self, box: Box, gap: int) -> set[int]:
        """Where edges go through the upper or the lower side of a box, next to that gap between layers."""
        above = gap < box.lo
        ends = {s.ends[1 if above else 0] for way in self.ways for s in way.segments if s.gap == gap}
        return {x for x in ends if box.left <= x <= box.right}

    # Edges ------------------------------------------------------------------------------------------------------------

    def _way(self, way: Way) -> str:
        lines = [self._lane(lane) for lane in way.lanes if self.frame.ceilings[lane.lo] < self.frame.floors[lane.hi]]
        lines += [self._segment(s) for s in way.segments]
        tips = [self._tip(s.arrow) for s in way.segments if s.arrow is not None]
        source = self.picture.nodes[way.edges[0].source]
        targets = ", ".join(dict.fromkeys(_called(self.picture.nodes[e.target]) for e in way.edges))
        tooltip = f"{_called(source)} → {targets}" + (f"\n{way.start.label}" if way.start.label else "")
        kind = "data back" if way.flow is Flow.DATA and source.part is Part.REVERSE else way.flow.value
        return f'<g class="{kind}"><title>{clean(tooltip)}</title><path d="{"".join(lines)}"/><path class="tip" d="{"".join(tips)}"/></g>'

    def _lane(self, lane: Leaf) -> str:
        return f"M{lane.x} {self.frame.ceilings[lane.lo]}V{self.frame.floors[lane.hi]}"

    def _segment(self, s: Segment) -> str:
        x, x2 = s.ends
        high, low = self.frame.floors[s.gap], self.frame.ceilings[s.gap + 1]
        begin = self._edge_of(s.above, s.arrow) if s.above else high
        end = self._edge_of(s.below, s.arrow) if s.below else low
        turn = f"C{x} {(high + low) // 2} {x2} {(high + low) // 2} {x2} {low}" if x != x2 else ""
        return f"M{x} {begin}" + (f"V{high}{turn}" if turn else "") + f"V{end}"

    def _edge_of(self, port: Port, arrow: Port | None) -> int:
        """y where a line ends: behind the tip of its arrow, or hidden below the node."""
        y = self.frame.centres[port.leaf.lo]
        if port is not arrow:
            return y
        return y + (self.shapes[port.leaf.node].height // 2 + _TIP - 1) * (-1 if port.top else 1)

    def _tip(self, port: Port) -> str:
        away = -1 if port.top else 1
        x = port.leaf.x + port.offset
        y = self.frame.centres[port.leaf.lo] + away * (self.shapes[port.leaf.node].height // 2 + 1)
        return f"M{x} {y}l-4 {away * _TIP}h8z"

    def _label(self, port: Port) -> str:
        x = port.leaf.x + port.offset + 5 * port.side
        half = self.shapes[port.leaf.node].height // 2
        y = self.frame.centres[port.leaf.lo] + (-half - 5 if port.top else half + 12)
        shaded = " shaded" if any(b.shaded for b in port.leaf.box.chain()) else ""
        return f'<text class="label{shaded}{" end" if port.side < 0 else ""}" x="{x}" y="{y}">{clean(port.label)}</text>'

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _node(self, leaf: Leaf) -> str:
        node, shape = self.picture.nodes[leaf.node], self.shapes[leaf.node]
        x, y = leaf.x, self.frame.centres[leaf.lo]
        kind = "reverse" if node.part is Part.REVERSE and node.kind in (Kind.OPERATION, Kind.FOLDED) else node.kind.value
        rows = [f"<g><title>{clean(node.tooltip)}</title>{outline(node.kind, kind + ' fetched' * node.fetched, x, y, shape.half, shape.height)}"]
        baseline = y - sum(line.height for line in shape.lines) // 2
        for line in shape.lines:
            rows.append(f'<text class="{line.style} middle" x="{x}" y="{baseline + round(line.size)}">{clean(line.text)}</text>')
            baseline += line.height
        return "".join(rows) + "</g>"


def outline(kind: Kind, name: str, x: int, y: int, half: int, height: int) -> str:
    """The outline of a node of that kind around (x, y)."""
    top, left, width = y - height // 2, x - half, 2 * half
    if kind is Kind.PLACEHOLDER:
        return f'<path class="{name}" d="M{left + 8} {top}H{x + half}l-8 {height}H{left}z"/>'
    radius = {Kind.VARIABLE: min(14, height // 2), Kind.ASSIGNMENT: 9, Kind.CONSTANT: 1}.get(kind, 4)
    shape = f'<rect class="{name}" x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}"/>'
    if kind is Kind.FOLDED:
        return f'<rect class="{name}" x="{left + 4}" y="{top - 4}" width="{width}" height="{height}" rx="{radius}"/>{shape}'
    return shape


def _box(box: Box) -> str:
    name = "shade" if box.shaded else "scope"
    return f'<rect class="{name}" x="{box.left}" y="{box.top}" width="{box.right - box.left}" height="{box.bottom - box.top}" rx="7"/>'


def _called(node: Node) -> str:
    return node.name or node.type


def summary(picture: Picture) -> str:
    """What is drawn, in a sentence."""
    size = sum(n.size for n in picture.nodes)
    counts = [(kind, sum(n.kind is kind for n in picture.nodes)) for kind in (Kind.PLACEHOLDER, Kind.VARIABLE, Kind.ASSIGNMENT)]
    told = ", ".join(f"{count} {kind.value}{'s' * (count != 1)}" for kind, count in counts if count)
    reverse = sum(n.size for n in picture.nodes if n.part is Part.REVERSE)
    text = f"A computation graph of {size} operation{'s' * (size != 1)}" + (f", among them {told}" if told else "")
    return text + (f"; {reverse} of them compute gradients" if reverse else "") + "."
