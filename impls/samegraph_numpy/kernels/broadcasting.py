"""NumPy kernels of samegraph.ops.broadcasting."""

from __future__ import annotations

import numpy as np


def broadcast_like(x, like):
    return np.broadcast_to(x, like.shape)


def sum_to_like(x, like):
    lead = x.ndim - like.ndim
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(like.shape) if n == 1 != x.shape[lead + i])
    return np.sum(x, axis=axes, dtype=x.dtype).reshape(like.shape) if axes else x


def reshape_like(x, like):
    return x.reshape(like.shape)


def zeros_like(x):
    return np.zeros(x.shape, x.dtype)


def ones_like(x):
    return np.ones(x.shape, x.dtype)


def size_ratio(whole, part):
    return whole.dtype.type(whole.size / part.size if part.size else 1.0 if not whole.size else np.inf)
