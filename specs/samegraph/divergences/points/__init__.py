"""The points of the ledger. A new one is an entry in the file of its section, and one in each framework's probes."""

from __future__ import annotations

from ..point import Point, Section
from . import defaults, dtypes, indexing, integers, kinks, optimizers, protocol, reductions, scopes, singular

SECTIONS: tuple[Section, ...] = (
    kinks.SECTION,
    singular.SECTION,
    protocol.SECTION,
    integers.SECTION,
    dtypes.SECTION,
    reductions.SECTION,
    indexing.SECTION,
    defaults.SECTION,
    optimizers.SECTION,
    scopes.SECTION,
)
POINTS: tuple[Point, ...] = tuple(p for s in SECTIONS for p in s.points)
SECTION_OF: dict[str, str] = {p.id: s.name for s in SECTIONS for p in s.points}
