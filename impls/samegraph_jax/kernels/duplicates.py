"""JAX kernels of samegraph.ops.duplicates."""

from __future__ import annotations

import jax.numpy as jnp


def sum_duplicates(values, indices):
    order = jnp.argsort(indices)
    ids = indices[order]
    begins = jnp.concatenate([jnp.zeros(min(1, ids.size), jnp.int32), (ids[1:] != ids[:-1]).astype(jnp.int32)])
    group = jnp.zeros(ids.shape, jnp.int32).at[order].set(jnp.cumsum(begins, dtype=jnp.int32))
    return jnp.zeros_like(values).at[group].add(values)[group]
