"""Comparing what backends answer: distances in ulps, the worst of each op, and a count of the comparisons made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ml_dtypes
import numpy as np

counts: dict[str, int] = {}
# backend -> op -> (ulps, the dtype and what was compared), the worst that any test saw
worst: dict[str, dict[str, tuple[float, str]]] = {}


def counted(name: str, number: int = 1) -> None:
    """Adds comparisons made on the backend of that name."""
    counts[name] = counts.get(name, 0) + number


def record(name: str, op: str, ulps: float, what: str) -> None:
    """Keeps the distance if it is the worst of that op on that backend."""
    seen = worst.setdefault(name, {})
    if op not in seen or ulps > seen[op][0]:
        seen[op] = ulps, what


def eps(dtype: Any) -> float:
    """The distance from 1 to the next number of a float dtype."""
    return float(ml_dtypes.finfo(dtype).eps)


def assert_close(got: Any, want: Any, ulps: float, name: str, scale: float = 0.0, of: Any = None) -> float:
    """`got` is `want` within `ulps` units in the last place of `of` (default: got's dtype) at the larger of |want|, 1 and `scale`.

    Non-finite elements must be the same. Integers and truth values must be equal. Returns the distance in ulps.
    """
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    counted(name, max(1, got.size))
    if got.dtype.kind in "biu":
        np.testing.assert_array_equal(got, want.astype(got.dtype))
        return 0.0
    unit = eps(of if of is not None else got.dtype)
    got64, want64 = got.astype(np.float64), want.astype(np.float64)
    limit = float(ml_dtypes.finfo(of if of is not None else got.dtype).max)
    overflowed = np.isfinite(want64) & (np.abs(want64) > limit)
    finite = np.isfinite(want64) & ~overflowed
    np.testing.assert_array_equal(np.isnan(got64), np.isnan(want64), err_msg="NaN in other places")
    infinite = np.isinf(want64)
    np.testing.assert_array_equal(got64[infinite], want64[infinite], err_msg="infinities differ")
    if not finite.any():
        return 0.0
    largest = max(1.0, scale, float(np.max(np.abs(want64[finite]))))
    distance = float(np.max(np.abs(got64[finite] - want64[finite]) / (unit * largest)))
    assert distance <= ulps, f"{distance:.3g} ulps apart, {ulps:g} allowed:\n got  {got}\n want {want}"
    return distance


def each(entries: Iterable[Any], check: Callable[[Any], None]) -> None:
    """Checks every entry; the first that fails (they come smallest first) is shown, the others are counted."""
    failed, number = [], 0
    for entry in entries:
        number += 1
        try:
            if entry.error is not None:
                raise entry.error
            check(entry)
        except Exception as error:
            failed.append((entry, error))
    assert number, "no case to check: the backend has none of the op's dtypes"
    if failed:
        entry, cause = failed[0]
        told = str(cause) if isinstance(cause, AssertionError) else f"{type(cause).__name__}: {cause}"
        raise AssertionError(f"{len(failed)} of {number} cases fail; the smallest:\n{entry.inputs}\n{told}") from cause
