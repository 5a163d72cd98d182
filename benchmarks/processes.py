"""A run of the benchmarks is several processes, one after another, each of which takes every race anew.

Places in memory and orders of hashes are given to a process by chance, and for as long as it lives one candidate may be some
hundredths faster there than in the next: more than the rounds of one process tell. So a ratio's interval is made of both, what
resampled rounds say and what processes differ by, and is meant to hold for another run on the same machine.

Of few processes a row's own variance says little. It is moderated by that of the other rows, as in Smyth, "Linear models and
empirical Bayes methods for assessing differential expression in microarray experiments", 2004.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import NormalDist, fmean, variance
from typing import Any

import numpy as np

QUICK, FULL = 2, 3
"""How many processes a run is."""
_PRIOR = 3
"""So many processes more do the other rows count for."""
_NORMAL = NormalDist().inv_cdf(0.975)

_before: dict[str, dict[str, Any]] = {}
"""By full name, what the processes of this run that have ended came to."""


def follow(path: Path | None) -> Mapping[str, Any]:
    """From now on `before` tells what the processes before wrote into this file, which is returned; None: this one is the first."""
    _before.clear()
    if path is None:
        return {}
    written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    _before.update((entry["fullname"], entry) for entry in written["benchmarks"])
    return written


def before(name: str) -> tuple[list[float], list[Any]]:
    """The samples of the processes before, and the ratios of each."""
    entry = _before.get(name)
    return (entry["stats"]["data"], entry["extra_info"]["processes"]) if entry else ([], [])


def not_reached(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the processes before timed and this one did not: it was ended early, or a backend had died."""
    reached = {entry["fullname"] for entry in entries}
    return [entry for name, entry in _before.items() if name not in reached]


class _Row:
    """What the processes say of one ratio, in logarithms."""

    def __init__(self, told: Sequence[Mapping[str, float]]) -> None:
        medians = [math.log(one["median"]) for one in told]
        self.processes, self.middle = len(told), fmean(medians)
        self.within = fmean((math.log(one["high"] / one["low"]) / 2 / _NORMAL) ** 2 for one in told)
        self.total = variance(medians)

    def interval(self, between: float) -> dict[str, float]:
        """between: the variance between processes that the rows of this run have in general."""
        freedom = self.processes - 1
        moderated = (_PRIOR * (self.within + between) + freedom * self.total) / (_PRIOR + freedom)
        reach = _NORMAL * math.sqrt(moderated / self.processes)
        ends = {"median": self.middle, "low": self.middle - reach, "high": self.middle + reach}
        return {name: math.exp(value) for name, value in ends.items()}


_TRIED = np.concatenate([[0.0], np.geomspace(1e-8, 1.0, 400)])


def _between(rows: Sequence[_Row]) -> float:
    """The variance between processes, of logarithms, that makes what the rows show likeliest: rows that vary much within tell little."""
    totals, within = (np.array([[getattr(row, name)] for row in rows]) for name in ("total", "within"))
    freedom = np.array([[row.processes - 1] for row in rows])
    expected = within + _TRIED
    likely = -(freedom * (np.log(expected) + totals / expected)).sum(axis=0)
    return float(_TRIED[likely.argmax()])


def settle(entries: Sequence[Mapping[str, Any]]) -> None:
    """Writes the intervals of all processes together into the entries, where one process alone made them."""
    rows = []
    for extra in (entry["extra_info"] for entry in entries):
        for control in extra["ratio_to"]:
            told = [ratios[control] for ratios in extra["processes"] if control in ratios]
            if len(told) > 1 and any(one["low"] < one["high"] for one in told):  # the control itself has no interval
                rows.append((extra["ratio_to"], control, _Row(told)))
    between = _between([row for *_, row in rows]) if rows else 0.0
    for ratios, control, row in rows:
        ratios[control] = row.interval(between)
    for entry in entries:
        if control := entry["extra_info"].get("adds_to"):
            ratio = entry["extra_info"]["ratio_to"].get(control, {})
            adds = {name: entry["stats"]["median"] * (1 - 1 / value) for name, value in ratio.items()}
            entry["extra_info"]["adds_seconds"] = adds
