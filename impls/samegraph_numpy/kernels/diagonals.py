"""NumPy kernels of samegraph.ops.diagonals."""

from __future__ import annotations

import numpy as np


def matrix_diag(diagonal, k=0):
    n = diagonal.shape[-1] + abs(k)
    return matrix_set_diag(np.zeros((*diagonal.shape[:-1], n, n), diagonal.dtype), diagonal, k)


def matrix_diag_part(x, k=0):
    return np.diagonal(x, k, -2, -1).copy()


def matrix_set_diag(x, diagonal, k=0):
    out = x.copy()
    places = np.arange(diagonal.shape[-1])
    out[..., places + max(-k, 0), places + max(k, 0)] = diagonal
    return out


def matrix_band_part(x, num_lower, num_upper):
    rows, columns = np.arange(x.shape[-2])[:, np.newaxis], np.arange(x.shape[-1])
    outside = (rows - columns > num_lower) & (num_lower >= 0) | (columns - rows > num_upper) & (num_upper >= 0)
    return np.where(outside, np.zeros((), x.dtype), x)
