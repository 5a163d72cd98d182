"""How fast the columns are: times and their ratios to the idiom and to TensorFlow 1's own session."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .. import benchmarks, palette
from ..benchmarks import BASELINES, SESSION, Benchmark, Timings
from ..blocks import Block, Cell, Change, Details, Figure, Grid, Head, Heading, NotRun, Paragraph, Part, Table
from ..charts import Ratio, RatioChart, ratio_chart
from ..quantities import ABSENT, count, ratio, seconds, speed
from ..section import Section
from ..source import as_number, slug

_TITLE, _ANCHOR = "Speed", "speed"
_READING = (
    "Ratios are taken within one run, so they carry over to other machines better than times do. Bars start at 1×; "
    "whiskers span the interval recorded with each ratio."
)
_WORDS = {"idiom": "the hand-written idiom", SESSION: "TensorFlow 1's session"}


def render(found: Timings | None) -> Part:
    """The part of the page that tells the times."""
    if found is None or not found.benchmarks:
        missing = found.not_run if found else (NotRun("speed", "benchmarks", f"{benchmarks.FILE} was not read"),)
        text = Paragraph(("Speed: nothing was timed, so nothing is known.",), quiet=True)
        return Part(_TITLE, _ANCHOR, first=(text,), body=(text,), not_run=missing)
    body: list[Block] = [Paragraph((_READING,))]
    body.extend(_charts(found))
    body.append(Details(f"All {count(len(found.benchmarks), 'timing')}", (_all_timings(found),)))
    first = _fastest(found)
    return Part(_TITLE, _ANCHOR, first=(first,), body=tuple(body), not_run=found.not_run, summary=_summary(found))


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Timings and ratios that moved by more than their intervals."""
    new, old = _by_key(now), _by_key(before)
    if not new or not old:
        return []
    same = now.get("machine") == before.get("machine")
    found = []
    if not same:
        machines = (str((side.get("machine") or {}).get("processor", ABSENT)) for side in (before, now))
        found.append(Change("note", "machine (so times are not compared, ratios are)", *machines))
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            found.append(Change("gone", _named(old[key]), seconds(as_number(old[key].get("median"))), ABSENT))
        elif key not in old:
            found.append(Change("new", _named(new[key]), ABSENT, seconds(as_number(new[key].get("median")))))
        else:
            found.extend(_moved(new[key], old[key], times=same))
    return found


def _moved(new: Mapping[str, Any], old: Mapping[str, Any], *, times: bool) -> list[Change]:
    found = []
    if times:
        interval = [[as_number(side.get(name)) for name in ("q1", "median", "q3")] for side in (old, new)]
        status = _apart(interval[0], interval[1])
        if status:
            found.append(Change(status, _named(new), _interval(interval[0], seconds), _interval(interval[1], seconds)))
    for base, before in (old.get("ratio_to") or {}).items():
        after = (new.get("ratio_to") or {}).get(base)
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            continue
        interval = [[as_number(side.get(name)) for name in ("low", "median", "high")] for side in (before, after)]
        status = _apart(interval[0], interval[1])
        if status:
            what = f"{_named(new)}, against {_WORDS.get(base, base)}"
            found.append(Change(status, what, _interval(interval[0], ratio), _interval(interval[1], ratio)))
    return found


def _apart(old: Sequence[float | None], new: Sequence[float | None]) -> str:
    """Worse or better where two intervals (low, median, high) of a time do not overlap, else nothing."""
    if None in (old[0], old[2], new[0], new[2]):
        return ""
    if (new[0] or 0.0) > (old[2] or 0.0):
        return "worse"
    return "better" if (new[2] or 0.0) < (old[0] or 0.0) else ""


def _interval(values: Sequence[float | None], write: Any) -> str:
    return f"{write(values[1])} ({write(values[0])} – {write(values[2])})"


def _by_key(summary: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(item.get("key")): item for item in summary.get("benchmarks") or [] if isinstance(item, Mapping)}


def _named(item: Mapping[str, Any]) -> str:
    parts = [item.get("program"), item.get("question"), item.get("label")]
    return " · ".join(str(part) for part in parts if part)


def _summary(found: Timings) -> dict[str, Any]:
    timings = []
    for item in found.benchmarks:
        ratios = {name: {"median": s.median, "low": s.low, "high": s.high} for name, s in item.ratios.items()}
        values = {"median": item.median, "q1": item.q1, "q3": item.q3, "rounds": item.rounds, "ratio_to": ratios}
        names = {"name": item.name, "question": item.question, "program": item.program, "tier": item.tier}
        timings.append({"key": item.key, **names, "label": item.label, **values})
    fastest = [
        {"program": group[0].program, "question": group[0].question, "label": group[0].label, "median": group[0].median}
        for group in _races(found)
    ]
    return {"machine": dict(found.machine), "benchmarks": timings, "fastest": fastest}


def _settings(found: Timings) -> dict[tuple[str, str, str], list[Benchmark]]:
    groups: dict[tuple[str, str, str], list[Benchmark]] = {}
    for item in found.benchmarks:
        groups.setdefault(item.setting, []).append(item)
    return groups


def _races(found: Timings) -> list[list[Benchmark]]:
    """For each program, the timings of the question most of its columns answer, fastest first."""
    races: dict[str, list[Benchmark]] = {}
    for (_, program, _), group in _settings(found).items():
        if program and len(group) > len(races.get(program, [])):
            races[program] = sorted(group, key=lambda item: item.median)
    return list(races.values())


