"""The sections of the report, in the order in which they are read. A new one is one file here and one line below."""

from __future__ import annotations

from typing import Any

from ..section import Section
from . import agreement, divergences, drawn, environment, operations, speed, words

SECTIONS: tuple[Section[Any], ...] = (
    agreement.SECTION,
    operations.SECTION,
    speed.SECTION,
    words.SECTION,
    divergences.SECTION,
    drawn.SECTION,
    environment.SECTION,
)
