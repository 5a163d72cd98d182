"""PyTorch kernels of samegraph.ops.scans."""

from __future__ import annotations

import torch


def index_along(x, axis, dtype="int32"):
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    return torch.arange(x.shape[axis], dtype=getattr(torch, dtype), device=x.device).reshape(shape)


def cumsum(x, axis=0, exclusive=False, reverse=False):
    return _scan(torch.cumsum, 0, x, axis, exclusive, reverse)


def cumprod(x, axis=0, exclusive=False, reverse=False):
    return _scan(torch.cumprod, 1, x, axis, exclusive, reverse)


def product_of_others(x, axis):
    return cumprod(x, axis, exclusive=True) * cumprod(x, axis, exclusive=True, reverse=True)


def _scan(scan, start, x, axis, exclusive, reverse):
    x = x.flip(axis) if reverse else x
    if exclusive and x.shape[axis]:
        first = torch.full_like(x.narrow(axis, 0, 1), start)
        x = torch.cat([first, x.narrow(axis, 0, x.shape[axis] - 1)], axis)
    out = scan(x, axis, dtype=x.dtype)
    return out.flip(axis) if reverse else out