def _fastest(found: Timings) -> Table:
    rows = []
    for group in _races(found):
        best = group[0]
        rivals = [item for item in group[1:] if item.kind != SESSION]
        session = best.ratios.get(SESSION)
        rows.append(
            (
                Cell(best.program.replace("_", " "), note=_setting_text(best), anchor=_anchor(best)),
                Cell(best.label),
                Cell(seconds(best.median), best.median, note=_quartiles(best)),
                _runner_up(best, rivals),
                _session_cell(session),
            )
        )
    heads = (
        Head("Program"),
        Head("Fastest column"),
        Head("Median time", numeric=True),
        Head("Next"),
        Head("Against TF1's session", numeric=True),
    )
    return Table("Fastest column of each program", heads, tuple(rows))


def _setting_text(item: Benchmark) -> str:
    return ", ".join(part for part in (item.question, item.tier) if part)


def _runner_up(best: Benchmark, rivals: list[Benchmark]) -> Cell:
    if not rivals:
        return Cell("nothing else was timed")
    rival = rivals[0]
    if best.q3 is not None and rival.q1 is not None and rival.q1 <= best.q3:
        return Cell(rival.label, note="their quartiles overlap: no clear winner")
    if best.median <= 0:
        return Cell(rival.label)
    return Cell(rival.label, note=f"takes {ratio(rival.median / best.median)} as long")


def _quartiles(item: Benchmark) -> str:
    if item.q1 is None or item.q3 is None:
        return ""
    return f"quartiles {seconds(item.q1)} – {seconds(item.q3)}"


def _anchor(item: Benchmark) -> str:
    return f"speed-{slug(' '.join(item.setting))}"


def _charts(found: Timings) -> list[Block]:
    blocks: list[Block] = []
    question = None
    backends = sorted({item.backend for item in found.benchmarks}, key=palette.backend_order)
    for number, group in enumerate(_settings(found).values()):
        figures = [figure for base in _bases(group) if (figure := _figure(group, base, number, backends))]
        if not figures:
            continue
        if group[0].question != question:
            question = group[0].question
            blocks.append(Heading(question[:1].upper() + question[1:], 3))
        name = " · ".join(part for part in (group[0].program.replace("_", " "), group[0].tier) if part)
        blocks.append(Heading(name or "All programs", 4, _anchor(group[0])))
        blocks.append(Grid(tuple(figures)))
    return blocks


def _bases(group: list[Benchmark]) -> list[str]:
    found = {name for item in group for name in item.ratios}
    return [name for name in BASELINES if name in found] + sorted(found - set(BASELINES))


def _figure(group: list[Benchmark], base: str, number: int, backends: list[str]) -> Figure | None:
    rows = []
    for item in group:
        spread = item.ratios.get(base)
        # A column measured against itself is 1 by definition and only costs a line.
        if spread is not None and spread.median is not None and item.kind != base:
            slot = palette.backend_slot(item.backend, backends)
            rows.append(Ratio(item.label, spread.median, spread.low, spread.high, slot))
    if not rows:
        return None
    program = group[0].program.replace("_", " ") or group[0].question
    against = _WORDS.get(base, base)
    title = f"{program}: time against {against}"
    name = f"speed-{number + 1}-{slug(' '.join(group[0].setting))}-{slug(base)}"
    told = "; ".join(f"{row.label} {ratio(row.value)}" for row in rows)
    return Figure(
        name,
        title,
        ratio_chart(RatioChart(name, title, f"Below 1 is faster. {told}.", tuple(rows))),
        caption=f"Time against {against}",
        table=_ratio_table(title, rows),
    )


def _ratio_table(title: str, rows: list[Ratio]) -> Table:
    heads = (Head("Column"), *(Head(name, numeric=True) for name in ("Ratio", "Low", "High")))
    cells = tuple(
        (Cell(row.label), *(_ratio_number(value) for value in (row.value, row.low, row.high))) for row in rows
    )
    return Table(title, heads, cells)


def _ratio_number(value: float | None) -> Cell:
    return Cell(ratio(value), math.nan if value is None else value)


def _ratio_cell(spread: benchmarks.Spread | None) -> Cell:
    if spread is None or spread.median is None:
        return Cell(ABSENT, math.nan)
    note = "" if spread.low is None or spread.high is None else f"{ratio(spread.low)} – {ratio(spread.high)}"
    return Cell(ratio(spread.median), spread.median, note=note)


def _session_cell(spread: benchmarks.Spread | None) -> Cell:
    """The same ratio, said in words for the first screen."""
    cell = _ratio_cell(spread)
    if spread is None or spread.median is None:
        return cell
    return Cell(speed(spread.median), cell.value, note=f"{cell.text} its time ({cell.note})" if cell.note else "")


def _all_timings(found: Timings) -> Table:
    heads = [Head("Program"), Head("Question"), Head("Column"), Head("Size"), Head("Median", numeric=True)]
    heads += [Head("Rounds", numeric=True)]
    heads += [Head("Against idiom", numeric=True), Head("Against TF1's session", numeric=True)]
    rows = tuple(
        (
            Cell(item.program.replace("_", " ") or ABSENT),
            Cell(item.question),
            Cell(item.label),
            Cell(item.tier or ABSENT),
            Cell(seconds(item.median), item.median, note=_quartiles(item)),
            Cell(ABSENT if item.rounds is None else f"{item.rounds:,}", float(item.rounds or 0)),
            _ratio_cell(item.ratios.get("idiom")),
            _ratio_cell(item.ratios.get(SESSION)),
        )
        for item in found.benchmarks
    )
    return Table("All timings", tuple(heads), rows)


SECTION = Section("bench", benchmarks.read, render, changes)
