"""NumPy as a backend that compiles: its steps go on after a failed check, and update_rows has to obey it.

Whole as `clean`, and with one fault each. A foreign distribution: tests/test_planted_faults.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from samegraph.backend import load

numpy = load("numpy")


def _compile(step: Callable[..., Any], donate: Sequence[int]) -> Callable[..., Any]:
    return step


def _first_false(flags: Sequence[Any]) -> Any:
    return np.int32(next((i + 1 for i, ok in enumerate(flags) if not ok), 0))


def _too_early(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
    assert numpy.update_rows is not None
    return numpy.update_rows(table, np.clip(indices, 0, len(table) - 1), updates, how, None)


def _update_rows(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
    return table if ok is not None and not ok else _too_early(table, indices, updates, how, None)


clean = replace(numpy, compile=_compile, ok_all=_first_false, update_rows=_update_rows)
written_before_the_check = replace(clean, update_rows=_too_early)
never_fails = replace(clean, ok_all=lambda flags: np.int32(0))
