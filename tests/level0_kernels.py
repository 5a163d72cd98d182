"""What tests/test_new_backend.py puts into the skeleton of a new backend: the kernels of the ladder's level 0, in NumPy."""

from __future__ import annotations

import numpy as np


def matmul(a, b, transpose_a=False, transpose_b=False):
    return np.matmul(a.swapaxes(-1, -2) if transpose_a else a, b.swapaxes(-1, -2) if transpose_b else b)


def add(x, y):
    return x + y


def sub(x, y):
    return x - y


def mul(x, y):
    return x * y


def truediv(x, y):
    return x / y


def square(x):
    return x * x


def reduce_mean(x, axis=None, keepdims=False):
    return np.asarray(np.mean(x, axis=axis, keepdims=keepdims), x.dtype)


def ones_like(x):
    return np.ones(x.shape, x.dtype)


def size_ratio(whole, part):
    return np.asarray(whole.size / part.size, whole.dtype)


def broadcast_like(x, like):
    return np.broadcast_to(x, like.shape)


def sum_to_like(x, like):
    lead = x.ndim - like.ndim
    axes = (*range(lead), *(lead + i for i, n in enumerate(like.shape) if n == 1 != x.shape[lead + i]))
    return np.sum(x, axis=axes).reshape(like.shape)
