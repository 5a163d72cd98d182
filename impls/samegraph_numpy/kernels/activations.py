"""NumPy kernels of samegraph.ops.activations."""

from __future__ import annotations

import numpy as np

from ..rows import largest_of_last, sums_of_last

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _of(x, number):
    """A Python number in the dtype of `x`."""
    return x.dtype.type(number)


def relu(x):
    return np.maximum(x, _of(x, 0))


def relu6(x):
    return np.minimum(np.maximum(x, _of(x, 0)), _of(x, 6))


def leaky_relu(x, alpha):
    return np.where(x > 0, x, _of(x, alpha) * x)


def elu(x):
    return np.where(x < 0, np.expm1(x), x)


def selu(x):
    return _of(x, _SELU_SCALE) * np.where(x < 0, _of(x, _SELU_ALPHA) * np.expm1(x), x)


def softsign(x):
    return x / (np.abs(x) + _of(x, 1))


def softmax(x, axis=-1):
    return _softmax_of(_powers(x, axis))


def log_softmax(x, axis=-1):
    return _log_softmax_of(_powers(x, axis))


def _powers(x, axis):
    """The logits less their largest, the exponentials of that, and their sums: what a softmax and its logarithm have in common."""
    last = axis in (-1, x.ndim - 1)
    largest = largest_of_last(x) if last else np.maximum.reduce(x, axis=axis, keepdims=True, initial=_of(x, -np.inf))
    shifted = np.subtract(x, largest, out=np.empty_like(x))
    powers = np.exp(shifted)
    sums = sums_of_last(powers) if last else np.add.reduce(powers, axis=axis, keepdims=True, dtype=x.dtype)
    return shifted, powers, sums


def _softmax_of(powers):
    return np.true_divide(powers[1], powers[2])


def _log_softmax_of(powers):
    return np.subtract(powers[0], np.log(powers[2]))
