"""Values that a run gives out only under a condition."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import (
    BOOL,
    EVERY,
    STRING,
    Shape,
    TensorType,
    compatible,
    floats,
    ints,
    merge,
    require_dtype,
    require_shape,
    shape_text,
    typed,
)


@op(apart=["ok"], stops=["ok"], may_view=True)
def checked(x: TensorLike, ok: TensorLike, *, message: str, name: str | None = None) -> Tensor:
    """`x`; the run fails with `message` when the scalar `ok` is False."""
    ...


@checked.type_rule
def _(x, ok, message):
    require_dtype(ok.dtype == BOOL, f"a condition holds bool, got {ok}")
    require_shape(ok.shape == (), f"a condition is a scalar, got {ok}")
    return TensorType(x.shape, x.dtype)


checked.refuses("a condition holds bool", floats(2), ints(), message="x")
checked.refuses("a condition is a scalar", floats(2), typed("bool", 1), message="x")


@checked.vjp
def _(g, out, x, ok, message):
    return g, None


@checked.guard("{message}")
def _(x, ok, message):
    return ok


@checked.cases
def _(draw, gen):
    x = draw(gen.floats(draw(gen.shapes(min_side=0))))
    return (x, draw(gen.booleans_array(())) | True), {"message": "x"}


checked.point([1.0, 2.0], True, message="x", value=[1.0, 2.0], gradients=([1.0, 1.0], None))


@op(dtypes=(*EVERY, STRING), may_view=True)
def ensure_shape(x: TensorLike, *, shape: Shape, name: str | None = None) -> Tensor:
    """`x`; the run fails unless it has that `shape`, in which None stands for any size."""
    ...


@ensure_shape.type_rule
def _(x, shape):
    require_shape(compatible(x.dims, shape), f"{x} cannot have the shape {shape_text(shape)}")
    return TensorType(merge(x.dims, shape), x.dtype)


ensure_shape.refuses("cannot have the shape (3,)", floats(2), shape=(3,))
ensure_shape.infers(floats(2, 3), floats(2, None), shape=(None, 3))


@ensure_shape.vjp
def _(g, out, x, shape):
    return (g,)


@ensure_shape.guard("the tensor has another shape than {shape}")
def _(x, shape):
    return None


@ensure_shape.cases
def _(draw, gen):
    x = draw(gen.floats(draw(gen.shapes(min_side=0))))
    return (x,), {"shape": tuple(draw(gen.sampled([n, None])) for n in x.shape)}


ensure_shape.point([[1.0, 2.0]], shape=(None, 2), value=[[1.0, 2.0]], gradients=([[1.0, 1.0]],))
