"""NumPy kernels of samegraph.ops.rearranging."""

from __future__ import annotations

import numpy as np


def roll(x, shift, axis):
    return np.roll(x, shift, axis)


def reverse_sequence(x, seq_lengths, seq_axis, batch_axis=0):
    seq_axis %= x.ndim
    place = np.arange(x.shape[seq_axis]).reshape([-1 if i == seq_axis else 1 for i in range(x.ndim)])
    length = seq_lengths.reshape([-1 if i == batch_axis % x.ndim else 1 for i in range(x.ndim)])
    source = np.where(place < length, length - 1 - place, place)
    return np.take_along_axis(x, source, seq_axis)


def space_to_depth(x, block_size, data_format="NHWC"):
    s = block_size
    if data_format == "NHWC":
        n, h, w, c = x.shape
        parts = np.transpose(x.reshape(n, h // s, s, w // s, s, c), (0, 1, 3, 2, 4, 5))
        return parts.reshape(n, h // s, w // s, s * s * c)
    n, c, h, w = x.shape
    parts = np.transpose(x.reshape(n, c, h // s, s, w // s, s), (0, 3, 5, 1, 2, 4))
    return parts.reshape(n, s * s * c, h // s, w // s)


def depth_to_space(x, block_size, data_format="NHWC"):
    s = block_size
    if data_format == "NHWC":
        n, h, w, c = x.shape
        parts = np.transpose(x.reshape(n, h, w, s, s, c // s**2), (0, 1, 3, 2, 4, 5))
        return parts.reshape(n, h * s, w * s, c // s**2)
    n, c, h, w = x.shape
    parts = np.transpose(x.reshape(n, s, s, c // s**2, h, w), (0, 3, 4, 1, 5, 2))
    return parts.reshape(n, c // s**2, h * s, w * s)
