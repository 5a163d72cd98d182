"""JAX kernels of samegraph.ops.slicing."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from samegraph.backend import python_slice, slice_spans, strided_spans


def slice_(x, begin, size):
    return _taken(x, slice_spans(x.shape, begin, size))


def slice_like(x, begin, like):
    return slice_(x, begin, like.shape)


def put_like(x, begin, like):
    return _put(x, slice_spans(like.shape, begin, x.shape), like.shape)


def strided_slice(
    x, begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, shape = strided_spans(x.shape, begin, end, strides, *masks)
    return _taken(x, spans).reshape(shape)


def put_strided_like(
    x, begin, end, strides, like, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, _ = strided_spans(like.shape, begin, end, strides, *masks)
    return _put(x.reshape([count for _, count, _ in spans]), spans, like.shape)


def slice_at(x, index, axis):
    return jax.lax.dynamic_index_in_dim(x, index, axis, keepdims=False)


def _taken(x, spans):
    return x[tuple(python_slice(*span) for span in spans)]


def _put(x, spans, shape):
    """A pad with gaps: XLA scatters element by element, pads in one sweep."""
    around = []
    for axis, ((start, count, step), n) in enumerate(zip(spans, shape, strict=True)):
        if step < 0:
            x, start, step = jnp.flip(x, axis), start + (count - 1) * step, -step
        extent = (count - 1) * step + 1 if count else 0
        around.append((start, n - start - extent, step - 1))
    return jax.lax.pad(x, jnp.zeros((), x.dtype), around)
