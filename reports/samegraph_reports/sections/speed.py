"""How fast the columns are: times and their ratios to the idiom and to TensorFlow 1's own session."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

from .. import benchmarks, palette, scaling
from ..benchmarks import BASELINES, HANDED, SESSION, Benchmark, Timings
from ..blocks import (
    FAST,
    Answer,
    Block,
    Cell,
    Change,
    Claim,
    Details,
    Figure,
    Grid,
    Head,
    Heading,
    Inline,
    Link,
    NotRun,
    Paragraph,
    Part,
    Table,
    Verdict,
)
from ..charts import LineChart, Ratio, RatioChart, Series, line_chart, ratio_chart
from ..comparison import kind_order
from ..quantities import ABSENT, count, plain, ratio, seconds, speed
from ..scaling import Curve
from ..section import Section
from ..source import as_number, slug

_TITLE, _ANCHOR = "Speed", "speed"
_READING = (
    "Ratios are taken within one run, so they carry over to other machines better than times do. Bars start at 1×; "
    "whiskers span the interval recorded with each ratio. "
)
_ONE_PROCESS = (
    "It is of one process: in another, what was timed lies elsewhere in memory, and ratios can move by more than that."
)
_PROCESSES = (
    "Everything was timed in {} processes, one after another; the interval is made of what the rounds of each tell and of what "
    "processes differ by, so that it holds for another run on the same machine."
)
_WORDS = {"idiom": "the hand-written idiom", SESSION: "TensorFlow 1's session"}


def render(found: Timings | None) -> Part:
    """The part of the page that tells the times."""
    if found is None or not found.benchmarks:
        missing = found.not_run if found else (NotRun("speed", "benchmarks", f"{benchmarks.FILE} was not read"),)
        told = ("Speed: nothing was timed, so nothing is known.",)
        text = Paragraph(told, quiet=True)
        claims = tuple(_deaths(found)) if found else ()
        return Part(_TITLE, _ANCHOR, claims, (Answer(FAST, (told,)),), body=(text,), not_run=missing)
    body: list[Block] = [Paragraph((_READING + _taken(found),))]
    body.extend(_charts(found))
    body.extend(_curves(found))
    body.append(Details(f"All {count(len(found.benchmarks), 'timing')}", (_all_timings(found),)))
    return Part(
        _TITLE,
        _ANCHOR,
        claims=tuple(_deaths(found)),
        answers=(Answer(FAST, (*_doubt_lines(found), *_race_lines(found), *_cost_lines(found))),),
        first=(_fastest(found),),
        body=tuple(body),
        not_run=found.not_run,
        summary=_summary(found),
    )


def _taken(found: Timings) -> str:
    """In how many processes: what broke off may have been timed in fewer than the rest."""
    most = max(item.processes for item in found.benchmarks)
    return _PROCESSES.format(most) if most > 1 else _ONE_PROCESS


def _deaths(found: Timings) -> list[Claim]:
    """The backends that did not live to the end of the benchmarks."""
    return [
        Claim("bad", f"{name} died during the benchmarks", f"It {how}; the rest went on without it.", FAST)
        for name, how in found.died.items()
    ]


def _doubt_lines(found: Timings) -> list[tuple[Inline, ...]]:
    lines: list[tuple[Inline, ...]] = []
    if found.busy:
        told = f" {found.busy}. Times are too long, and ratios mean less."
        lines.append((Verdict("warn", "The machine was busy:"), told))
    if found.not_run:
        lines.append((f"{count(len(found.not_run), 'timing')} asked for and not taken. ", Link("See why", "not-run")))
    return lines


def _race_lines(found: Timings) -> list[tuple[Inline, ...]]:
    """The fastest column of samegraph's own for each program, against TensorFlow 1's session."""
    lines: list[tuple[Inline, ...]] = []
    for group in _races(found):
        ours = [item for item in _racing(group) if item.kind not in BASELINES]
        if ours:
            best = ours[0]
            session = best.ratios.get(SESSION)
            against = f", {speed(session.median)} than TF1's session" if session and session.median else ""
            against = against.replace("as fast than", "as fast as")
            name = Link(best.program.replace("_", " "), _anchor(best), named=True)
            lines.append((name, f": {best.label} {seconds(best.median)}{against}."))
    return lines


def _cost_lines(found: Timings) -> list[tuple[Inline, ...]]:
    """What samegraph costs over code written by hand: for each backend the range over the programs of its best column."""
    least: dict[str, dict[tuple[str, ...], float]] = {}
    for group in _races(found):
        for item in group:
            spread = item.ratios.get("idiom")
            if spread is not None and spread.median and item.kind not in BASELINES:
                own = least.setdefault(item.backend, {})
                own[item.setting] = min(own.get(item.setting, math.inf), spread.median)
    told = []
    for backend, own in sorted(least.items(), key=lambda item: palette.backend_order(item[0])):
        low, high = ratio(min(own.values())), ratio(max(own.values()))
        told.append(f"{backend} {low}" if low == high else f"{backend} {low}–{high}")
    return [("Time against the same written by hand: ", f"{', '.join(told)}.")] if told else []


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Ratios that moved by more than their intervals; the times of one machine where there is no ratio to judge by."""
    new, old = _by_key(now), _by_key(before)
    if not new or not old:
        return []
    same = now.get("machine") == before.get("machine")
    found = []
    if not same:
        machines = (str((side.get("machine") or {}).get("processor", ABSENT)) for side in (before, now))
        found.append(Change("note", "machine (so times are not compared, ratios are)", *machines))
    if now.get("busy") or before.get("busy"):
        sides = (str(side.get("busy") or "idle") for side in (before, now))
        found.append(Change("note", "others computed on the machine (so ratios may have moved by that alone)", *sides))
    wider = _widening(sum(len(_both(new[key], old[key])) or same for key in new if key in old))
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new:
            found.append(Change("gone", _named(old[key]), seconds(as_number(old[key].get("median"))), ABSENT))
        elif key not in old:
            found.append(Change("new", _named(new[key]), ABSENT, seconds(as_number(new[key].get("median")))))
        else:
            found.extend(_moved(new[key], old[key], wider, times=same))
    return found


