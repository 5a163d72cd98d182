"""Orders along the last axis, places in sorted rows, and different elements."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import (
    EVERY,
    INDICES,
    INT32,
    NUMBERS,
    DType,
    TensorType,
    as_dtype,
    compatible,
    floats,
    ints,
    require_dtype,
    require_shape,
    typed,
)

_PLACES = "the outputs are places"


def _close_numbers(draw, gen, shape):
    """Numbers of which many are equal."""
    return draw(gen.integers_array(shape, -3, 3)) * 0.5


@op(dtypes=NUMBERS)
def argsort(x: TensorLike, *, descending: bool = False, name: str | None = None) -> Tensor:
    """The int32 indices that put each row, along the last axis, in order; equal elements keep theirs, either way.

    Among elements with a NaN the order is not specified.
    """
    ...


@argsort.type_rule
def _(x, descending):
    require_shape(x.rank >= 1, f"a scalar cannot be sorted, got {x}")
    return TensorType(x.shape, INT32)


argsort.refuses("a scalar cannot be sorted", floats())
argsort.infers(ints(3), floats(3))


argsort.no_gradient(_PLACES)


@argsort.cases
def _(draw, gen):
    x = _close_numbers(draw, gen, draw(gen.shapes(min_dims=1, min_side=0)))
    return (x,), {"descending": draw(gen.booleans())}


argsort.point([3.0, 1.0, 3.0, 2.0], value=[1, 3, 0, 2], why="equal elements in order")
argsort.point([3.0, 1.0, 3.0, 2.0], descending=True, value=[0, 2, 3, 1], why="equal elements in order, as TF1")
argsort.point([1.0] * 64, value=list(range(64)), why="stable; PyTorch is not unless told")
argsort.point([0.0, -0.0, float("-inf")], value=[2, 0, 1], why="-0 equals 0")


@op(dtypes=NUMBERS)
def searchsorted(
    sorted_sequence: TensorLike,
    values: TensorLike,
    *,
    side: str = "left",
    out_type: DType = INT32,
    name: str | None = None,
) -> Tensor:
    """Where in its row of `sorted_sequence`, along the last axis, each of `values` belongs.

    side: "left", before equal elements; "right", behind them. The axes but the last are the same in both.
    """
    ...


@searchsorted.type_rule
def _(sorted_sequence, values, side, out_type):
    require_dtype(as_dtype(out_type) in INDICES, f"out_type must be int32 or int64, got {out_type}")
    require_shape(side in ("left", "right"), f"side must be 'left' or 'right', got {side!r}")
    a, b = sorted_sequence.dims, values.dims
    require_shape(
        len(a) == len(b) >= 1 and compatible(a[:-1], b[:-1]),
        f"values {values} must have the axes of sorted_sequence {sorted_sequence}, but for the last",
    )
    return TensorType(b, as_dtype(out_type))


searchsorted.refuses("out_type must be int32 or int64", floats(2), floats(2), out_type="float32")
searchsorted.refuses("side must be 'left' or 'right'", floats(2), floats(2), side="middle")
searchsorted.refuses("must have the axes of sorted_sequence", floats(2, 3), floats(3, 3))
searchsorted.refuses("must have the axes of sorted_sequence", floats(), floats())
searchsorted.refuses("must have the axes of sorted_sequence", floats(), floats(3))
searchsorted.infers(ints(2, 5), floats(2, 3), floats(2, 5))
searchsorted.infers(typed("int64", 5), floats(3), floats(5), out_type="int64")


searchsorted.no_gradient(_PLACES)


@searchsorted.cases
def _(draw, gen):
    shape = draw(gen.shapes(min_dims=1, min_side=0))
    steps = draw(gen.integers_array(shape, 0, 1)) * 0.5
    count = draw(gen.integers(0, 3))
    options = {"side": draw(gen.sampled(["left", "right"])), "out_type": draw(gen.sampled(["int32", "int64"]))}
    return (steps.cumsum(-1), draw(gen.integers_array((*shape[:-1], count), 0, 4)) * 0.5), options


searchsorted.point([1.0, 2.0, 2.0, 3.0], [0.0, 2.0, 4.0], value=[0, 1, 4], why="before equal elements")
searchsorted.point([1.0, 2.0, 2.0, 3.0], [0.0, 2.0, 4.0], side="right", value=[0, 3, 4], why="behind equal elements")
searchsorted.point([[1.0, 5.0], [2.0, 3.0]], [[4.0], [4.0]], value=[[1], [2]], why="row by row")


def _vector(x):
    require_shape(x.rank == 1, f"a vector is needed, got {x}")


def _vector_cases(draw, gen):
    x = _close_numbers(draw, gen, (draw(gen.integers(0, 6)),))
    return (x,), {"out_idx": draw(gen.sampled(["int32", "int64"]))}


@op(dtypes=EVERY, dynamic=True)
def unique(x: TensorLike, *, out_idx: DType = INT32, name: str | None = None) -> list[Tensor]:
    """The different elements of a vector in the order of their first places, and for each element the place of its like."""
    ...


@unique.type_rule
def _(x, out_idx):
    _vector(x)
    require_dtype(as_dtype(out_idx) in INDICES, f"out_idx must be int32 or int64, got {out_idx}")
    return [TensorType((None,), x.dtype), TensorType(x.shape, as_dtype(out_idx))]


unique.refuses("a vector is needed", floats(2, 2))
unique.refuses("out_idx must be int32 or int64", floats(2), out_idx="float32")
unique.infers([floats(None), typed("int64", 3)], floats(3), out_idx="int64")


unique.no_gradient("TF1 defines none for Unique")
unique.cases(_vector_cases)
unique.point([3.0, 1.0, 3.0, 2.0], value=([3.0, 1.0, 2.0], [0, 1, 0, 2]), why="in order of appearance, not sorted")
unique.point([], value=([], []), why="none among none")


@op(dtypes=EVERY, dynamic=True)
def unique_with_counts(x: TensorLike, *, out_idx: DType = INT32, name: str | None = None) -> list[Tensor]:
    """As `unique`, and how often each of the different elements occurs."""
    ...


@unique_with_counts.type_rule
def _(x, out_idx):
    found, place = unique.rule(x, out_idx)
    return [found, place, TensorType((None,), place.dtype)]


unique_with_counts.infers([floats(None), typed("int64", 3), typed("int64", None)], floats(3), out_idx="int64")


unique_with_counts.no_gradient("TF1 defines none for UniqueWithCounts")
unique_with_counts.cases(_vector_cases)
unique_with_counts.point([3.0, 1.0, 3.0, 2.0], value=([3.0, 1.0, 2.0], [0, 1, 0, 2], [2, 1, 1]))


@op("ListDiff", dtypes=EVERY, dynamic=True)
def setdiff1d(x: TensorLike, y: TensorLike, *, out_idx: DType = INT32, name: str | None = None) -> list[Tensor]:
    """The elements of the vector `x` that are not in the vector `y`, in order and as often as in `x`, and their places."""
    ...


@setdiff1d.type_rule
def _(x, y, out_idx):
    _vector(x)
    _vector(y)
    require_dtype(as_dtype(out_idx) in INDICES, f"index_dtype must be int32 or int64, got {out_idx}")
    return [TensorType((None,), x.dtype), TensorType((None,), as_dtype(out_idx))]


setdiff1d.refuses("a vector is needed", floats(), floats(2))
setdiff1d.refuses("a vector is needed", floats(2), floats())
setdiff1d.refuses("index_dtype must be int32 or int64", floats(2), floats(2), out_idx="float32")
setdiff1d.infers([floats(None), typed("int64", None)], floats(3), floats(2), out_idx="int64")


setdiff1d.no_gradient("TF1 defines none for ListDiff")


@setdiff1d.cases
def _(draw, gen):
    (x,), options = _vector_cases(draw, gen)
    return (x, _close_numbers(draw, gen, (draw(gen.integers(0, 4)),))), options


setdiff1d.point([1.0, 2.0, 3.0, 2.0, 1.0], [2.0, 4.0], value=([1.0, 3.0, 1.0], [0, 2, 4]), why="repetitions stay")
