"""PyTorch kernels of samegraph.ops.reduction."""

from __future__ import annotations

import torch


def expand_axes(x, axes):
    for axis in axes:
        x = x.unsqueeze(axis)
    return x


def _dims(x, axis):
    """The axes as a tuple; the empty one, by which PyTorch means all, only where none is meant."""
    return tuple(range(x.ndim)) if axis is None else (axis,) if isinstance(axis, int) else axis


def reduce_sum(x, axis=None, keepdims=False):
    dims = _dims(x, axis)
    return torch.sum(x, dims, keepdims, dtype=x.dtype) if dims else x.clone()


def reduce_any(x, axis=None, keepdims=False):
    return torch.any(x, dims, keepdims) if (dims := _dims(x, axis)) else x.clone()


def reduce_all(x, axis=None, keepdims=False):
    return torch.all(x, dims, keepdims) if (dims := _dims(x, axis)) else x.clone()
