"""The ledger: every point with the specification's answer and the frameworks' on record, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import samegraph.ops  # noqa: F401 (it fills the registry)

from .. import SPEC_VERSION
from ..op import Op
from ..registry import OPS
from . import records
from .answers import Answer, agrees, raised, same, same_value, speaks, text
from .point import Point, Section
from .points import SECTIONS
from .records import SPECIFICATION, Record

# The frameworks that are compared with each other; where the first has no such function, its companion answers for it.
FAMILIES = {"tensorflow": ("tensorflow", "keras"), "torch": ("torch",), "jax": ("jax", "optax")}
ORDER = ("tensorflow", "keras", "torch", "jax", "optax", "numpy")
SCHEMA = 1


@dataclass(frozen=True)
class Told:
    """What one framework answers: in its newest version on record, and since which version on record."""

    answer: Answer
    version: str
    since: str


@dataclass(frozen=True)
class Row:
    """One point, with every answer on record."""

    section: str
    point: Point
    specification: Answer
    raw: Mapping[str, Told]

    @property
    def stated(self) -> str:
        """The specification's answer in one line."""
        left = "; gradient left open" if self.point.open_gradient and speaks(self.specification) else ""
        return text(self.specification) + left

    @property
    def why(self) -> str:
        """Why the specification says so, or leaves it open."""
        return "; ".join(filter(None, (self.point.why or self.point.unsaid, self.point.open_gradient)))

    @property
    def answers(self) -> list[Answer]:
        """One answer a family of frameworks that has one."""
        told = ([self.raw[n].answer for n in names if n in self.raw] for names in FAMILIES.values())
        return [next(a for a in found if speaks(a)) for found in told if any(speaks(a) for a in found)]

    @property
    def differs(self) -> bool:
        """Whether two of TensorFlow, PyTorch and JAX answer differently."""
        return any(not same(self.answers[0], a) for a in self.answers[1:])

    @property
    def gradient_only(self) -> bool:
        """Whether they agree in the value and differ in the gradient."""
        answers = self.answers
        return self.differs and not any(map(raised, answers)) and all(same_value(answers[0], a) for a in answers[1:])

    @property
    def against(self) -> list[str]:
        """The frameworks whose raw answer is not the specification's."""
        if not speaks(self.specification):
            return []
        return [n for n, t in self.raw.items() if speaks(t.answer) and not agrees(self.specification, t.answer)]

    @property
    def patched(self) -> list[str]:
        """The frameworks whose kernel of this op answers otherwise than the function asked here: as the specification."""
        op = OPS.get(self.point.op)
        computed = isinstance(op, Op) and speaks(self.specification) and not raised(self.specification)
        return [n for n in self.against if n in FAMILIES] if computed and not self.point.dtype else []


def rows(folder: Path = records.FOLDER) -> list[Row]:
    """The whole ledger from the records in the folder; RecordError for one that cannot be read."""
    found = records.all_of(folder)
    stated = found.pop(SPECIFICATION, [])
    return [
        Row(section.name, p, _specification(stated, p), _told(found, p)) for section in SECTIONS for p in section.points
    ]


def _specification(stated: Sequence[Record], point: Point) -> Answer:
    answer = records.nearest(stated, SPEC_VERSION).answers.get(point.id) if stated else None
    return answer or {"missing": "not on record"}


def _told(found: Mapping[str, Sequence[Record]], point: Point) -> dict[str, Told]:
    told = {}
    for name in sorted(found, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER)):
        known = [r for r in found[name] if point.id in r.answers]
        if known:
            told[name] = Told(known[-1].answers[point.id], known[-1].version, records.since(known, point.id))
    return told


def chosen(
    ledger: Iterable[Row],
    sections: Sequence[str] = (),
    ops: Sequence[str] = (),
    frameworks: Sequence[str] = (),
    differ: bool = False,
    gradient_only: bool = False,
) -> list[Row]:
    """The rows of these sections and ops; with `frameworks`, those that one of them answers (otherwise than the
    specification, with `differ`); with `differ` alone, those in which TensorFlow, PyTorch and JAX differ."""
    out = []
    for row in ledger:
        if (sections and row.section not in sections) or (ops and row.point.op not in ops):
            continue
        if frameworks and not set(frameworks) & set(row.against if differ else row.raw):
            continue
        if (differ and not frameworks and not row.differs) or (gradient_only and not row.gradient_only):
            continue
        out.append(row)
    return out


@dataclass(frozen=True)
class Counts:
    """How many points, how many of them compared, how many of those differ, and how many in the gradient only."""

    points: int
    compared: int
    differ: int
    gradient_only: int
    against: Mapping[str, int]

    def __str__(self) -> str:
        return (
            f"{self.points} points, {self.compared} answered by two or more of TensorFlow, PyTorch and JAX; "
            f"{self.differ} differ, {self.gradient_only} of those in the gradient only"
        )


def count(ledger: Sequence[Row]) -> Counts:
    names = [n for n in ORDER if any(n in row.raw for row in ledger)]
    return Counts(
        len(ledger),
        sum(len(row.answers) > 1 for row in ledger),
        sum(row.differs for row in ledger),
        sum(row.gradient_only for row in ledger),
        {n: sum(n in row.against for row in ledger) for n in names},
    )


def patched(ledger: Iterable[Row]) -> dict[str, list[str]]:
    """Framework to the ops whose kernels answer otherwise than its own function somewhere."""
    found: dict[str, set[str]] = {}
    for row in ledger:
        for name in row.patched:
            found.setdefault(name, set()).add(row.point.op)
    return {n: sorted(found[n]) for n in ORDER if n in found}


def as_json(ledger: Sequence[Row], created: str, command: str) -> dict[str, Any]:
    """The ledger as plain data, the answers both as recorded and in one line: what the report is made from."""
    counts = count(ledger)
    return {
        "schema": SCHEMA,
        "created": created,
        "command": command,
        "specification": SPEC_VERSION,
        "counts": {
            "points": counts.points,
            "compared": counts.compared,
            "differ": counts.differ,
            "gradient_only": counts.gradient_only,
            "against": dict(counts.against),
        },
        "versions": {n: t.version for row in ledger for n, t in row.raw.items()},
        "patched": patched(ledger),
        "sections": [_section_json(s, ledger) for s in SECTIONS if any(r.section == s.name for r in ledger)],
    }


def _section_json(section: Section, ledger: Sequence[Row]) -> dict[str, Any]:
    own = [r for r in ledger if r.section == section.name]
    return {"name": section.name, "title": section.title, "rows": [_row_json(r) for r in own]}


def _row_json(row: Row) -> dict[str, Any]:
    p = row.point
    return {
        "id": p.id,
        "asked": p.asked,
        "op": p.op,
        "why": row.why,
        "links": list(p.links),
        "specification": {"text": row.stated, "answer": row.specification},
        "raw": {
            n: {
                "text": text(t.answer),
                "answer": t.answer,
                "version": t.version,
                "since": t.since,
                "as_specified": n not in row.against if speaks(t.answer) and speaks(row.specification) else None,
            }
            for n, t in row.raw.items()
        },
        "differs": row.differs,
        "gradient_only": row.gradient_only,
        "patched": row.patched,
    }
