"""PyTorch kernels of samegraph.ops.slicing."""

from __future__ import annotations

import torch
from samegraph.backend import slice_spans, strided_spans


def slice_(x, begin, size):
    return _taken(x, slice_spans(tuple(x.shape), begin, size))


def slice_like(x, begin, like):
    return slice_(x, begin, tuple(like.shape))


def put_like(x, begin, like):
    return _put(x, slice_spans(tuple(like.shape), begin, tuple(x.shape)), like.shape)


def strided_slice(
    x, begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, shape = strided_spans(tuple(x.shape), begin, end, strides, *masks)
    return _taken(x, spans).reshape(shape)


def put_strided_like(
    x, begin, end, strides, like, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, _ = strided_spans(tuple(like.shape), begin, end, strides, *masks)
    return _put(x.reshape([count for _, count, _ in spans]), spans, like.shape)


def slice_at(x, index, axis):
    n = x.shape[axis]
    index = torch.where(index < 0, index + n, index)
    if index.is_cuda:
        index = index.clamp(0, n - 1)
    return torch.index_select(x, axis, index.reshape(1)).squeeze(axis)


def _forwards(spans):
    """PyTorch takes no negative step: the same elements in ascending order, and the axes to turn round."""
    index = tuple(
        slice(start + (count - 1) * step, start + 1, -step) if step < 0 else slice(start, start + count * step, step)
        for start, count, step in spans
    )
    return index, [axis for axis, (_, _, step) in enumerate(spans) if step < 0]


def _taken(x, spans):
    index, turned = _forwards(spans)
    part = x[index] if index else x
    return part.flip(turned) if turned else part


def _put(x, spans, shape):
    index, turned = _forwards(spans)
    out = torch.zeros(shape, dtype=x.dtype, device=x.device)
    out[index or ...] = x.flip(turned) if turned else x
    return out
