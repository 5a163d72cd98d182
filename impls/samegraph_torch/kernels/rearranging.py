"""PyTorch kernels of samegraph.ops.rearranging."""

from __future__ import annotations

import torch

from .indexing import _held


def roll(x, shift, axis):
    # PyTorch takes no axes to mean all elements in a row
    return x.clone() if axis == () else torch.roll(x, shift, axis)


def reverse_sequence(x, seq_lengths, seq_axis, batch_axis=0):
    seq_axis %= x.ndim
    place = torch.arange(x.shape[seq_axis], device=x.device)
    place = place.reshape([-1 if i == seq_axis else 1 for i in range(x.ndim)])
    length = seq_lengths.long().reshape([-1 if i == batch_axis % x.ndim else 1 for i in range(x.ndim)])
    source = torch.where(place < length, length - 1 - place, place)
    return torch.gather(x, seq_axis, _held(source, x.shape[seq_axis]).expand(x.shape))


def space_to_depth(x, block_size, data_format="NHWC"):
    s = block_size
    if data_format == "NHWC":
        n, h, w, c = x.shape
        parts = torch.permute(x.reshape(n, h // s, s, w // s, s, c), (0, 1, 3, 2, 4, 5))
        return parts.reshape(n, h // s, w // s, s * s * c)
    n, c, h, w = x.shape
    parts = torch.permute(x.reshape(n, c, h // s, s, w // s, s), (0, 3, 5, 1, 2, 4))
    return parts.reshape(n, s * s * c, h // s, w // s)


def depth_to_space(x, block_size, data_format="NHWC"):
    s = block_size
    if data_format == "NHWC":
        n, h, w, c = x.shape
        parts = torch.permute(x.reshape(n, h, w, s, s, c // s**2), (0, 1, 3, 2, 4, 5))
        return parts.reshape(n, h * s, w * s, c // s**2)
    n, c, h, w = x.shape
    parts = torch.permute(x.reshape(n, s, s, c // s**2, h, w), (0, 3, 4, 1, 5, 2))
    return parts.reshape(n, c // s**2, h * s, w * s)
