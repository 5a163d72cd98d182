"""Which rows of one run of the benchmarks got slower since another: by ratios to controls of the same run, never by times.

Times move with the machine and its load, ratios to what was timed in turn with them do not. A row is slower where, against
every control it has, its ratio grew by more than the limit and the two runs' intervals do not meet. What samegraph has no
part in controls best: where a row has such a control, no other counts, for both sides of another could have got slower.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTROLS = ("idiom", "tf1-session")
"""Columns that samegraph has no part in."""
_NAMES = ("question", "program", "backend", "column", "device", "tier", "threads", "clock")


@dataclass(frozen=True)
class Ratio:
    """A row's median over its control's, and the interval around it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g} ({self.low:.3g} - {self.high:.3g})"


Row = tuple[str, ...]
Rows = Mapping[Row, Mapping[str, Ratio]]
"""By what names a row, its ratios by control."""


@dataclass(frozen=True)
class Slower:
    """A row whose ratio to `control` grew `factor` times, the least of its controls."""

    row: Row
    control: str
    before: Ratio
    after: Ratio

    @property
    def factor(self) -> float:
        return self.after.median / self.before.median

    def __str__(self) -> str:
        return (
            f"{named(self.row)} got {self.factor:.2f}x slower: against {self.control} it takes {self.after}, "
            f"it took {self.before}"
        )


@dataclass(frozen=True)
class Comparison:
    """slower: the rows that are, worst first. compared: how many rows stand in both. missing: those that only the old has."""

    slower: list[Slower]
    compared: int
    missing: list[Row]


def read(path: Path) -> dict[Row, dict[str, Ratio]]:
    """The rows of a file that `samegraph bench` wrote. ValueError, naming the file, for any other."""
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
        return {_row(entry["extra_info"]): dict(_ratios(entry["extra_info"])) for entry in entries}
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no whole file of samegraph bench ({type(error).__name__}: {error})") from error


def _row(extra: Mapping[str, Any]) -> Row:
    return tuple(str(extra.get(name, "")) for name in _NAMES)


def _ratios(extra: Mapping[str, Any]) -> Iterator[tuple[str, Ratio]]:
    """A row's ratios to others; the one to itself says nothing, and a control is not judged by another."""
    if str(extra["column"]).split(",")[0] in CONTROLS:
        return
    ratios = {name: Ratio(r["median"], r["low"], r["high"]) for name, r in extra["ratio_to"].items()}
    ratios = {name: r for name, r in ratios.items() if not r.median == r.low == r.high and r.median > 0}
    apart = {name: r for name, r in ratios.items() if name in CONTROLS}
    yield from (apart or ratios).items()


def compare(now: Rows, before: Rows, limit: float) -> Comparison:
    """Which rows of `now` are more than `limit` times slower than in `before`."""
    both = [row for row in now if now[row].keys() & before.get(row, {}).keys()]
    slower = [found for row in both if (found := _slower(row, now[row], before[row], limit))]
    slower.sort(key=lambda found: -found.factor)
    return Comparison(slower, len(both), [row for row in before if row not in now])


def _slower(row: Row, now: Mapping[str, Ratio], before: Mapping[str, Ratio], limit: float) -> Slower | None:
    found = [Slower(row, name, before[name], now[name]) for name in now if name in before]
    if all(one.factor > limit and one.after.low > one.before.high for one in found):
        return min(found, key=lambda one: one.factor)
    return None


def named(row: Row) -> str:
    """A row in words."""
    question, program, backend, column, device, *_ = row
    return f"{backend} {column}, {' of '.join(part for part in (question, program) if part)}, on {device}"
