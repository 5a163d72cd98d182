"""NumPy kernels of samegraph.ops.norms."""

from __future__ import annotations

import numpy as np


def reduce_euclidean_norm(x, axis=None, keepdims=False):
    return np.sqrt(np.sum(np.square(x), axis=axis, keepdims=keepdims, dtype=x.dtype))
