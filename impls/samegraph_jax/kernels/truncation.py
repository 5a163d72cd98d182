"""JAX kernels of samegraph.ops.truncation."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .maths import _is_float, _not_zero


def truncatediv(x, y):
    return jax.lax.div(*jnp.broadcast_arrays(x, _not_zero(y)))


def truncatemod(x, y):
    return jnp.fmod(x, y if _is_float(x) else _not_zero(y))
