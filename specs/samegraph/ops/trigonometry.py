"""Inverse trigonometric and hyperbolic functions, element by element."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import FLOATS
from .arithmetic import broadcast_type, mul, negative, same_type
from .broadcasting import sum_to_like
from .maths import reciprocal, rsqrt, truediv

INF, NAN, PI = math.inf, math.nan, math.pi


def _between(low, high):
    def cases(draw, gen):
        return (draw(gen.floats(draw(gen.shapes(min_side=0)), low=low, high=high)),), {}

    return cases


@op("Asin", dtypes=FLOATS)
def asin(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The angle between -pi/2 and pi/2 whose sine is x; NaN outside of [-1, 1]."""
    ...


asin.type_rule(same_type)


@asin.vjp
def _(g, out, x):
    return (mul(g, rsqrt((1.0 - x) * (1.0 + x))),)


asin.cases(_between(-0.875, 0.875))
asin.point(
    [0.0, 1.0, -1.0, 2.0], value=[0.0, PI / 2, -PI / 2, NAN], gradients=([1.0, INF, INF, NAN],), why="upright at +-1"
)


@op("Acos", dtypes=FLOATS)
def acos(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The angle between 0 and pi whose cosine is x; NaN outside of [-1, 1]."""
    ...


acos.type_rule(same_type)


@acos.vjp
def _(g, out, x):
    return (negative(mul(g, rsqrt((1.0 - x) * (1.0 + x)))),)


acos.cases(_between(-0.875, 0.875))
acos.point(
    [0.0, 1.0, -1.0, 2.0], value=[PI / 2, 0.0, PI, NAN], gradients=([-1.0, -INF, -INF, NAN],), why="upright at +-1"
)


@op("Atan", dtypes=FLOATS)
def atan(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The angle between -pi/2 and pi/2 whose tangent is x."""
    ...


atan.type_rule(same_type)


@atan.vjp
def _(g, out, x):
    return (truediv(g, 1.0 + x * x),)


atan.cases(_between(-2.0, 2.0))
atan.point([0.0, INF, -INF], value=[0.0, PI / 2, -PI / 2], gradients=([1.0, 0.0, 0.0],), why="flat far out")


@op("Atan2", dtypes=FLOATS)
def atan2(y: TensorLike, x: TensorLike, *, name: str | None = None) -> Tensor:
    """The angle between -pi and pi of the point (x, y), with broadcasting; 0 at the origin, where it has no slope (NaN)."""
    ...


atan2.type_rule(broadcast_type)


@atan2.vjp
def _(g, out, y, x):
    share = truediv(g, x * x + y * y)
    return sum_to_like(mul(share, x), y), sum_to_like(negative(mul(share, y)), x)


@atan2.cases
def _(draw, gen):
    y, x = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(y)), draw(gen.floats(x, low=0.125)) * (1.0 - 2.0 * draw(gen.booleans_array(x)))), {}


atan2.point(
    [0.0, 1.0, -1.0], [-1.0, 0.0, 0.0], value=[PI, PI / 2, -PI / 2], gradients=([-1.0, 0.0, 0.0], [0.0, -1.0, 1.0])
)
atan2.point([0.0, -0.0], [1.0, -1.0], value=[0.0, -PI], gradients=([1.0, -1.0], [0.0, 0.0]), why="-0 is below the cut")
atan2.point(0.0, 0.0, value=0.0, gradients=(NAN, NAN), why="the origin has no slope; NaN as TF1")


@op("Sinh", dtypes=FLOATS)
def sinh(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The hyperbolic sine."""
    ...


sinh.type_rule(same_type)


@sinh.vjp
def _(g, out, x):
    return (mul(g, cosh(x)),)


sinh.cases(_between(-2.0, 2.0))
sinh.point([0.0, INF, -INF], value=[0.0, INF, -INF], gradients=([1.0, INF, INF],))


@op("Cosh", dtypes=FLOATS)
def cosh(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The hyperbolic cosine."""
    ...


cosh.type_rule(same_type)


@cosh.vjp
def _(g, out, x):
    return (mul(g, sinh(x)),)


cosh.cases(_between(-2.0, 2.0))
cosh.point([0.0, INF, -INF], value=[1.0, INF, INF], gradients=([0.0, INF, -INF],))


@op("Asinh", dtypes=FLOATS)
def asinh(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The number whose hyperbolic sine is x."""
    ...


asinh.type_rule(same_type)


@asinh.vjp
def _(g, out, x):
    return (mul(g, rsqrt(1.0 + x * x)),)


asinh.cases(_between(-2.0, 2.0))
asinh.point([0.0, INF, -INF], value=[0.0, INF, -INF], gradients=([1.0, 0.0, 0.0],))


@op("Acosh", dtypes=FLOATS)
def acosh(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The number of 0 or more whose hyperbolic cosine is x; NaN below 1."""
    ...


acosh.type_rule(same_type)


@acosh.vjp
def _(g, out, x):
    return (mul(g, mul(rsqrt(x - 1.0), rsqrt(x + 1.0))),)


acosh.cases(_between(1.125, 4.0))
acosh.point([1.0, 0.5, INF], value=[0.0, NAN, INF], gradients=([INF, NAN, 0.0],), why="upright at 1")


@op("Atanh", dtypes=FLOATS)
def atanh(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The number whose hyperbolic tangent is x; infinite at +-1, NaN beyond."""
    ...


atanh.type_rule(same_type)


@atanh.vjp
def _(g, out, x):
    return (mul(g, reciprocal((1.0 - x) * (1.0 + x))),)


atanh.cases(_between(-0.875, 0.875))
atanh.point([0.0, 1.0, -1.0], value=[0.0, INF, -INF], gradients=([1.0, INF, INF],), why="poles at +-1")
atanh.point(2.0, value=NAN, why="not real")
atanh.point(
    [-0.4141772668601057, 0.4141772668601057],
    value=[math.atanh(-0.4141772668601057), math.atanh(0.4141772668601057)],
    gradients=([1.0 / (1.0 - 0.4141772668601057**2)] * 2,),
    why="as near as elsewhere",
)
