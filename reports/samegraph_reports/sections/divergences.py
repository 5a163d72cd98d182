"""Where raw frameworks differ: what the divergence ledger counts, and every point of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..blocks import DIFFER, Answer, Block, Cell, Change, Details, Head, Link, Paragraph, Part, Strong, Table
from ..quantities import ABSENT, count
from ..section import Section
from ..source import Fields, Source, slug

FILE = "divergences.json"
SCHEMA = 1
_TITLE, _ANCHOR = "Raw frameworks", "divergences"
_READING = (
    "What each framework answers by itself, without samegraph, at points where frameworks are known to differ. ≠ marks an "
    "answer that is not the specification's; patched: samegraph's kernel for it answers as specified. What a gradient is of: the sum of the answer's elements."
)


@dataclass(frozen=True)
class RawAnswer:
    """One framework's answer; as_specified is None where the specification leaves the point open."""

    text: str
    version: str
    since: str
    as_specified: bool | None


@dataclass(frozen=True)
class Point:
    """One point of the ledger."""

    id: str
    asked: str
    specification: str
    why: str
    links: tuple[str, ...]
    raw: Mapping[str, RawAnswer]
    differs: bool
    gradient_only: bool
    op: str
    patched: tuple[str, ...]

    @property
    def other(self) -> tuple[str, ...]:
        """The frameworks whose answer is not the specification's."""
        return tuple(name for name, answer in self.raw.items() if answer.as_specified is False)


@dataclass(frozen=True)
class Ledger:
    """The ledger by section title, the ops whose kernels answer otherwise than the framework, and the command."""

    sections: Mapping[str, tuple[Point, ...]]
    patched: Mapping[str, tuple[str, ...]]
    specification: str
    command: str

    @property
    def points(self) -> list[Point]:
        return [point for points in self.sections.values() for point in points]

    @property
    def frameworks(self) -> list[str]:
        return list(dict.fromkeys(name for point in self.points for name in point.raw))


def read(source: Source) -> Ledger | None:
    """The ledger, where one was put beside the results."""
    if not (source.directory / FILE).exists():
        return None
    raw = source.json(FILE)
    if raw is None:
        return None
    top = Fields(raw, source, FILE)
    if top.integer("schema") != SCHEMA:
        top.complain("schema", f"expected {SCHEMA}, which this version of samegraph writes")
        return None
    sections = {s.text("title"): tuple(map(_point, s.objects("rows"))) for s in top.objects("sections")}
    patched = {name: _names(ops) for name, ops in top.entries("patched").items()}
    return Ledger(sections, patched, top.text("specification"), top.text("command"))


def _point(row: Fields) -> Point:
    answers = row.nested("raw")
    raw = {name: _answer(answers.nested(name)) for name in answers.raw}
    return Point(
        row.text("id"),
        row.text("asked"),
        row.nested("specification").text("text", ABSENT),
        row.text("why"),
        _names(row.raw.get("links")),
        raw,
        bool(row.flag("differs")),
        bool(row.flag("gradient_only")),
        row.text("op"),
        _names(row.raw.get("patched")),
    )


def _answer(found: Fields) -> RawAnswer:
    return RawAnswer(found.text("text", ABSENT), found.text("version"), found.text("since"), found.flag("as_specified"))


