"""JAX kernels of samegraph.ops.broadcasting."""

from __future__ import annotations

import jax.numpy as jnp


def broadcast_like(x, like):
    return jnp.broadcast_to(x, like.shape)


def sum_to_like(x, like):
    lead = x.ndim - like.ndim
    axes = tuple(range(lead)) + tuple(lead + i for i, n in enumerate(like.shape) if n == 1 != x.shape[lead + i])
    return jnp.sum(x, axis=axes, dtype=x.dtype).reshape(like.shape) if axes else x


def reshape_like(x, like):
    return x.reshape(like.shape)


def zeros_like(x):
    return jnp.zeros(x.shape, x.dtype)


def ones_like(x):
    return jnp.ones(x.shape, x.dtype)


def size_ratio(whole, part):
    return jnp.asarray(whole.size / part.size if part.size else 1.0 if not whole.size else jnp.inf, whole.dtype)
