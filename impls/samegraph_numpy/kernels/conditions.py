"""NumPy kernels of samegraph.ops.conditions."""

from __future__ import annotations


def checked(x, ok, message):
    return x


def ensure_shape(x, shape):
    if len(shape) != x.ndim or any(n not in (None, size) for n, size in zip(shape, x.shape, strict=True)):
        raise IndexError(f"shape {tuple(x.shape)} instead of {shape}")
    return x
