"""Means, extrema, products and their like along axes. axis: an int, a tuple of ints, or None for all."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import (
    FLOATS,
    INDICES,
    INT64,
    NUMBERS,
    DType,
    TensorType,
    as_dtype,
    floats,
    ints,
    normal_axes,
    normal_axis,
    require_dtype,
    require_shape,
)
from .arithmetic import mul, sub
from .broadcasting import ones_like, size_ratio, zeros_like
from .comparison import equal, where
from .maths import exp, truediv
from .reduction import SUMS, Axis, expand_axes, numbers_and_axis, reduce_sum, reduced_type, unreduced
from .scans import product_of_others

INF, NAN = math.inf, math.nan


@op("Mean", dtypes=NUMBERS, tolerance=SUMS)
def reduce_mean(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The mean over `axis`, in the dtype of `x`; NaN for no elements.

    Integers: the sum, which must fit 32 bits (64 in dtypes of 64), divided and rounded towards 0; 0 for no elements.
    """
    ...


reduce_mean.type_rule(reduced_type)


@reduce_mean.vjp
def _(g, out, x, axis, keepdims):
    return (unreduced(truediv(g, size_ratio(x, out)), x, axis, keepdims),)


reduce_mean.cases(numbers_and_axis)
reduce_mean.point([], value=NAN, why="0 / 0")
reduce_mean.point(
    [[1.0, 2.0], [4.0, 8.0]], axis=1, value=[1.5, 6.0], gradients=([[0.5, 0.5], [0.5, 0.5]],), why="each row for itself"
)
reduce_mean.point([[5, 6], [-5, -6], [0, 1]], axis=1, value=[5, -5, 0], why="rounded towards 0, as TF1")


def _extremum_vjp(g, out, x, axis, keepdims):
    chosen = where(equal(x, unreduced(out, x, axis, keepdims)), ones_like(x), zeros_like(x))
    share = truediv(chosen, reduce_sum(chosen, axis=axis, keepdims=True))
    return (mul(share, unreduced(g, x, axis, keepdims)),)


