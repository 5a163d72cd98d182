"""PyTorch kernels of samegraph.ops.indexing."""

from __future__ import annotations

import torch


def gather(params, indices, axis=0):
    axis %= params.ndim
    picked = torch.index_select(params, axis, indices.reshape(-1))
    return picked.reshape(*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :])


def scatter_add_like(updates, indices, like, axis=0):
    axis %= like.ndim
    rows = updates.reshape(*like.shape[:axis], indices.numel(), *like.shape[axis + 1 :])
    return torch.zeros(like.shape, dtype=updates.dtype, device=updates.device).index_add(axis, indices.reshape(-1), rows)


def scatter_rows(table, indices, updates, how):
    flat = indices.reshape(-1)
    rows = updates.reshape(flat.shape[0], *table.shape[1:])
    if how == "update":
        return table.index_put((flat,), rows)
    return table.index_add(0, flat, rows, alpha=1 if how == "add" else -1)


def indices_in_range(indices, table, axis=0):
    return ((indices >= 0) & (indices < table.shape[axis])).all()
