"""How much room texts take, and what a node says in which style.

The font is a monospaced one, whose characters are 0.602 of its size wide in all the usual ones, so that boxes fit their
texts without measuring them.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from .picture import Kind, Node

REVERSE = "reverse graph"
ADVANCE = 0.61
HEAD, SUB, NOTE, LABEL = 12.0, 10.5, 10.0, 10.0
_NAME_FIRST = (Kind.PLACEHOLDER, Kind.VARIABLE, Kind.FOLDED, Kind.GROUP)


@dataclass(frozen=True)
class Line:
    """One line of text of a node. style: "head", "sub" or "note"."""

    text: str
    style: str

    @property
    def size(self) -> float:
        return {"head": HEAD, "sub": SUB}.get(self.style, NOTE)

    @property
    def height(self) -> int:
        return round(self.size * 1.3)


def shorten(text: str, longest: int = 26) -> str:
    """`text` on one line, cut at the end when it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def width(text: str, size: float) -> int:
    """The room a text takes in one line."""
    return math.ceil(sum(map(_cells, text)) * ADVANCE * size)


def _cells(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    if character > "\uffff":
        return 2.4
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def lines(node: Node, name: str) -> list[Line]:
    """What is written in a node; name: as seen from the box it stands in."""
    notes = [Line(text, "note") for text in node.notes]
    if node.kind in _NAME_FIRST and name:
        return [Line(name, "head"), Line(node.type, "sub"), *notes]
    head = Line(node.type, "sub" if node.kind is Kind.CONSTANT else "head")
    told = name.lower() != node.type.lower() and name
    return [head, *([Line(name, "sub")] if told else []), *notes]
