"""NumPy kernels of samegraph.ops.reduction."""

from __future__ import annotations

import numpy as np


def expand_axes(x, axes):
    return np.expand_dims(x, axes)


def reduce_sum(x, axis=None, keepdims=False):
    return np.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def reduce_any(x, axis=None, keepdims=False):
    return np.any(x, axis=axis, keepdims=keepdims)


def reduce_all(x, axis=None, keepdims=False):
    return np.all(x, axis=axis, keepdims=keepdims)
