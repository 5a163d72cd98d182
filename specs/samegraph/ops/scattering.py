"""Copies of a tensor with slices of it added to or put over."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import EVERY, NUMBERS, TensorType, compatible, floats, ints, require_shape
from .arithmetic import negative
from .arrays import shape
from .broadcasting import zeros_like
from .indexing import SUMMED, _drawn_nd_indices, gather_nd, nd_indices_in_range, nd_slices


def _scattered_type(tensor, indices, updates):
    rest = nd_slices(tensor.dims, indices)
    fits = rest is None or compatible(updates.dims, indices.dims[:-1] + rest)
    require_shape(fits, f"updates {updates} do not fit indices {indices} into {tensor}")
    return TensorType(tensor.shape, tensor.dtype)


def _in_range(tensor, indices, updates):
    return nd_indices_in_range(indices, shape(tensor))


def _cases(draw, gen):
    tensor = draw(gen.floats(min_dims=1))
    indices = _drawn_nd_indices(draw, gen, tensor.shape)
    updates = draw(gen.floats((*indices.shape[:-1], *tensor.shape[indices.shape[-1] :])))
    return (tensor, indices, updates), {}


@op("TensorScatterAdd", dtypes=NUMBERS, apart=["indices"], stops=["indices"], tolerance=SUMMED)
def tensor_scatter_add(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, *, name: str | None = None
) -> Tensor:
    """`tensor` with `updates` added at the rows of `indices`; equal rows add up."""
    ...


tensor_scatter_add.type_rule(_scattered_type)
tensor_scatter_add.refuses("do not fit indices", floats(3), ints(4, 1), floats(3))
tensor_scatter_add.refuses("indices must hold int32 or int64", floats(3), floats(4, 1), floats(4))
tensor_scatter_add.infers(floats(3, 5), floats(3, 5), ints(4, 1), floats(4, 5))
tensor_scatter_add.infers(floats(3), floats(3), ints(4, None), floats(4))


@tensor_scatter_add.vjp
def _(g, out, tensor, indices, updates):
    return g, None, gather_nd(g, indices)


tensor_scatter_add.guard("indices outside of the tensor")(_in_range)
tensor_scatter_add.cases(_cases)
tensor_scatter_add.point(
    [1.0, 2.0], [[0], [0]], [5.0, 6.0], value=[12.0, 2.0], gradients=([1.0, 1.0], None, [1.0, 1.0]), why="rows add up"
)


@op("TensorScatterSub", dtypes=NUMBERS, apart=["indices"], stops=["indices"], tolerance=SUMMED)
def tensor_scatter_sub(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, *, name: str | None = None
) -> Tensor:
    """`tensor` with `updates` taken away at the rows of `indices`; equal rows add up."""
    ...


tensor_scatter_sub.type_rule(_scattered_type)
tensor_scatter_sub.refuses("do not fit indices", floats(3), ints(4, 1), floats(3))


@tensor_scatter_sub.vjp
def _(g, out, tensor, indices, updates):
    return g, None, negative(gather_nd(g, indices))


tensor_scatter_sub.guard("indices outside of the tensor")(_in_range)
tensor_scatter_sub.cases(_cases)
tensor_scatter_sub.point(
    [1.0, 2.0],
    [[0], [0]],
    [5.0, 6.0],
    value=[-10.0, 2.0],
    gradients=([1.0, 1.0], None, [-1.0, -1.0]),
    why="rows add up",
)


@op("TensorScatterUpdate", dtypes=EVERY, apart=["indices"], stops=["indices"])
def tensor_scatter_update(
    tensor: TensorLike, indices: TensorLike, updates: TensorLike, *, name: str | None = None
) -> Tensor:
    """`tensor` with `updates` put over it at the rows of `indices`; which of equal rows wins is not specified."""
    ...


tensor_scatter_update.type_rule(_scattered_type)
tensor_scatter_update.refuses("do not fit indices", floats(3), ints(4, 1), floats(3))


@tensor_scatter_update.vjp
def _(g, out, tensor, indices, updates):
    rows = gather_nd(g, indices)
    return tensor_scatter_update(g, indices, zeros_like(rows)), None, rows


tensor_scatter_update.guard("indices outside of the tensor")(_in_range)


@tensor_scatter_update.cases
def _(draw, gen):
    tensor = draw(gen.floats(min_dims=1))
    rows = draw(gen.indices(below=tensor.shape[0], unique=True)).reshape(-1, 1)
    return (tensor, rows, draw(gen.floats((len(rows), *tensor.shape[1:])))), {}


tensor_scatter_update.point(
    [[1.0, 2.0], [3.0, 4.0]],
    [[1, 0]],
    [9.0],
    value=[[1.0, 2.0], [9.0, 4.0]],
    gradients=([[1.0, 1.0], [0.0, 1.0]], None, [1.0]),
)
