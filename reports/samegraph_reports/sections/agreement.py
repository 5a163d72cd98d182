"""Whether the columns agree: the headline, the matrix, and for each program its curves, differences and tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .. import comparison, palette, verdicts
from ..blocks import (
    DIFFER,
    GOOD,
    Answer,
    Block,
    Callout,
    Cell,
    Change,
    Claim,
    Code,
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
    Strong,
    Table,
    Verdict,
)
from ..charts import LineChart, Series, line_chart, sampled_steps
from ..comparison import Column, Comparison, FreeTable, Place, Program
from ..quantities import ABSENT, count, plain, ratio, seconds
from ..section import Section
from ..source import as_number, slug

_TITLE, _ANCHOR = "Program by program", "programs"
_MOST_PARAMETERS = 6
_ENDED = "its process ended"  # how `samegraph compare` begins the reason of a column whose process was lost
_EACH_STEP = (
    "Nearest to bound: how far the parameters are from the reference's, whose bound grows where rounding sends the reference itself "
    "another way. A step by itself: loss, gradients and update of each step, from where the column stands, against the same step of "
    "the reference from there; the worst of all steps looked at."
)
_SUNK = (
    "Sunk, and not counted as compared: numbers that are less than 100 times what float32 rounds away on the way to them, so that "
    "one a hundredth off would not be seen."
)
_KINDS = (
    Strong("rules"),
    ": gradients by samegraph's own rules, computed by the framework's kernels. ",
    Strong("native"),
    ": gradients by the framework's own autodiff. ",
    Strong("idiom"),
    ": the program written by hand in the framework's own style.",
)


def render(found: Comparison | None) -> Part:
    """The part of the page that compares."""
    if found is None:
        claim = Claim("none", "Nothing was compared", f"{comparison.FILE} was not read, so nothing is known.")
        return Part(_TITLE, _ANCHOR, (claim,), body=(Paragraph(("No comparison was read.",), quiet=True),))
    backends = sorted({column.backend for column in found.columns}, key=palette.backend_order)
    body = tuple(block for program in found.programs for block in _program(program, backends))
    return Part(
        _TITLE,
        _ANCHOR,
        claims=_claims(found),
        answers=(*_differences(found), *_quality(found)),
        first=(_matrix(found), Paragraph(_legend(found), quiet=True), Paragraph(_KINDS, quiet=True)),
        body=body,
        not_run=tuple(_not_run(found)),
        summary=_summary(found),
    )


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Columns whose verdict moved, came or went."""
    new, old = _verdicts(now), _verdicts(before)
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        name = f"{key[0]}: {key[1]}"
        if key not in new:
            found.append(Change("gone", name, old[key], ABSENT))
        elif key not in old:
            found.append(Change("new", name, ABSENT, new[key]))
        elif new[key] != old[key]:
            worse = _rank(new[key]) < _rank(old[key])
            found.append(Change("worse" if worse else "better", name, old[key], new[key]))
    return found


