"""JAX kernels of samegraph.ops.trigonometry."""

from __future__ import annotations

import jax.numpy as jnp


def asin(x):
    return jnp.arcsin(x)


def acos(x):
    return jnp.arccos(x)


def atan(x):
    return jnp.arctan(x)


def atan2(y, x):
    return jnp.arctan2(y, x)


def sinh(x):
    return jnp.sinh(x)


def cosh(x):
    return jnp.cosh(x)


def asinh(x):
    return jnp.arcsinh(x)


def acosh(x):
    return jnp.arccosh(x)


def atanh(x):
    return jnp.arctanh(x)
