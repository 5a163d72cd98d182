"""NumPy kernels of samegraph.ops.slicing."""

from __future__ import annotations

import numpy as np
from samegraph.backend import python_slice, slice_spans, strided_spans


def slice_(x, begin, size):
    return x[_index(slice_spans(x.shape, begin, size))]


def slice_like(x, begin, like):
    return slice_(x, begin, like.shape)


def put_like(x, begin, like):
    out = np.zeros(like.shape, x.dtype)
    out[_index(slice_spans(like.shape, begin, x.shape))] = x
    return out


def strided_slice(
    x, begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, shape = strided_spans(x.shape, begin, end, strides, *masks)
    return x[_index(spans)].reshape(shape)


def put_strided_like(
    x, begin, end, strides, like, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, _ = strided_spans(like.shape, begin, end, strides, *masks)
    out = np.zeros(like.shape, x.dtype)
    out[_index(spans)] = x.reshape([count for _, count, _ in spans])
    return out


def slice_at(x, index, axis):
    return np.take(x, index, axis)


def _index(spans):
    return tuple(python_slice(*span) for span in spans)
