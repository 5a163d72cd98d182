"""JAX kernels of samegraph.ops.ordering."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def argsort(x, descending=False):
    return jnp.argsort(x, axis=-1, stable=True, descending=descending).astype(jnp.int32)


def searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    def one(row, wanted):
        return jnp.searchsorted(row, wanted, side=side)

    for _ in range(values.ndim - 1):
        one = jax.vmap(one)
    return one(sorted_sequence, values).astype(out_type) if values.size else jnp.zeros(values.shape, out_type)


def unique(x, out_idx="int32"):
    return unique_with_counts(x, out_idx)[:2]


def unique_with_counts(x, out_idx="int32"):
    found, first, place, count = jnp.unique(x, return_index=True, return_inverse=True, return_counts=True)
    order = jnp.argsort(first)
    rank = jnp.argsort(order)
    return found[order], rank[place].astype(out_idx), count[order].astype(out_idx)


def setdiff1d(x, y, out_idx="int32"):
    places = jnp.flatnonzero(~jnp.isin(x, y))
    return jax.lax.stop_gradient(x)[places], places.astype(out_idx)  # no gradient, as TF1's
