"""PyTorch kernels of samegraph.ops.scattering."""

from __future__ import annotations

import math

from .indexing import _flat_places


def tensor_scatter_add(tensor, indices, updates):
    return _changed(tensor, indices, updates, lambda rows, flat, new: rows.index_add(0, flat, new))


def tensor_scatter_sub(tensor, indices, updates):
    return _changed(tensor, indices, updates, lambda rows, flat, new: rows.index_add(0, flat, new, alpha=-1))


def tensor_scatter_update(tensor, indices, updates):
    return _changed(tensor, indices, updates, lambda rows, flat, new: rows.index_put((flat,), new))


def _changed(tensor, indices, updates, change):
    k = indices.shape[-1]
    rows = tensor.reshape(math.prod(tensor.shape[:k]), *tensor.shape[k:])
    flat = _flat_places(indices, tensor.shape).reshape(-1)
    return change(rows, flat, updates.reshape(flat.shape[0], *tensor.shape[k:])).reshape(tensor.shape)
