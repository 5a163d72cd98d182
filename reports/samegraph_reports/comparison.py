"""The model of `compare.json`: programs, their columns, and what each column recorded step by step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import palette, verdicts
from .source import Fields, Source

FILE = "compare.json"
SCHEMA = 1
KINDS = ("rules", "native", "idiom")
Values = tuple[float | None, ...]


@dataclass(frozen=True)
class Place:
    """Where something was found: a step, a tensor, and the user's line that made it."""

    step: int | None
    tensor: str
    operation: str
    line: str
    advice: str = ""
    distance: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class Nearest:
    """The step that comes nearest to its bound when each is compared from where the training stands; error and bound relative."""

    step: int | None
    quantity: str
    share: float | None
    error: float | None
    bound: float | None


@dataclass(frozen=True)
class Column:
    """One backend run one way; `verdict` is what the record supports, `doubt` why it is not what was claimed.

    at_rest: numbers that are not among the comparisons, for the step leaves them alone. sunk: nor are these, for their bound could
    not tell; steps_sunk: at how many steps, by quantity.
    """

    backend: str
    kind: str
    device: str
    version: str
    verdict: str
    doubt: str
    reason: str
    note: str
    comparisons: int
    at_rest: int
    sunk: int
    steps_sunk: Mapping[str, int]
    loss: Values
    gradient_norm: Values
    distance: Values
    bound: Values
    gradient_difference: Mapping[str, Values]
    each_step: Nearest | None
    nonfinite: Place | None
    first_difference: Place | None
    seconds: float | None
    metrics: Mapping[str, float | None]

    @property
    def framework(self) -> str:
        """The backend, with its device where that is not the usual one."""
        return palette.on_device(self.backend, self.device)

    @property
    def label(self) -> str:
        """The name in legends and tables."""
        return f"{self.framework} {self.kind}"

    @property
    def ran(self) -> bool:
        """Whether there is anything recorded to speak about."""
        return self.verdict != verdicts.NOT_RUN

    def worst(self) -> tuple[int, float, float | None, float | None] | None:
        """The step that comes nearest to its bound or exceeds it most: (step, share, distance, bound)."""
        found = []
        # After an agreed non-finite value there is no distance left to speak of.
        end = self.nonfinite.step if self.nonfinite and self.verdict == verdicts.NONFINITE else None
        for step, (far, limit) in enumerate(zip(self.distance[:end], self.bound, strict=False)):
            if far is not None and limit is not None:
                share = math.inf if math.isnan(far) or limit <= 0 < far else far / limit if limit else 0.0
                found.append((step, share, far, limit))
        return max(found, key=lambda item: (item[1], -item[0]), default=None)


