"""PyTorch kernels of samegraph.ops.reduction."""

from __future__ import annotations

import torch


def expand_axes(x, axes):
    for axis in axes:
        x = x.unsqueeze(axis)
    return x


def reduce_sum(x, axis=None, keepdims=False):
    if axis is None:
        axis = tuple(range(x.ndim))
    return x if axis == () else torch.sum(x, dim=axis, keepdim=keepdims, dtype=x.dtype)
