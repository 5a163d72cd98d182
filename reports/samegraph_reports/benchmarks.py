"""The model of `bench.json`: what pytest-benchmark wrote, with samegraph's own notes in `extra_info`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .blocks import NotRun
from .comparison import kind_order
from .palette import backend_order, on_device
from .quantities import count, plain
from .source import Fields, Source, as_number

FILE = "bench.json"
SESSION = "tf1-session"
BASELINES = ("idiom", SESSION)
HANDED = "draws fed"
"""A session that is fed what it would draw, as what is written by hand is: it shows what samegraph costs, and does less than other sessions."""


@dataclass(frozen=True)
class Spread:
    """A ratio with its interval."""

    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Benchmark:
    """One timing, in seconds."""

    name: str
    question: str
    program: str
    backend: str
    kind: str
    device: str
    tier: str
    median: float
    q1: float | None
    q3: float | None
    rounds: int | None
    ratios: Mapping[str, Spread]
    processes: int = 1
    size: float | None = None
    size_of: str = ""

    @property
    def sized(self) -> str:
        """The size in words: `vocabulary 10,000`."""
        return "" if self.size is None else f"{self.size_of or 'size'} {plain(self.size)}"

    @property
    def label(self) -> str:
        """The name in charts and tables."""
        return f"{on_device(self.backend, self.device)} {self.kind}".strip() or self.name

    @property
    def setting(self) -> tuple[str, str, str, str]:
        """What was timed: only timings of the same setting may be set against each other."""
        return (self.question, self.program, self.tier, self.sized)

    @property
    def key(self) -> str:
        """What identifies the timing from one report to the next."""
        return " | ".join((self.name, *self.setting[:3], self.label, *([self.sized] if self.sized else [])))


@dataclass(frozen=True)
class Timings:
    """Everything that was timed, and what was not; `busy` says that others computed on the machine meanwhile, `died` by backend
    how it ended a process of the run.
    """

    machine: Mapping[str, Any]
    benchmarks: tuple[Benchmark, ...]
    not_run: tuple[NotRun, ...]
    busy: str = ""
    died: Mapping[str, str] = field(default_factory=dict)


def read(source: Source) -> Timings | None:
    """The timings in the directory; None, with a problem, when there are none that can be read."""
    raw = source.json(FILE)
    if raw is None:
        return None
    if not isinstance(raw.get("benchmarks"), list):
        source.report(FILE, "is not a file of pytest-benchmark (it has no list of benchmarks)", "foreign")
        return None
    fields = Fields(raw, source, FILE)
    missing = [_missing(item) for item in fields.objects("not_run")]
    found = []
    for item in fields.objects("benchmarks"):
        benchmark = _benchmark(item)
        if benchmark is None:
            name = item.text("name", "unnamed")
            missing.append(NotRun(name, "benchmark", "no usable timing was recorded"))
        else:
            found.append(benchmark)
    died = {name: str(how) for name, how in fields.entries("died").items()}
    asked = list(dict.fromkeys(item.question for item in found))
    found.sort(key=lambda item: (asked.index(item.question), *_order(item)))
    return Timings(machine(fields), tuple(found), tuple(missing), _busy(fields), died)


def _order(item: Benchmark) -> tuple[Any, ...]:
    return (
        item.setting[:3],
        item.size or 0.0,
        backend_order(item.backend),
        item.device,
        kind_order(item.kind),
        item.kind,
    )


def _busy(fields: Fields) -> str:
    info = fields.nested("machine_info")
    load, cores = info.number("load_at_start"), as_number(info.entries("cpu").get("count"))
    if load is None or cores is None or not load > cores / 2:
        return ""
    return f"a load of {plain(load)} on {count(int(cores), 'core')} when timing began"


def machine(fields: Fields) -> dict[str, Any]:
    """What identifies the machine that took the times; its network name stays out of a published page."""
    info = fields.object("machine_info")
    if info is None:
        return {}
    cpu = info.entries("cpu")
    found = {
        "processor": cpu.get("brand_raw") or info.text("processor"),
        "cores": cpu.get("count"),
        "architecture": info.text("machine"),
        "system": info.text("system"),
    }
    return {key: value for key, value in found.items() if isinstance(value, (str, int)) and value}


def _missing(fields: Fields) -> NotRun:
    return NotRun(fields.text("name", "unnamed"), "benchmark", fields.text("reason") or "no reason was recorded")


def _benchmark(fields: Fields) -> Benchmark | None:
    extra = fields.nested("extra_info")
    stats = fields.object("stats")
    median = stats.number("median") if stats else None
    if stats is None or median is None or not math.isfinite(median) or median < 0:
        return None
    ratios = extra.object("ratio_to")
    return Benchmark(
        name=fields.text("name", "unnamed"),
        question=extra.text("question") or fields.text("group") or "Timings",
        program=extra.text("program"),
        backend=extra.text("backend"),
        kind=extra.text("column"),
        device=extra.text("device"),
        tier=extra.text("tier"),
        median=median,
        q1=stats.number("q1"),
        q3=stats.number("q3"),
        rounds=stats.integer("rounds"),
        processes=len(extra.objects("processes")) or 1,
        ratios={name: _spread(ratios.object(name)) for name in ratios.raw} if ratios else {},
        size=_size(extra),
        size_of=extra.text("size_of"),
    )


def _size(extra: Fields) -> float | None:
    size = extra.number("size")
    return size if size is not None and 0 < size < math.inf else None


def _spread(fields: Fields | None) -> Spread:
    if fields is None:
        return Spread(None, None, None)
    return Spread(fields.number("median"), fields.number("low"), fields.number("high"))
