"""A laid out picture as an SVG document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape

from . import style, texts
from .lanes import Port, Segment, Way
from .picture import Flow, Kind, Node, Part, Picture
from .placing import Frame
from .shapes import Shape
from .tree import Box, Leaf

_MARGIN, _TIP = 16, 7
_NAMED = 6  # how many nodes a tooltip lists
_LONGEST = 90  # characters of the title that are shown
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """`text` for XML: what it cannot hold replaced, what means something to it escaped."""
    return escape(_FORBIDDEN.sub("\ufffd", text), {'"': "&quot;"})


class Sheet:
    """One drawing. Coordinates are those of the layout; the whole is moved to leave room for title and margins."""

    def __init__(
        self,
        picture: Picture,
        root: Box,
        leaves: list[Leaf],
        shapes: list[Shape],
        ways: list[Way],
        ports: list[Port],
        frame: Frame,
    ) -> None:
        self.picture, self.root, self.leaves, self.shapes = picture, root, leaves, shapes
        self.ways, self.ports, self.frame = ways, ports, frame

    def document(self, title: str, legend: list[str], legend_size: tuple[int, int]) -> str:
        """The whole document; legend: its elements, placed below the drawing."""
        title = " ".join(title.split())
        head = texts.shorten(title, _LONGEST)
        heading = 30 if title else 0
        width = max(self.frame.width, legend_size[0], texts.width(head, 16.0)) + 2 * _MARGIN
        height = heading + self.frame.height + legend_size[1] + 2 * _MARGIN
        shift = (width - 2 * _MARGIN - self.frame.width) // 2
        rows = [
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f"<title>{clean(title or 'A computation graph')}</title>",
            f"<desc>{clean(summary(self.picture))}</desc>",
            f"<style>{style.sheet()}</style>",
            f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
            *([f'<text class="heading" x="{_MARGIN}" y="{_MARGIN + 14}">{clean(head)}</text>'] if title else []),
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
        yield from (self._label(port) for port in self.ports if port.label)
        yield from (_box_name(box) for box in boxes)

    # Edges ------------------------------------------------------------------------------------------------------------

    def _way(self, way: Way) -> str:
        lines = [self._lane(lane) for lane in way.lanes if self.frame.ceilings[lane.lo] < self.frame.floors[lane.hi]]
        lines += [self._segment(s) for s in way.segments]
        tips = [self._tip(s.arrow) for s in way.segments if s.arrow is not None]
        nodes = self.picture.nodes
        sources, targets = (
            _listed([nodes[i] for i in ends]) for ends in zip(*((e.source, e.target) for e in way.edges))
        )
        tooltip = f"{sources} → {targets}" + (f"\n{way.start.label}" if way.start.label else "")
        back = way.flow is Flow.DATA and all(nodes[e.source].part is Part.REVERSE for e in way.edges)
        kind = "data back" if back else way.flow.value
        paths = f'<path d="{"".join(lines)}"/><path class="tip" d="{"".join(tips)}"/>'
        return f'<g class="{kind}"><title>{clean(tooltip)}</title>{paths}</g>'

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
        name = "label" + _on_shade(port.leaf.box) + (" end" if port.side < 0 else "")
        return f'<text class="{name}" x="{x}" y="{y}">{clean(port.label)}</text>'

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _node(self, leaf: Leaf) -> str:
        node, shape = self.picture.nodes[leaf.node], self.shapes[leaf.node]
        x, y = leaf.x, self.frame.centres[leaf.lo]
        plain = node.part is Part.REVERSE and node.kind in (Kind.OPERATION, Kind.FOLDED)
        name = ("reverse" if plain else node.kind.value) + (" fetched" if node.fetched else "")
        rows = [f"<g><title>{clean(node.tooltip)}</title>{outline(node.kind, name, x, y, shape.half, shape.height)}"]
        baseline = y - sum(line.height for line in shape.lines) // 2
        for line in shape.lines:
            rows.append(
                f'<text class="{line.style} middle" x="{x}" y="{baseline + round(line.size)}">{clean(line.text)}</text>'
            )
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
        return f'{shape}<path class="inner" d="M{left + 4} {top}v{height}M{left + width - 4} {top}v{height}"/>'
    return shape


def _box(box: Box) -> str:
    name = "shade" if box.shaded else "scope"
    width, height = box.right - box.left, box.bottom - box.top
    return f'<rect class="{name}" x="{box.left}" y="{box.top}" width="{width}" height="{height}" rx="7"/>'


def _box_name(box: Box) -> str:
    return f'<text class="of{_on_shade(box)}" x="{box.name_at[0]}" y="{box.name_at[1]}">{clean(box.label)}</text>'


def _on_shade(box: Box) -> str:
    return " shaded" if any(b.shaded for b in box.chain()) else ""


def _listed(nodes: list[Node]) -> str:
    names = list(dict.fromkeys(n.name or n.type for n in nodes))
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def summary(picture: Picture) -> str:
    """What is drawn, in a sentence."""
    size = sum(n.size for n in picture.nodes)
    counts = [
        (kind, sum(n.kind is kind for n in picture.nodes))
        for kind in (Kind.PLACEHOLDER, Kind.VARIABLE, Kind.ASSIGNMENT)
    ]
    told = ", ".join(f"{count} {kind.value}{'s' * (count != 1)}" for kind, count in counts if count)
    reverse = sum(n.size for n in picture.nodes if n.part is Part.REVERSE)
    text = f"A computation graph of {size} operation{'s' * (size != 1)}" + (f", among them {told}" if told else "")
    return text + (f"; {reverse} of them compute gradients" if reverse else "") + "."