def _widening(compared: int) -> float:
    """What 95 % intervals are widened by (in logarithms), so that of all of them together 95 % stay where they were."""
    normal = NormalDist()
    return normal.inv_cdf(1 - 0.025 / max(compared, 1)) / normal.inv_cdf(0.975)


def _both(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """The baselines that both have a whole interval to."""
    sides = [side.get("ratio_to") or {} for side in (new, old)]
    whole = [{base for base, spread in side.items() if None not in _spread_of(spread)} for side in sides]
    return [base for base in sides[1] if base in whole[0] and base in whole[1]]


def _spread_of(spread: Any) -> list[float | None]:
    names = ("low", "median", "high")
    return [as_number(spread.get(name)) for name in names] if isinstance(spread, Mapping) else [None] * 3


def _moved(new: Mapping[str, Any], old: Mapping[str, Any], wider: float, *, times: bool) -> list[Change]:
    found = []
    bases = _both(new, old)
    for base in bases:
        interval = [_spread_of(side["ratio_to"][base]) for side in (old, new)]
        status = _apart(*(_widened(values, wider) for values in interval))
        if status:
            what = f"{_named(new)}, against {_WORDS.get(base, base)}"
            found.append(Change(status, what, _interval(interval[0], ratio), _interval(interval[1], ratio)))
    if not bases and times:
        interval = [[as_number(side.get(name)) for name in ("q1", "median", "q3")] for side in (old, new)]
        status = _apart(*(_widened(values, wider) for values in interval))
        if status:
            found.append(Change(status, _named(new), _interval(interval[0], seconds), _interval(interval[1], seconds)))
    return found


def _widened(values: Sequence[float | None], by: float) -> tuple[float, float] | None:
    """The ends of the interval (low, median, high), further from the median by that power; None where one is unknown."""
    low, median, high = values
    if low is None or median is None or high is None or not 0 < low <= median <= high < math.inf:
        return None
    return median * (low / median) ** by, median * (high / median) ** by


def _apart(old: tuple[float, float] | None, new: tuple[float, float] | None) -> str:
    """Worse or better where two intervals of a time do not overlap, else nothing."""
    if old is None or new is None:
        return ""
    if new[0] > old[1]:
        return "worse"
    return "better" if new[1] < old[0] else ""


def _interval(values: Sequence[float | None], write: Any) -> str:
    return f"{write(values[1])} ({write(values[0])} – {write(values[2])})"


def _by_key(summary: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(item.get("key")): item for item in summary.get("benchmarks") or [] if isinstance(item, Mapping)}


def _named(item: Mapping[str, Any]) -> str:
    parts = [item.get("program"), item.get("question"), item.get("size"), item.get("label")]
    return " · ".join(str(part) for part in parts if part)


def _summary(found: Timings) -> dict[str, Any]:
    timings = []
    for item in found.benchmarks:
        ratios = {name: {"median": s.median, "low": s.low, "high": s.high} for name, s in item.ratios.items()}
        values = {"median": item.median, "q1": item.q1, "q3": item.q3, "rounds": item.rounds, "ratio_to": ratios}
        names = {"name": item.name, "question": item.question, "program": item.program, "tier": item.tier}
        names |= {"size": item.sized} if item.sized else {}
        timings.append({"key": item.key, **names, "label": item.label, **values})
    fastest = [
        {"program": best.program, "question": best.question, "label": best.label, "median": best.median}
        for best, *_ in map(_racing, _races(found))
    ]
    return {"machine": dict(found.machine), "busy": found.busy, "benchmarks": timings, "fastest": fastest}


def _settings(found: Timings) -> dict[tuple[str, ...], list[Benchmark]]:
    groups: dict[tuple[str, ...], list[Benchmark]] = {}
    for item in found.benchmarks:
        groups.setdefault(item.setting, []).append(item)
    return groups


def _races(found: Timings) -> list[list[Benchmark]]:
    """For each program, the timings of its step, else of the question most of its columns answer, fastest first."""
    races: dict[str, list[Benchmark]] = {}
    for group in sorted(_settings(found).values(), key=_tells_most):
        if group[0].program:
            races[group[0].program] = sorted(group, key=lambda item: item.median)
    return [
        races[program]
        for program in dict.fromkeys(group[0].program for group in _settings(found).values() if group[0].program)
    ]


def _racing(group: list[Benchmark]) -> list[Benchmark]:
    """Without what does less than the others, where it has others."""
    return [item for item in group if item.kind != HANDED] or group


def _tells_most(group: list[Benchmark]) -> tuple[bool, int]:
    return group[0].question == "step", len(group)


def _fastest(found: Timings) -> Table:
    rows = []
    for group in _races(found):
        best, *others = _racing(group)
        rivals = [item for item in others if item.kind != SESSION]
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
    return ", ".join(part for part in (item.question, item.tier, item.sized) if part)


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
    return "-".join(["speed", *(slug(part) for part in item.setting if part)])


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
        blocks.append(Heading(_named_run(group[0].program, group[0].tier, group[0].sized), 4, _anchor(group[0])))
        blocks.append(Grid(tuple(figures)))
    return blocks


def _named_run(program: str, tier: str, sized: str = "") -> str:
    parts = (program.replace("_", " "), sized, f"{tier} run" if tier else "")
    return " · ".join(part for part in parts if part) or "All programs"


def _curves(found: Timings) -> list[Block]:
    """Time over size, wherever timings differ by a size only."""
    backends = sorted({item.backend for item in found.benchmarks}, key=palette.backend_order)
    drawn = [_curve(curve, number, backends) for number, curve in enumerate(scaling.curves(found.benchmarks))]
    return [Heading("How time grows with size", 3, "scaling"), *drawn] if drawn else []


def _curve(curve: Curve, number: int, backends: list[str]) -> Figure:
    series = []
    for label, own in curve.columns.items():
        first = next(iter(own.values()))
        medians = [own[size].median if size in own else None for size in curve.sizes]
        shape = min(kind_order(first.kind.partition(",")[0]), 3)
        series.append(Series(label, medians, palette.backend_slot(first.backend, backends), shape))
    asked = curve.question if "…" in curve.question else f"{curve.question} by {curve.of}"
    title = f"{_named_run(curve.program, curve.tier)}: {asked}"
    name = f"scaling-{number + 1}-{slug(curve.question)}-{slug(curve.of)}"
    told = "; ".join(_growth(item, curve.sizes) for item in series)
    wide, narrow = (
        LineChart(ident, title, f"{told}.", tuple(series), "time", curve.of, log=True, places=curve.sizes, times=True)
        for ident in (name, f"{name}-narrow")
    )
    svgs = line_chart(wide), line_chart(narrow, width=372, height=250, legend="below")
    caption = f"{title[:1].upper()}{title[1:]}, median times"
    return Figure(name, title, *svgs, caption=caption, table=_curve_table(title, curve))


def _growth(series: Series, sizes: Sequence[float]) -> str:
    known = [(size, value) for size, value in zip(sizes, series.values, strict=True) if value is not None]
    (low, first), (high, last) = known[0], known[-1]
    return f"{series.label} {seconds(first)} at {plain(low)}, {seconds(last)} at {plain(high)}"


def _curve_table(title: str, curve: Curve) -> Table:
    heads = (Head(curve.of, numeric=True), *(Head(label, numeric=True) for label in curve.columns))
    rows = [
        (Cell(plain(size), size), *(_time_cell(own.get(size)) for own in curve.columns.values()))
        for size in curve.sizes
    ]
    return Table(title, heads, tuple(rows))


def _time_cell(item: Benchmark | None) -> Cell:
    return Cell(ABSENT, math.nan) if item is None else Cell(seconds(item.median), item.median, note=_quartiles(item))


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
    name = f"speed-{number + 1}-{slug(' '.join(part for part in group[0].setting if part))}-{slug(base)}"
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
            Cell(", ".join(part for part in (item.tier, item.sized) if part) or ABSENT),
            Cell(seconds(item.median), item.median, note=_quartiles(item)),
            Cell(ABSENT if item.rounds is None else f"{item.rounds:,}", float(item.rounds or 0)),
            _ratio_cell(item.ratios.get("idiom")),
            _ratio_cell(item.ratios.get(SESSION)),
        )
        for item in found.benchmarks
    )
    return Table("All timings", tuple(heads), rows)


SECTION = Section("bench", benchmarks.read, render, changes)
