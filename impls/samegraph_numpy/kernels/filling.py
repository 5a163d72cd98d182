"""NumPy kernels of samegraph.ops.filling."""

from __future__ import annotations

import numpy as np


def fill(dims, value):
    return np.full(dims, value, value.dtype)


def sequence(start, delta, count):
    return start + np.arange(count).astype(start.dtype) * delta


def linspace(start, stop, num):
    share = np.linspace(0.0, 1.0, num).astype(start.dtype)
    return start * (1 - share) + stop * share


def one_hot(indices, on_value, off_value, depth, axis=-1):
    at = axis % (indices.ndim + 1)
    places = np.arange(depth).reshape(depth, *(1,) * (indices.ndim - at))
    return np.where(np.expand_dims(indices, at) == places, on_value, off_value)
