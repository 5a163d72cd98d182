"""Rows chosen by masks and numbers, and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph import Tensor
from ..op import as_tensor, constant
from ..registry import OPS
from ..scopes import name_scope
from ..types import BOOL, INT32, compatible, normal_axis, require_dtype, require_shape, shape_text
from .checking import within
from .grids import sequence_mask
from .sizes import folded, known_sizes, same_rank, sizes


def boolean_mask(tensor: Any, mask: Any, name: str | None = None, axis: int | None = None) -> Tensor:
    """The slices of `tensor` along the axes from `axis` (0) on where `mask` is true, in order (TF1: tf.boolean_mask).

    ValueError for a scalar mask, ShapeError for one whose shape is not that of those axes.
    """
    with name_scope(name, "boolean_mask", [tensor, mask]):
        x, m = as_tensor(tensor), as_tensor(mask)
        require_dtype(m.dtype == BOOL, f"boolean_mask: the mask must hold bool, got {m!r}")
        if m.type.rank == 0:
            raise ValueError("mask cannot be scalar.")
        at = normal_axis(axis or 0, x.type.rank)
        ranks = m.type.rank
        require_shape(
            compatible(x.type.dims[at : at + ranks], m.type.dims),
            f"boolean_mask: the mask has shape {m.shape}, the axes from {at} on of {x!r} "
            f"{shape_text(x.type.dims[at : at + ranks])}",
        )
        places = OPS["where_indices"](folded(m, 0, ranks))
        return OPS["gather"](folded(x, at, ranks), OPS["squeeze"](places, axis=1), axis=at)


def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: str | None = None) -> list[Tensor]:
    """For each i < num_partitions the slices of `data` whose number in `partitions` is i (TF1: tf.dynamic_partition).

    The shape of `partitions` begins that of `data`. A run fails for a number out of range.
    """
    with name_scope(name, "DynamicPartition", [data, partitions]):
        x, numbers = as_tensor(data), as_tensor(partitions)
        ranks = numbers.type.rank
        require_shape(
            compatible(x.type.dims[:ranks], numbers.type.dims),
            f"dynamic_partition: the shape of partitions {numbers!r} must begin that of data {x!r}",
        )
        numbers = within(numbers, num_partitions, "partitions outside of [0, num_partitions)")
        rows = folded(x, 0, ranks)
        places = OPS["partition_indices"](OPS["reshape"](numbers, [-1]), num_partitions=num_partitions)
        return [OPS["gather"](rows, p) for p in places]


def dynamic_stitch(indices: Sequence[Any], data: Sequence[Any], name: str | None = None) -> Tensor:
    """out[indices[m][i]] = data[m][i], the last of those with one index winning (TF1: tf.dynamic_stitch).

    As many rows as the largest index asks for, zeros where no index leads. Gradients flow into the rows that win, where
    TF1 gives them to all. ValueError for lists of different lengths.
    """
    if len(indices) != len(data) or not indices:
        raise ValueError(f"dynamic_stitch: {len(indices)} indices for {len(data)} data")
    with name_scope(name, "DynamicStitch", [*indices, *data]):
        ids: list[Tensor] = []
        rows: list[Tensor] = []
        for one, given in zip(indices, data, strict=True):
            where = as_tensor(one, INT32)
            values = as_tensor(given, rows[0].dtype if rows else None)
            require_shape(
                compatible(values.type.dims[: where.type.rank], where.type.dims),
                f"dynamic_stitch: the shape of indices {where!r} must begin that of data {values!r}",
            )
            ids.append(OPS["reshape"](where, [-1]))
            rows.append(folded(values, 0, where.type.rank))
        all_ids = OPS["concat"](*ids, axis=0)
        count = OPS["add"](OPS["maximum"](OPS["reduce_max"](all_ids), -1), 1)
        checked = within(all_ids, None, "indices below 0")
        winners = OPS["unsorted_segment_max"](OPS["index_along"](all_ids, axis=0), checked, count)
        return OPS["gather_or_zeros"](OPS["concat"](*rows, axis=0), winners)


def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each slice along `axis` as often as `repeats` says, one number or one a slice (TF1: tf.repeat).

    axis: None for the elements of `input` in order. ShapeError for numbers that are neither one nor one a slice.
    """
    with name_scope(name, "Repeat", [input]):
        x = as_tensor(input)
        at = 0 if axis is None else normal_axis(axis, x.type.rank)
        x = folded(x, 0, x.type.rank) if axis is None else folded(x, at, 1)
        times = OPS["cast"](as_tensor(repeats), dtype=INT32)
        require_shape(times.type.rank <= 1, f"repeat: repeats is a scalar or a vector, got {times!r}")
        count = sizes(x)[at]
        if times.type.shape in ((), (1,)):
            times = OPS["fill"]([count], OPS["reshape"](times, []))
        fits = compatible(times.type.shape, (x.type.dims[at],))
        require_shape(fits, f"repeat: {times!r} holds not one number for each of {count} slices")
        return OPS["gather"](x, _repeated_places(times, known_sizes(times)), axis=at)


def _repeated_places(times: Tensor, known: tuple[int, ...] | None) -> Tensor:
    if known is not None:
        return constant([i for i, n in enumerate(known) for _ in range(n)], INT32)
    longest = OPS["maximum"](OPS["reduce_max"](times), 0)
    mask = sequence_mask(times, longest)
    each = same_rank(OPS["index_along"](times, axis=0), 2)
    return boolean_mask(OPS["broadcast_like"](each, OPS["cast"](mask, dtype=INT32)), mask)
