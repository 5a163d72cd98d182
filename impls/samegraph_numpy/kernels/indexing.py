"""NumPy kernels of samegraph.ops.indexing."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..rows import group_sums, picked, sorted_places


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


class Places(NamedTuple):
    """Rows to be added at indices. Those that stand there once: what they are, and where; the others: what each group is, where its
    members are, group by group, and where each group begins. All places lie inside, whatever the indices are.
    """

    flat: Any
    once: Any
    alone: Any
    several: Any
    equal: Any
    starts: Any


def _places(indices: Any) -> Places:
    """Equal indices are found by sorting, many times faster than `add.at`; those that stand there once need no sum."""
    flat = indices.reshape(-1)
    ids, order = sorted_places(flat)
    edges = np.empty(flat.size + 1, bool)
    edges[:1] = edges[-1:] = True
    np.not_equal(ids[1:], ids[:-1], out=edges[1:-1])
    first = edges[:-1]
    once = first & edges[1:]
    at = once.nonzero()[0]
    if at.size == flat.size:
        return Places(flat, ids, order, None, None, None)
    more = np.logical_not(once, out=once).nonzero()[0]
    starts = picked(first, more).nonzero()[0]
    several = picked(ids, picked(more, starts))
    return Places(flat, picked(ids, at), picked(order, at), several, picked(order, more), starts)


def _add_rows(table: Any, indices: Any, updates: Any, how: str) -> None:
    """Adds, subtracts or puts rows in place. indices: or the Places made of them."""
    at = None
    if isinstance(indices, Places):
        at, flat = indices, indices.flat
    else:
        flat = indices.reshape(-1)
    if not flat.size:
        return
    rows = updates.reshape(flat.size, *table.shape[1:])
    if how == "update":
        table[flat] = rows
        return
    at = at or _places(indices)
    parts = [(at.once, picked(rows, at.alone))]
    if at.starts is not None:
        parts.append((at.several, group_sums(picked(rows, at.equal), at.starts)))
    for places, summed in parts:
        if how == "add":
            table[places] += summed
        else:
            table[places] -= summed


def indices_in_range(indices, table, axis=0, negative=False):
    n = table.shape[axis]
    if negative or not indices.size:
        return np.bool_(not indices.size or (indices.min() >= -n and indices.max() < n))
    unsigned = indices.view(f"u{indices.itemsize}")  # where what is below 0 is larger than any size
    return np.bool_(np.maximum.reduce(unsigned, axis=None) < n)


def gather_nd(params, indices):
    k = indices.shape[-1]
    rows = params.reshape(math.prod(params.shape[:k]), *params.shape[k:])
    return np.take(rows, _flat_places(indices, params.shape), axis=0)


def scatter_nd_like(updates, indices, like):
    return scatter_nd(indices, updates, like.shape)


def scatter_nd(indices, updates, shape):
    k = indices.shape[-1]
    out = np.zeros((math.prod(shape[:k]), *shape[k:]), updates.dtype)
    _add_rows(out, _flat_places(indices, shape), updates, "add")
    return out.reshape(shape)


def _flat_places(indices, shape):
    """The row that each row of `indices` names once the first axes are one."""
    flat = np.zeros(indices.shape[:-1], np.int64)
    for i in range(indices.shape[-1]):
        flat = flat * shape[i] + indices[..., i]
    return flat


def nd_indices_in_range(indices, sizes, negative=False):
    below = indices < sizes[: indices.shape[-1]]
    return np.bool_((below if negative else below & (indices >= 0)).all())


def top_k(x, k):
    n = x.shape[-1]
    if k > n:
        raise IndexError(f"{k} elements of a last axis of size {n}")
    order = n - 1 - np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1][..., :k]
    return np.take_along_axis(x, order, -1), order.astype(np.int32)


def take_along(x, indices):
    return np.take_along_axis(x, indices, -1)


def add_along_like(updates, indices, like):
    lead = like.shape[:-1]
    starts = like.shape[-1] * np.arange(math.prod(lead)).reshape(*lead, 1)
    out = np.zeros(like.size, updates.dtype)
    _add_rows(out, indices + starts, updates, "add")
    return out.reshape(like.shape)


def unsorted_segment_sum(data, segment_ids, num_segments):
    out = np.zeros((num_segments, *data.shape[segment_ids.ndim :]), data.dtype)
    kept = segment_ids >= 0
    _add_rows(out, segment_ids[kept], data[kept], "add")
    return out


def gather_or_zeros(params, indices):
    kept = indices >= 0
    out = np.zeros((*indices.shape, *params.shape[1:]), params.dtype)
    out[kept] = params[indices[kept]]
    return out
