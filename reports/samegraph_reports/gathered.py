"""The parts that belong to no section: problems with the inputs, changes, and what was not run."""

from __future__ import annotations

from collections.abc import Sequence

from .blocks import (
    Block,
    Callout,
    Cell,
    Change,
    Code,
    Details,
    Head,
    Inline,
    Link,
    NotRun,
    Paragraph,
    Part,
    Strong,
    Table,
)
from .quantities import count
from .source import Problem

_SHOWN = 8
_JUDGED = (
    "A ratio of times counts as changed where its two intervals do not overlap, each widened as far as the number of ratios "
    "asks for: of all of them together, 19 comparisons in 20 of unchanged code show none. A time that has no ratio is judged "
    "by its quartiles likewise, on the same machine only."
)
_STATUS = {"worse": "bad", "better": "good", "gone": "warn", "new": "none", "note": "none"}


def problems(found: Sequence[Problem]) -> tuple[Block, ...]:
    """What was wrong with the inputs, for the first screen."""
    if not found:
        return ()
    lines: tuple[tuple[Inline, ...], ...] = tuple((Code(item.file), f": {item.message}") for item in found[:_SHOWN])
    box = Callout("warn", f"{count(len(found), 'problem')} with what was read", lines)
    if len(found) <= _SHOWN:
        return (box,)
    rows = tuple((Cell(item.file, code=True), Cell(item.message)) for item in found[_SHOWN:])
    table = Table("Further problems", (Head("File"), Head("Problem")), rows)
    return (box, Details(f"{len(found) - _SHOWN} more", (table,)))


def changes(found: Sequence[Change] | None, against: str) -> Part:
    """What moved since the other report."""
    title, anchor = f"Changes against {against}", "changes"
    if found is None:
        unknown = "The other report could not be read, so nothing is known about changes."
        lead = Strong(f"Against {against}:")
        return Part(title, anchor, first=(Paragraph((lead, " " + unknown)),), body=(Paragraph((unknown,)),))
    moved = [change for change in found if change.status != "note"]
    worse = sum(change.status == "worse" for change in moved)
    if moved:
        told = f" {count(len(moved), 'change')}, {worse} for the worse. "
        first = Paragraph((Strong(f"Against {against}:"), told, Link("See them", anchor)))
        body: list[Block] = []
    else:
        first = Paragraph((Strong(f"Against {against}:"), " no change."))
        text = "No change: every verdict is the same, and no ratio of times moved by more than its interval."
        body = [Paragraph((text,))]
    if found:
        rows = tuple(
            (Cell(item.status, status=_STATUS[item.status]), Cell(item.what), Cell(item.before), Cell(item.now))
            for item in found
        )
        heads = tuple(Head(name) for name in ("Change", "What", "Before", "Now"))
        body.append(Table("Changes", heads, rows))
        body.append(Paragraph((_JUDGED,), quiet=True))
    return Part(title, anchor, first=(first,), body=tuple(body))


def not_run(found: Sequence[NotRun]) -> Part:
    """What was asked for and did not happen; equal reasons of one program share a row."""
    title, anchor = "Not run", "not-run"
    if not found:
        return Part(title, anchor, body=(Paragraph(("Everything that was asked for ran.",)),))
    groups: dict[tuple[str, str], list[str]] = {}
    for item in found:
        groups.setdefault((item.what, item.reason), []).append(item.where)
    rows = tuple((Cell(what), Cell(", ".join(where)), Cell(reason)) for (what, reason), where in groups.items())
    table = Table("What was not run, and why", (Head("What"), Head("Where"), Head("Reason")), rows)
    return Part(title, anchor, body=(table,))
