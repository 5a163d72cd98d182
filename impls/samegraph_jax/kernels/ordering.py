"""JAX kernels of samegraph.ops.ordering."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from .selection import _on_host


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
    found, first, place, count = np.unique(_on_host(x), return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    rank = np.argsort(order)
    return jnp.asarray(found[order]), jnp.asarray(rank[place], out_idx), jnp.asarray(count[order], out_idx)


def setdiff1d(x, y, out_idx="int32"):
    x = _on_host(x)
    places = np.flatnonzero(~np.isin(x, _on_host(y)))
    return jnp.asarray(x[places]), jnp.asarray(places, out_idx)
