"""Timing in turn: candidates A, B, C take blocks of steps in the order A B C A B C ..., so that whatever slows the
machine down slows all of them alike. What counts is the ratio of two medians, with an interval from resampled rounds.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

Block = Callable[[int], object]
"""Runs that many steps, one after another, and returns when the last one is done."""
Clock = Callable[[], float]

CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.process_time}
"""Seconds that pass, and seconds that this process computes on all its threads: these hold still where others compute on the
machine too, but leave out whatever is waited for.
"""

FIRST_STEPS = 3
RESAMPLES = 2_000
_LEVEL = 0.95


@dataclass(frozen=True)
class Plan:
    """blocks: how many turns each candidate gets in a process. seconds: how long a block should last, about; 0: one step, after one that
    warms up, for what takes long or is new each time. lead: for how many seconds a candidate runs untimed at the start of its
    turn, until the caches are its own and the threads of the one before sleep: one step at least, unless it takes longer than a block.
    limit: no new round of turns begins after that many seconds, unless there were fewer than `fewest`.
    """

    blocks: int
    seconds: float
    lead: float
    limit: float
    fewest: int = 4


QUICK = Plan(blocks=8, seconds=0.006, lead=0.002, limit=2.5)
FULL = Plan(blocks=35, seconds=0.02, lead=0.005, limit=14.0)
QUICK_ONCE = Plan(blocks=3, seconds=0.0, lead=0.0, limit=2.0, fewest=2)
FULL_ONCE = Plan(blocks=5, seconds=0.0, lead=0.0, limit=15.0, fewest=2)


@dataclass
class Timing:
    """samples: seconds a step, one sample a block. steps: in a block. lead: untimed steps before each block.

    first: seconds of the first step, in which frameworks trace and compile. warm_up: seconds before the first block,
    that step included; neither is part of any sample.
    """

    steps: int
    lead: int
    first: float
    warm_up: float
    samples: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return float(np.median(self.samples))

    @property
    def quartiles(self) -> tuple[float, float]:
        low, high = np.quantile(self.samples, [0.25, 0.75])
        return float(low), float(high)


@dataclass(frozen=True)
class Interval:
    """A ratio of two medians, and between which values it lies with 95 % confidence."""

    median: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        return {"median": self.median, "low": self.low, "high": self.high}


def in_turn(
    candidates: Mapping[str, Block], plan: Plan, multiple: int = 1, clock: Clock = time.perf_counter
) -> tuple[dict[str, Timing], dict[str, Exception]]:
    """The timings of all candidates, by name, and the exceptions of those that failed and were left out from then on.

    multiple: a block is this many steps, or twice, or three times as many: for work that is done every so many steps.
    """
    found: dict[str, Timing] = {}
    failed: dict[str, Exception] = {}
    for name, block in candidates.items():
        try:
            found[name] = warmed_up(block, plan, multiple, clock)
        except Exception as error:
            failed[name] = error
    take_turns(candidates, found, failed, plan, clock)
    return found, failed


def take_turns(
    candidates: Mapping[str, Block],
    found: dict[str, Timing],
    failed: dict[str, Exception],
    plan: Plan,
    clock: Clock = time.perf_counter,
    tell: Callable[[str], None] = lambda name: None,
) -> None:
    """Fills in the samples of the candidates that are warm; one that fails moves from `found` to `failed`.

    tell: is told, outside of what is timed, whose turn it is.
    """
    start = clock()
    with _own_garbage():
        for done in range(plan.blocks):
            if done >= plan.fewest and clock() - start > plan.limit:
                break
            for name, timing in list(found.items()):
                tell(name)
                try:
                    timing.samples.append(_one_turn(candidates[name], timing, clock))
                except Exception as error:
                    failed[name] = error
                    del found[name]


def _one_turn(block: Block, timing: Timing, clock: Clock) -> float:
    if timing.lead:
        block(timing.lead)
    return _seconds(block, timing.steps, clock) / timing.steps


def warmed_up(block: Block, plan: Plan, multiple: int = 1, clock: Clock = time.perf_counter) -> Timing:
    """Runs the first steps, then more and more, until it is known how many fill a block."""
    start = clock()
    first = _seconds(block, 1, clock)
    if not plan.seconds:
        return Timing(multiple, 0, first, clock() - start)
    block(FIRST_STEPS - 1)
    count = 1
    while (took := min(_seconds(block, count, clock) for _ in range(2))) < plan.seconds / 2:
        count *= 2
    a_step = took / count
    steps = multiple * math.ceil(plan.seconds / a_step / multiple)
    lead = math.ceil(plan.lead / a_step) if a_step <= plan.seconds else 0
    return Timing(steps, lead, first, clock() - start)


def _seconds(block: Block, count: int, clock: Clock) -> float:
    start = clock()
    block(count)
    return clock() - start


@contextmanager
def _own_garbage() -> Iterator[None]:
    """Garbage collection stays on, for it is part of what a step costs, but passes over what existed before."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def ratio(ours: Sequence[float], theirs: Sequence[float], seed: int = 0) -> Interval:
    """How many times the median of `theirs` the median of `ours` is, by bootstrap. The samples of one round belong together."""
    if not ours or len(ours) != len(theirs):
        raise ValueError(f"samples taken in turn come in pairs, got {len(ours)} and {len(theirs)}")
    a, b = np.asarray(ours), np.asarray(theirs)
    rounds = np.random.default_rng(seed).integers(0, len(a), (RESAMPLES, len(a)))
    resampled = np.median(a[rounds], axis=1) / np.median(b[rounds], axis=1)
    low, high = np.quantile(resampled, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return Interval(float(np.median(a) / np.median(b)), float(low), float(high))
