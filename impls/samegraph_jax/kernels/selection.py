"""JAX kernels of samegraph.ops.selection."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np


def where_indices(condition):
    return jnp.asarray(np.argwhere(_on_host(condition)), jnp.int64)


def partition_indices(partitions, num_partitions):
    found = _on_host(partitions)
    return tuple(jnp.asarray(np.flatnonzero(found == i), jnp.int32) for i in range(num_partitions))


def _on_host(x):
    """Where values decide a size, XLA would compile every size anew. Steps with such an op run uncompiled, so the values are there."""
    return np.asarray(jax.lax.stop_gradient(x))
