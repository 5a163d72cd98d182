"""JAX kernels of samegraph.ops.trigonometry."""

from __future__ import annotations

import jax.numpy as jnp

from .maths import log1p


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
    return 0.5 * (log1p(x) - log1p(-x)) if x.dtype == jnp.float64 else jnp.arctanh(x)
