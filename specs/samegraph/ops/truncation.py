"""Division rounded towards 0, and what it leaves over, as C has them."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import FLOATS, INT32, INT64, INTEGERS
from .arithmetic import broadcast_type, mul, negative
from .broadcasting import sum_to_like
from .comparison import less, where
from .maths import _divisor_is_safe, _with_divisor, ceil, floor, truediv

INF, NAN = math.inf, math.nan


@op("TruncateDiv", dtypes=INTEGERS)
def truncatediv(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x / y rounded towards 0, of integers, with broadcasting."""
    ...


truncatediv.type_rule(broadcast_type)
truncatediv.no_gradient("integers have none")
truncatediv.guard("integer division by zero")(_divisor_is_safe)
truncatediv.cases(_with_divisor)
truncatediv.point([7, -7, 7, -7], [2, 2, -2, -2], value=[3, -3, -3, 3], why="towards 0, not down")


@op("TruncateMod", dtypes=(*FLOATS, INT32, INT64))
def truncatemod(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """What division rounded towards 0 leaves over, with broadcasting; it has the sign of `x`, as C's %."""
    ...


truncatemod.type_rule(broadcast_type)


@truncatemod.vjp
def _(g, out, x, y):
    quotient = truediv(x, y)
    whole = where(less(quotient, quotient * 0.0), ceil(quotient), floor(quotient))
    return sum_to_like(g, x), sum_to_like(mul(g, negative(whole)), y)


truncatemod.guard("integer division by zero")(_divisor_is_safe)
truncatemod.cases(_with_divisor)
truncatemod.point(
    [7.5, -7.5, 7.0],
    [2.0, 2.0, -2.0],
    value=[1.5, -1.5, 1.0],
    gradients=([1.0, 1.0, 1.0], [-3.0, 3.0, 3.0]),
    why="the sign of the dividend; TF1 defines no gradient",
)
truncatemod.point([5.0, -5.0], INF, value=[5.0, -5.0], why="as C's fmod")
truncatemod.point([1.0, INF], [0.0, 1.0], value=[NAN, NAN], why="as C's fmod")
