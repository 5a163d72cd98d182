"""Graphs as pictures: what a fetch needs, drawn as readers of TensorFlow expect it, as one SVG document.

Placeholders, variables and operations stand above what they feed; gradients go up again beside them, shaded, and then
what is done with them. Scopes are boxes; small constants are written inside the operation that takes them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .describing import describe
from .folding import fold as _fold
from .layout import laid_out
from .legend import legend

__all__ = ["draw", "write"]


def draw(
    targets: Any, *, title: str = "", gradients: bool = True, fold: Sequence[str] = (), max_nodes: int = 52
) -> str:
    """An SVG document that shows what the targets need: a Graph, or anything a session fetches.

    Of a Graph that is all but the initialisation of its variables. gradients: show the operations that gradients are
    computed by, not one `Gradients` operation. fold: names of scopes, or patterns of them (`layer*`), to draw as one
    node each. max_nodes: above so many nodes more scopes are folded. Raises TypeError for what is neither graph nor
    fetch, ValueError for targets of several graphs. The graph stays as it is.
    """
    patterns = [fold] if isinstance(fold, str) else fold
    picture = _fold(describe(targets, gradients), patterns, max_nodes)
    sheet = laid_out(picture)
    return sheet.document(title, *legend(picture, sheet.frame.width))


def write(
    path: str | os.PathLike[str],
    targets: Any,
    *,
    title: str = "",
    gradients: bool = True,
    fold: Sequence[str] = (),
    max_nodes: int = 52,
) -> Path:
    """Draws into a file, which is there completely or not at all, and returns its path. See `draw`."""
    path = Path(path)
    text = draw(targets, title=title, gradients=gradients, fold=fold, max_nodes=max_nodes)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="\n")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
