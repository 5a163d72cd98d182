"""Picking rows and slices, and the transposes of that."""

from __future__ import annotations

from ..graph import Tensor
from ..op import Tolerance, TensorLike, op
from ..types import BOOL, EVERY, INDICES, NUMBERS, TensorType, normal_axis, require_dtype, require_shape
from .broadcasting import zeros_like


def require_indices(indices):
    require_dtype(indices.dtype in INDICES, f"indices must hold int32 or int64, got {indices}")


@op(apart=["indices"], stops=["indices"])
def gather(params: TensorLike, indices: TensorLike, *, axis: int = 0, name: str | None = None) -> Tensor:
    """Slices of `params` along `axis` picked by `indices`: for axis 0, out[i] = params[indices[i]]."""
    ...


@gather.type_rule
def _(params, indices, axis):
    require_indices(indices)
    require_shape(params.rank >= 1, f"params must have rank 1 or more, got {params}")
    axis = normal_axis(axis, params.rank)
    return TensorType(params.dims[:axis] + indices.dims + params.dims[axis + 1 :], params.dtype)


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


@op(dtypes=NUMBERS, apart=["indices", "like"], stops=["indices", "like"], tolerance=Tolerance(64, "equal indices are summed"))
def scatter_add_like(
    updates: TensorLike, indices: TensorLike, like: TensorLike, *, axis: int = 0, name: str | None = None
) -> Tensor:
    """Zeros like `like`, with slices of `updates` added along `axis` at `indices`; equal indices add up."""
    ...


@scatter_add_like.type_rule
def _(updates, indices, like, axis):
    require_indices(indices)
    return TensorType(like.shape, updates.dtype)


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
def indices_in_range(indices: TensorLike, table: TensorLike, *, axis: int = 0, name: str | None = None) -> Tensor:
    """Whether every index is an index of `table` along `axis`: 0 <= index < size."""
    ...


@indices_in_range.type_rule
def _(indices, table, axis):
    return TensorType((), BOOL)


indices_in_range.no_gradient("the output is a truth value")


@indices_in_range.cases
def _(draw, gen):
    table = draw(gen.floats(min_dims=1))
    return (draw(gen.indices(below=2 * table.shape[0])), table), {"axis": 0}


@op(dtypes=NUMBERS, apart=["indices"], stops=["indices"], tolerance=Tolerance(64, "equal indices are summed"))
def scatter_rows(
    table: TensorLike, indices: TensorLike, updates: TensorLike, *, how: str, name: str | None = None
) -> Tensor:
    """A copy of `table` whose rows at `indices` are increased ("add"), decreased ("sub") or replaced ("update") by `updates`.

    Equal indices add up; for "update" the last one wins.
    """
    ...


@scatter_rows.type_rule
def _(table, indices, updates, how):
    require_indices(indices)
    return TensorType(table.shape, table.dtype)


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
