"""JAX kernels of samegraph.ops.segments.

JAX differentiates no scattered extremum or product, so a custom_jvp says how.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp

from .indexing import gather_or_zeros, unsorted_segment_sum


def unsorted_segment_max(data, segment_ids, num_segments):
    return _extremum(data, segment_ids, num_segments, False)


def unsorted_segment_min(data, segment_ids, num_segments):
    return _extremum(data, segment_ids, num_segments, True)


def unsorted_segment_prod(data, segment_ids, num_segments):
    return _prod(data, segment_ids, num_segments)


@partial(jax.custom_jvp, nondiff_argnums=(2, 3))
def _extremum(data, segment_ids, num_segments, least):
    is_float = jnp.issubdtype(data.dtype, jnp.floating)
    limits = jnp.finfo(data.dtype) if is_float else jnp.iinfo(data.dtype)
    of_none = limits.max if least else limits.min
    start = (jnp.inf if least else -jnp.inf) if is_float else of_none
    ids = jnp.where(segment_ids < 0, num_segments, segment_ids)
    out = jnp.full((num_segments, *data.shape[ids.ndim :]), start, data.dtype)
    out = out.at[ids].min(data, mode="drop") if least else out.at[ids].max(data, mode="drop")
    used = jnp.zeros(num_segments, bool).at[ids].set(True, mode="drop")
    return jnp.where(used.reshape(-1, *(1,) * (out.ndim - 1)), out, jnp.asarray(of_none, out.dtype))


@_extremum.defjvp
def _extremum_jvp(num_segments, least, primals, tangents):
    """Shared evenly between equal elements."""
    data, ids = primals
    out = _extremum(data, ids, num_segments, least)
    kept = (ids >= 0).reshape(ids.shape + (1,) * (data.ndim - ids.ndim))
    chosen = ((data == gather_or_zeros(out, ids)) & kept).astype(data.dtype)
    count = gather_or_zeros(unsorted_segment_sum(chosen, ids, num_segments), ids)
    share = chosen / jnp.maximum(count, 1)
    return out, unsorted_segment_sum(share * tangents[0], ids, num_segments)


@partial(jax.custom_jvp, nondiff_argnums=(2,))
def _prod(data, segment_ids, num_segments):
    ids = jnp.where(segment_ids < 0, num_segments, segment_ids)
    out = jnp.ones((num_segments, *data.shape[ids.ndim :]), data.dtype)
    return out.at[ids].multiply(data, mode="drop")


@_prod.defjvp
def _prod_jvp(num_segments, primals, tangents):
    data, ids = primals
    is_zero = data == 0
    others = jnp.where(is_zero, 1, data)
    zeros = is_zero.astype(data.dtype)
    other_zeros = gather_or_zeros(unsorted_segment_sum(zeros, ids, num_segments), ids) - zeros
    held = jnp.where(is_zero, data, 0)  # 0 itself, not in its derivative
    other_held = gather_or_zeros(unsorted_segment_sum(held, ids, num_segments), ids) - held
    rest = gather_or_zeros(_prod(others, ids, num_segments), ids) / others
    slope = jnp.where(other_zeros == 0, rest, jnp.where(other_zeros == 1, rest * other_held, 0))
    return _prod(data, ids, num_segments), unsorted_segment_sum(slope * tangents[0], ids, num_segments)
