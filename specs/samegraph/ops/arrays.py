"""Ops that move, join or reinterpret elements without computing with them."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import EVERY, STRING, TensorType, compatible, merge, normal_axis, require_shape, shape_text


@op("Identity", dtypes=(*EVERY, STRING), may_view=True)
def identity(x: TensorLike, *, name: str | None = None) -> Tensor:
    """`x` itself."""
    ...


@identity.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


@identity.vjp
def _(g, out, x):
    return (g,)


@identity.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


@op("Pack", dtypes=(*EVERY, STRING))
def stack(*values: TensorLike, axis: int = 0, name: str | None = None) -> Tensor:
    """The `values`, all of one shape, joined along a new axis (TF1: tf.stack)."""
    ...


@stack.type_rule
def _(*values, axis):
    require_shape(bool(values), "at least one tensor is needed")
    shape = values[0].dims
    for v in values[1:]:
        require_shape(compatible(shape, v.dims), f"all tensors must have one shape, got {shape_text(shape)} and {shape_text(v.dims)}")
        shape = merge(shape, v.dims)
    at = normal_axis(axis, len(shape) + 1)
    return TensorType((*shape[:at], len(values), *shape[at:]), values[0].dtype)


@stack.vjp
def _(g, out, *values, axis):
    return tuple(unstack(g, num=len(values), axis=axis))


@stack.cases
def _(draw, gen):
    count = draw(gen.integers(1, 3))
    shape = draw(gen.shapes())
    return tuple(draw(gen.floats(shape)) for _ in range(count)), {"axis": draw(gen.integers(-len(shape) - 1, len(shape)))}


@op("Unpack", may_view=True)
def unstack(value: TensorLike, *, num: int, axis: int = 0, name: str | None = None) -> list[Tensor]:
    """The `num` slices of `value` along `axis` (TF1: tf.unstack)."""
    ...


@unstack.type_rule
def _(value, num, axis):
    at = normal_axis(axis, value.rank)
    size = value.dims[at]
    require_shape(size is None or size == num, f"axis {axis} has size {size}, not {num}")
    return [TensorType(value.dims[:at] + value.dims[at + 1 :], value.dtype)] * num


@unstack.vjp
def _(g, out, value, num, axis):
    return (stack(*g, axis=axis),)


@unstack.cases
def _(draw, gen):
    value = draw(gen.floats(min_dims=1))
    axis = draw(gen.integers(-value.ndim, value.ndim - 1))
    return (value,), {"num": value.shape[axis], "axis": axis}


@op("DeepCopy", stops=["x"])
def owned(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The value of `x` in memory of its own, which a later update of `x` does not change."""
    ...


@owned.type_rule
def _(x):
    return TensorType(x.shape, x.dtype)


owned.no_gradient("programs copy a value with it after all gradients are taken")


@owned.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}
