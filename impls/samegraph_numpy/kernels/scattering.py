"""NumPy kernels of samegraph.ops.scattering."""

from __future__ import annotations

import math

import numpy as np

from .indexing import _add_rows, _flat_places


def tensor_scatter_add(tensor, indices, updates):
    return _changed(tensor, indices, updates, "add")


def tensor_scatter_sub(tensor, indices, updates):
    return _changed(tensor, indices, updates, "sub")


def tensor_scatter_update(tensor, indices, updates):
    return _changed(tensor, indices, updates, "update")


def _changed(tensor, indices, updates, how):
    k = indices.shape[-1]
    out = np.array(tensor, order="C")
    rows = out.reshape(math.prod(tensor.shape[:k]), *tensor.shape[k:])
    _add_rows(rows, _flat_places(indices, tensor.shape), updates, how)
    return out
