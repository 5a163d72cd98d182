"""PyTorch kernels of samegraph.ops.comparison."""

from __future__ import annotations

import torch


def equal(x, y):
    return torch.eq(x, y)


def not_equal(x, y):
    return torch.ne(x, y)


def less(x, y):
    return torch.lt(x, y)


def less_equal(x, y):
    return torch.le(x, y)


def greater(x, y):
    return torch.gt(x, y)


def greater_equal(x, y):
    return torch.ge(x, y)


def logical_and(x, y):
    return torch.logical_and(x, y)


def logical_or(x, y):
    return torch.logical_or(x, y)


def logical_xor(x, y):
    return torch.logical_xor(x, y)


def logical_not(x):
    return torch.logical_not(x)


def where(condition, x, y):
    return torch.where(condition, x, y)
