"""Axes and grids rearranged, bits read otherwise, slices put over: what TF1 has at its top alone."""

from __future__ import annotations

from typing import Any

from ..composed import grids as _grids
from ..composed.grids import sequence_mask, unravel_index
from ..composed.sizes import broadcast_dynamic_shape
from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..types import TensorShape, as_dtype, as_shape, broadcast
from ._table import renamed

__all__ = [
    "batch_gather",
    "bitcast",
    "broadcast_dynamic_shape",
    "broadcast_static_shape",
    "depth_to_space",
    "meshgrid",
    "reverse_sequence",
    "roll",
    "sequence_mask",
    "space_to_depth",
    "tensor_scatter_add",
    "tensor_scatter_sub",
    "tensor_scatter_update",
    "unravel_index",
]


def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """The elements moved `shift` places on along `axis`, round the end (TF1: tf.roll)."""
    return OPS["roll"](input, shift=shift, axis=axis, name=name)


def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: Any = None,
    batch_axis: Any = None,
    name: str | None = None,
    seq_dim: Any = None,
    batch_dim: Any = None,
) -> Tensor:
    """For each index along `batch_axis` (0) its first seq_lengths elements along `seq_axis` reversed (TF1: tf.reverse_sequence).

    seq_dim, batch_dim: old names of the axes. ValueError without `seq_axis`. A run fails for a length out of range.
    """
    seq_axis = renamed("seq_axis", seq_axis, "seq_dim", seq_dim)
    batch_axis = renamed("batch_axis", batch_axis, "batch_dim", batch_dim)
    if seq_axis is None:
        raise ValueError("reverse_sequence: seq_axis must be given")
    return OPS["reverse_sequence"](
        input, seq_lengths, seq_axis=seq_axis, batch_axis=0 if batch_axis is None else batch_axis, name=name
    )


def space_to_depth(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Blocks of block_size x block_size pixels as one pixel with the channels of all of them (TF1: tf.space_to_depth)."""
    return OPS["space_to_depth"](input, block_size=block_size, data_format=data_format, name=name)


def depth_to_space(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Each pixel as a block of block_size x block_size pixels that share out its channels (TF1: tf.depth_to_space)."""
    return OPS["depth_to_space"](input, block_size=block_size, data_format=data_format, name=name)


def meshgrid(*args: Any, **kwargs: Any) -> list[Tensor]:
    """The coordinates of a grid's points, a tensor an axis (TF1: tf.meshgrid). indexing: "xy" or "ij". name: of the scope."""
    wrong = kwargs.keys() - {"indexing", "name"}
    if wrong:
        raise TypeError(f"'{sorted(wrong)[0]}' is an invalid keyword argument for this function")
    return _grids.meshgrid(*args, **kwargs)


def batch_gather(params: Any, indices: Any, name: str | None = None) -> Tensor:
    """Rows picked for each of the axes but the last of `indices` by itself (TF1: tf.batch_gather)."""
    ids = as_tensor(indices)
    return _grids.gather_batched(params, ids, None, ids.type.rank - 1, name)


def tensor_scatter_add(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` added at the rows of `indices` (TF1: tf.tensor_scatter_add)."""
    return OPS["tensor_scatter_add"](tensor, indices, updates, name=name)


def tensor_scatter_sub(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` taken away at the rows of `indices` (TF1: tf.tensor_scatter_sub)."""
    return OPS["tensor_scatter_sub"](tensor, indices, updates, name=name)


def tensor_scatter_update(tensor: Any, indices: Any, updates: Any, name: str | None = None) -> Tensor:
    """`tensor` with `updates` put over it at the rows of `indices` (TF1: tf.tensor_scatter_update)."""
    return OPS["tensor_scatter_update"](tensor, indices, updates, name=name)


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The bits of the elements read as another dtype (TF1: tf.bitcast)."""
    return OPS["bitcast"](input, type=as_dtype(type), name=name)


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The static shape that two shapes broadcast to (TF1: tf.broadcast_static_shape). ValueError when they do not."""
    a, b = as_shape(shape_x), as_shape(shape_y)
    return TensorShape(None if a is None or b is None else broadcast(a, b))
