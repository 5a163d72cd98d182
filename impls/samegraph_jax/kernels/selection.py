"""JAX kernels of samegraph.ops.selection."""

from __future__ import annotations

import jax.numpy as jnp


def where_indices(condition):
    return jnp.argwhere(condition).astype(jnp.int64)


def partition_indices(partitions, num_partitions):
    return tuple(jnp.flatnonzero(partitions == i).astype(jnp.int32) for i in range(num_partitions))
