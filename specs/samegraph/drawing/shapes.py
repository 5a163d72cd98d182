"""How large a node is, and where edges touch it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from . import texts
from .lanes import Port
from .picture import Flow, Kind, Node
from .tree import Leaf, local_name

STUB, TIP = 17, 11  # how far an edge goes straight away from its node: beside a label, behind an arrow
_STEP, _EDGE, _PADDING = 12, 9, 6
_MARGINS = {Kind.PLACEHOLDER: 17, Kind.VARIABLE: 15, Kind.ASSIGNMENT: 11, Kind.CONSTANT: 7}


@dataclass
class Shape:
    """A node's outline around its leaf's x and y: half its width, its height, and the lines written in it."""

    lines: list[texts.Line]
    half: int
    height: int


def shape(node: Node, leaf: Leaf) -> Shape:
    """The outline that the texts of a node need."""
    lines = texts.lines(node, local_name(node, leaf.box))
    widest = max(texts.width(line.text, line.size) for line in lines)
    half = max(22, (widest + 1) // 2 + _MARGINS.get(node.kind, 9))
    return Shape(lines, half, sum(line.height for line in lines) + 2 * _PADDING)


def attach(shape: Shape, leaf: Leaf, ports: list[Port], rank: Callable[[Port], float]) -> None:
    """Places the ports of a node, in the order of what they lead to, and sets what room its leaf takes."""
    leaf.left = leaf.right = 0
    for top in (True, False):
        here = sorted((p for p in ports if p.top is top), key=rank)
        outs = [p for p in here if p.out]
        _spread(outs, [p for p in here if not p.out], towards=-1 if not top and len(here) > len(outs) else 1)
        shape.half = max(shape.half, *(abs(p.offset) + _EDGE for p in here), 0)
    for port in ports:
        if port.label:
            reach = port.offset + port.side * (7 + texts.width(port.label, texts.LABEL))
            leaf.left, leaf.right = max(leaf.left, -reach), max(leaf.right, reach)
    leaf.left, leaf.right = max(leaf.left, shape.half), max(leaf.right, shape.half)
    leaf.ascent, leaf.descent = (shape.height // 2 + _away(p for p in ports if p.top is top) for top in (True, False))


def _away(ports: Iterable[Port]) -> int:
    """How far edges go straight at one side of a node: past a label, or the tip of an arrow."""
    return max((STUB if p.label else 0 if p.out else TIP for p in ports), default=0)


def _spread(outs: list[Port], ins: list[Port], towards: int) -> None:
    """The first tensor out in the middle, further ones beside it; what has no label on the other side."""
    tensors = [p for p in outs if p.flow is Flow.DATA]
    others = sorted((p for p in outs if p.flow is not Flow.DATA), key=lambda p: p.flow is Flow.WRITE)
    if not tensors:
        both = [*others, *ins] if towards < 0 else [*ins, *others]
        for i, port in enumerate(both):
            port.offset = round((i - (len(both) - 1) / 2) * (_STEP + 4))
        return
    at = 0
    for port in tensors:
        port.offset, port.side = towards * at, towards
        at += texts.width(port.label, texts.LABEL) + _STEP
    for i, port in enumerate([*others, *(ins if towards < 0 else reversed(ins))]):
        port.offset = -towards * _STEP * (i + 1)
    _centre([*tensors, *others, *ins])


def _centre(ports: list[Port]) -> None:
    low, high = min(p.offset for p in ports), max(p.offset for p in ports)
    if high - low > 4 * _STEP:
        for port in ports:
            port.offset -= (low + high) // 2
