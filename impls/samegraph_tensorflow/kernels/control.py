"""TensorFlow kernels of samegraph.ops.control."""

from __future__ import annotations


def provided(x, holds, message):
    return x
