"""NumPy kernels of samegraph.ops.scans."""

from __future__ import annotations

import numpy as np


def index_along(x, axis, dtype="int32"):
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    return np.arange(x.shape[axis], dtype=dtype).reshape(shape)


def cumsum(x, axis=0, exclusive=False, reverse=False):
    return _scan(np.add, 0, x, axis, exclusive, reverse)


def cumprod(x, axis=0, exclusive=False, reverse=False):
    return _scan(np.multiply, 1, x, axis, exclusive, reverse)


def product_of_others(x, axis):
    return cumprod(x, axis, exclusive=True) * cumprod(x, axis, exclusive=True, reverse=True)


def _scan(step, start, x, axis, exclusive, reverse):
    rows = np.moveaxis(x, axis, 0)
    rows = rows[::-1] if reverse else rows
    if exclusive:
        first = np.full((min(1, len(rows)), *rows.shape[1:]), start, x.dtype)
        rows = np.concatenate([first, rows[:-1]])
    out = step.accumulate(rows, axis=0, dtype=x.dtype)
    return np.moveaxis(out[::-1] if reverse else out, 0, axis)
