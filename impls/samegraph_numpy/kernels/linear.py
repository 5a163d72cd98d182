"""NumPy kernels of samegraph.ops.linear."""

from __future__ import annotations

import numpy as np


def matmul(a, b, transpose_a=False, transpose_b=False):
    product = np.matmul(a.swapaxes(-1, -2) if transpose_a else a, b.swapaxes(-1, -2) if transpose_b else b)
    return product.astype(a.dtype, copy=False)  # bfloat16 comes back as float32


def transpose(x, perm=None):
    return np.transpose(x, perm)
