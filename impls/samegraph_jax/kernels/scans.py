"""JAX kernels of samegraph.ops.scans."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def index_along(x, axis, dtype="int32"):
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    return jnp.arange(x.shape[axis], dtype=dtype).reshape(shape)


def cumsum(x, axis=0, exclusive=False, reverse=False):
    return _scan(jax.lax.cumsum, 0, x, axis % x.ndim, exclusive, reverse)


def cumprod(x, axis=0, exclusive=False, reverse=False):
    return _scan(jax.lax.cumprod, 1, x, axis % x.ndim, exclusive, reverse)


def product_of_others(x, axis):
    return cumprod(x, axis, exclusive=True) * cumprod(x, axis, exclusive=True, reverse=True)


def _scan(scan, start, x, axis, exclusive, reverse):
    if exclusive and x.shape[axis]:
        size = x.shape[axis]
        first = jnp.full_like(jax.lax.slice_in_dim(x, 0, 1, axis=axis), start)
        others = jax.lax.slice_in_dim(x, int(reverse), size - 1 + int(reverse), axis=axis)
        x = jnp.concatenate([others, first] if reverse else [first, others], axis)
    return scan(x, axis=axis, reverse=reverse)
