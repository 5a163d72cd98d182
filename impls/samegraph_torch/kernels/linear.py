"""PyTorch kernels of samegraph.ops.linear."""

from __future__ import annotations

import torch


def matmul(a, b, transpose_a=False, transpose_b=False):
    left, right = a.mT if transpose_a else a, b.mT if transpose_b else b
    if a.is_cuda and not a.is_floating_point():  # PyTorch multiplies no matrices of integers on a GPU
        return (left.unsqueeze(-1) * right.unsqueeze(-3)).sum(-2, dtype=a.dtype)
    return torch.matmul(left, right)


def transpose(x, perm=None):
    return x.permute(perm if perm is not None else tuple(range(x.ndim))[::-1])
