"""PyTorch kernels of samegraph.ops.broadcasting."""

from __future__ import annotations

import torch


def broadcast_like(x, like):
    return x.expand(like.shape)


def sum_to_like(x, like):
    if x.shape == like.shape:
        return x
    lead = x.ndim - like.ndim
    axes = [i for i, n in enumerate(x.shape) if i < lead or like.shape[i - lead] == 1 != n]
    return torch.sum(x, axes, True, dtype=x.dtype).reshape(like.shape)  # sums of integers would come out as int64


def reshape_like(x, like):
    return x.reshape(like.shape)


def zeros_like(x):
    return torch.zeros_like(x)


def ones_like(x):
    return torch.ones_like(x)


def size_ratio(whole, part):
    ratio = whole.numel() / part.numel() if part.numel() else 1.0 if not whole.numel() else float("inf")
    return torch.scalar_tensor(ratio, dtype=whole.dtype, device=whole.device)
