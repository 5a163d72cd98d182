"""JAX kernels of samegraph.ops.pooling."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from samegraph.backend import window_pads


def max_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return _reduced(x, -np.inf, jax.lax.max, ksize, strides, padding)


def max_pool_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    x = jax.lax.stop_gradient(x)
    return jax.vjp(lambda x: max_pool(x, ksize, strides, padding), x)[1](grad)[0]


def max_pool_grad_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    x = jax.lax.stop_gradient(x)
    return jax.jvp(lambda x: max_pool(x, ksize, strides, padding), (x,), (grad,))[1]


def avg_pool(x, ksize, strides=(1, 1), padding="VALID"):
    sums = _reduced(x, 0.0, jax.lax.add, ksize, strides, padding)
    ones = jnp.ones((1, *x.shape[1:3], 1), x.dtype)
    return sums / _reduced(ones, 0.0, jax.lax.add, ksize, strides, padding)


def avg_pool_grad(input_sizes, grad, ksize, strides=(1, 1), padding="VALID"):
    image = jnp.zeros(input_sizes, grad.dtype)
    return jax.vjp(lambda x: avg_pool(x, ksize, strides, padding), image)[1](grad)[0]


def _reduced(x, initial, how, ksize, strides, padding):
    pads = ((0, 0), *window_pads(x.shape[1:3], ksize, strides, padding), (0, 0))
    start = np.array(initial, x.dtype)
    return jax.lax.reduce_window(x, start, how, (1, *ksize, 1), (1, *strides, 1), pads)
