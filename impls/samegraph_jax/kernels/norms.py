"""JAX kernels of samegraph.ops.norms."""

from __future__ import annotations

import jax.numpy as jnp


def reduce_euclidean_norm(x, axis=None, keepdims=False):
    # the root is not taken of 0, where its slope is infinite
    total = jnp.sum(jnp.square(x), axis=axis, keepdims=keepdims, dtype=x.dtype)
    none = total == 0
    return jnp.where(none, 0, jnp.sqrt(jnp.where(none, 1, total)))
