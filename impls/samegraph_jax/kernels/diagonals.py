"""JAX kernels of samegraph.ops.diagonals."""

from __future__ import annotations

import jax.numpy as jnp


def matrix_diag(diagonal, k=0):
    n = diagonal.shape[-1] + abs(k)
    return matrix_set_diag(jnp.zeros((*diagonal.shape[:-1], n, n), diagonal.dtype), diagonal, k)


def matrix_diag_part(x, k=0):
    return jnp.diagonal(x, k, -2, -1)


def matrix_set_diag(x, diagonal, k=0):
    places = jnp.arange(diagonal.shape[-1], dtype=jnp.int32)
    return x.at[..., places + max(-k, 0), places + max(k, 0)].set(diagonal)


def matrix_band_part(x, num_lower, num_upper):
    rows, columns = jnp.arange(x.shape[-2])[:, jnp.newaxis], jnp.arange(x.shape[-1])
    outside = (rows - columns > num_lower) & (num_lower >= 0) | (columns - rows > num_upper) & (num_upper >= 0)
    return jnp.where(outside, jnp.zeros((), x.dtype), x)
