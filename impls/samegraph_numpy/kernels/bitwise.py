"""NumPy kernels of samegraph.ops.bitwise."""

from __future__ import annotations

import numpy as np


def bitwise_and(x, y):
    return np.bitwise_and(x, y)


def bitwise_or(x, y):
    return np.bitwise_or(x, y)


def bitwise_xor(x, y):
    return np.bitwise_xor(x, y)


def invert(x):
    return np.invert(x)


def left_shift(x, y):
    return np.left_shift(x, _places(y))


def right_shift(x, y):
    return np.right_shift(x, _places(y))


def _places(y):
    """Counts from 0 to the number of bits less 1."""
    return np.clip(y, 0, 8 * y.dtype.itemsize - 1, dtype=y.dtype)  # NumPy 1 widens a 0-d integer


def bitcast(x, type):
    target = np.dtype(type)
    if target.itemsize < x.itemsize:
        return np.ascontiguousarray(x[..., None]).view(target)
    if target.itemsize > x.itemsize:
        return np.ascontiguousarray(x).view(target)[..., 0]
    return x.view(target)
