"""JAX kernels of samegraph.ops.indexing."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp

from ..repeated import last_of_equal


def gather(params, indices, axis=0):
    return _take(params, indices, axis % params.ndim, mode="clip")


def _take(params, indices, axis, **outside):
    """jnp.take, which forgets the shape of the indices when it takes nothing from nothing."""
    shape = (*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :])
    return jnp.take(params, indices, axis=axis, **outside) if params.size else jnp.zeros(shape, params.dtype)


def scatter_add_like(updates, indices, like, axis=0):
    axis %= like.ndim
    return jnp.zeros(like.shape, updates.dtype).at[(slice(None),) * axis + (indices,)].add(updates)


def scatter_rows(table, indices, updates, how):
    if how == "update":
        flat = indices.reshape(-1)
        return table.at[flat].set(last_of_equal(flat, updates.reshape(flat.shape[0], *table.shape[1:])))
    return table.at[indices].add(updates if how == "add" else -updates)


def indices_in_range(indices, table, axis=0, negative=False):
    n = table.shape[axis]
    return jnp.all((indices >= (-n if negative else 0)) & (indices < n))


def gather_nd(params, indices):
    k = indices.shape[-1]
    rows = params.reshape(math.prod(params.shape[:k]), *params.shape[k:])
    return _take(rows, _flat_places(indices, params.shape), 0, mode="clip")


def scatter_nd_like(updates, indices, like):
    return scatter_nd(indices, updates, like.shape)


def scatter_nd(indices, updates, shape):
    k = indices.shape[-1]
    out = jnp.zeros((math.prod(shape[:k]), *shape[k:]), updates.dtype)
    return out.at[_flat_places(indices, shape)].add(updates).reshape(shape)


def _flat_places(indices, shape):
    """The row that each row of `indices` names once the first axes are one."""
    flat = jnp.zeros(indices.shape[:-1], indices.dtype)
    for i in range(indices.shape[-1]):
        flat = flat * shape[i] + indices[..., i]
    return flat


def nd_indices_in_range(indices, sizes, negative=False):
    below = indices < sizes[: indices.shape[-1]]
    return jnp.all(below if negative else below & (indices >= 0))


def top_k(x, k):
    if k > x.shape[-1]:
        raise IndexError(f"{k} elements of a last axis of size {x.shape[-1]}")
    if not x.size:  # of which JAX 0.8's own derivative fails
        return x[..., :k], jnp.zeros((*x.shape[:-1], k), jnp.int32)
    values, indices = jax.lax.top_k(x, k)
    return values, indices.astype(jnp.int32)


def take_along(x, indices):
    return jnp.take_along_axis(x, indices, axis=-1, mode="clip")


def add_along_like(updates, indices, like):
    lead = like.shape[:-1]
    starts = like.shape[-1] * jnp.arange(math.prod(lead), dtype=indices.dtype).reshape(*lead, 1)
    return jnp.zeros(like.size, updates.dtype).at[indices + starts].add(updates).reshape(like.shape)


def unsorted_segment_sum(data, segment_ids, num_segments):
    ids = jnp.where(segment_ids < 0, num_segments, segment_ids)
    out = jnp.zeros((num_segments, *data.shape[ids.ndim :]), data.dtype)
    return out.at[ids].add(data, mode="drop") if num_segments else out  # JAX's own gradient raises where there is none


def gather_or_zeros(params, indices):
    ids = jnp.where(indices < 0, params.shape[0], indices)
    return _take(params, ids, 0, mode="fill", fill_value=0)
