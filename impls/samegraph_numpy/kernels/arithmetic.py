"""NumPy kernels of samegraph.ops.arithmetic."""

from __future__ import annotations

import numpy as np


def add(x, y):
    return np.add(x, y)


def sub(x, y):
    return np.subtract(x, y)


def mul(x, y):
    return np.multiply(x, y)


def negative(x):
    return np.negative(x)


def tanh(x):
    return np.tanh(x)
