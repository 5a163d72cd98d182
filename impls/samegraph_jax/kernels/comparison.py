"""JAX kernels of samegraph.ops.comparison."""

from __future__ import annotations

import jax.numpy as jnp


def equal(x, y):
    return jnp.equal(x, y)


def not_equal(x, y):
    return jnp.not_equal(x, y)


def less(x, y):
    return jnp.less(x, y)


def less_equal(x, y):
    return jnp.less_equal(x, y)


def greater(x, y):
    return jnp.greater(x, y)


def greater_equal(x, y):
    return jnp.greater_equal(x, y)


def logical_and(x, y):
    return jnp.logical_and(x, y)


def logical_or(x, y):
    return jnp.logical_or(x, y)


def logical_xor(x, y):
    return jnp.logical_xor(x, y)


def logical_not(x):
    return jnp.logical_not(x)


def where(condition, x, y):
    return jnp.where(condition, x, y)
