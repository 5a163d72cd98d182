"""Parts of tensors by position, and the transposes of taking them."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..registry import OPS
from ..shapes import strided_spans
from ..types import (
    EVERY,
    INDICES,
    NUMBERS,
    STRING,
    UNRANKED,
    ShapeError,
    TensorType,
    floats,
    ints,
    normal_axis,
    require_dims,
    require_dtype,
    require_shape,
)
from .arrays import require_sizes, shape, sizes_of
from .indexing import indices_in_range, scatter_add_like


def _numbers(operand, rank):
    """What a shape operand holds, with as many unknowns as there are axes where not even their number is known."""
    sizes = sizes_of(operand)
    return (None,) * rank if sizes is None else sizes


@op("Slice", dtypes=(*EVERY, STRING), shapes=["begin", "size"], may_view=True)
def slice(x: TensorLike, begin: TensorLike, size: TensorLike, *, name: str | None = None) -> Tensor:
    """The `size[i]` elements from `begin[i]` on along each axis i, all that are left for -1 (TF1: tf.slice)."""
    ...


@slice.type_rule
def _(x, begin, size):
    lows, counts = _numbers(begin, x.rank), _numbers(size, x.rank)
    one_each = len(lows) == len(counts) == x.rank
    require_shape(one_each, f"begin {begin} and size {size} must hold one number for each axis of {x}")
    return TensorType(tuple(_left(n, low, count) for n, low, count in zip(x.dims, lows, counts)), x.dtype)


slice.refuses("must hold one number for each axis", floats(2), (0, 0), (1,))
slice.refuses("must hold one number for each axis", floats(2), (0,), (1, 1))
slice.refuses("must hold one number for each axis", floats(2, 2), (0,), (1,))
slice.refuses("a slice begins at 0 or later, not at -1", floats(3), (-1,), (1,))
slice.refuses("a size of 0 or more, or -1, not -2", floats(3), (0,), (-2,))
slice.refuses("does not lie inside an axis of size 3", floats(3), (1,), (3,))
slice.refuses("does not lie inside an axis of size 3", floats(3), (4,), (-1,))
slice.refuses("does not lie inside an axis of size 3", floats(3), (4,), ints(1))
slice.infers(floats(2, 0), floats(3, 3), (1, 3), (2, -1))
slice.infers(floats(3, 2), floats(3, 3), (0, 1), (3, -1))
slice.infers(floats(None, 0), floats(None, None), (1, 0), (-1, 0))
slice.infers(floats(2, None), floats(3, 3), ints(2), (2, -1))
slice.infers(floats(None), floats(3), (3,), ints(1))
slice.infers(floats(None), floats(3), ints(None), ints(None))


def _left(n, low, count):
    require_shape(low is None or low >= 0, f"a slice begins at 0 or later, not at {low}")
    require_shape(count is None or count >= -1, f"a slice has a size of 0 or more, or -1, not {count}")
    if n is not None and low is not None:
        end = low if count in (None, -1) else low + count
        require_shape(end <= n, f"a slice of size {count} at {low} does not lie inside an axis of size {n}")
        return n - low if count == -1 else count
    return None if count == -1 else count


@slice.vjp
def _(g, out, x, begin, size):
    return put_like(g, begin, x), None, None


@slice.guard("the slice does not lie inside the tensor")
def _(x, begin, size):
    return None


@slice.cases
def _(draw, gen):
    x = draw(gen.floats())
    begin = tuple(draw(gen.integers(0, n)) for n in x.shape)
    size = tuple(draw(gen.integers(-1, n - low)) for n, low in zip(x.shape, begin))
    return (x, begin, size), {}


@op(apart=["like"], shapes=["begin"], stops=["like"], may_view=True)
def slice_like(x: TensorLike, begin: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """The part of `x` that begins at `begin` and has the shape of `like`."""
    ...


@slice_like.type_rule
def _(x, begin, like):
    _require_inside(like, x, begin)
    return TensorType(like.shape, x.dtype)


slice_like.refuses("does not lie inside", floats(3, 3), (0, 2), floats(2, 2))
slice_like.refuses("does not lie inside", floats(3), (0,), floats(1, 1))
slice_like.refuses("does not lie inside", floats(3, 3), (0,), floats(1, 1))
slice_like.infers(floats(2), floats(3), (1,), floats(2))
slice_like.infers(floats(2), floats(None), (9,), floats(2))
slice_like.infers(floats(2), floats(3), ints(1), floats(2))
slice_like.infers(floats(None), floats(3), (9,), floats(None))
slice_like.infers(floats(2), floats(3), ints(None), floats(2))


def _require_inside(part, whole, begin):
    lows = _numbers(begin, whole.rank)
    fits = part.rank == whole.rank == len(lows) and all(
        None in (n, low, m) or low + n <= m for n, low, m in zip(part.dims, lows, whole.dims)
    )
    require_shape(fits, f"a part of shape {part} at {begin} does not lie inside {whole}")


@slice_like.vjp
def _(g, out, x, begin, like):
    return put_like(g, begin, x), None, None


@slice_like.cases
def _(draw, gen):
    x = draw(gen.floats())
    begin = tuple(draw(gen.integers(0, n)) for n in x.shape)
    return (x, begin, draw(gen.floats(tuple(n - low for n, low in zip(x.shape, begin))))), {}


@op(dtypes=NUMBERS, apart=["like"], shapes=["begin"], stops=["like"])
def put_like(x: TensorLike, begin: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """Zeros of the shape of `like`, but for `x`, put in place from `begin` on: the transpose of `slice`."""
    ...


@put_like.type_rule
def _(x, begin, like):
    _require_inside(x, like, begin)
    return TensorType(like.shape, x.dtype)


put_like.refuses("does not lie inside", floats(2), (2,), floats(3))
put_like.infers(floats(3), floats(2), (1,), floats(3))


@put_like.vjp
def _(g, out, x, begin, like):
    return slice_like(g, begin, x), None, None


@put_like.cases
def _(draw, gen):
    (like, begin, x), _ = slice_like.drawn(draw, gen)
    return (x, begin, like), {}


@op("StridedSlice", dtypes=(*EVERY, STRING), shapes=["begin", "end", "strides"], may_view=True)
def strided_slice(
    x: TensorLike,
    begin: TensorLike,
    end: TensorLike,
    strides: TensorLike,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Tensor:
    """What Python's `x[begin:end:strides, ...]` takes (TF1: tf.strided_slice). Bounds are clipped, single indices not.

    Bit i of a mask says of the i-th bounds: begin or end is left open, it is an ellipsis, a new axis, a single index.
    """
    ...


@strided_slice.type_rule
def _(x, begin, end, strides, **masks):
    for bounds in (begin, end, strides):
        require_sizes(bounds)
    if begin.dims[0] is None:
        return TensorType(None, x.dtype)
    require_shape(
        begin.dims == end.dims == strides.dims,
        f"begin, end and strides must have one length, got {begin}, {end}, {strides}",
    )
    try:
        _, sizes = strided_spans(x.dims, *(sizes_of(bounds) for bounds in (begin, end, strides)), **masks)
    except IndexError as error:
        raise ShapeError(str(error)) from None
    return TensorType(tuple(sizes), x.dtype)


strided_slice.refuses("a shape is a vector", floats(3), ints(), (1,), (1,))
strided_slice.refuses("a shape is a vector", floats(3), (1,), ints(), (1,))
strided_slice.refuses("a shape is a vector", floats(3), (1,), (1,), ints())
strided_slice.refuses("must have one length", floats(3, 3), (0,), (1, 1), (1,))
strided_slice.refuses("must have one length", floats(3, 3), (0,), (1,), (1, 1))
strided_slice.refuses("index 3 is outside of axis 0", floats(3), (3,), (4,), (1,), shrink_axis_mask=1)
strided_slice.infers(UNRANKED, floats(3), ints(None), ints(None), ints(None))
strided_slice.infers(floats(2, 4), floats(3, 4), (1,), (9,), (1,))


@strided_slice.vjp
def _(g, out, x, begin, end, strides, **masks):
    return put_strided_like(g, begin, end, strides, x, **masks), None, None, None


@strided_slice.guard("a single index lies outside of its axis")
def _(x, begin, end, strides, **masks):
    return None


def _drawn_bounds(draw, gen, shape):
    """Bounds and masks of a strided slice of a tensor of that shape."""
    begin, end, strides = [], [], []
    masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)
    ellipsis, left = draw(gen.booleans()), list(shape)
    while left:
        kinds = ["slice", "slice", "open", "single", "new", *(["ellipsis"] if ellipsis else ["stop"])]
        kind, bit = draw(gen.sampled(kinds)), 1 << len(begin)
        n = left[0]
        if kind == "stop" or (kind == "new" and len(begin) > 4):
            break
        begin.append(draw(gen.integers(-n, n - 1)) if kind == "single" else draw(gen.integers(-n - 2, n + 2)))
        end.append(draw(gen.integers(-n - 2, n + 2)))
        strides.append(1 if kind in ("single", "new", "ellipsis") else draw(gen.sampled([1, 2, 3, -1, -2])))
        if kind == "open":
            masks[draw(gen.sampled(["begin_mask", "end_mask"]))] |= bit
        elif kind != "slice":
            masks[{"single": "shrink_axis_mask", "new": "new_axis_mask", "ellipsis": "ellipsis_mask"}[kind]] |= bit
        if kind == "ellipsis":
            left, ellipsis = left[draw(gen.integers(0, len(left))) :], False
        elif kind != "new":
            left = left[1:]
    return tuple(begin), tuple(end), tuple(strides), masks


@strided_slice.cases
def _(draw, gen):
    x = draw(gen.floats())
    begin, end, strides, masks = _drawn_bounds(draw, gen, x.shape)
    return (x, begin, end, strides), masks


strided_slice.point(
    [1.0, 2.0, 3.0],
    (0,),
    (0,),
    (-1,),
    begin_mask=1,
    end_mask=1,
    value=[3.0, 2.0, 1.0],
    gradients=([1.0, 1.0, 1.0],),
    why="x[::-1]",
)
strided_slice.point(
    [1.0, 2.0, 3.0],
    (1,),
    (10,),
    (1,),
    value=[2.0, 3.0],
    gradients=([0.0, 1.0, 1.0],),
    why="a bound past the end is clipped",
)
strided_slice.point(
    [[1.0, 2.0], [3.0, 4.0]],
    (0, 1),
    (0, 2),
    (1, 1),
    ellipsis_mask=1,
    value=[[2.0], [4.0]],
    gradients=([[0.0, 1.0], [0.0, 1.0]],),
    why="x[..., 1:2]: the bounds after an ellipsis are of the last axes",
)
strided_slice.point(
    [1.0, 2.0, 3.0], (-1,), (0,), (1,), shrink_axis_mask=1, value=3.0, gradients=([0.0, 0.0, 1.0],), why="x[-1]"
)


@op(dtypes=NUMBERS, apart=["like"], shapes=["begin", "end", "strides"], stops=["like"])
def put_strided_like(
    x: TensorLike,
    begin: TensorLike,
    end: TensorLike,
    strides: TensorLike,
    like: TensorLike,
    *,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    name: str | None = None,
) -> Tensor:
    """Zeros like `like`, but for `x`, put where such a slice takes from: the transpose of `strided_slice`."""
    ...


@put_strided_like.type_rule
def _(x, begin, end, strides, like, **masks):
    require_dims(x, strided_slice.rule(like, begin, end, strides, **masks).shape)
    return TensorType(like.shape, x.dtype)


put_strided_like.refuses("where a shape of (2,) is needed", floats(3), (0,), (2,), (1,), floats(3))
put_strided_like.infers(floats(3), floats(2), (0,), (2,), (1,), floats(3))


@put_strided_like.vjp
def _(g, out, x, begin, end, strides, like, **masks):
    return strided_slice(g, begin, end, strides, **masks), None, None, None, None


@put_strided_like.cases
def _(draw, gen):
    like = draw(gen.floats())
    begin, end, strides, masks = _drawn_bounds(draw, gen, like.shape)
    _, sizes = strided_spans(like.shape, begin, end, strides, **masks)
    return (draw(gen.floats(tuple(sizes))), begin, end, strides, like), masks


@op("StridedSlice", apart=["index"], stops=["index"])
def slice_at(x: TensorLike, index: TensorLike, *, axis: int, name: str | None = None) -> Tensor:
    """`x[..., index, ...]` for a scalar `index` known to the run only, at `axis`; negative ones count from the end."""
    ...


@slice_at.type_rule
def _(x, index, axis):
    require_dtype(index.dtype in INDICES, f"an index holds int32 or int64, got {index}")
    require_shape(index.dims == (), f"an index is a scalar, got {index}")
    at = normal_axis(axis, x.rank)
    return TensorType((*x.dims[:at], *x.dims[at + 1 :]), x.dtype)


slice_at.refuses("an index holds int32 or int64", floats(3), floats(), axis=0)
slice_at.refuses("an index is a scalar", floats(3), ints(1), axis=0)
slice_at.refuses("is not an axis", floats(), ints(), axis=0)
slice_at.infers(floats(2, 4), floats(2, 3, 4), ints(), axis=1)


@slice_at.vjp
def _(g, out, x, index, axis):
    count = shape(x, out_type=index.dtype)[axis % x.type.rank]
    return scatter_add_like(g, OPS["mod"](index, count), x, axis=axis), None


@slice_at.guard("the index lies outside of its axis")
def _(x, index, axis):
    return indices_in_range(index, x, axis=axis, negative=True)


@slice_at.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-x.ndim, x.ndim - 1))
    index = draw(gen.indices(below=2 * x.shape[axis], shape=()))
    return (x, index - x.shape[axis]), {"axis": axis}


slice_at.point(
    [[1.0, 2.0, 3.0]], 2, axis=1, value=[3.0], gradients=([[0.0, 0.0, 1.0]], None), why="of that axis, not of the first"
)
