"""A plugin of pytest that plants the fault which SAMEGRAPH_TEST_FAULT names in the benchmarks: `slow:numpy`, `die:torch`,
`die_in_many_steps:torch`.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

SLOWER = 1.5
STEPS_TO_LIVE = 3
"""So many are taken before anything is timed."""


def pytest_collection_finish(session: pytest.Session) -> None:
    from benchmarks.trainings import SessionTraining

    fault, _, backend = os.environ["SAMEGRAPH_TEST_FAULT"].partition(":")
    trained, faulty = SessionTraining, {"slow": _slow, "die": _die, "die_in_many_steps": _die}[fault]
    if fault == "die_in_many_steps":
        from benchmarks.test_many_steps import Many as trained  # type: ignore[assignment]
    honest = trained.__call__

    def planted(self: Any, count: int) -> None:
        honest(self, count)
        if self.runner.session.backend.name == backend:
            faulty(self, time.process_time() - self.began)

    def timed(self: Any, count: int) -> None:
        self.began = time.process_time()
        planted(self, count)

    trained.__call__ = timed  # type: ignore[method-assign]


def _slow(training: Any, took: float) -> None:
    """Computes on for half of the time that the steps took."""
    end = time.process_time() + (SLOWER - 1) * took
    while time.process_time() < end:
        pass


def _die(training: Any, took: float) -> None:
    if len(training.losses) >= STEPS_TO_LIVE:
        os.kill(os.getpid(), signal.SIGKILL)
