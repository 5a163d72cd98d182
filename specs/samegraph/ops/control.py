"""Ops that serve control flow."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import BOOL, EVERY, STRING, TensorType, floats, ints, require_dtype, require_shape, typed


@op("Provided", dtypes=(*EVERY, STRING), apart=("holds",), stops=("holds",), may_view=True)
def provided(x: TensorLike, holds: TensorLike, *, message: str, name: str | None = None) -> Tensor:
    """`x`, in a run where the scalar `holds` is True; elsewhere the run fails with `message`."""
    ...


@provided.type_rule
def _(x, holds, *, message):
    require_dtype(holds.dtype == BOOL, f"holds must be bool, got {holds}")
    require_shape(holds.shape == (), f"holds must be a scalar, got {holds}")
    return TensorType(x.shape, x.dtype, x.known)


provided.refuses("holds must be bool", floats(2), ints(), message="x")
provided.refuses("holds must be a scalar", floats(2), typed("bool", 1), message="x")


@provided.vjp
def _(g, out, x, holds, *, message):
    return g, None


@provided.guard("{message}")
def _(x, holds, *, message):
    return holds


@provided.cases
def _(draw, gen):
    holds = draw(gen.indices(below=1, shape=())) == 0
    return (draw(gen.floats()), holds), {"message": "it does not hold"}
