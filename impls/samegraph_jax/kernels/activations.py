"""JAX kernels of samegraph.ops.activations."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .maths import abs_

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def relu(x):
    return jax.nn.relu(x)


def relu6(x):
    return jax.nn.relu6(x).astype(x.dtype)  # it has integers as floats


def leaky_relu(x, alpha):
    return jnp.where(x > 0, x, alpha * x)


def elu(x):
    return jnp.where(x < 0, jnp.expm1(jnp.where(x < 0, x, 0)), x)


def selu(x):
    return _SELU_SCALE * jnp.where(x < 0, _SELU_ALPHA * jnp.expm1(jnp.where(x < 0, x, 0)), x)


def softsign(x):
    return x / (abs_(x) + 1)


def softmax(x, axis=-1):
    return jax.nn.softmax(x, axis)


def log_softmax(x, axis=-1):
    return jax.nn.log_softmax(x, axis)
