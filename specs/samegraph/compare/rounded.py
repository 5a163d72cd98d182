"""Float32 without a float32 kernel: NumPy's float64 kernels, the result of each rounded to float32.

What bounds are made of must not come from what they are held against. A fault of a backend's float32 arithmetic, NumPy's too, is
in no number here. What an exact operation answers (a reshape, the larger of two) stays as it is, for it is a float32 already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np

from ..backend import Backend, load
from ..programs.model import Batch


def single(value: Any) -> Any:
    """The value, or each of several, rounded to float32 and kept as float64; anything but float64 as it is."""
    if isinstance(value, (tuple, list)):
        return type(value)(single(v) for v in value)
    if not isinstance(value, (np.ndarray, np.generic)) or value.dtype != np.float64:
        return value
    with np.errstate(all="ignore"):
        return value.astype(np.float32).astype(np.float64)


def single_batch(batch: Batch) -> Batch:
    return {n: single(a) for n, a in batch.items()}


def backend() -> Backend:
    """NumPy for graphs in float64 that rounds as float32 does, but once an operation."""
    numpy = load("numpy")

    def update_rows(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
        assert numpy.update_rows is not None
        table = numpy.update_rows(table, indices, updates, how, ok)
        table[indices] = single(table[indices])
        return table

    kernels = {name: _rounding(kernel) for name, kernel in numpy.kernels.items()}
    return replace(numpy, kernels=kernels, update_rows=update_rows, order_rows=None, spelled={})


def _rounding(kernel: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(kernel)
    def rounded(*args: Any, **attrs: Any) -> Any:
        return single(kernel(*args, **attrs))

    return rounded
