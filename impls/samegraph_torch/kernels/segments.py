"""PyTorch kernels of samegraph.ops.segments."""

from __future__ import annotations

import torch

from .indexing import gather_or_zeros, unsorted_segment_sum


def unsorted_segment_max(data, segment_ids, num_segments):
    return _Extremum.apply(data, segment_ids, num_segments, "amax")


def unsorted_segment_min(data, segment_ids, num_segments):
    return _Extremum.apply(data, segment_ids, num_segments, "amin")


def unsorted_segment_prod(data, segment_ids, num_segments):
    return _Prod.apply(data, segment_ids, num_segments)


def _reduced(data, segment_ids, num_segments, how, of_none):
    """Slices with a negative id go into a segment of their own, the last, which is cut off."""
    outside = (segment_ids < 0) | (segment_ids > num_segments)
    ids = torch.where(outside, num_segments, segment_ids).reshape(-1)
    rows = data.reshape(ids.shape[0], *data.shape[segment_ids.ndim :])
    out = torch.full((num_segments + 1, *rows.shape[1:]), of_none, dtype=data.dtype, device=data.device)
    places = ids.long().reshape(-1, *(1,) * (rows.ndim - 1)).expand(rows.shape)
    return out.scatter_reduce(0, places, rows, how, include_self=False)[:num_segments]


class _Extremum(torch.autograd.Function):
    """The gradient is shared evenly between equal elements; PyTorch has no second one."""

    @staticmethod
    def forward(data, segment_ids, num_segments, how):
        limits = torch.finfo(data.dtype) if data.is_floating_point() else torch.iinfo(data.dtype)
        return _reduced(data, segment_ids, num_segments, how, limits.min if how == "amax" else limits.max)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2], output)
        ctx.num_segments = inputs[2]

    @staticmethod
    def backward(ctx, g):
        data, ids, out = ctx.saved_tensors
        kept = (ids >= 0).reshape(ids.shape + (1,) * (data.ndim - ids.ndim))
        chosen = ((data == gather_or_zeros(out, ids)) & kept).to(data.dtype)
        count = gather_or_zeros(unsorted_segment_sum(chosen, ids, ctx.num_segments), ids)
        return chosen / count.clamp(min=1) * gather_or_zeros(g, ids), None, None, None


class _Prod(torch.autograd.Function):
    """PyTorch's own gradient has no derivative where an element is 0."""

    @staticmethod
    def forward(data, segment_ids, num_segments):
        return _reduced(data, segment_ids, num_segments, "prod", 1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs[:2])
        ctx.num_segments = inputs[2]

    @staticmethod
    def backward(ctx, g):
        data, ids = ctx.saved_tensors
        is_zero = data == 0
        others = torch.where(is_zero, 1, data)
        zeros = is_zero.to(data.dtype)
        other_zeros = gather_or_zeros(unsorted_segment_sum(zeros, ids, ctx.num_segments), ids) - zeros
        product = gather_or_zeros(unsorted_segment_prod(others, ids, ctx.num_segments), ids)
        held = torch.where(is_zero, data, 0)  # 0 itself, not in its derivative
        other_held = gather_or_zeros(unsorted_segment_sum(held, ids, ctx.num_segments), ids) - held
        rest = product / others
        slope = torch.where(other_zeros == 0, rest, torch.where(other_zeros == 1, rest * other_held, 0))
        return slope * gather_or_zeros(g, ids), None, None
