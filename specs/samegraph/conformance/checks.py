"""Comparing what backends answer: tolerances in ulps, and a count of the comparisons made."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

counts: dict[str, int] = {}


def counted(name: str, number: int = 1) -> None:
    """Adds comparisons made on the backend of that name."""
    counts[name] = counts.get(name, 0) + number


def eps(dtype: Any) -> float:
    """The distance from 1 to the next number of a float dtype."""
    return float(ml_dtypes.finfo(dtype).eps)


def assert_close(got: Any, want: Any, ulps: float, name: str, scale: float = 0.0, of: Any = None) -> None:
    """`got` is `want` within `ulps` units in the last place of `of` (default: got's dtype) at the larger of |want|, 1 and `scale`.

    Non-finite elements must be the same. Integers and truth values must be equal.
    """
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, expected {want.shape}"
    counted(name, max(1, got.size))
    if got.dtype.kind in "biu":
        np.testing.assert_array_equal(got, want.astype(got.dtype))
        return
    unit = eps(of if of is not None else got.dtype)
    got64, want64 = got.astype(np.float64), want.astype(np.float64)
    limit = float(ml_dtypes.finfo(of if of is not None else got.dtype).max)
    overflowed = np.abs(want64) > limit
    finite = np.isfinite(want64) & ~overflowed
    np.testing.assert_array_equal(np.isnan(got64), np.isnan(want64), err_msg="NaN in other places")
    infinite = np.isinf(want64) & ~overflowed
    np.testing.assert_array_equal(got64[infinite], want64[infinite], err_msg="infinities differ")
    if finite.any():
        largest = max(1.0, scale, float(np.max(np.abs(want64[finite]))))
        worst = np.abs(got64 - want64)[finite] / (unit * largest)
        assert worst.max() <= ulps, f"{worst.max():.3g} ulps apart, {ulps} allowed:\n got  {got}\n want {want}"
