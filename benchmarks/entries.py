"""From samples that were taken in turn to entries of pytest-benchmark.

pytest-benchmark times one candidate after another; we take them in turn. So each test plays back the samples of its
candidate: the `timer` that pytest-benchmark lets a test choose is a clock that moves by nothing but these samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from .timing import Interval, Timing, ratio

_now = 0.0


def taken_in_turn() -> float:
    """The clock of the playback."""
    return _now


played_back = pytest.mark.benchmark(timer=taken_in_turn)
"""For every test that calls `enter`."""


def enter(benchmark: Any, timing: Timing, extra: Mapping[str, Any], against: Mapping[str, Timing]) -> None:
    """Fills one entry: each sample a round, the ratios to `against`, and what is known about the run."""
    intervals = {name: ratio(timing.samples, other.samples) for name, other in against.items()}
    benchmark.group = " · ".join(str(extra[key]) for key in ("question", "program") if extra.get(key))
    benchmark.extra_info.update(extra, ratio_to=as_dicts(intervals))
    benchmark.extra_info.update(
        steps_a_block=timing.steps,
        untimed_steps_a_block=timing.lead,
        first_step_seconds=timing.first,
        warm_up_seconds=timing.warm_up,
    )
    _play(benchmark, timing.samples)


def as_dicts(intervals: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    """Intervals as JSON."""
    return {name: interval.as_dict() for name, interval in intervals.items()}


def _play(benchmark: Any, samples: list[float]) -> None:
    left = iter(samples)

    def rewind() -> None:
        global _now
        _now = 0.0

    def play() -> None:
        global _now
        _now = next(left, 0.0)

    benchmark.pedantic(play, setup=rewind, rounds=len(samples))