def _names(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def render(found: Ledger | None) -> Part:
    """The part of the page that shows the ledger."""
    if found is None or not found.points:
        absent = ("The divergence ledger was not put beside the results.",)
        return Part(_TITLE, _ANCHOR, answers=(Answer(DIFFER, (absent,)),), body=(Paragraph(absent, quiet=True),))
    points = found.points
    differ, gradient = sum(p.differs for p in points), sum(p.gradient_only for p in points)
    told = f" {differ} of {count(len(points), 'point')} differ, {gradient} of those in the gradient only. "
    told = f" {differ} of {count(len(points), 'point')} differ, {gradient} of those in the gradient only."
    other = ", ".join(f"{name} {sum(name in p.other for p in points)}" for name in found.frameworks)
    lines = (
        (Strong("Raw TensorFlow, PyTorch and JAX:"), told),
        (f"Answers that are not the specification's: {other}. ", Link("Search and filter them", "ledger")),
    )
    body: list[Block] = [Paragraph((_READING,)), _counts(found), _frameworks(found)]
    body.append(Details(f"All {count(len(points), 'point')}", (_table(found),), anchor="ledger"))
    answer = Answer(DIFFER, lines)
    return Part(_TITLE, _ANCHOR, answers=(answer,), body=tuple(body), summary=_summary(found, differ, gradient))


def _counts(found: Ledger) -> Table:
    rows = []
    for title, own in found.sections.items():
        numbers = (len(own), sum(p.differs for p in own), sum(p.gradient_only for p in own))
        rows.append((Cell(title), *(Cell(f"{n:,}", value=float(n)) for n in numbers)))
    heads = (Head("About"), Head("Points", True), Head("Differ", True), Head("In the gradient only", True))
    return Table("Points where TensorFlow, PyTorch and JAX differ", heads, tuple(rows))


def _frameworks(found: Ledger) -> Table:
    rows = []
    for name in found.frameworks:
        answers = [p.raw[name] for p in found.points if name in p.raw]
        other = sum(a.as_specified is False for a in answers)
        rows.append(
            (
                Cell(name),
                Cell(", ".join(dict.fromkeys(a.version for a in answers))),
                Cell(f"{len(answers):,}", value=float(len(answers))),
                Cell(f"{other:,}", value=float(other)),
                Cell(", ".join(found.patched.get(name, ())) or ABSENT),
            )
        )
    heads = (
        "Framework",
        "Version",
        "Answers",
        "Not the specification's",
        "Ops whose kernels answer otherwise than it does",
    )
    numeric = (False, False, True, True, False)
    return Table(
        f"Frameworks against the specification {found.specification}",
        tuple(Head(text, number) for text, number in zip(heads, numeric)),
        tuple(rows),
    )


def _table(found: Ledger) -> Table:
    heads = tuple(Head(text) for text in ("Point", "Specification", *found.frameworks))
    rows, tags = [], []
    for title, points in found.sections.items():
        for point in points:
            note = " · ".join(part for part in (title, point.op, point.id, *point.links) if part)
            stated = Cell(point.specification, note=point.why)
            answers = (_raw_cell(point, name) for name in found.frameworks)
            ident = f"point-{slug(point.id)}"
            rows.append((Cell(point.asked, note=note, ident=ident), stated, *answers))
            tags.append(_tags(title, point))
    return Table("Points of the ledger", heads, tuple(rows), style="ledger", filterable=True, tags=tuple(tags))


def _tags(title: str, point: Point) -> dict[str, tuple[str, ...]]:
    """What the table of points can be filtered by."""
    yes, no = ("yes",), ()
    return {
        "About": (title,),
        "Not as specified in": point.other,
        "Patched in": point.patched,
        "Frameworks differ": yes if point.differs else no,
        "In the gradient only": yes if point.gradient_only else no,
    }


def _raw_cell(point: Point, name: str) -> Cell:
    answer = point.raw.get(name)
    if answer is None:
        return Cell("")
    mark = "≠ " if answer.as_specified is False else ""
    notes = (
        f"since {answer.since}" if answer.since and answer.since != answer.version else "",
        "patched" if name in point.patched else "",
    )
    return Cell(mark + answer.text, note="; ".join(note for note in notes if note))


def _summary(found: Ledger, differ: int, gradient: int) -> dict[str, Any]:
    return {
        "command": found.command,
        "specification": found.specification,
        "points": len(found.points),
        "differ": differ,
        "gradient_only": gradient,
        "answers": {name: {p.id: p.raw[name].text for p in found.points if name in p.raw} for name in found.frameworks},
    }


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Answers that are others than in the earlier report; which of them is better is not for a report to say."""
    old, new = _recorded(before), _recorded(now)
    return [
        Change("note", f"raw {name}: {id}", str(old[name][id]), str(answer))
        for name, answers in new.items()
        for id, answer in answers.items()
        if id in old.get(name, {}) and old[name][id] != answer
    ]


def _recorded(summary: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = summary.get("answers")
    return {n: a for n, a in found.items() if isinstance(a, dict)} if isinstance(found, dict) else {}


SECTION = Section("divergences", read, render, changes)
