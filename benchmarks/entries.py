"""From samples that were taken in turn to entries of pytest-benchmark.

pytest-benchmark times one candidate after another; we take them in turn. So each test plays back the samples of its
candidate: the `timer` that pytest-benchmark lets a test choose is a clock that moves by nothing but these samples.

What `extra_info` holds, by which the report and `samegraph bench --against` tell entries apart (seconds throughout):

always    question    what is asked, a phrase in lower case; sizes that make it another question stand in it
          program     the training it is asked about, "" for none
          backend, column, device, tier ("quick" or "full"), threads
          clock       "wall", or "cpu" for seconds that the process computed
          ratio_to    by the name of a control, {median, low, high}: this median over the control's, taken in the same run,
                      with an interval of 95 % (`processes`). "idiom" and "tf1-session" are controls that samegraph has no part in
          processes   one after another, what each process of the run said as `ratio_to`, its interval by bootstrap
          steps_a_block, untimed_steps_a_block, first_step_seconds, warm_up_seconds
where     adds_to, adds_seconds   a control, and {median, low, high}: what this takes above it
known     compilations            (these of the last process) how often the backend compiled or traced, first step included; it should not grow with steps
          peak_rss_bytes          the most this process held while the candidate was made and warmed up, and by how much that
          peak_rss_growth_bytes   exceeds what it held before
          device_bytes            the most the framework held on the device
          bytes                   handed over a step, or written by it
          ops                     in the graph
A new question brings new values of these and may bring new keys; none changes its meaning or goes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from . import processes
from .races import Key, Measured, NotHere, Outcomes
from .timing import Timing, ratio

_now = 0.0


def taken_in_turn() -> float:
    """The clock of the playback."""
    return _now


played_back = pytest.mark.benchmark(timer=taken_in_turn)
"""For every test that calls `enter`."""


def enter_row(
    benchmark: Any, outcomes: Outcomes, key: Key, about: Mapping[str, Any], against: Mapping[str, Key]
) -> None:
    """Fills the entry of one candidate of a race; skips where it is not to be had here, raises what it raised.

    against: by the name of a control, whose outcome that is; a control that failed is left out.
    """
    outcome = outcomes[key]
    if isinstance(outcome, NotHere):
        pytest.skip(str(outcome))
    if isinstance(outcome, Exception):
        raise outcome
    others = {name: outcomes.get(other) for name, other in against.items()}
    controls = {name: other.timing for name, other in others.items() if isinstance(other, Measured)}
    backend, column = key
    enter(benchmark, outcome.timing, {**about, "backend": backend, "column": column, **outcome.facts}, controls)


def enter(benchmark: Any, timing: Timing, extra: Mapping[str, Any], against: Mapping[str, Timing]) -> None:
    """Fills one entry: each sample a round, the ratios to `against`, and what is known about the run; after those of the processes before."""
    ratios = {name: ratio(timing.samples, other.samples).as_dict() for name, other in against.items()}
    samples, earlier = processes.before(benchmark.fullname)
    benchmark.group = " · ".join(str(extra[key]) for key in ("question", "program") if extra.get(key))
    benchmark.extra_info.update(extra, ratio_to=dict(ratios), processes=[*earlier, ratios])
    benchmark.extra_info.update(
        steps_a_block=timing.steps,
        untimed_steps_a_block=timing.lead,
        first_step_seconds=timing.first,
        warm_up_seconds=timing.warm_up,
    )
    _play(benchmark, [*samples, *timing.samples])


def _play(benchmark: Any, samples: list[float]) -> None:
    left = iter(samples)

    def rewind() -> None:
        global _now
        _now = 0.0

    def play() -> None:
        global _now
        _now = next(left, 0.0)

    benchmark.pedantic(play, setup=rewind, rounds=len(samples))
