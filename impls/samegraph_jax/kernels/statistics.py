"""JAX kernels of samegraph.ops.statistics."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def reduce_mean(x, axis=None, keepdims=False):
    if jnp.issubdtype(x.dtype, jnp.floating):
        return jnp.mean(x, axis=axis, keepdims=keepdims, dtype=x.dtype)
    total = jnp.sum(x, axis=axis, keepdims=keepdims)
    count = x.size // total.size if total.size else 1
    return jax.lax.div(total, jnp.full_like(total, max(1, count))).astype(x.dtype)


def reduce_max(x, axis=None, keepdims=False):
    shape = _shape_when_empty(x, axis, keepdims)
    return jnp.max(x, axis=axis, keepdims=keepdims) if shape is None else jnp.full(shape, _limits(x.dtype)[0], x.dtype)


def reduce_min(x, axis=None, keepdims=False):
    shape = _shape_when_empty(x, axis, keepdims)
    return jnp.min(x, axis=axis, keepdims=keepdims) if shape is None else jnp.full(shape, _limits(x.dtype)[1], x.dtype)


def reduce_prod(x, axis=None, keepdims=False):
    return jnp.prod(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def reduce_logsumexp(x, axis=None, keepdims=False):
    top = jax.lax.stop_gradient(reduce_max(x, axis, True))
    top = jnp.where(jnp.isfinite(top), top, 0)
    total = jnp.log(jnp.sum(jnp.exp(x - top), axis=axis, keepdims=True, dtype=x.dtype)) + top
    return total if keepdims else jnp.squeeze(total, axis)


def argmax(x, axis=0, output_type="int64"):
    return jax.lax.argmax(x, axis % x.ndim, output_type)


def argmin(x, axis=0, output_type="int64"):
    return jax.lax.argmin(x, axis % x.ndim, output_type)


def _shape_when_empty(x, axis, keepdims):
    """The shape of a reduction in which an element would be made of none, else None."""
    shape = jax.eval_shape(lambda x: jnp.sum(x, axis=axis, keepdims=keepdims), x).shape
    return shape if not x.size and 0 not in shape else None


def _limits(dtype):
    if jnp.issubdtype(dtype, jnp.floating):
        return -jnp.inf, jnp.inf
    return jnp.iinfo(dtype).min, jnp.iinfo(dtype).max