def _verdicts(summary: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    found = {}
    for program in summary.get("programs") or []:
        for column in program.get("columns") or []:
            found[(str(program.get("name")), str(column.get("label")))] = str(column.get("verdict"))
    return found


def _rank(verdict: str) -> int:
    return verdicts.ORDER.index(verdict) if verdict in verdicts.ORDER else 0


def _summary(found: Comparison) -> dict[str, Any]:
    return {
        "created": found.created,
        "command": found.command,
        "seed": found.seed,
        "verdicts": verdicts.counts([column.verdict for column in found.columns]),
        "comparisons": sum(column.comparisons for column in found.columns),
        "programs": [_program_summary(program) for program in found.programs],
    }


def _program_summary(program: Program) -> dict[str, Any]:
    columns = []
    for column in program.columns:
        worst = column.worst()
        columns.append(
            {
                "label": column.label,
                "backend": column.backend,
                "column": column.kind,
                "device": column.device,
                "version": column.version,
                "verdict": column.verdict,
                "comparisons": column.comparisons,
                "at_rest": column.at_rest,
                "sunk": column.sunk,
                "reason": column.reason or column.doubt,
                "note": column.note,
                "nearest_to_bound": None if worst is None else {"step": worst[0], "share": worst[1]},
                "step_by_itself": column.each_step and {"step": column.each_step.step, "share": column.each_step.share},
            }
        )
    return {"name": program.full_name, "title": program.heading, "columns": columns}


def _claims(found: Comparison) -> tuple[Claim, ...]:
    columns = found.columns
    status, text = verdicts.sentence(verdicts.counts([column.verdict for column in columns]), "column")
    backends = {column.backend for column in columns if column.ran}
    detail = _extent(found)
    if status == "good" and len(backends) < 2:
        status, text = "warn", f"{text}, but only one backend ran"
    claims = [Claim(status, text, detail), *_halfway(found)]
    cases = [_sharing_verdict(case) for program in found.programs for case in program.sharing]
    if cases:
        status, text = verdicts.sentence(verdicts.counts(cases), "variable-sharing case")
        claims.append(Claim(status, text))
    return tuple(claims)


def _halfway(found: Comparison) -> list[Claim]:
    """The backends of which some columns ran and the others lost their process."""
    claims = []
    for name in dict.fromkeys(column.backend for column in found.columns):
        own = [column for column in found.columns if column.backend == name]
        ran = sum(column.ran for column in own)
        reasons = list(dict.fromkeys(column.reason for column in own if not column.ran and column.reason))
        ended = next((reason for reason in reasons if _ENDED in reason), "")
        if ended:
            when = (
                f"half-way: {ran} of its {len(own)} columns ran" if ran else f"before any of its {len(own)} columns ran"
            )
            claims.append(Claim("bad", f"{name} died {when}", f"{name}: {ended}."))
    return claims


def _differences(found: Comparison) -> tuple[Answer, ...]:
    """Which columns of ours differ, and which backends died on the way."""
    lines: list[tuple[Inline, ...]] = []
    for program in found.programs:
        labels = [c.label for c in program.columns if c.verdict in (verdicts.DIFFER, verdicts.UNCLEAR)]
        if labels:
            told = f"{', '.join(labels)} {'differs' if len(labels) == 1 else 'differ'} or cannot be read."
            lines.append((Link(program.short, program.anchor, named=True), ": ", Verdict("bad", told)))
    ran = [column for column in found.columns if column.ran]
    if ran and not lines:
        lines.append(
            (
                f"Trained by samegraph or by hand, {'none' if len(ran) > 1 else 'not one'} of the {len(ran)} columns does.",
            )
        )
    return (Answer(DIFFER, tuple(lines)),) if lines else ()


def _quality(found: Comparison) -> tuple[Answer, ...]:
    """What the programs say of their trained models: one number where all columns reach it, else the range."""
    lines: list[tuple[Inline, ...]] = []
    for program in found.programs:
        reached: dict[str, list[float]] = {}
        for column in (column for column in program.columns if column.ran):
            for name, value in column.metrics.items():
                reached.setdefault(name, []).append(math.nan if value is None else value)
        told = "; ".join(f"{name} {_range(values)}" for name, values in reached.items())
        if told:
            lines.append((Link(program.short, program.anchor, named=True), f": {told}."))
        elif program.tables and any(column.ran for column in program.columns):
            titles = ", ".join(table.title for table in program.tables)
            lines.append((Link(program.short, program.anchor, named=True), f": see its table: {titles}."))
    return (Answer(GOOD, tuple(lines)),) if lines else ()


def _range(values: list[float]) -> str:
    low, high = (plain(value, 4) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _extent(found: Comparison) -> str:
    columns = found.columns
    ran = {column.framework for column in columns if column.ran}
    kinds = {column.kind for column in columns}
    total = sum(column.comparisons for column in columns)
    references = sorted({program.reference for program in found.programs if program.reference})
    against = f", each against {' or '.join(references)}" if references else ""
    rest, sunk = (sum(getattr(column, name) for column in columns) for name in ("at_rest", "sunk"))
    uncounted = (
        f"; not counted: {rest:,} that their step leaves alone (gradients of 0; none may move where a step is held by itself)"
        if rest
        else ""
    )
    uncounted += f"{' and' if rest else '; not counted:'} {sunk:,} too near to rounding to tell" if sunk else ""
    return (
        f"{count(len(found.programs), 'program')} × {count(len(ran), 'backend')} × "
        f"{count(len(kinds), 'kind')} of column: {count(total, 'comparison')}{against}{uncounted}."
    )


def _matrix(found: Comparison) -> Table:
    places = sorted({(_framework_order(column), column.framework, column.kind) for column in found.columns})
    frameworks = list(dict.fromkeys(framework for _, framework, _ in places))
    kinds = {name: sorted({k for _, f, k in places if f == name}, key=_kind_key) for name in frameworks}
    rows = []
    for program in found.programs:
        cells = [Cell(program.name.replace("_", " "), note=program.variant, anchor=program.anchor)]
        cells.extend(_matrix_cell(program, name, kind) for name in frameworks for kind in kinds[name])
        rows.append(tuple(cells))
    return Table(
        caption="Verdicts of each program, by framework and column",
        heads=(Head("Program"), *(Head(kind) for name in frameworks for kind in kinds[name])),
        groups=(("", 1), *((name, len(kinds[name])) for name in frameworks)),
        rows=tuple(rows),
        style="matrix",
        sortable=False,
    )


def _framework_order(column: Column) -> tuple[Any, ...]:
    return (palette.backend_order(column.backend), column.device)


def _kind_key(kind: str) -> tuple[int, str]:
    return (comparison.kind_order(kind), kind)


def _matrix_cell(program: Program, framework: str, kind: str) -> Cell:
    here = [column for column in program.columns if (column.framework, column.kind) == (framework, kind)]
    if not here:
        return Cell("", note="no such column", status="absent")
    verdict = min((column.verdict for column in here), key=verdicts.ORDER.index)
    total = sum(column.comparisons for column in here)
    label = "non-finite" if verdict == verdicts.NONFINITE else verdict
    note = f"{total:,}" if verdict != verdicts.NOT_RUN else ""
    return Cell(f"{verdicts.MARKS[verdict]} {label}", status=verdicts.STATUS[verdict], note=note, anchor=program.anchor)


def _legend(found: Comparison) -> tuple[Inline, ...]:
    present = [verdict for verdict in reversed(verdicts.ORDER) if verdict in {c.verdict for c in found.columns}]
    parts: list[Inline] = []
    for verdict in present:
        name = "non-finite" if verdict == verdicts.NONFINITE else verdict
        parts.extend((Strong(f"{verdicts.MARKS[verdict]} {name}"), f": {verdicts.MEANING[verdict]}. "))
    parts.append("Small numbers: how many comparisons stand behind the verdict.")
    return tuple(parts)


def _not_run(found: Comparison) -> list[NotRun]:
    unknown = "no reason was recorded"
    missing = []
    for program in found.programs:
        for column in program.columns:
            if not column.ran:
                missing.append(NotRun(program.full_name, column.label, column.reason or unknown))
        for case in program.sharing:
            if _sharing_verdict(case) == verdicts.NOT_RUN:
                missing.append(
                    NotRun(program.full_name, f"sharing: {case.get('case')}", str(case.get("reason") or unknown))
                )
    return missing


def _program(program: Program, backends: list[str]) -> list[Block]:
    ran = [column for column in program.columns if column.ran]
    blocks: list[Block] = [Heading(program.heading, 3, program.anchor, _subtitle(program))]
    blocks.extend(_findings(program))
    if any(column.loss for column in ran):
        blocks.append(_loss_figure(program, ran, backends))
    if any(column.distance for column in ran):
        blocks.append(_distance_figure(program, ran, backends))
    if program.columns:
        blocks.append(_column_table(program))
        if any(column.each_step for column in ran):
            blocks.append(Paragraph((_EACH_STEP,), quiet=True))
        blocks.extend(_sunk(program, ran))
    else:
        blocks.append(Paragraph(("No column was recorded for this program.",), quiet=True))
    blocks.extend(_gradients(program, ran, backends))
    blocks.extend(_free_table(table) for table in program.tables)
    if program.sharing:
        blocks.append(_sharing_table(program.sharing))
    blocks.append(Paragraph((Link("Back to the overview", "top"),), quiet=True))
    return blocks


def _sunk(program: Program, ran: list[Column]) -> list[Block]:
    """Which numbers were compared and are not counted, at how many steps at most."""
    most: dict[str, int] = {}
    for column in ran:
        most |= {quantity: max(at, most.get(quantity, 0)) for quantity, at in column.steps_sunk.items()}
    if not most:
        return []
    told = ", ".join(f"the {quantity} at {count(at, 'step')}" for quantity, at in most.items())
    return [Paragraph((f"{_SUNK} {told}.",), quiet=True)]


def _subtitle(program: Program) -> str:
    parts = [program.full_name]
    if program.steps is not None:
        parts.append(count(program.steps, "step"))
    if program.reference:
        parts.append(f"reference: {program.reference}")
    return " · ".join(parts)


def _findings(program: Program) -> list[Block]:
    """What differs, what contradicts itself, and where values stop being finite; equal findings are told once."""
    groups: dict[tuple[str, Place | None, str], list[str]] = {}
    for column in program.columns:
        if column.verdict == verdicts.DIFFER:
            groups.setdefault(("bad", column.first_difference, "differs"), []).append(column.label)
        if column.doubt:
            groups.setdefault((verdicts.STATUS[column.verdict], None, column.doubt), []).append(column.label)
        if column.note:
            groups.setdefault(("good", None, column.note), []).append(column.label)
        if column.nonfinite is not None:
            groups.setdefault(("warn", column.nonfinite, "is not finite"), []).append(column.label)
    return [_finding(status, place, what, labels) for (status, place, what), labels in groups.items()]


def _finding(status: str, place: Place | None, what: str, labels: list[str]) -> Callout:
    who = ", ".join(labels)
    if what == "differs":
        lines = _place_lines(place) if place else [("Where it first differs was not recorded.",)]
        return Callout(status, f"{who}: first difference{_at(place)}", tuple(lines))
    if what == "is not finite":
        return Callout(status, f"{who}: first non-finite value{_at(place)}", tuple(_place_lines(place)))
    return Callout(status, f"{who}: {what}")


def _at(place: Place | None) -> str:
    return f" at step {place.step:,}" if place is not None and place.step is not None else ""


def _place_lines(place: Place | None) -> list[tuple[Inline, ...]]:
    if place is None:
        return []
    lines: list[tuple[Inline, ...]] = []
    if place.tensor or place.operation:
        by = (" of ", Code(place.operation)) if place.operation else ()
        lines.append(("Tensor ", Code(place.tensor or "unnamed"), *by))
    if place.line:
        lines.append(("Made by ", Code(place.line)))
    if place.distance is not None or place.bound is not None:
        lines.append((f"Distance {plain(place.distance)}, bound {plain(place.bound)}",))
    if place.advice:
        lines.append((place.advice,))
    return lines


def _series(column: Column, values: Sequence[float | None], backends: list[str]) -> Series:
    slot = palette.backend_slot(column.backend, backends)
    return Series(column.label, values, slot, min(comparison.kind_order(column.kind), 3))


def _loss_figure(program: Program, ran: list[Column], backends: list[str]) -> Figure:
    series = [_series(column, column.loss, backends) for column in ran if column.loss]
    finite = [value for item in series for value in item.values if value is not None and math.isfinite(value)]
    log = bool(finite) and min(finite) > 0 and max(finite) > 50 * min(finite)
    return _line_figure(
        f"{program.anchor}-{slug(program.full_name)}-loss",
        f"Training loss of {program.heading}",
        series,
        y_label="loss",
        digits=5,
        log=log,
        caption="Loss at each step. Curves that coincide within a pixel are drawn as one rope in which each has "
        "dashes and markers of its own.",
    )


def _distance_figure(program: Program, ran: list[Column], backends: list[str]) -> Figure:
    series = [_series(column, column.distance, backends) for column in ran if column.distance]
    bounds: dict[tuple[float | None, ...], list[str]] = {}
    for column in ran:
        if column.bound:
            bounds.setdefault(column.bound, []).append(column.label)
    for values, labels in bounds.items():
        note = "" if len(bounds) == 1 else f"({labels[0]}{' …' if len(labels) > 1 else ''})"
        series.append(Series("bound", values, bound=True, note=note))
    reference = program.reference or "the reference"
    return _line_figure(
        f"{program.anchor}-{slug(program.full_name)}-distance",
        f"Distance to {reference} of {program.heading}",
        series,
        y_label="distance",
        log=True,
        caption=f"Distance of the parameters to {reference} at each step. An agreement stays below the dashed bound.",
    )


def _line_figure(
    name: str, title: str, series: list[Series], *, y_label: str, log: bool, caption: str, digits: int = 3
) -> Figure:
    chart = LineChart(name, title, _description(series), tuple(series), y_label, log=log)
    narrow = LineChart(f"{name}-narrow", title, chart.description, chart.series, y_label, log=log)
    return Figure(
        name,
        title,
        line_chart(chart),
        line_chart(narrow, width=372, height=250, legend="below"),
        caption=caption,
        table=_step_table(title, series, digits),
    )


def _description(series: list[Series]) -> str:
    parts = []
    for item in series:
        finite = [value for value in item.values if value is not None and math.isfinite(value)]
        if finite:
            name = f"{item.label} {item.note}".strip()
            parts.append(
                f"{name} from {plain(finite[0])} to {plain(finite[-1])} over {count(len(item.values), 'step')}"
            )
    return "; ".join(parts) + ". The numbers are in the table below." if parts else "No finite value was recorded."


def _step_table(title: str, series: list[Series], digits: int = 3) -> Table:
    steps = sampled_steps(series)
    longest = max((len(item.values) for item in series), default=0)
    rows = []
    for step in steps:
        values = [item.values[step] if step < len(item.values) else None for item in series]
        rows.append((Cell(f"{step:,}", float(step)), *(_number_cell(value, digits) for value in values)))
    heads = (Head("step", numeric=True), *(Head(f"{item.label} {item.note}".strip(), numeric=True) for item in series))
    some = "" if len(steps) == longest else f" ({len(steps)} of {longest:,} steps)"
    return Table(f"{title}{some}", heads, tuple(rows))


def _number_cell(value: float | None, digits: int = 3) -> Cell:
    return Cell(plain(value, digits), math.nan if value is None else value)


def _column_table(program: Program) -> Table:
    metrics = list(dict.fromkeys(name for column in program.columns for name in column.metrics))
    heads = [Head("Column"), Head("Version"), Head("Verdict"), Head("Comparisons", numeric=True)]
    heads += [Head("First loss", numeric=True), Head("Last loss", numeric=True)]
    heads += [Head("Nearest to bound", numeric=True), Head("A step by itself", numeric=True)]
    heads += [Head("Whole run", numeric=True)]
    heads += [Head(name, numeric=True) for name in metrics]
    rows = tuple((*_column_cells(column), *_metric_cells(column, metrics)) for column in program.columns)
    return Table(f"Columns of {program.heading}", tuple(heads), rows, style="columns")


def _metric_cells(column: Column, metrics: list[str]) -> tuple[Cell, ...]:
    return tuple(_number_cell(column.metrics.get(name), 4) for name in metrics)


def _column_cells(column: Column) -> tuple[Cell, ...]:
    recorded = [value for value in column.loss if value is not None]
    worst = column.worst()
    share = Cell(ABSENT, math.nan)
    if worst is not None:
        step, part, far, limit = worst
        share = Cell(_share(part), part, note=f"{plain(far)} of {plain(limit)}, step {step:,}")
    return (
        Cell(column.label),
        Cell(column.version or ABSENT),
        Cell(
            f"{verdicts.MARKS[column.verdict]} {column.verdict}",
            status=verdicts.STATUS[column.verdict],
            note=column.reason or column.doubt or column.note,
        ),
        Cell(
            f"{column.comparisons:,}" if column.ran else ABSENT,
            float(column.comparisons),
            note=", ".join(
                f"{number:,} {word}" for number, word in ((column.at_rest, "at rest"), (column.sunk, "sunk")) if number
            ),
        ),
        _number_cell(recorded[0] if recorded else None, 4),
        _number_cell(recorded[-1] if recorded else None, 4),
        share,
        _step_by_itself(column),
        Cell(seconds(column.seconds), math.nan if column.seconds is None else column.seconds),
    )


def _step_by_itself(column: Column) -> Cell:
    nearest = column.each_step
    if nearest is None or nearest.share is None:
        return Cell(ABSENT, math.nan)
    where = "" if nearest.step is None else f", step {nearest.step:,}"
    return Cell(_share(nearest.share), nearest.share, note=f"{nearest.quantity}{where}")


def _share(share: float) -> str:
    if not math.isfinite(share):
        return "beyond any bound"
    return f"{ratio(share)} the bound" if share >= 9.95 else f"{100 * share:.3g} % of bound"


def _gradients(program: Program, ran: list[Column], backends: list[str]) -> list[Block]:
    """The relative differences of the gradients, parameter by parameter."""
    names = list(dict.fromkeys(name for column in ran for name in column.gradient_difference))
    if not names:
        return []
    having = [column for column in ran if column.gradient_difference]
    blocks: list[Block] = [Heading("Gradients, parameter by parameter", 4), _gradient_table(program, names, having)]
    figures = []
    for index, name in enumerate(names[:_MOST_PARAMETERS]):
        series = [_series(c, c.gradient_difference[name], backends) for c in having if c.gradient_difference.get(name)]
        if series:
            figures.append(_gradient_figure(program, index, name, series))
    if figures:
        left_out = len(names) - _MOST_PARAMETERS
        more = f" (the first {_MOST_PARAMETERS} of {len(names)} parameters)" if left_out > 0 else ""
        blocks.append(Details(f"Gradient differences step by step{more}", (Grid(tuple(figures)),)))
    return blocks


def _gradient_table(program: Program, names: list[str], having: list[Column]) -> Table:
    """The longer of the two lists goes down the page, where there is room."""
    caption = f"Largest relative difference of each gradient in {program.heading}, and its step"
    largest = {(c.label, name): _largest(c.gradient_difference.get(name)) for c in having for name in names}
    if len(names) > len(having):
        heads = (Head("Parameter"), *(Head(column.label, numeric=True) for column in having))
        down = [(Cell(name, code=True), *(largest[column.label, name] for column in having)) for name in names]
    else:
        heads = (Head("Column"), *(Head(name, numeric=True) for name in names))
        down = [(Cell(column.label), *(largest[column.label, name] for name in names)) for column in having]
    return Table(caption, heads, tuple(down))


def _gradient_figure(program: Program, index: int, name: str, series: list[Series]) -> Figure:
    ident = f"{program.anchor}-{slug(program.full_name)}-gradient-{index + 1}"
    title = f"Relative difference of the gradient of {name} in {program.heading}"
    chart = LineChart(ident, title, _description(series), tuple(series), "relative difference", log=True)
    drawn = line_chart(chart, width=500, height=240, legend="below")
    return Figure(ident, title, drawn, caption=f"Gradient of {name}", table=_step_table(title, series))


def _largest(values: Sequence[float | None] | None) -> Cell:
    recorded = [(value, step) for step, value in enumerate(values or ()) if value is not None]
    if not recorded:
        return Cell(ABSENT, math.nan)
    strange = next(((value, step) for value, step in recorded if not math.isfinite(value)), None)
    value, step = strange or max(recorded, key=lambda item: (item[0], -item[1]))
    return Cell(plain(value), value, note=f"step {step:,}" if value else "")


def _free_table(table: FreeTable) -> Table:
    rows = [[_free_cell(value) for value in row] for row in table.rows]
    numeric = [bool(rows) and all(row[index].numeric for row in rows) for index in range(len(table.columns))]
    heads = tuple(Head(name, numeric[index]) for index, name in enumerate(table.columns))
    # A lone number among words is set as a word.
    for row in rows:
        row[:] = [cell if numeric[index] else Cell(cell.text) for index, cell in enumerate(row)]
    return Table(table.title, heads, tuple(tuple(row) for row in rows))


def _free_cell(value: Any) -> Cell:
    if value is None:
        return Cell(ABSENT)
    if isinstance(value, bool):
        return Cell("yes" if value else "no")
    number = as_number(value)
    if number is not None:
        return Cell(plain(number, 4), number)
    return Cell(", ".join(str(item) for item in value) if isinstance(value, list) else str(value))


def _sharing_verdict(case: Mapping[str, Any]) -> str:
    compared = as_number(case.get("comparisons", 1))
    said = str(case.get("verdict") or "")
    return verdicts.judge(said, 1 if compared is not None and compared > 0 else 0)[0]


def _sharing_table(cases: Sequence[Mapping[str, Any]]) -> Table:
    keys = list(dict.fromkeys(["case", *(key for case in cases for key in case if key != "verdict"), "verdict"]))
    rows = []
    for case in cases:
        verdict = _sharing_verdict(case)
        judged = Cell(f"{verdicts.MARKS[verdict]} {verdict}", status=verdicts.STATUS[verdict])
        rows.append(tuple(judged if key == "verdict" else _free_cell(case.get(key)) for key in keys))
    heads = tuple(Head(key.replace("_", " ").capitalize()) for key in keys)
    return Table("Sharing variables between towers", heads, tuple(rows))


SECTION = Section("compare", comparison.read, render, changes)
