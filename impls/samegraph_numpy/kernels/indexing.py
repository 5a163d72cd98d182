"""NumPy kernels of samegraph.ops.indexing."""

from __future__ import annotations

import numpy as np


def gather(params, indices, axis=0):
    return np.take(params, indices, axis=axis)


def scatter_add_like(updates, indices, like, axis=0):
    out = np.zeros(like.shape, updates.dtype)
    axis %= out.ndim
    rows = np.moveaxis(out, axis, 0)
    source = tuple(range(axis, axis + indices.ndim))
    _add_rows(rows, indices, np.moveaxis(updates, source, tuple(range(indices.ndim))), "add")
    return out


def scatter_rows(table, indices, updates, how):
    out = table.copy()
    _add_rows(out, indices, updates, how)
    return out


def _add_rows(table, indices, updates, how):
    """Adds, subtracts or puts rows in place. Equal indices are summed by sorting, many times faster than `add.at`."""
    flat = indices.reshape(-1)
    if not flat.size:
        return
    rows = updates.reshape(flat.size, *table.shape[1:])
    if how == "update":
        table[flat] = rows
        return
    order = np.argsort(flat, kind="stable")
    ids = flat[order]
    first = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    summed = rows if len(first) == flat.size else np.add.reduceat(rows[order], first, axis=0, dtype=rows.dtype)
    unique = flat if len(first) == flat.size else ids[first]
    if how == "add":
        table[unique] += summed
    else:
        table[unique] -= summed


def indices_in_range(indices, table, axis=0):
    return np.bool_(not indices.size or (indices.min() >= 0 and indices.max() < table.shape[axis]))
