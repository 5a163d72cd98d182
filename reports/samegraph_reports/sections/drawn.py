"""The drawings of the graphs, inline."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .. import drawings
from ..blocks import Figure, Paragraph, Part
from ..section import Section
from ..source import Source, slug

_FOLDER = "graphs"
_TITLE, _ANCHOR = "Graphs", "graphs"


@dataclass(frozen=True)
class Drawing:
    """One drawing, safe to show."""

    name: str
    title: str
    svg: str


def read(source: Source) -> tuple[Drawing, ...] | None:
    """Every drawing of the folder that may stand on the page; the others become problems."""
    folder = source.directory / _FOLDER
    if not folder.is_dir():
        source.report(f"{_FOLDER}/", "is missing", "missing")
        return None
    found = []
    for index, path in enumerate(sorted(folder.glob("*.svg"))):
        title = re.sub(r"[-_]+", " ", path.stem)
        try:
            root = drawings.sanitised(path.read_bytes(), f"d{index + 1}")
        except drawings.Refused as refusal:
            source.report(f"{_FOLDER}/{path.name}", str(refusal), "refused")
            continue
        except OSError as error:
            source.report(f"{_FOLDER}/{path.name}", f"cannot be read ({error.strerror or error})", "unreadable")
            continue
        extent = drawings.size(root)
        if extent is not None:
            # Without a size of its own an inline drawing grows to the width of the page.
            root.attrib.pop("width", None), root.attrib.pop("height", None)
            root.set("style", f"width:{extent[0]:.0f}px;max-width:none")
            root.attrib.setdefault("viewBox", f"0 0 {extent[0]:g} {extent[1]:g}")
        found.append(
            Drawing(f"graph-{index + 1}-{slug(path.stem)}", title, drawings.described(root, f"Graph of {title}"))
        )
    return tuple(found)


def render(found: tuple[Drawing, ...] | None) -> Part:
    """The part of the page that shows the graphs."""
    if not found:
        text = Paragraph(("No drawing of a graph was given.",), quiet=True)
        return Part(_TITLE, _ANCHOR, body=(text,))
    figures = tuple(Figure(item.name, item.title, item.svg, caption=item.title, style="drawing") for item in found)
    return Part(_TITLE, _ANCHOR, body=figures, summary={"drawings": [item.title for item in found]})


SECTION = Section("graphs", read, render)
