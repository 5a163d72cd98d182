"""Reductions of the rows that share a segment id.

Sorted ids (segment_*): as many segments as the last id says; a run fails unless they ascend from 0. Segments without a row
are 0, 1 for products. Unsorted ids (unsorted_segment_*) are ops, but for those made of the sum here.
"""

from __future__ import annotations

from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import INTEGERS, require_shape
from .checking import ascending
from .sizes import same_rank


def segment_sum(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """out[i] = the sum of the rows of `data` whose id is i (TF1: tf.segment_sum)."""
    return _sorted("unsorted_segment_sum", data, segment_ids, name or "SegmentSum")


def segment_prod(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """out[i] = the product of the rows of `data` whose id is i (TF1: tf.segment_prod)."""
    return _sorted("unsorted_segment_prod", data, segment_ids, name or "SegmentProd")


def segment_max(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """out[i] = the largest of the rows of `data` whose id is i, element by element (TF1: tf.segment_max)."""
    return _sorted("unsorted_segment_max", data, segment_ids, name or "SegmentMax", 0)


def segment_min(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """out[i] = the least of the rows of `data` whose id is i, element by element (TF1: tf.segment_min)."""
    return _sorted("unsorted_segment_min", data, segment_ids, name or "SegmentMin", 0)


def segment_mean(data: Any, segment_ids: Any, name: str | None = None) -> Tensor:
    """out[i] = the mean of the rows of `data` whose id is i; integers are rounded towards 0 (TF1: tf.segment_mean)."""
    with name_scope(name, "SegmentMean", [data, segment_ids]) as scope:
        x, ids, count = _read(data, segment_ids)
        total = OPS["unsorted_segment_sum"](x, ids, count)
        divide = OPS["truncatediv" if x.dtype in INTEGERS else "truediv"]
        return divide(total, _at_least_one(_rows(x, ids, count), total), name=scope)


def unsorted_segment_mean(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """out[i] = the mean of the rows of `data` whose id is i, 0 for none (TF1: tf.unsorted_segment_mean).

    Integers divide as tf.truediv divides them.
    """
    with name_scope(name, "UnsortedSegmentMean", [data, segment_ids]):
        x, ids = as_tensor(data), as_tensor(segment_ids)
        total = OPS["unsorted_segment_sum"](x, ids, num_segments)
        return total / _at_least_one(_rows(x, ids, num_segments), total)


def unsorted_segment_sqrt_n(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
    """out[i] = the sum of the rows of `data` whose id is i over the square root of their number, 0 for none.

    TF1: tf.unsorted_segment_sqrt_n. DTypeError for integers.
    """
    with name_scope(name, "UnsortedSegmentSqrtN", [data, segment_ids]):
        x, ids = as_tensor(data), as_tensor(segment_ids)
        total = OPS["unsorted_segment_sum"](x, ids, num_segments)
        return total / OPS["sqrt"](_at_least_one(_rows(x, ids, num_segments), total))


def _sorted(reduction: str, data: Any, segment_ids: Any, name: str, for_none: int | None = None) -> Tensor:
    """An unsorted reduction over ids that ascend; `for_none` is put where there is no row, when given."""
    with name_scope(name, name, [data, segment_ids]) as scope:
        x, ids, count = _read(data, segment_ids)
        if for_none is None:
            return OPS[reduction](x, ids, count, name=scope)
        found = OPS[reduction](x, ids, count)
        empty = OPS["equal"](_rows(x, ids, count), 0)
        return OPS["where"](same_rank(empty, found.type.rank), OPS["zeros_like"](found), found, name=scope)


def _read(data: Any, segment_ids: Any) -> tuple[Tensor, Tensor, Tensor]:
    """Data, checked ids, and the number of segments that the last id says."""
    ids = as_tensor(segment_ids)
    require_shape(ids.type.rank == 1, f"segment_ids must be a vector, got {ids!r}")
    count = OPS["add"](OPS["maximum"](OPS["reduce_max"](ids), -1), 1)
    return as_tensor(data), ascending(ids, "segment ids are not increasing from 0"), count


def _rows(data: Tensor, ids: Tensor, count: Any) -> Tensor:
    """How many rows each segment has, in the dtype of the data."""
    ones = OPS["cast"](OPS["ones_like"](ids), dtype=data.dtype)
    return OPS["unsorted_segment_sum"](ones, ids, count)


def _at_least_one(rows: Tensor, total: Tensor) -> Tensor:
    return same_rank(OPS["maximum"](rows, OPS["ones_like"](rows)), total.type.rank)
