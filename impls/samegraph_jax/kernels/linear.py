"""JAX kernels of samegraph.ops.linear."""

from __future__ import annotations

import jax.numpy as jnp


def matmul(a, b, transpose_a=False, transpose_b=False):
    return jnp.matmul(a.swapaxes(-1, -2) if transpose_a else a, b.swapaxes(-1, -2) if transpose_b else b)


def transpose(x, perm=None):
    return jnp.transpose(x, perm)
