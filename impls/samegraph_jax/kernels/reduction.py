"""JAX kernels of samegraph.ops.reduction."""

from __future__ import annotations

import jax.numpy as jnp


def expand_axes(x, axes):
    return jnp.expand_dims(x, axes)


def reduce_sum(x, axis=None, keepdims=False):
    return jnp.sum(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def reduce_any(x, axis=None, keepdims=False):
    return jnp.any(x, axis=axis, keepdims=keepdims)


def reduce_all(x, axis=None, keepdims=False):
    return jnp.all(x, axis=axis, keepdims=keepdims)
