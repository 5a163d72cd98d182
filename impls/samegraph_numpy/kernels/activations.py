"""NumPy kernels of samegraph.ops.activations."""

from __future__ import annotations

import numpy as np

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
    powers = _shifted(x, axis)
    np.exp(powers, out=powers)
    powers /= np.add.reduce(powers, axis=axis, keepdims=True, dtype=x.dtype)
    return powers


def log_softmax(x, axis=-1):
    shifted = _shifted(x, axis)
    shifted -= np.log(np.add.reduce(np.exp(shifted), axis=axis, keepdims=True, dtype=x.dtype))
    return shifted


def _shifted(x, axis):
    """The logits less their largest, in memory of their own."""
    return np.subtract(x, np.maximum.reduce(x, axis=axis, keepdims=True, initial=_of(x, -np.inf)), out=np.empty_like(x))
