"""Ops that give a tensor the shape of another: broadcasting, its transpose, and constants like a tensor."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import EVERY, FLOATS, NUMBERS, TensorType, broadcast, floats, require_dims, require_shape, size_of


@op(apart=["like"], stops=["like"], may_view=True, keeps=True)
def broadcast_like(x: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """`x` broadcast to the shape of `like`."""
    ...


@broadcast_like.type_rule
def _(x, like):
    require_shape(broadcast(x.dims, like.dims) == like.dims or None in x.dims, f"{x} does not broadcast to {like}")
    return TensorType(like.shape, x.dtype)


broadcast_like.refuses("does not broadcast to", floats(2), floats(1))
broadcast_like.infers(floats(2), floats(1), floats(2))
broadcast_like.infers(floats(1), floats(None), floats(1))


@broadcast_like.vjp
def _(g, out, x, like):
    return sum_to_like(g, x), None


@broadcast_like.cases
def _(draw, gen):
    wide, narrow = draw(gen.wide_and_narrow())
    return (narrow, wide), {}


@op(dtypes=NUMBERS, apart=["like"], stops=["like"], may_view=True, keeps=True)
def sum_to_like(x: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """`x` summed over the axes along which `like` was broadcast to it: the transpose of broadcasting."""
    ...


@sum_to_like.type_rule
def _(x, like):
    require_shape(len(like.dims) <= len(x.dims), f"{x} cannot be summed to {like}")
    require_dims(x, broadcast(x.dims, like.dims))
    return TensorType(like.shape, x.dtype)


sum_to_like.refuses("cannot be summed to", floats(2), floats(1, 2))
sum_to_like.refuses("where a shape of (2,) is needed", floats(1), floats(2))
sum_to_like.infers(floats(1), floats(2), floats(1))


@sum_to_like.vjp
def _(g, out, x, like):
    return broadcast_like(g, x), None


@sum_to_like.cases
def _(draw, gen):
    return draw(gen.wide_and_narrow()), {}


@op(apart=["like"], stops=["like"], keeps=True, reshapes=True)
def reshape_like(x: TensorLike, like: TensorLike, *, name: str | None = None) -> Tensor:
    """The elements of `x` in the shape of `like`."""
    ...


@reshape_like.type_rule
def _(x, like):
    count, wanted = size_of(x.dims), size_of(like.dims)
    require_shape(None in (count, wanted) or count == wanted, f"{x} has not as many elements as {like}")
    return TensorType(like.shape, x.dtype)


reshape_like.refuses("has not as many elements as", floats(2), floats(3))
reshape_like.infers(floats(4), floats(2, 2), floats(4))
reshape_like.infers(floats(3), floats(None), floats(3))
reshape_like.infers(floats(None), floats(2), floats(None))


@reshape_like.vjp
def _(g, out, x, like):
    return reshape_like(g, x), None


@reshape_like.cases
def _(draw, gen):
    x = draw(gen.floats())
    return (x, x.reshape(-1)), {}


@op("ZerosLike", dtypes=EVERY, stops=["x"], sized=["x"])
def zeros_like(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Zeros (False) of the shape and dtype of `x`."""
    ...


@zeros_like.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


zeros_like.no_gradient("the output does not depend on the values of x")


@zeros_like.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


@op("OnesLike", dtypes=EVERY, stops=["x"], sized=["x"])
def ones_like(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Ones (True) of the shape and dtype of `x`."""
    ...


@ones_like.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


ones_like.no_gradient("the output does not depend on the values of x")


@ones_like.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


@op(dtypes=FLOATS, apart=["part"], stops=["whole", "part"], sized=["whole", "part"])
def size_ratio(whole: TensorLike, part: TensorLike, *, name: str | None = None) -> Tensor:
    """Number of elements of `whole` over that of `part`, as a scalar of `whole`'s dtype; 1 when both are empty."""
    ...


@size_ratio.type_rule
def _(whole, part):
    return TensorType((), whole.dtype)


size_ratio.no_gradient("the output does not depend on values, only on shapes")


@size_ratio.cases
def _(draw, gen):
    return draw(gen.wide_and_narrow()), {}
