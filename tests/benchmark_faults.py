"""A plugin of pytest that plants the fault which SAMEGRAPH_TEST_FAULT names in the benchmarks: `slow:numpy`, `die:torch`."""

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
    honest, faulty = SessionTraining.__call__, {"slow": _slow, "die": _die}[fault]

    def planted(self: Any, count: int) -> None:
        honest(self, count)
        if self.runner.session.backend.name == backend:
            faulty(self, time.process_time() - self.began)

    def timed(self: Any, count: int) -> None:
        self.began = time.process_time()
        planted(self, count)

    SessionTraining.__call__ = timed  # type: ignore[method-assign]


def _slow(training: Any, took: float) -> None:
    """Computes on for half of the time that the steps took."""
    end = time.process_time() + (SLOWER - 1) * took
    while time.process_time() < end:
        pass


def _die(training: Any, took: float) -> None:
    if len(training.losses) >= STEPS_TO_LIVE:
        os.kill(os.getpid(), signal.SIGKILL)
