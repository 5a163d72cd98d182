"""Values that a run gives out only under a condition."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import BOOL, TensorType, require_dtype, require_shape


@op(apart=["ok"], stops=["ok"], may_view=True)
def checked(x: TensorLike, ok: TensorLike, *, message: str, name: str | None = None) -> Tensor:
    """`x`; the run fails with `message` when the scalar `ok` is False."""
    ...


@checked.type_rule
def _(x, ok, message):
    require_dtype(ok.dtype == BOOL, f"a condition holds bool, got {ok}")
    require_shape(ok.shape == (), f"a condition is a scalar, got {ok}")
    return TensorType(x.shape, x.dtype)


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