@dataclass(frozen=True)
class FreeTable:
    """A table that a program recorded in its own words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Program:
    """One program, compared."""

    name: str
    variant: str
    title: str
    steps: int | None
    reference: str
    columns: tuple[Column, ...]
    tables: tuple[FreeTable, ...]
    sharing: tuple[Mapping[str, Any], ...]
    anchor: str

    @property
    def heading(self) -> str:
        """The title, or else the name."""
        return self.title or " ".join(part for part in (self.name, self.variant) if part)

    @property
    def short(self) -> str:
        """The name in words, for where there is little room."""
        return self.name.replace("_", " ") + (f" ({self.variant})" if self.variant else "")

    @property
    def full_name(self) -> str:
        """Name and variant."""
        return " / ".join(part for part in (self.name, self.variant) if part)


@dataclass(frozen=True)
class Comparison:
    """What `samegraph compare` recorded."""

    created: str
    command: str
    seed: int | None
    programs: tuple[Program, ...]

    @property
    def columns(self) -> list[Column]:
        """The columns of all programs."""
        return [column for program in self.programs for column in program.columns]


def read(source: Source) -> Comparison | None:
    """The comparison in the directory; None, with a problem, when there is none that can be read."""
    raw = source.json(FILE)
    if raw is None:
        return None
    if not isinstance(raw.get("programs"), list):
        source.report(FILE, "is not a samegraph comparison (it has no list of programs)", "foreign")
        return None
    if raw.get("schema") != SCHEMA:
        source.report(FILE, f"has schema {raw.get('schema')!r}, this builder reads {SCHEMA}", "foreign")
        return None
    fields = Fields(raw, source, FILE)
    programs = tuple(_program(item, index) for index, item in enumerate(fields.objects("programs")))
    return Comparison(fields.text("created"), fields.text("command"), fields.integer("seed"), programs)


def _program(fields: Fields, index: int) -> Program:
    found = sorted((_column(item) for item in fields.objects("columns")), key=_order)
    return Program(
        name=fields.text("name", "unnamed"),
        variant=fields.text("variant"),
        title=fields.text("title"),
        steps=fields.integer("steps"),
        reference=fields.text("reference"),
        columns=tuple(found),
        tables=tuple(_table(item) for item in fields.objects("tables")),
        sharing=tuple(item.raw for item in fields.objects("sharing")),
        anchor=f"program-{index + 1}",
    )


def _order(column: Column) -> tuple[Any, ...]:
    return (palette.backend_order(column.backend), column.device, kind_order(column.kind), column.kind)


def kind_order(kind: str) -> int:
    """Sorts rules, native, idiom in this order, anything else behind."""
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _column(fields: Fields) -> Column:
    said = fields.text("verdict")
    comparisons = fields.integer("comparisons")
    loss, distance, bound = (fields.numbers(key) for key in ("loss", "distance", "bound"))
    nonfinite = _place(fields.object("nonfinite"))
    step = nonfinite.step if nonfinite else None
    each = fields.object("each_step")
    shares = each.numbers("share") if each else ()
    verdict, doubt = verdicts.judge(
        said, comparisons, loss=loss, distance=distance, bound=bound, shares=shares, nonfinite_step=step
    )
    if doubt:
        fields.complain("", f"{fields.text('backend')} {fields.text('column')} is {doubt}")
    gradients = fields.object("gradient_difference")
    metrics = fields.object("metrics")
    sunk = fields.nested("sunk")
    return Column(
        backend=fields.text("backend", "unnamed"),
        kind=fields.text("column", "unnamed"),
        device=fields.text("device"),
        version=fields.text("version"),
        verdict=verdict,
        doubt=doubt,
        reason=fields.text("reason"),
        note=fields.text("note"),
        comparisons=max(comparisons or 0, 0) if verdict != verdicts.NOT_RUN else 0,
        at_rest=max(fields.integer("at_rest") or 0, 0),
        sunk=max(sunk.integer("numbers") or 0, 0),
        steps_sunk=_counts(sunk.nested("steps")),
        loss=loss,
        gradient_norm=fields.numbers("gradient_norm"),
        distance=distance,
        bound=bound,
        gradient_difference={name: gradients.numbers(name) for name in gradients.raw} if gradients else {},
        each_step=_nearest(each.object("worst")) if each else None,
        nonfinite=nonfinite,
        first_difference=_place(fields.object("first_difference")),
        seconds=fields.number("seconds"),
        metrics={name: metrics.number(name) for name in metrics.raw} if metrics else {},
    )


def _counts(fields: Fields) -> dict[str, int]:
    return {name: found for name in fields.raw if (found := fields.integer(name) or 0) > 0}


def _nearest(fields: Fields | None) -> Nearest | None:
    if fields is None:
        return None
    return Nearest(
        step=fields.integer("step"),
        quantity=fields.text("quantity"),
        share=fields.number("share"),
        error=fields.number("error"),
        bound=fields.number("bound"),
    )


def _place(fields: Fields | None) -> Place | None:
    if fields is None:
        return None
    return Place(
        step=fields.integer("step"),
        tensor=fields.text("tensor"),
        operation=fields.text("operation"),
        line=fields.text("line"),
        advice=fields.text("advice"),
        distance=fields.number("distance"),
        bound=fields.number("bound"),
    )


def _table(fields: Fields) -> FreeTable:
    columns, rows = fields.raw.get("columns"), fields.raw.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        fields.complain("", "expected a table with columns and rows")
        columns, rows = [], []
    proper = [row for row in rows if isinstance(row, list) and len(row) == len(columns)]
    if len(proper) < len(rows):
        fields.complain("rows", f"{len(rows) - len(proper)} of {len(rows)} rows do not have one entry per column")
    return FreeTable(fields.text("title"), tuple(str(name) for name in columns), tuple(tuple(row) for row in proper))
