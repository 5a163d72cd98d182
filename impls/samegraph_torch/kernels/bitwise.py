"""PyTorch kernels of samegraph.ops.bitwise."""

from __future__ import annotations

import torch


def bitwise_and(x, y):
    return torch.bitwise_and(x, y)


def bitwise_or(x, y):
    return torch.bitwise_or(x, y)


def bitwise_xor(x, y):
    return torch.bitwise_xor(x, y)


def invert(x):
    return torch.bitwise_not(x)


def left_shift(x, y):
    return torch.bitwise_left_shift(x, _places(y))


def right_shift(x, y):
    return torch.bitwise_right_shift(x, _places(y))


def _places(y):
    """Counts from 0 to the number of bits less 1."""
    return y.clamp(0, 8 * y.element_size() - 1)


def bitcast(x, type):
    target = getattr(torch, type)
    if target.itemsize < x.element_size():
        return x.unsqueeze(-1).contiguous().view(target)
    if target.itemsize > x.element_size():
        # the strides that a feed without elements has are refused
        return x.contiguous().view(target).squeeze(-1) if x.numel() else x.new_empty(x.shape[:-1], dtype=target)
    return x.view(target)
