"""JAX kernels of samegraph.ops.linear."""

from __future__ import annotations

import jax.numpy as jnp


def matmul(a, b, transpose_a=False, transpose_b=False):
    left, right = a.swapaxes(-1, -2) if transpose_a else a, b.swapaxes(-1, -2) if transpose_b else b
    return jnp.matmul(left, right, precision="highest")  # by default a GPU rounds float32's operands to 10 bits (TF32)


def transpose(x, perm=None):
    return jnp.transpose(x, perm)
