"""PyTorch kernels of samegraph.ops.linear."""

from __future__ import annotations

import torch


def matmul(a, b, transpose_a=False, transpose_b=False):
    return torch.matmul(a.mT if transpose_a else a, b.mT if transpose_b else b)


def transpose(x, perm=None):
    return x.permute(perm if perm is not None else tuple(range(x.ndim))[::-1])
