"""NumPy kernels of samegraph.ops.comparison."""

from __future__ import annotations

import numpy as np


def equal(x, y):
    return np.equal(x, y)


def not_equal(x, y):
    return np.not_equal(x, y)


def less(x, y):
    return np.less(x, y)


def less_equal(x, y):
    return np.less_equal(x, y)


def greater(x, y):
    return np.greater(x, y)


def greater_equal(x, y):
    return np.greater_equal(x, y)


def logical_and(x, y):
    return np.logical_and(x, y)


def logical_or(x, y):
    return np.logical_or(x, y)


def logical_xor(x, y):
    return np.logical_xor(x, y)


def logical_not(x):
    return np.logical_not(x)


def where(condition, x, y):
    return np.where(condition, x, y)
