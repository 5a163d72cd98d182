"""Sorting, different elements, and rows chosen by them: what TF1 has at its top alone."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from ..composed import partitions as _partitions
from ..composed.counting import histogram_fixed_width
from ..composed.ordering import argsort, sort
from ..composed.partitions import dynamic_partition, dynamic_stitch, repeat
from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..types import INT32, as_dtype

__all__ = [
    "argsort",
    "boolean_mask",
    "dynamic_partition",
    "dynamic_stitch",
    "histogram_fixed_width",
    "parallel_stack",
    "repeat",
    "searchsorted",
    "setdiff1d",
    "sort",
    "unique",
    "unique_with_counts",
]

Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])
ListDiff = namedtuple("ListDiff", ["out", "idx"])


def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = INT32, name: str | None = None
) -> Tensor:
    """Where in its sorted row each value belongs, before ("left") or behind ("right") equal elements (TF1: tf.searchsorted)."""
    return OPS["searchsorted"](sorted_sequence, values, side=side, out_type=as_dtype(out_type), name=name)


def unique(x: Any, out_idx: Any = INT32, name: str | None = None) -> Unique:
    """(y, idx): the different elements of a vector in order of appearance, and each element's place there (TF1: tf.unique)."""
    return Unique(*OPS["unique"](x, out_idx=as_dtype(out_idx), name=name))


def unique_with_counts(x: Any, out_idx: Any = INT32, name: str | None = None) -> UniqueWithCounts:
    """(y, idx, count): as `unique`, and how often each occurs (TF1: tf.unique_with_counts)."""
    return UniqueWithCounts(*OPS["unique_with_counts"](x, out_idx=as_dtype(out_idx), name=name))


def setdiff1d(x: Any, y: Any, index_dtype: Any = INT32, name: str | None = None) -> ListDiff:
    """(out, idx): the elements of `x` that are not in `y`, and their places in `x` (TF1: tf.setdiff1d)."""
    return ListDiff(*OPS["setdiff1d"](x, y, out_idx=as_dtype(index_dtype), name=name))


def boolean_mask(tensor: Any, mask: Any, name: str | None = "boolean_mask", axis: int | None = None) -> Tensor:
    """The slices along the axes from `axis` (0) on where `mask` is true (TF1: tf.boolean_mask).

    ValueError for a scalar mask, ShapeError for one whose shape is not that of those axes.
    """
    return _partitions.boolean_mask(tensor, mask, name, axis)


def parallel_stack(values: Sequence[Any], name: str | None = "parallel_stack") -> Tensor:
    """The `values`, all of one shape, along a new first axis (TF1: tf.parallel_stack)."""
    return OPS["stack"](*(as_tensor(v) for v in values), axis=0, name=name)
