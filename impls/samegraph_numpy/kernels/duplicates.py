"""NumPy kernels of samegraph.ops.duplicates."""

from __future__ import annotations

import numpy as np


def sum_duplicates(values, indices):
    order = np.argsort(indices, kind="stable")
    ids = indices[order]
    starts = np.concatenate((np.ones(min(1, ids.size), bool), ids[1:] != ids[:-1]))
    first = np.flatnonzero(starts)
    if first.size == ids.size:
        return values.copy()
    out = np.empty_like(values)
    out[order] = np.add.reduceat(values[order], first, axis=0)[np.cumsum(starts) - 1]
    return out
