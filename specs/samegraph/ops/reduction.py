"""Ops that reduce axes. axis: an int, a tuple of ints, or None for all."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..types import BOOL, NUMBERS, TensorType, floats, normal_axes
from .broadcasting import broadcast_like

Axis = int | tuple[int, ...] | None
SUMS = Tolerance(64, "sums of up to a few dozen terms, in an order of the library's choosing")


def reduced_type(x, axis, keepdims):
    """The type rule of reductions that keep the dtype."""
    axes = normal_axes(axis, x.rank)
    if keepdims:
        return TensorType(tuple(1 if i in axes else n for i, n in enumerate(x.dims)), x.dtype)
    return TensorType(tuple(n for i, n in enumerate(x.dims) if i not in axes), x.dtype)


def unreduced(t, x, axis, keepdims):
    """`t`, shaped like a reduction of `x`, spread over the axes that were reduced."""
    if not keepdims and axis is not None:
        t = expand_axes(t, axes=normal_axes(axis, x.type.rank))
    return broadcast_like(t, x)


def numbers_and_axis(draw, gen):
    """Cases of reductions of numbers."""
    x = draw(gen.floats())
    return (x,), {"axis": draw(gen.axis(x.ndim)), "keepdims": draw(gen.booleans())}


@op(reshapes=True)
def expand_axes(x: TensorLike, *, axes: tuple[int, ...], name: str | None = None) -> Tensor:
    """`x` with an axis of size 1 at each of `axes` of the result, counted from the front and ascending."""
    ...


@expand_axes.type_rule
def _(x, axes):
    dims = list(x.dims)
    for axis in axes:
        dims.insert(axis, 1)
    return TensorType(tuple(dims), x.dtype)


expand_axes.infers(floats(1, 2, 1), floats(2), axes=(0, 2))


@expand_axes.vjp
def _(g, out, x, axes):
    return (reduce_sum(g, axis=axes),)


@expand_axes.cases
def _(draw, gen):
    x = draw(gen.floats())
    return (x,), {"axes": draw(gen.axes(x.ndim + 1))}


@op("Sum", dtypes=NUMBERS, tolerance=SUMS)
def reduce_sum(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The sum over `axis`, in the dtype of `x`; 0 for no elements."""
    ...


reduce_sum.type_rule(reduced_type)
reduce_sum.refuses("is not an axis", floats(2), axis=1)
reduce_sum.infers(floats(2, 4), floats(2, 3, 4), axis=1)
reduce_sum.infers(floats(2, 1, 4), floats(2, 3, 4), axis=1, keepdims=True)


@reduce_sum.vjp
def _(g, out, x, axis, keepdims):
    return (unreduced(g, x, axis, keepdims),)


reduce_sum.cases(numbers_and_axis)
reduce_sum.point([], value=0.0, why="the sum of nothing")
reduce_sum.point(
    [[1.0, 2.0], [4.0, 8.0]],
    axis=1,
    value=[3.0, 12.0],
    gradients=([[1.0, 1.0], [1.0, 1.0]],),
    why="each row for itself",
)


def _truths(draw, gen):
    x = draw(gen.booleans_array())
    return (x,), {"axis": draw(gen.axis(x.ndim)), "keepdims": draw(gen.booleans())}


@op("Any", dtypes=(BOOL,))
def reduce_any(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """Whether any element along `axis` is true; False for no elements."""
    ...


reduce_any.type_rule(reduced_type)
reduce_any.no_gradient("the output is a truth value")
reduce_any.cases(_truths)
reduce_any.point([[False, True], [False, False]], axis=1, value=[True, False], why="each row for itself")
reduce_any.point([[False, True], [False, False]], keepdims=True, value=[[True]], why="the axes stay")


@op("All", dtypes=(BOOL,))
def reduce_all(x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """Whether every element along `axis` is true; True for no elements."""
    ...


reduce_all.type_rule(reduced_type)
reduce_all.no_gradient("the output is a truth value")
reduce_all.cases(_truths)
reduce_all.point([[True, True], [False, True]], axis=1, value=[True, False], why="each row for itself")
reduce_all.point([[True, True], [True, True]], keepdims=True, value=[[True]], why="the axes stay")
