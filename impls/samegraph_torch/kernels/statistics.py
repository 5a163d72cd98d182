"""PyTorch kernels of samegraph.ops.statistics."""

from __future__ import annotations

import torch

from .reduction import _dims


def reduce_mean(x, axis=None, keepdims=False):
    if axis is None and not keepdims and x.is_floating_point():
        return torch.mean(x)
    dims = _dims(x, axis)
    if not dims:
        return x.clone()
    if x.is_floating_point():
        return torch.mean(x, dims, keepdims)
    total = torch.sum(x, dims, keepdims, dtype=torch.int64)
    count = x.numel() // total.numel() if total.numel() else 1
    return torch.div(total, max(1, count), rounding_mode="trunc").to(x.dtype)


def reduce_max(x, axis=None, keepdims=False):
    dims = _dims(x, axis)
    if _is_empty(x, dims):
        return _of_nothing(x, dims, keepdims, -1)
    return torch.amax(x, dims, keepdims) if dims else x.clone()


def reduce_min(x, axis=None, keepdims=False):
    dims = _dims(x, axis)
    if _is_empty(x, dims):
        return _of_nothing(x, dims, keepdims, 1)
    return torch.amin(x, dims, keepdims) if dims else x.clone()


def reduce_prod(x, axis=None, keepdims=False):
    dims = _dims(x, axis)
    out = x if dims else x.clone()
    for d in sorted((d % x.ndim for d in dims), reverse=True):
        out = torch.prod(out, d, keepdims, dtype=x.dtype)
    return out


def reduce_logsumexp(x, axis=None, keepdims=False):
    dims = _dims(x, axis)
    return torch.logsumexp(x, dims, keepdims) if dims else x.clone()


def argmax(x, axis=0, output_type="int64"):
    return torch.argmax(x, axis).to(getattr(torch, output_type))


def argmin(x, axis=0, output_type="int64"):
    return torch.argmin(x, axis).to(getattr(torch, output_type))


def _is_empty(x, dims):
    return any(x.shape[d] == 0 for d in dims)


def _of_nothing(x, dims, keepdims, sign):
    """The lowest (sign -1) or highest value of the dtype in the shape of a reduction."""
    if x.is_floating_point():
        limit = sign * float("inf")
    else:
        limit = torch.iinfo(x.dtype).max if sign > 0 else torch.iinfo(x.dtype).min
    return torch.full_like(torch.sum(x, dims, keepdims, dtype=x.dtype), limit)