@op("Max", dtypes=NUMBERS)
def reduce_max(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The largest element along `axis`, NaN if there is one; the lowest value of the dtype for no elements.

    The gradient is split evenly between equal elements.
    """
    ...


reduce_max.type_rule(reduced_type)
reduce_max.vjp(_extremum_vjp)
reduce_max.cases(numbers_and_axis)
reduce_max.point([1.0, 2.0, 2.0], value=2.0, gradients=([0.0, 0.5, 0.5],), why="ties share, as TF1")
reduce_max.point(
    [[1.0, 2.0], [2.0, 2.0]], axis=1, value=[2.0, 2.0], gradients=([[0.0, 1.0], [0.5, 0.5]],), why="ties share, as TF1"
)
reduce_max.point([-INF, -INF], value=-INF, gradients=([0.5, 0.5],), why="ties share, as TF1")
reduce_max.point([NAN, 1.0], value=NAN, why="NaN wins")
reduce_max.point([], value=-INF, why="the largest of nothing, as TF1")


@op("Min", dtypes=NUMBERS)
def reduce_min(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The smallest element along `axis`, NaN if there is one; the highest value of the dtype for no elements.

    The gradient is split evenly between equal elements.
    """
    ...


reduce_min.type_rule(reduced_type)
reduce_min.vjp(_extremum_vjp)
reduce_min.cases(numbers_and_axis)
reduce_min.point([1.0, 1.0, 2.0], value=1.0, gradients=([0.5, 0.5, 0.0],), why="ties share, as TF1")
reduce_min.point([INF, INF], value=INF, gradients=([0.5, 0.5],), why="ties share, as TF1")
reduce_min.point([NAN, 1.0], value=NAN, why="NaN wins")
reduce_min.point([], value=INF, why="the smallest of nothing, as TF1")
reduce_min.point(
    [[1.0, 2.0], [8.0, 4.0]],
    axis=1,
    keepdims=True,
    value=[[1.0], [4.0]],
    gradients=([[1.0, 0.0], [0.0, 1.0]],),
    why="each row for itself",
)


@op("Prod", dtypes=NUMBERS, tolerance=SUMS)
def reduce_prod(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The product over `axis`, in the dtype of `x`; 1 for no elements. Integers wrap around."""
    ...


reduce_prod.type_rule(reduced_type)


@reduce_prod.vjp
def _(g, out, x, axis, keepdims):
    axes = normal_axes(axis, x.type.rank)
    return (_through_product(g if keepdims else expand_axes(g, axes=axes), x, axes),)


def _through_product(g, x, axes):
    """The gradient of `x` from that of its product over `axes`, which are kept as size 1; one axis after the other."""
    if not axes:
        return g
    *before, last = axes
    inner = _through_product(g, reduce_prod(x, axis=last, keepdims=True), before) if before else g
    return mul(inner, product_of_others(x, axis=last))


reduce_prod.cases(numbers_and_axis)
reduce_prod.point([2.0, 0.0, 3.0], value=0.0, gradients=([0.0, 6.0, 0.0],), why="right at zeros")
reduce_prod.point([[2.0, 0.0], [0.0, 3.0]], value=0.0, gradients=([[0.0, 0.0], [0.0, 0.0]],), why="right at zeros")
reduce_prod.point([[2.0, 5.0], [0.0, 3.0]], value=0.0, gradients=([[0.0, 0.0], [30.0, 0.0]],), why="right at zeros")
reduce_prod.point([], value=1.0, why="the product of nothing")
reduce_prod.point(
    [[1.0, 2.0], [4.0, 8.0]],
    axis=1,
    keepdims=True,
    value=[[2.0], [32.0]],
    gradients=([[2.0, 1.0], [8.0, 4.0]],),
    why="each row for itself",
)


@op("ReduceLogSumExp", dtypes=FLOATS, tolerance=SUMS)
def reduce_logsumexp(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """log(sum(exp(x))) over `axis` without overflow; -inf for no elements."""
    ...


reduce_logsumexp.type_rule(reduced_type)


@reduce_logsumexp.vjp
def _(g, out, x, axis, keepdims):
    return (mul(unreduced(g, x, axis, keepdims), exp(sub(x, unreduced(out, x, axis, keepdims)))),)


reduce_logsumexp.cases(numbers_and_axis)
reduce_logsumexp.point([1000.0, 0.0], value=1000.0, gradients=([1.0, 0.0],), why="no overflow")
reduce_logsumexp.point([0.0, -INF], value=0.0, gradients=([1.0, 0.0],), why="exp(-inf) is 0")
reduce_logsumexp.point([-INF, -INF], value=-INF, gradients=([NAN, NAN],), why="log 0, as TF1")
reduce_logsumexp.point([INF, 0.0], value=INF, gradients=([NAN, 0.0],), why="as TF1")
reduce_logsumexp.point([], value=-INF, why="log 0")
reduce_logsumexp.point(
    [[1000.0, 0.0], [0.0, 2000.0]],
    axis=1,
    keepdims=True,
    value=[[1000.0], [2000.0]],
    gradients=([[1.0, 0.0], [0.0, 1.0]],),
    why="each row for itself",
)


def _position_type(x, axis, output_type):
    require_dtype(as_dtype(output_type) in INDICES, f"output_type must be int32 or int64, got {output_type}")
    at = normal_axis(axis, x.rank)
    require_shape(x.dims[at] != 0, f"axis {axis} of {x} has no elements to choose from")
    return TensorType(x.dims[:at] + x.dims[at + 1 :], as_dtype(output_type))


def _position_cases(draw, gen):
    x = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-x.ndim, x.ndim - 1))
    return (x,), {"axis": axis, "output_type": draw(gen.sampled(["int32", "int64"]))}


@op("ArgMax", dtypes=NUMBERS)
def argmax(x: TensorLike, *, axis: int = 0, output_type: DType = INT64, name: str | None = None) -> Tensor:
    """The index along `axis` of the first largest element. Among elements with a NaN it is not specified."""
    ...


argmax.type_rule(_position_type)
argmax.refuses("output_type must be int32 or int64", floats(2), output_type="float32")
argmax.refuses("has no elements to choose from", floats(0))
argmax.infers(ints(2, 4), floats(2, 3, 4), axis=1, output_type="int32")
argmax.no_gradient("the output is an index")
argmax.cases(_position_cases)
argmax.point([1.0, 3.0, 3.0], value=1, gradients=(None,), why="the first of equals")
argmax.point([[2.0, 1.0], [1.0, 3.0]], axis=1, value=[0, 1], why="each row for itself")
argmax.point([[1.0, 2.0], [3.0, 2.0]], value=[1, 0], why="along axis 0 unless said otherwise, as TF1")


@op("ArgMin", dtypes=NUMBERS)
def argmin(x: TensorLike, *, axis: int = 0, output_type: DType = INT64, name: str | None = None) -> Tensor:
    """The index along `axis` of the first smallest element. Among elements with a NaN it is not specified."""
    ...


argmin.type_rule(_position_type)
argmin.no_gradient("the output is an index")
argmin.cases(_position_cases)
argmin.point([1.0, 1.0, 3.0], value=0, gradients=(None,), why="the first of equals")
argmin.point([[2.0, 1.0], [1.0, 3.0]], axis=1, value=[1, 0], why="each row for itself")
