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
        # flat, for an axis of one element may have any stride; and from the start of a memory of its own
        flat = x.reshape(-1).contiguous()
        whole = flat.clone() if flat.storage_offset() else flat
        return whole.view(target).view(x.shape[:-1])
    return x.view(target)
