"""JAX kernels of samegraph.ops.special."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy import special


def erfc(x):
    return jax.lax.erfc(x)


@jax.custom_jvp
def _lgamma(x):
    return jax.lax.lgamma(x)


_lgamma.defjvps(lambda t, out, x: t * digamma(x))


def lgamma(x):
    return _lgamma(x)


def digamma(x):
    poles = (x <= 0) & (x == jnp.floor(x))  # at 0 JAX answers -inf since 0.11
    return jnp.where(poles, jnp.nan, jax.lax.digamma(x))


def polygamma(a, x):
    return _wide(jax.lax.polygamma, jax.lax.stop_gradient(a), x)


def zeta(x, q):
    return _wide(special.zeta, jax.lax.stop_gradient(x), q)


def _wide(fn, a, b):
    """XLA computes both in 32 bits at least."""
    wide = jnp.promote_types(b.dtype, jnp.float32)
    return fn(*jnp.broadcast_arrays(a.astype(wide), b.astype(wide))).astype(b.dtype)


def xlogy(x, y):
    constant = (x == 0) & ~((y > 0) & (y < jnp.inf))
    return jnp.where(constant, 0, x * jnp.log(jnp.where(constant, 1, y)))


def xdivy(x, y):
    return jnp.where(none := (x == 0) & ((y == 0) | jnp.isnan(y)), 0, x / jnp.where(none, 1, y))


def bessel_i0e(x):
    return jax.lax.bessel_i0e(x)


def bessel_i1e(x):
    return jax.lax.bessel_i1e(x)
