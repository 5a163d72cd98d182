"""NumPy kernels of samegraph.ops.maths."""

from __future__ import annotations

import math

import numpy as np

_erf = np.frompyfunc(math.erf, 1, 1)

_VECTORISED = "fd"


def _not_zero(y):
    """Integer divisors without the zeros that fail the run anyway."""
    return np.where(y == 0, y.dtype.type(1), y)


def _is_float(x):
    return x.dtype.kind not in "iu"


def truediv(x, y):
    return np.true_divide(x, y)


def floordiv(x, y):
    return np.floor(np.true_divide(x, y)) if _is_float(x) else np.floor_divide(x, _not_zero(y))


def mod(x, y):
    return np.remainder(x, y if _is_float(x) else _not_zero(y))


def pow_(x, y):
    return np.power(x, y if _is_float(x) else np.maximum(y, y.dtype.type(0)))


def divide_no_nan(x, y):
    return np.where(y == 0, x.dtype.type(0), np.true_divide(x, y))


def reciprocal(x):
    return np.reciprocal(x)


def abs_(x):
    return np.abs(x)


def sign(x):
    return np.sign(x)


def square(x):
    return np.square(x)


def squared_difference(x, y):
    return np.square(np.subtract(x, y))


def sqrt(x):
    return np.sqrt(x)


def rsqrt(x):
    return np.reciprocal(np.sqrt(x))


def exp(x):
    return np.exp(x)


def expm1(x):
    return np.expm1(x)


def log(x):
    return np.log(x)


def log1p(x):
    return np.log1p(x)


def sin(x):
    return np.sin(x)


def cos(x):
    return np.cos(x)


def tan(x):
    return np.tan(x)


def erf(x):
    return np.asarray(_erf(x.astype(np.float64)), x.dtype)


def sigmoid(x):
    return np.reciprocal(np.exp(-x) + x.dtype.type(1))


def softplus(x):
    if x.dtype.char not in _VECTORISED:
        return np.logaddexp(x, x.dtype.type(0))
    return np.maximum(x, x.dtype.type(0)) + _log1p_exp(-np.abs(x))


def _log1p_exp(x):
    """log(1 + exp(x)) of what is nowhere positive.

    NumPy computes log1p one number at a time, log many at once: what 1 + exp(x) is rounded off by is put back to first order.
    """
    small = np.exp(x)
    if x.dtype.char not in _VECTORISED:
        return np.log1p(small)
    total = small + x.dtype.type(1)
    small -= total - x.dtype.type(1)
    small /= total
    small += np.log(total)
    return small


def maximum(x, y):
    return np.maximum(x, y)


def minimum(x, y):
    return np.minimum(x, y)


def clip_by_value(x, low, high):
    return np.maximum(np.minimum(x, high), low)


def floor(x):
    return np.floor(x)


def ceil(x):
    return np.ceil(x)


def round_(x):
    return np.rint(x)


def is_nan(x):
    return np.isnan(x)


def is_inf(x):
    return np.isinf(x)


def is_finite(x):
    return np.isfinite(x)
