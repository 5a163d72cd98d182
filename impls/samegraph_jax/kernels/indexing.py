"""JAX kernels of samegraph.ops.indexing."""

from __future__ import annotations

import jax.numpy as jnp


def gather(params, indices, axis=0):
    return jnp.take(params, indices, axis=axis, mode="clip")


def scatter_add_like(updates, indices, like, axis=0):
    axis %= like.ndim
    return jnp.zeros(like.shape, updates.dtype).at[(slice(None),) * axis + (indices,)].add(updates)


def scatter_rows(table, indices, updates, how):
    if how == "update":
        return table.at[indices].set(updates)
    return table.at[indices].add(updates if how == "add" else -updates)


def indices_in_range(indices, table, axis=0):
    return jnp.all((indices >= 0) & (indices < table.shape[axis]))
