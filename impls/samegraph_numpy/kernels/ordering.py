"""NumPy kernels of samegraph.ops.ordering."""

from __future__ import annotations

import numpy as np


def argsort(x, descending=False):
    if not descending:
        return np.argsort(x, axis=-1, kind="stable").astype(np.int32)
    last = x.shape[-1] - 1
    return (last - np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]).astype(np.int32)


def searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    out = np.empty(values.shape, out_type)
    for row in np.ndindex(values.shape[:-1]):
        out[row] = np.searchsorted(sorted_sequence[row], values[row], side)
    return out


def unique(x, out_idx="int32"):
    return unique_with_counts(x, out_idx)[:2]


def unique_with_counts(x, out_idx="int32"):
    found, first, place, count = np.unique(x, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    rank = np.argsort(order)
    return found[order], rank[place].astype(out_idx), count[order].astype(out_idx)


def setdiff1d(x, y, out_idx="int32"):
    places = np.flatnonzero(~np.isin(x, y))
    return x[places], places.astype(out_idx)
