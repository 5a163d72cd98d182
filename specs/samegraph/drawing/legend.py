"""What the shapes and lines of a drawing mean: only those that occur."""

from __future__ import annotations

from collections.abc import Iterator

from . import texts
from .picture import Flow, Kind, Part, Picture
from .svg import outline

_ROW, _SAMPLE, _SIZE = 20, 26, 11.0
_KINDS = {
    Kind.PLACEHOLDER: "placeholder",
    Kind.VARIABLE: "variable",
    Kind.CONSTANT: "constant",
    Kind.OPERATION: "operation",
    Kind.ASSIGNMENT: "assignment",
    Kind.GROUP: "runs what it waits for",
    Kind.FOLDED: "folded scope",
}
_FLOWS = {Flow.DATA: "tensor", Flow.CONTROL: "order only", Flow.WRITE: "new value"}


def legend(picture: Picture, width: int) -> tuple[list[str], tuple[int, int]]:
    """The elements, in rows not much wider than `width`, and their size."""
    rows: list[str] = []
    x, y, widest = 0, 16, 0
    for sample, text in _entries(picture):
        room = _SAMPLE + 6 + texts.width(text, _SIZE)
        if x and x + room > max(width, 420):
            x, y = 0, y + _ROW
        rows.append(
            f'<g transform="translate({x} {y})">{sample}<text class="legend" x="{_SAMPLE + 5}" y="9">{text}</text></g>'
        )
        x += room + 12
        widest = max(widest, x - 12)
    return (rows, (widest, y + _ROW - 4)) if len(rows) > 1 else ([], (0, 0))


def _entries(picture: Picture) -> Iterator[tuple[str, str]]:
    kinds = {n.kind for n in picture.nodes}
    for kind, text in _KINDS.items():
        if kind in kinds:
            yield outline(kind, kind.value, 12, 5, 11, 12), text
    if any(n.part is Part.REVERSE for n in picture.nodes):
        yield '<rect class="shade" x="1" y="-1" width="22" height="12" rx="3"/>', "reverse graph"
    flows = {e.flow for e in picture.edges}
    for flow, text in _FLOWS.items():
        if flow in flows:
            yield f'<g class="{flow.value}"><path d="M1 5H20"/><path class="tip" d="M24 5l-7 -4v8z"/></g>', text
    if any(n.fetched for n in picture.nodes):
        yield '<rect class="operation fetched" x="1" y="-1" width="22" height="12" rx="4"/>', "fetched"
