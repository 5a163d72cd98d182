"""JAX kernels of samegraph.ops.bitwise."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def bitwise_and(x, y):
    return jnp.bitwise_and(x, y)


def bitwise_or(x, y):
    return jnp.bitwise_or(x, y)


def bitwise_xor(x, y):
    return jnp.bitwise_xor(x, y)


def invert(x):
    return jnp.invert(x)


def left_shift(x, y):
    return jnp.left_shift(x, _places(y))


def right_shift(x, y):
    return jnp.right_shift(x, _places(y))


def _places(y):
    """Counts from 0 to the number of bits less 1."""
    return jnp.clip(y, 0, 8 * y.dtype.itemsize - 1)


def bitcast(x, type):
    return jax.lax.bitcast_convert_type(x, jnp.dtype(type))
