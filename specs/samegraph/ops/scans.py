"""Running sums and products along an axis, and what the derivative of a product is made of."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import (
    EVERY,
    FLOATS,
    INDICES,
    INT32,
    NUMBERS,
    DType,
    TensorType,
    as_dtype,
    floats,
    ints,
    normal_axis,
    require_dtype,
)
from .arithmetic import mul
from .broadcasting import ones_like, zeros_like
from .comparison import equal, greater, greater_equal, less, less_equal, where
from .reduction import SUMS, expand_axes, reduce_sum


def _scanned_type(x, axis, **options):
    normal_axis(axis, x.rank)
    return TensorType(x.shape, x.dtype)


def _scan_cases(draw, gen):
    x = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-x.ndim, x.ndim - 1))
    return (x,), {"axis": axis, "exclusive": draw(gen.booleans()), "reverse": draw(gen.booleans())}


@op(dtypes=EVERY, stops=["x"])
def index_along(x: TensorLike, *, axis: int, dtype: DType = INT32, name: str | None = None) -> Tensor:
    """0, 1, ... size - 1 along `axis` of `x`; of size 1 along its other axes."""
    ...


@index_along.type_rule
def _(x, axis, dtype):
    require_dtype(as_dtype(dtype) in INDICES, f"dtype must be int32 or int64, got {dtype}")
    at = normal_axis(axis, x.rank)
    return TensorType(tuple(n if i == at else 1 for i, n in enumerate(x.dims)), as_dtype(dtype))


index_along.refuses("dtype must be int32 or int64", floats(2), axis=0, dtype="float32")
index_along.infers(ints(1, 3), floats(2, 3), axis=1)


index_along.no_gradient("the output does not depend on the values of x")


@index_along.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-x.ndim, x.ndim - 1))
    return (x,), {"axis": axis, "dtype": draw(gen.sampled(["int32", "int64"]))}


@op("Cumsum", dtypes=NUMBERS, tolerance=SUMS)
def cumsum(
    x: TensorLike, *, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running sums along `axis`. exclusive: without the element itself. reverse: from the end."""
    ...


cumsum.type_rule(_scanned_type)
cumsum.refuses("is not an axis", floats(2), axis=1)


@cumsum.vjp
def _(g, out, x, axis, exclusive, reverse):
    return (cumsum(g, axis=axis, exclusive=exclusive, reverse=not reverse),)


cumsum.cases(_scan_cases)
cumsum.point([1.0, 2.0, 3.0], value=[1.0, 3.0, 6.0], gradients=([3.0, 2.0, 1.0],))
cumsum.point([[1.0, 2.0], [4.0, 8.0]], axis=1, value=[[1.0, 3.0], [4.0, 12.0]], gradients=([[2.0, 1.0], [2.0, 1.0]],))
cumsum.point([1.0, 2.0, 3.0], exclusive=True, value=[0.0, 1.0, 3.0], gradients=([2.0, 1.0, 0.0],))
cumsum.point([1.0, 2.0, 3.0], reverse=True, value=[6.0, 5.0, 3.0], gradients=([1.0, 2.0, 3.0],))
cumsum.point([float("inf"), float("-inf"), 1.0], value=[float("inf"), float("nan"), float("nan")], why="IEEE")
cumsum.point([1.0, float("inf")], exclusive=True, value=[0.0, 1.0], why="the element itself takes no part")


@op("Cumprod", dtypes=NUMBERS, tolerance=SUMS)
def cumprod(
    x: TensorLike, *, axis: int = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None
) -> Tensor:
    """Running products along `axis`. exclusive: without the element itself. reverse: from the end."""
    ...


cumprod.type_rule(_scanned_type)
cumprod.refuses("is not an axis", floats(2), axis=1)


@cumprod.vjp
def _(g, out, x, axis, exclusive, reverse):
    # Dividing the outputs by x is wrong at zeros; so each element gets products in which 1 stands for it.
    at = normal_axis(axis, x.type.rank)
    without, own, other = _each_without_itself(x, at)
    products = cumprod(without, axis=at + 1, exclusive=exclusive, reverse=reverse)
    if reverse:
        contains = (less if exclusive else less_equal)(other, own)
    else:
        contains = (greater if exclusive else greater_equal)(other, own)
    products = where(contains, products, zeros_like(products))
    return (reduce_sum(mul(expand_axes(g, axes=(at,)), products), axis=at + 1),)


cumprod.cases(_scan_cases)
cumprod.point(
    [2.0, 0.0, 3.0],
    value=[2.0, 0.0, 0.0],
    gradients=([1.0, 8.0, 0.0],),
    why="right at zeros; TensorFlow 2.21 says [1, 0, 0]",
)
cumprod.point(
    [2.0, 0.0, 3.0], exclusive=True, value=[1.0, 2.0, 0.0], gradients=([1.0, 2.0, 0.0],), why="right at zeros"
)
cumprod.point([2.0, 0.0, 3.0], reverse=True, value=[0.0, 0.0, 3.0], gradients=([0.0, 9.0, 1.0],), why="right at zeros")


@op(dtypes=FLOATS, tolerance=SUMS)
def product_of_others(x: TensorLike, *, axis: int, name: str | None = None) -> Tensor:
    """For each element of `x` the product of all others along `axis`: the derivative of the product."""
    ...


product_of_others.type_rule(_scanned_type)
product_of_others.refuses("is not an axis", floats(2), axis=1)


@product_of_others.vjp
def _(g, out, x, axis):
    at = normal_axis(axis, x.type.rank)
    without, own, other = _each_without_itself(x, at)
    pairs = product_of_others(without, axis=at + 1)
    pairs = where(equal(own, other), zeros_like(pairs), pairs)
    return (reduce_sum(mul(expand_axes(g, axes=(at + 1,)), pairs), axis=at),)


@product_of_others.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=1))
    return (x,), {"axis": draw(gen.integers(-x.ndim, x.ndim - 1))}


product_of_others.point(
    [2.0, 0.0, 3.0], axis=0, value=[0.0, 6.0, 0.0], gradients=([3.0, 5.0, 2.0],), why="right at zeros"
)
product_of_others.point(
    [0.0, 0.0, 3.0], axis=0, value=[0.0, 0.0, 0.0], gradients=([3.0, 3.0, 0.0],), why="right at zeros"
)


def _each_without_itself(x, at):
    """`x` once for each index along `at`, with 1 in its place: [.., i, j, ..] is x[.., j, ..] or 1 for i = j; i; j."""
    index = index_along(x, axis=at)
    own, other = expand_axes(index, axes=(at + 1,)), expand_axes(index, axes=(at,))
    rows = expand_axes(x, axes=(at,))
    return where(equal(own, other), ones_like(rows), rows), own, other
