"""Picking rows and slices, and the transposes of that."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..types import (
    BOOL,
    EVERY,
    INDICES,
    INT32,
    NUMBERS,
    STRING,
    UNRANKED,
    TensorType,
    compatible,
    floats,
    ints,
    normal_axis,
    require_dims,
    require_dtype,
    require_shape,
    shape_text,
)
from .arrays import expand_dims, shape, sizes_of
from .broadcasting import zeros_like

SUMMED = Tolerance(64, "equal indices are summed")


def require_indices(indices):
    require_dtype(indices.dtype in INDICES, f"indices must hold int32 or int64, got {indices}")


@op(dtypes=(*EVERY, STRING), apart=["indices"], stops=["indices"])
def gather(params: TensorLike, indices: TensorLike, *, axis: int = 0, name: str | None = None) -> Tensor:
    """Slices of `params` along `axis` picked by `indices`: for axis 0, out[i] = params[indices[i]]."""
    ...


@gather.type_rule
def _(params, indices, axis):
    require_indices(indices)
    require_shape(params.rank >= 1, f"params must have rank 1 or more, got {params}")
    axis = normal_axis(axis, params.rank)
    return TensorType(params.dims[:axis] + indices.dims + params.dims[axis + 1 :], params.dtype)


gather.refuses("indices must hold int32 or int64", floats(3), floats(2))
gather.refuses("params must have rank 1 or more", floats(), ints(2))
gather.refuses("is not an axis", floats(3), ints(2), axis=1)
gather.infers(floats(2), floats(3), ints(2))
gather.infers(floats(2, 5, 3), floats(2, 4, 3), ints(5), axis=1)


@gather.vjp
def _(g, out, params, indices, axis):
    return scatter_add_like(g, indices, params, axis=axis), None


@gather.guard("indices outside of the table")
def _(params, indices, axis):
    return indices_in_range(indices, params, axis=axis)


@gather.cases
def _(draw, gen):
    params = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-params.ndim, params.ndim - 1))
    return (params, draw(gen.indices(below=params.shape[axis]))), {"axis": axis}


@op(dtypes=NUMBERS, apart=["indices", "like"], stops=["indices", "like"], tolerance=SUMMED)
def scatter_add_like(
    updates: TensorLike, indices: TensorLike, like: TensorLike, *, axis: int = 0, name: str | None = None
) -> Tensor:
    """Zeros like `like`, with slices of `updates` added along `axis` at `indices`; equal indices add up."""
    ...


@scatter_add_like.type_rule
def _(updates, indices, like, axis):
    require_dims(updates, gather.rule(like, indices, axis=axis).shape)
    return TensorType(like.shape, updates.dtype)


scatter_add_like.refuses("indices must hold int32 or int64", floats(2), floats(2), floats(4))
scatter_add_like.refuses("where a shape of (2,) is needed", floats(3), ints(2), floats(4))
scatter_add_like.infers(floats(4, 3), floats(4, 2), ints(2), floats(4, 3), axis=1)


@scatter_add_like.vjp
def _(g, out, updates, indices, like, axis):
    return gather(g, indices, axis=axis), None, None


@scatter_add_like.guard("indices outside of the table")
def _(updates, indices, like, axis):
    return indices_in_range(indices, like, axis=axis)


@scatter_add_like.cases
def _(draw, gen):
    like = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-like.ndim, like.ndim - 1))
    indices = draw(gen.indices(below=like.shape[axis]))
    at = axis % like.ndim
    return (draw(gen.floats(like.shape[:at] + indices.shape + like.shape[at + 1 :])), indices, like), {"axis": axis}


@op(dtypes=INDICES, apart=["table"], stops=["indices", "table"])
def indices_in_range(
    indices: TensorLike, table: TensorLike, *, axis: int = 0, negative: bool = False, name: str | None = None
) -> Tensor:
    """Whether every index is an index of `table` along `axis`: 0 <= index < size; -size <= index when `negative`."""
    ...


@indices_in_range.type_rule
def _(indices, table, axis, negative):
    return TensorType((), BOOL)


indices_in_range.no_gradient("the output is a truth value")


@indices_in_range.cases
def _(draw, gen):
    table = draw(gen.floats(min_dims=1))
    indices = draw(gen.indices(below=3 * table.shape[0])) - table.shape[0]
    return (indices, table), {"axis": 0, "negative": draw(gen.booleans())}


indices_in_range.point([0, 1], [1.0, 2.0], value=True, why="the first and the last")
indices_in_range.point([0, 2], [1.0, 2.0], value=False, why="one past the last")
indices_in_range.point([0, -1], [1.0, 2.0], value=False, why="one before the first")
indices_in_range.point([1, -2], [1.0, 2.0], negative=True, value=True, why="the first, counted from the end")
indices_in_range.point(
    [1, -3], [1.0, 2.0], negative=True, value=False, why="one before the first, counted from the end"
)
indices_in_range.point([2], [[1.0, 2.0, 3.0]], axis=1, value=True, why="the size of that axis counts")


@op(dtypes=NUMBERS, apart=["indices"], stops=["indices"], tolerance=SUMMED)
def scatter_rows(
    table: TensorLike, indices: TensorLike, updates: TensorLike, *, how: str, name: str | None = None
) -> Tensor:
    """A copy of `table` with `updates` added to ("add"), taken from ("sub") or put over ("update") its rows at `indices`.

    Equal indices add up; for "update" the last one wins.
    """
    ...


@scatter_rows.type_rule
def _(table, indices, updates, how):
    require_dims(updates, gather.rule(table, indices, axis=0).shape)
    return TensorType(table.shape, table.dtype)


scatter_rows.refuses("indices must hold int32 or int64", floats(4), floats(2), floats(2), how="add")
scatter_rows.refuses("where a shape of (2,) is needed", floats(4), ints(2), floats(3), how="add")
scatter_rows.infers(floats(4, 5), floats(4, 5), ints(2), floats(2, 5), how="add")


@scatter_rows.vjp
def _(g, out, table, indices, updates, how):
    rows = gather(g, indices)
    if how == "update":
        kept = scatter_rows(g, indices, zeros_like(rows), how="update")
        return kept, None, rows
    return g, None, rows if how == "add" else -rows


@scatter_rows.guard("indices outside of the table")
def _(table, indices, updates, how):
    return indices_in_range(indices, table)


@scatter_rows.cases
def _(draw, gen):
    table = draw(gen.floats(min_dims=1))
    how = draw(gen.sampled(["add", "sub", "update"]))
    indices = draw(gen.indices(below=table.shape[0], unique=how == "update"))
    return (table, indices, draw(gen.floats(indices.shape + table.shape[1:]))), {"how": how}


@op("GatherNd", apart=["indices"], stops=["indices"])
def gather_nd(params: TensorLike, indices: TensorLike, *, name: str | None = None) -> Tensor:
    """Slices of `params` picked by the rows of `indices`: out[i] = params[indices[i, 0], indices[i, 1], ...]."""
    ...


def nd_slices(params, indices):
    """The shape of the slice that each row of `indices` names in `params`; None when its rank is not known."""
    require_indices(indices)
    require_shape(indices.rank >= 1, f"indices must have rank 1 or more, got {indices}")
    length = indices.dims[-1]
    fits = length is None or 1 <= length <= len(params)
    require_shape(fits, f"rows of {length} indices for a tensor of shape {shape_text(params)}")
    return None if length is None else params[length:]


@gather_nd.type_rule
def _(params, indices):
    rest = nd_slices(params.dims, indices)
    return TensorType(None if rest is None else indices.dims[:-1] + rest, params.dtype)


gather_nd.refuses("indices must hold int32 or int64", floats(3), floats(2, 1))
gather_nd.refuses("indices must have rank 1 or more", floats(3), ints())
gather_nd.refuses("rows of 2 indices", floats(3), ints(4, 2))
gather_nd.refuses("rows of 0 indices", floats(3), ints(4, 0))
gather_nd.infers(floats(2), floats(3, 2), ints(1))
gather_nd.infers(floats(4), floats(3, 2), ints(4, 2))
gather_nd.infers(UNRANKED, floats(3, 2), ints(4, None))


@gather_nd.vjp
def _(g, out, params, indices):
    return scatter_nd_like(g, indices, params), None


@gather_nd.guard("indices outside of the tensor")
def _(params, indices):
    return nd_indices_in_range(indices, shape(params))


def _drawn_nd_indices(draw, gen, dims):
    """(..., k) indices of the first k axes of a tensor of that shape."""
    count, k = draw(gen.integers(1, 3)), draw(gen.integers(1, len(dims)))
    columns = [draw(gen.indices(below=n, shape=(count, 1))).astype("int32") for n in dims[:k]]
    return sum(column * [[int(i == j) for j in range(k)]] for i, column in enumerate(columns)).astype(
        draw(gen.sampled(["int32", "int64"]))
    )


@gather_nd.cases
def _(draw, gen):
    params = draw(gen.floats(min_dims=1))
    return (params, _drawn_nd_indices(draw, gen, params.shape)), {}


@op(dtypes=NUMBERS, apart=["indices", "like"], stops=["indices", "like"], tolerance=SUMMED)
def scatter_nd_like(updates: TensorLike, indices: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """Zeros of the shape of `like`, with `updates` added at the rows of `indices`; equal rows add up."""
    ...


@scatter_nd_like.type_rule
def _(updates, indices, like):
    require_dims(updates, gather_nd.rule(like, indices).shape)
    return TensorType(like.shape, updates.dtype)


scatter_nd_like.refuses("where a shape of (4,) is needed", floats(3), ints(4, 1), floats(5))
scatter_nd_like.infers(floats(5, 6), floats(4, 6), ints(4, 1), floats(5, 6))


@scatter_nd_like.vjp
def _(g, out, updates, indices, like):
    return gather_nd(g, indices), None, None


@scatter_nd_like.guard("indices outside of the tensor")
def _(updates, indices, like):
    return nd_indices_in_range(indices, shape(like))


@scatter_nd_like.cases
def _(draw, gen):
    like = draw(gen.floats(min_dims=1))
    indices = _drawn_nd_indices(draw, gen, like.shape)
    return (draw(gen.floats((*indices.shape[:-1], *like.shape[indices.shape[-1] :]))), indices, like), {}


@op("ScatterNd", dtypes=NUMBERS, apart=["indices"], shapes=["shape"], stops=["indices"], tolerance=SUMMED)
def scatter_nd(indices: TensorLike, updates: TensorLike, shape: TensorLike, *, name: str | None = None) -> Tensor:
    """Zeros of that `shape`, with `updates` added at the rows of `indices`; equal rows add up."""
    ...


@scatter_nd.type_rule
def _(indices, updates, shape):
    sizes = sizes_of(shape)
    if sizes is None:
        return TensorType(None, updates.dtype)
    rest = nd_slices(sizes, indices)
    fits = rest is None or compatible(updates.dims, indices.dims[:-1] + rest)
    require_shape(fits, f"updates {updates} do not fit indices {indices} into the shape {shape_text(sizes)}")
    return TensorType(sizes, updates.dtype)


scatter_nd.refuses("indices must hold int32 or int64", floats(4, 1), floats(4), (5,))
scatter_nd.refuses("do not fit indices", ints(4, 1), floats(3), (5,))
scatter_nd.infers(floats(5, 6), ints(4, 1), floats(4, 6), (5, 6))
scatter_nd.infers(floats(5), ints(4, None), floats(4), (5,))
scatter_nd.infers(UNRANKED, ints(4, 1), floats(4), ints(None))


@scatter_nd.vjp
def _(g, out, indices, updates, shape):
    return None, gather_nd(g, indices), None


@scatter_nd.guard("indices outside of the shape")
def _(indices, updates, shape):
    return nd_indices_in_range(indices, shape)


@scatter_nd.cases
def _(draw, gen):
    (updates, indices, like), _ = scatter_nd_like.drawn(draw, gen)
    return (indices, updates, like.shape), {}


scatter_nd.point(
    [[0], [2], [0]],
    [1.0, 3.0, 2.0],
    (3,),
    value=[3.0, 0.0, 3.0],
    gradients=(None, [1.0, 1.0, 1.0], None),
    why="equal indices add up",
)


@op(dtypes=INDICES, apart=["sizes"], stops=["indices", "sizes"])
def nd_indices_in_range(
    indices: TensorLike, sizes: TensorLike, *, negative: bool = False, name: str | None = None
) -> Tensor:
    """Whether every row of `indices` lies inside the first of `sizes`; `negative` lets any number below 0 pass."""
    ...


@nd_indices_in_range.type_rule
def _(indices, sizes, negative):
    require_indices(sizes)
    return TensorType((), BOOL)


nd_indices_in_range.refuses("indices must hold int32 or int64", ints(2, 1), floats(1))


nd_indices_in_range.no_gradient("the output is a truth value")
nd_indices_in_range.point([[0, 1], [2, 0]], [3, 2], value=True, why="the first and the last of both axes")
nd_indices_in_range.point([[0, 2]], [3, 2], value=False, why="one past the last")
nd_indices_in_range.point([[-1, 0]], [3, 2], value=False, why="one before the first")
nd_indices_in_range.point([[3]], [3, 2], value=False, why="the first of the sizes counts")
nd_indices_in_range.point([[-1], [2]], [3], negative=True, value=True, why="any number below 0 passes")
nd_indices_in_range.point([[-1], [3]], [3], negative=True, value=False, why="one past the last")


@nd_indices_in_range.cases
def _(draw, gen):
    dims = draw(gen.shapes(min_dims=1))
    moved = _drawn_nd_indices(draw, gen, dims) + draw(gen.integers(-1, 1))
    sizes = draw(gen.integers_array((len(dims),), 1, 4))
    return (moved, sizes), {"negative": draw(gen.booleans())}


@op("TopKV2", dtypes=NUMBERS)
def top_k(x: TensorLike, *, k: int, name: str | None = None) -> list[Tensor]:
    """The `k` largest elements along the last axis and their int32 indices, descending; equal ones in order."""
    ...


@top_k.type_rule
def _(x, k):
    require_shape(x.rank >= 1, f"x must have rank 1 or more, got {x}")
    require_shape(
        k >= 0 and (x.dims[-1] is None or k <= x.dims[-1]), f"k = {k} elements of a last axis of size {x.dims[-1]}"
    )
    return [TensorType((*x.dims[:-1], k), x.dtype), TensorType((*x.dims[:-1], k), INT32)]


top_k.refuses("x must have rank 1 or more", floats(), k=1)
top_k.refuses("k = 3 elements of a last axis of size 2", floats(2), k=3)
top_k.refuses("k = -1 elements", floats(2), k=-1)
top_k.infers([floats(2), ints(2)], floats(2), k=2)
top_k.infers([floats(0), ints(0)], floats(2), k=0)
top_k.infers([floats(3, 2), ints(3, 2)], floats(3, None), k=2)


@top_k.vjp
def _(g, out, x, k):
    return (add_along_like(g[0], out[1], x),)


@top_k.guard("k is larger than the last axis")
def _(x, k):
    return None


@top_k.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=1))
    return (x,), {"k": draw(gen.integers(1, x.shape[-1]))}


top_k.point(
    [1.0, 3.0, 3.0],
    k=2,
    value=([3.0, 3.0], [1, 2]),
    gradients=([0.0, 1.0, 1.0],),
    why="equal elements: the earlier first",
)
top_k.point(
    [1.0, 0.0] * 16,
    k=20,
    value=([1.0] * 16 + [0.0] * 4, [*range(0, 32, 2), 1, 3, 5, 7]),
    why="the first of equals comes first, however many there are (a sort may keep their order where they are few)",
)
top_k.point(
    [3.0, 1.0, 3.0],
    k=1,
    value=([3.0], [0]),
    gradients=([1.0, 0.0, 0.0],),
    why="the gradient goes to the element picked",
)


@op(apart=["indices"], stops=["indices"])
def take_along(x: TensorLike, indices: TensorLike, *, name: str | None = None) -> Tensor:
    """The elements of `x` along its last axis that `indices`, in range and of the same first axes, name row by row."""
    ...


@take_along.type_rule
def _(x, indices):
    require_indices(indices)
    require_shape(x.rank >= 1, f"x must have rank 1 or more, got {x}")
    require_dims(indices, (*x.dims[:-1], None))
    return TensorType(indices.shape, x.dtype)


take_along.refuses("indices must hold int32 or int64", floats(2, 3), floats(2, 1))
take_along.refuses("x must have rank 1 or more", floats(), ints())
take_along.refuses("where a shape of (2, ?) is needed", floats(2, 3), ints(3, 1))
take_along.infers(floats(4), floats(3), ints(4))


@take_along.vjp
def _(g, out, x, indices):
    return add_along_like(g, indices, x), None


@take_along.cases
def _(draw, gen):
    x = draw(gen.floats(min_dims=1))
    return (x, draw(gen.indices(below=x.shape[-1], shape=(*x.shape[:-1], draw(gen.integers(1, 3)))))), {}


@op(dtypes=NUMBERS, apart=["indices", "like"], stops=["indices", "like"], tolerance=SUMMED)
def add_along_like(updates: TensorLike, indices: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """Zeros like `like`, with `updates` added along the last axis at `indices`: the transpose of `take_along`."""
    ...


@add_along_like.type_rule
def _(updates, indices, like):
    require_dims(updates, take_along.rule(like, indices).shape)
    return TensorType(like.shape, updates.dtype)


add_along_like.refuses("where a shape of (2, 1) is needed", floats(2, 2), ints(2, 1), floats(2, 3))
add_along_like.infers(floats(2, 3), floats(2, 1), ints(2, 1), floats(2, 3))


@add_along_like.vjp
def _(g, out, updates, indices, like):
    return take_along(g, indices), None, None


@add_along_like.cases
def _(draw, gen):
    (like, indices), _ = take_along.drawn(draw, gen)
    return (draw(gen.floats(indices.shape)), indices, like), {}


@op(
    "UnsortedSegmentSum",
    dtypes=NUMBERS,
    apart=["segment_ids"],
    shapes=["num_segments"],
    stops=["segment_ids"],
    tolerance=SUMMED,
)
def unsorted_segment_sum(
    data: TensorLike, segment_ids: TensorLike, num_segments: TensorLike, *, name: str | None = None
) -> Tensor:
    """out[i] = the sum of the slices of `data` whose id is i, 0 for none; negative ids are left out."""
    ...


@unsorted_segment_sum.type_rule
def _(data, segment_ids, num_segments):
    require_indices(segment_ids)
    count, ids = (num_segments.known or (None,))[0], segment_ids.dims
    require_shape(
        num_segments.dims == () and (count is None or count >= 0),
        f"num_segments is a scalar of 0 or more, got {num_segments}",
    )
    require_shape(
        compatible(data.dims[: len(ids)], ids), f"the shape of segment_ids {segment_ids} must begin that of data {data}"
    )
    return TensorType((count, *data.dims[len(ids) :]), data.dtype)


unsorted_segment_sum.refuses("indices must hold int32 or int64", floats(2), floats(2), 3)
unsorted_segment_sum.refuses("num_segments is a scalar of 0 or more", floats(2), ints(2), (3,))
unsorted_segment_sum.refuses("num_segments is a scalar of 0 or more", floats(2), ints(2), -1)
unsorted_segment_sum.refuses("must begin that of data", floats(3, 2), ints(2), 4)
unsorted_segment_sum.infers(floats(0), floats(2), ints(2), 0)
unsorted_segment_sum.infers(floats(4), floats(2, 3), ints(2, 3), 4)
unsorted_segment_sum.infers(floats(None, 3), floats(2, 3), ints(2), ints())


@unsorted_segment_sum.vjp
def _(g, out, data, segment_ids, num_segments):
    return gather_or_zeros(g, segment_ids), None, None


@unsorted_segment_sum.guard("segment ids that are not below the number of segments")
def _(data, segment_ids, num_segments):
    return nd_indices_in_range(expand_dims(segment_ids, axis=-1), expand_dims(num_segments, axis=0), negative=True)


@unsorted_segment_sum.cases
def _(draw, gen):
    data = draw(gen.floats(min_dims=1))
    count = draw(gen.integers(1, 4))
    ids = draw(gen.indices(below=count + 1, shape=data.shape[: draw(gen.integers(1, data.ndim))]))
    return (data, ids - 1, count), {}


unsorted_segment_sum.point(
    [1.0, 5.0, 2.0],
    [0, -1, 0],
    2,
    value=[3.0, 0.0],
    gradients=([1.0, 0.0, 1.0], None, None),
    why="a negative id is left out",
)
unsorted_segment_sum.point(
    [1.0, 5.0],
    [-1, -1],
    0,
    value=[],
    gradients=([0.0, 0.0], None, None),
    why="where all are left out there may be no segment at all",
)


@op(apart=["indices"], stops=["indices"])
def gather_or_zeros(params: TensorLike, indices: TensorLike, *, name: str | None = None) -> Tensor:
    """Rows of `params` picked by `indices`, zeros for a negative index: the transpose of `unsorted_segment_sum`."""
    ...


@gather_or_zeros.type_rule
def _(params, indices):
    require_indices(indices)
    return TensorType(indices.dims + params.dims[1:], params.dtype)


gather_or_zeros.refuses("indices must hold int32 or int64", floats(3), floats(2))
gather_or_zeros.infers(floats(2, 5), floats(3, 5), ints(2))


@gather_or_zeros.vjp
def _(g, out, params, indices):
    rows = params.type.dims[0]
    count = shape(params)[0] if rows is None else rows
    return unsorted_segment_sum(g, indices, count), None


@gather_or_zeros.guard("indices outside of the table")
def _(params, indices):
    return nd_indices_in_range(expand_dims(indices, axis=-1), shape(params), negative=True)


@gather_or_zeros.cases
def _(draw, gen):
    params = draw(gen.floats(min_dims=1))
    return (params, draw(gen.indices(below=params.shape[0] + 1)) - 1), {}


gather_or_zeros.point(
    [],
    [-1, -1],
    value=[0.0, 0.0],
    gradients=([], None),
    why="a table without rows still has a zero for an index that picks none",
)
