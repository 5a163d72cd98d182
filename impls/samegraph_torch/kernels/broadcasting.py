"""PyTorch kernels of samegraph.ops.broadcasting."""

from __future__ import annotations

import torch


def broadcast_like(x, like):
    return x.broadcast_to(like.shape)


def sum_to_like(x, like):
    return x.sum_to_size(like.shape).to(x.dtype)  # sums of integers come out as int64


def reshape_like(x, like):
    return x.reshape(like.shape)


def zeros_like(x):
    return torch.zeros_like(x)


def ones_like(x):
    return torch.ones_like(x)


def size_ratio(whole, part):
    ratio = whole.numel() / part.numel() if part.numel() else 1.0 if not whole.numel() else float("inf")
    return torch.full((), ratio, dtype=whole.dtype, device=whole.device)
