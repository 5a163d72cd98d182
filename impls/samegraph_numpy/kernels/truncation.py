"""NumPy kernels of samegraph.ops.truncation."""

from __future__ import annotations

import numpy as np

from .maths import _is_float, _not_zero


def truncatediv(x, y):
    y = _not_zero(y)
    # a - fmod(a, b) is a multiple of b, which floor division takes exactly
    return np.floor_divide(x - np.fmod(x, y), y)


def truncatemod(x, y):
    return np.fmod(x, y if _is_float(x) else _not_zero(y))
