"""Extrema and products of the rows that share a segment id; negative ids are left out. The sum is in indexing."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import NUMBERS
from .arithmetic import mul, sub
from .broadcasting import ones_like, zeros_like
from .comparison import equal, greater_equal, logical_and, where
from .indexing import SUMMED, gather_or_zeros, unsorted_segment_sum
from .maths import truediv

INF, NAN = math.inf, math.nan


def _extremum_vjp(g, out, data, segment_ids, num_segments):
    one, zero = ones_like(data), zeros_like(data)
    own = gather_or_zeros(ones_like(out), segment_ids)
    chosen = logical_and(equal(data, gather_or_zeros(out, segment_ids)), greater_equal(own, one))
    chosen = where(chosen, one, zero)
    count = gather_or_zeros(unsorted_segment_sum(chosen, segment_ids, num_segments), segment_ids)
    share = where(greater_equal(count, one), truediv(chosen, where(greater_equal(count, one), count, one)), zero)
    return mul(share, gather_or_zeros(g, segment_ids)), None, None


def _within(data, segment_ids, num_segments):
    return unsorted_segment_sum.check(data, segment_ids, num_segments)


def _segment_cases(draw, gen):
    return unsorted_segment_sum.drawn(draw, gen)


@op(
    "UnsortedSegmentMax",
    dtypes=NUMBERS,
    apart=["segment_ids"],
    shapes=["num_segments"],
    stops=["segment_ids"],
)
def unsorted_segment_max(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, *, name: str | None = None
) -> Tensor:
    """out[i] = the largest of the slices of `data` whose id is i, element by element; for none the dtype's lowest number.

    The gradient is split evenly between equal elements.
    """
    ...


unsorted_segment_max.type_rule(unsorted_segment_sum.rule)
unsorted_segment_max.vjp(_extremum_vjp)
unsorted_segment_max.guard("segment ids that are not below the number of segments")(_within)
unsorted_segment_max.cases(_segment_cases)
unsorted_segment_max.point(
    [2.0, 2.0, 5.0, 9.0],
    [0, 0, 1, -1],
    2,
    value=[2.0, 5.0],
    gradients=([0.5, 0.5, 1.0, 0.0], None, None),
    why="equal elements share; a negative id is left out, as TF1",
)
unsorted_segment_max.point([-INF, INF, -INF], [0, 1, 1], 2, value=[-INF, INF], why="-inf is an element; TF1 drops it")
unsorted_segment_max.point([1.0], [-1], 0, value=[], gradients=([0.0], None, None), why="no segment at all")
unsorted_segment_max.point([7, 9], [1, 1], 3, value=[-(2**63), 9, -(2**63)], why="of none the lowest number, as TF1")


@op(
    "UnsortedSegmentMin",
    dtypes=NUMBERS,
    apart=["segment_ids"],
    shapes=["num_segments"],
    stops=["segment_ids"],
)
def unsorted_segment_min(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, *, name: str | None = None
) -> Tensor:
    """out[i] = the least of the slices of `data` whose id is i, element by element; for none the dtype's highest number.

    The gradient is split evenly between equal elements.
    """
    ...


unsorted_segment_min.type_rule(unsorted_segment_sum.rule)
unsorted_segment_min.vjp(_extremum_vjp)
unsorted_segment_min.guard("segment ids that are not below the number of segments")(_within)
unsorted_segment_min.cases(_segment_cases)
unsorted_segment_min.point(
    [2.0, 2.0, 5.0, 1.0],
    [0, 0, 1, -1],
    2,
    value=[2.0, 5.0],
    gradients=([0.5, 0.5, 1.0, 0.0], None, None),
    why="equal elements share; a negative id is left out, as TF1",
)
unsorted_segment_min.point([INF, -INF, INF], [0, 1, 1], 2, value=[INF, -INF], why="inf is an element; TF1 drops it")
unsorted_segment_min.point([1.0], [-1], 0, value=[], gradients=([0.0], None, None), why="no segment at all")
unsorted_segment_min.point([7, 9], [1, 1], 3, value=[2**63 - 1, 7, 2**63 - 1], why="of none the highest number, as TF1")


@op(
    "UnsortedSegmentProd",
    dtypes=NUMBERS,
    apart=["segment_ids"],
    shapes=["num_segments"],
    stops=["segment_ids"],
    tolerance=SUMMED,
)
def unsorted_segment_prod(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, *, name: str | None = None
) -> Tensor:
    """out[i] = the product of the slices of `data` whose id is i, element by element, 1 for none.

    The gradient and its own derivative are right at zeros; a third derivative where no segment has three of them.
    """
    ...


unsorted_segment_prod.type_rule(unsorted_segment_sum.rule)


@unsorted_segment_prod.vjp
def _(g, out, data, segment_ids, num_segments):
    one, zero = ones_like(data), zeros_like(data)
    is_zero = equal(data, zero)
    others = where(is_zero, one, data)
    product = gather_or_zeros(unsorted_segment_prod(others, segment_ids, num_segments), segment_ids)
    zeros = where(is_zero, one, zero)
    other_zeros = sub(gather_or_zeros(unsorted_segment_sum(zeros, segment_ids, num_segments), segment_ids), zeros)
    rest = truediv(product, others)
    held = where(is_zero, data, zero)  # 0 itself, not in its derivative
    other_held = sub(gather_or_zeros(unsorted_segment_sum(held, segment_ids, num_segments), segment_ids), held)
    slope = where(equal(other_zeros, zero), rest, where(equal(other_zeros, one), mul(rest, other_held), zero))
    return mul(slope, gather_or_zeros(g, segment_ids)), None, None


unsorted_segment_prod.guard("segment ids that are not below the number of segments")(_within)
unsorted_segment_prod.cases(_segment_cases)
unsorted_segment_prod.point([1.0], [-1], 0, value=[], gradients=([0.0], None, None), why="no segment at all")
unsorted_segment_prod.point(
    [0.0, 2.0, 0.0, 0.0, 3.0, 5.0, 7.0],
    [0, 0, 1, 1, 1, 3, -1],
    4,
    value=[0.0, 0.0, 1.0, 5.0],
    gradients=([2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0], None, None),
    why="right at zeros; 1 for none",
)
