"""Waiting for threads so that Ctrl-C is heard at whatever moment it comes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from typing import Any

_WAKES = 0.2  # seconds


def until_done(futures: Sequence[Future[Any]]) -> None:
    """Returns when all have ended, whatever with.

    A signal that comes just before the main thread falls asleep wakes nobody: Python hears it when the thread wakes by itself.
    """
    while wait(futures, timeout=_WAKES).not_done:
        pass
