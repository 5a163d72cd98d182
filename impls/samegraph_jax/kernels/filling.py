"""JAX kernels of samegraph.ops.filling."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np


def fill(dims, value):
    return jnp.full(dims, value, value.dtype)


def sequence(start, delta, count):
    return start + jnp.arange(count, dtype=start.dtype) * delta


def linspace(start, stop, num):
    share = jnp.asarray(np.linspace(0.0, 1.0, num), start.dtype)
    return start * (1 - share) + stop * share


def one_hot(indices, on_value, off_value, depth, axis=-1):
    at = axis % (indices.ndim + 1)
    places = jnp.arange(depth, dtype=jnp.int32).reshape(depth, *(1,) * (indices.ndim - at))
    return jnp.where(jnp.expand_dims(indices, at) == places, on_value, off_value)
