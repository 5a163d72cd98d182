"""PyTorch kernels of samegraph.ops.indexing."""

from __future__ import annotations

import math

import torch

from ..repeated import last_of_equal


def gather(params, indices, axis=0):
    axis %= params.ndim
    picked = torch.index_select(params, axis, _held(indices, params.shape[axis]).reshape(-1))
    return picked.reshape((*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :]))


def scatter_add_like(updates, indices, like, axis=0):
    axis %= like.ndim
    indices = _held(indices, like.shape[axis])
    rows = updates.reshape(*like.shape[:axis], indices.numel(), *like.shape[axis + 1 :])
    return torch.zeros(like.shape, dtype=updates.dtype, device=updates.device).index_add(
        axis, indices.reshape(-1), rows
    )


def scatter_rows(table, indices, updates, how):
    flat = _held(indices, table.shape[0]).reshape(-1)
    rows = updates.reshape(flat.shape[0], *table.shape[1:])
    if how == "update":
        return table.index_put((flat,), last_of_equal(flat, rows) if flat.is_cuda else rows)
    return table.index_add(0, flat, rows, alpha=1 if how == "add" else -1)


def _held(indices, count):
    """On a GPU an index out of range ends the process, before a guard can speak: there it is moved into range."""
    return indices.clamp(0, count - 1) if indices.is_cuda else indices


def indices_in_range(indices, table, axis=0, negative=False):
    n = table.shape[axis]
    return ((indices >= (-n if negative else 0)) & (indices < n)).all()


def gather_nd(params, indices):
    k = indices.shape[-1]
    rows = params.reshape(math.prod(params.shape[:k]), *params.shape[k:])
    return gather(rows, _flat_places(indices, params.shape))


def scatter_nd_like(updates, indices, like):
    return scatter_nd(indices, updates, tuple(like.shape))


def scatter_nd(indices, updates, shape):
    k, rest = indices.shape[-1], shape[indices.shape[-1] :]
    flat = _flat_places(indices, shape).reshape(-1)
    out = torch.zeros((math.prod(shape[:k]), *rest), dtype=updates.dtype, device=updates.device)
    return out.index_add(0, flat, updates.reshape(flat.shape[0], *rest)).reshape(shape)


def _flat_places(indices, shape):
    """The row that each row of `indices` names once the first axes are one."""
    flat = torch.zeros(indices.shape[:-1], dtype=torch.int64, device=indices.device)
    for i in range(indices.shape[-1]):
        flat = flat * shape[i] + indices[..., i]
    return _held(flat, math.prod(shape[: indices.shape[-1]]))


def nd_indices_in_range(indices, sizes, negative=False):
    below = indices < sizes[: indices.shape[-1]]
    return (below if negative else below & (indices >= 0)).all()


def top_k(x, k):
    if k > x.shape[-1]:
        raise IndexError(f"{k} elements of a last axis of size {x.shape[-1]}")
    values, indices = torch.sort(x, dim=-1, descending=True, stable=True)
    return values[..., :k], indices[..., :k].to(torch.int32)


def take_along(x, indices):
    return torch.gather(x, -1, indices.long())


def add_along_like(updates, indices, like):
    return torch.zeros(like.shape, dtype=updates.dtype, device=updates.device).scatter_add(-1, indices.long(), updates)


def unsorted_segment_sum(data, segment_ids, num_segments):
    outside = (segment_ids < 0) | (segment_ids > num_segments)
    ids = torch.where(outside, num_segments, segment_ids).reshape(-1)
    rest = data.shape[segment_ids.ndim :]
    out = torch.zeros((num_segments + 1, *rest), dtype=data.dtype, device=data.device)
    return out.index_add(0, ids, data.reshape(ids.shape[0], *rest))[:num_segments]


def gather_or_zeros(params, indices):
    if not params.shape[0]:
        return params.new_zeros(indices.shape + params.shape[1:])
    kept = (indices >= 0).reshape(indices.shape + (1,) * (params.ndim - 1))
    rows = gather(params, indices.clamp(min=0))
    return torch.where(kept, rows, torch.zeros_like(rows))
