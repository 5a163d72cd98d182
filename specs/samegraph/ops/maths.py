"""Element-wise mathematics beyond the four operators of arithmetic."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import (
    BOOL,
    FLOATS,
    INT32,
    INT64,
    NUMBERS,
    TensorType,
    broadcast,
    compatible,
    floats,
    require_shape,
    shape_text,
)
from .arithmetic import SIGNED, add, broadcast_type, mul, negative, same_type, sub
from .broadcasting import ones_like, sum_to_like, zeros_like
from .comparison import equal, greater, greater_equal, less_equal, logical_and, not_equal, where
from .reduction import reduce_all

INF, NAN = math.inf, math.nan
_STEPS = "its slope is 0 wherever it has one"


def _any_floats(draw, gen):
    return (draw(gen.floats()),), {}


def _positive(draw, gen):
    return (draw(gen.floats(low=0.125, high=4.0)),), {}


def _pair(draw, gen):
    return draw(gen.broadcastable(2)), {}


def _with_divisor(draw, gen):
    """Numbers, and others away from 0 (and so in every integer dtype) of either sign."""
    x, y = draw(gen.broadcastable_shapes(2))
    signs = draw(gen.booleans_array(y))
    return (draw(gen.floats(x, low=-6.0, high=6.0)), draw(gen.floats(y, low=1.0, high=4.0)) * (1.0 - 2.0 * signs)), {}


def _divisor_is_safe(x, y):
    if y.dtype in FLOATS or _known(y, lambda n: n != 0):
        return None
    return reduce_all(not_equal(y, zeros_like(y)))


def _known(y, holds):
    """Whether all elements are known before the graph runs, and `holds` of each."""
    return y.type.known is not None and all(n is not None and holds(n) for n in y.type.known)


# Division and powers ----------------------------------------------------------------------------------------------------


@op("RealDiv", dtypes=FLOATS)
def truediv(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x / y, with broadcasting; IEEE at y = 0."""
    ...


truediv.type_rule(broadcast_type)


@truediv.vjp
def _(g, out, x, y):
    return sum_to_like(truediv(g, y), x), sum_to_like(mul(g, truediv(negative(out), y)), y)


truediv.cases(_with_divisor)
truediv.point(1.0, 0.0, value=INF, gradients=(INF, -INF), why="IEEE")
truediv.point(0.0, 0.0, value=NAN, gradients=(INF, NAN), why="IEEE")


@op("FloorDiv", dtypes=NUMBERS)
def floordiv(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x / y rounded down, with broadcasting: for floats the floor of the rounded quotient."""
    ...


floordiv.type_rule(broadcast_type)
floordiv.no_gradient(_STEPS)
floordiv.guard("integer division by zero")(_divisor_is_safe)
floordiv.cases(_with_divisor)
floordiv.point([-7.0, 7.0, -7.0], [2.0, -2.0, -2.0], value=[-4.0, -4.0, 3.0], why="down, not towards 0")
floordiv.point([7.0, -7.0, 0.0], 0.0, value=[INF, -INF, NAN], why="IEEE")


@op("FloorMod", dtypes=NUMBERS)
def mod(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """What x // y leaves over, with broadcasting; it has the sign of `y`, as Python's %."""
    ...


mod.type_rule(broadcast_type)


@mod.vjp
def _(g, out, x, y):
    return sum_to_like(g, x), sum_to_like(mul(g, negative(floordiv(x, y))), y)


mod.guard("integer division by zero")(_divisor_is_safe)
mod.cases(_with_divisor)
mod.point(
    [-7.5, 7.0], [2.0, -2.0], value=[0.5, -1.0], gradients=([1.0, 1.0], [4.0, 4.0]), why="the sign of the divisor"
)
mod.point([6.0, -6.0], 2.0, value=[0.0, 0.0], gradients=([1.0, 1.0], 0.0), why="at the jump, the slope to its right")
mod.point([5.0, -5.0], INF, value=[5.0, INF], why="the sign of the divisor")
mod.point([5.0, 0.0], 0.0, value=[NAN, NAN], why="nothing is left over of no division")


@op("Pow", dtypes=SIGNED)
def pow(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x to the power of y, with broadcasting; 0 ** 0 is 1, and a negative base needs integral exponents (else NaN).

    The gradient of `y` is 0 for x <= 0, where x ** y is no function of a real exponent around y.
    """
    ...


pow.type_rule(broadcast_type)


@pow.vjp
def _(g, out, x, y):
    # y * x ** (y - 1) is 0 * inf at x = y = 0, where x ** 0 has slope 0
    flat = logical_and(equal(x, zeros_like(x)), equal(y, zeros_like(y)))
    slope = mul(y, pow(where(flat, ones_like(x), x), sub(y, 1.0)))
    log_x = log(where(greater(x, zeros_like(x)), x, ones_like(x)))
    return sum_to_like(mul(g, slope), x), sum_to_like(mul(g, mul(out, log_x)), y)


@pow.guard("integers to negative integer powers are not allowed")
def _(x, y):
    if y.dtype in FLOATS or _known(y, lambda n: n >= 0):
        return None
    return reduce_all(greater_equal(y, zeros_like(y)))


@pow.cases
def _(draw, gen):
    x, y = draw(gen.broadcastable_shapes(2))
    whole = draw(gen.booleans())
    exponents = draw(gen.floats(y, low=0.0, high=3.0))
    low = -2.0 if whole else 0.125
    return (draw(gen.floats(x, low=low)), exponents.round() if whole else exponents), {}


pow.point(0.0, 0.0, value=1.0, gradients=(0.0, 0.0), why="x ** 0 is 1 for every x; TF1's NaN is no slope of it")
pow.point(0.0, [1.0, 2.0], value=[0.0, 0.0], gradients=(1.0, [0.0, 0.0]), why="")
pow.point(0.0, 0.5, value=0.0, gradients=(INF, 0.0), why="as sqrt")
pow.point(-2.0, 3.0, value=-8.0, gradients=(12.0, 0.0), why="no slope in y for a negative base; 0 as TF1")
pow.point(-2.0, 0.5, value=NAN, gradients=(NAN, NAN), why="not real")
pow.point(0.0, -1.0, value=INF, gradients=(-INF, NAN), why="a pole; as TF1")
pow.point([2.0, -2.0], 0.0, value=[1.0, 1.0], gradients=([0.0, 0.0], math.log(2.0)), why="")


@op("DivNoNan", dtypes=FLOATS)
def divide_no_nan(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x / y, with broadcasting; 0 where y is 0, whatever x."""
    ...


divide_no_nan.type_rule(broadcast_type)


@divide_no_nan.vjp
def _(g, out, x, y):
    return sum_to_like(divide_no_nan(g, y), x), sum_to_like(mul(g, divide_no_nan(negative(out), y)), y)


@divide_no_nan.cases
def _(draw, gen):
    x, y = draw(gen.broadcastable_shapes(2))
    used = draw(gen.booleans_array(y))
    return (draw(gen.floats(x)), draw(gen.floats(y, low=0.5)) * used), {}


divide_no_nan.point(
    [1.0, 0.0, INF, NAN], 0.0, value=[0.0, 0.0, 0.0, 0.0], gradients=([0.0] * 4, 0.0), why="constant where y is 0"
)


@op("Reciprocal", dtypes=FLOATS)
def reciprocal(x: TensorLike, *, name: str | None = None) -> Tensor:
    """1 / x; IEEE at 0."""
    ...


reciprocal.type_rule(same_type)


@reciprocal.vjp
def _(g, out, x):
    return (mul(g, negative(mul(out, out))),)


reciprocal.cases(_positive)
reciprocal.point([0.0, -0.0], value=[INF, -INF], gradients=([-INF, -INF],), why="IEEE")


# Absolute values, squares and roots -------------------------------------------------------------------------------------


@op("Abs", dtypes=SIGNED)
def abs(x: TensorLike, *, name: str | None = None) -> Tensor:
    """|x|. The smallest integer stays itself."""
    ...


abs.type_rule(same_type)


@abs.vjp
def _(g, out, x):
    return (mul(g, sign(x)),)


abs.no_complex_step("the absolute value of a complex number is its distance from 0, and real")
abs.cases(_any_floats)
abs.point([0.0, -0.0, -3.0], value=[0.0, 0.0, 3.0], gradients=([0.0, 0.0, -1.0],), why="sign(0) is 0")
abs.point([NAN, -INF], value=[NAN, INF], why="NaN stays")


@op("Sign", dtypes=SIGNED)
def sign(x: TensorLike, *, name: str | None = None) -> Tensor:
    """-1, 0 or 1 as x is negative, 0 or positive; NaN for NaN."""
    ...


sign.type_rule(same_type)


@sign.vjp
def _(g, out, x):
    return (zeros_like(g),)


sign.no_complex_step("the sign of a complex number turns with it")


@sign.cases
def _(draw, gen):
    x = draw(gen.floats(low=0.125, high=2.0))
    return (x * (1.0 - 2.0 * draw(gen.booleans_array(x.shape))),), {}


sign.point([-2.0, 0.0, NAN], value=[-1.0, 0.0, NAN], gradients=([0.0, 0.0, 0.0],), why="constant, as TF1")


@op("Square", dtypes=SIGNED)
def square(x: TensorLike, *, name: str | None = None) -> Tensor:
    """x * x."""
    ...


square.type_rule(same_type)


@square.vjp
def _(g, out, x):
    return (mul(g, mul(x, 2.0)),)


square.cases(_any_floats)


@op("SquaredDifference", dtypes=(*FLOATS, INT32, INT64))
def squared_difference(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """(x - y) * (x - y), with broadcasting."""
    ...


squared_difference.type_rule(broadcast_type)


@squared_difference.vjp
def _(g, out, x, y):
    slope = mul(g, mul(sub(x, y), 2.0))
    return sum_to_like(slope, x), sum_to_like(negative(slope), y)


squared_difference.cases(_pair)
squared_difference.point(INF, INF, value=NAN, gradients=(NAN, NAN), why="IEEE")


@op("Sqrt", dtypes=FLOATS)
def sqrt(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The square root; NaN below 0."""
    ...


sqrt.type_rule(same_type)


@sqrt.vjp
def _(g, out, x):
    return (truediv(mul(g, 0.5), out),)


sqrt.cases(_positive)
sqrt.point([0.0, -1.0, INF], value=[0.0, NAN, INF], gradients=([INF, NAN, 0.0],), why="IEEE")


@op("Rsqrt", dtypes=FLOATS)
def rsqrt(x: TensorLike, *, name: str | None = None) -> Tensor:
    """1 / sqrt(x)."""
    ...


rsqrt.type_rule(same_type)


@rsqrt.vjp
def _(g, out, x):
    return (mul(mul(g, -0.5), mul(out, mul(out, out))),)


rsqrt.cases(_positive)
rsqrt.point([0.0, -1.0], value=[INF, NAN], gradients=([-INF, NAN],), why="IEEE")


# Exponentials, logarithms, waves ----------------------------------------------------------------------------------------


@op("Exp", dtypes=FLOATS)
def exp(x: TensorLike, *, name: str | None = None) -> Tensor:
    """e to the power of x."""
    ...


exp.type_rule(same_type)


@exp.vjp
def _(g, out, x):
    return (mul(g, out),)


exp.cases(_any_floats)
exp.point([INF, -INF, 1000.0], value=[INF, 0.0, INF], gradients=([INF, 0.0, INF],), why="IEEE, and overflow")


@op("Expm1", dtypes=FLOATS)
def expm1(x: TensorLike, *, name: str | None = None) -> Tensor:
    """e ** x - 1, exact near 0."""
    ...


expm1.type_rule(same_type)


@expm1.vjp
def _(g, out, x):
    return (mul(g, exp(x)),)


expm1.cases(_any_floats)
expm1.point([-1000.0, 0.0], value=[-1.0, 0.0], gradients=([0.0, 1.0],), why="")


@op("Log", dtypes=FLOATS)
def log(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The natural logarithm; -inf at 0, NaN below."""
    ...


log.type_rule(same_type)


@log.vjp
def _(g, out, x):
    return (truediv(g, x),)


log.cases(_positive)
log.point([0.0, -1.0], value=[-INF, NAN], gradients=([INF, -1.0],), why="1 / x, IEEE")


@op("Log1p", dtypes=FLOATS)
def log1p(x: TensorLike, *, name: str | None = None) -> Tensor:
    """log(1 + x), exact near 0."""
    ...


log1p.type_rule(same_type)


@log1p.vjp
def _(g, out, x):
    return (truediv(g, add(x, 1.0)),)


@log1p.cases
def _(draw, gen):
    return (draw(gen.floats(low=-0.75)),), {}


log1p.point([-1.0, 0.0], value=[-INF, 0.0], gradients=([INF, 1.0],), why="1 / (1 + x), IEEE")
log1p.point(
    [-0.4141772668601057, -0.3, -0.5],
    value=[math.log1p(-0.4141772668601057), math.log1p(-0.3), math.log1p(-0.5)],
    gradients=([1.0 / (1.0 - 0.4141772668601057), 1.0 / 0.7, 2.0],),
    why="as near as elsewhere",
)


@op("Sin", dtypes=FLOATS)
def sin(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The sine."""
    ...


sin.type_rule(same_type)


@sin.vjp
def _(g, out, x):
    return (mul(g, cos(x)),)


sin.cases(_any_floats)


@op("Cos", dtypes=FLOATS)
def cos(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The cosine."""
    ...


cos.type_rule(same_type)


@cos.vjp
def _(g, out, x):
    return (negative(mul(g, sin(x))),)


cos.cases(_any_floats)


@op("Tan", dtypes=FLOATS)
def tan(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The tangent."""
    ...


tan.type_rule(same_type)


@tan.vjp
def _(g, out, x):
    return (mul(g, add(mul(out, out), 1.0)),)


@tan.cases
def _(draw, gen):
    return (draw(gen.floats(low=-1.25, high=1.25)),), {}


@op("Erf", dtypes=FLOATS)
def erf(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t * t) from 0 to x."""
    ...


erf.type_rule(same_type)


@erf.vjp
def _(g, out, x):
    return (mul(g, mul(exp(negative(mul(x, x))), 2.0 / math.sqrt(math.pi))),)


erf.cases(_any_floats)
erf.point([0.0, INF, -INF], value=[0.0, 1.0, -1.0], gradients=([2.0 / math.sqrt(math.pi), 0.0, 0.0],), why="")


@op("Sigmoid", dtypes=FLOATS)
def sigmoid(x: TensorLike, *, name: str | None = None) -> Tensor:
    """1 / (1 + exp(-x))."""
    ...


sigmoid.type_rule(same_type)


@sigmoid.vjp
def _(g, out, x):
    return (mul(g, mul(out, sub(ones_like(out), out))),)


sigmoid.cases(_any_floats)
sigmoid.point(
    [0.0, 1000.0, -1000.0], value=[0.5, 1.0, 0.0], gradients=([0.25, 0.0, 0.0],), why="saturates, does not overflow"
)


@op("Softplus", dtypes=FLOATS)
def softplus(x: TensorLike, *, name: str | None = None) -> Tensor:
    """log(1 + exp(x))."""
    ...


softplus.type_rule(same_type)


@softplus.vjp
def _(g, out, x):
    return (mul(g, sigmoid(x)),)


softplus.cases(_any_floats)
softplus.point(
    [0.0, 1000.0, -1000.0], value=[math.log(2.0), 1000.0, 0.0], gradients=([0.5, 1.0, 0.0],), why="no overflow"
)
softplus.point(
    20.5,
    value=20.5 + math.log1p(math.exp(-20.5)),
    gradients=(1.0 / (1.0 + math.exp(-20.5)),),
    why="no threshold that shows",
)


# Order ------------------------------------------------------------------------------------------------------------------


@op("Maximum", dtypes=NUMBERS)
def maximum(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The larger of x and y, with broadcasting; NaN if either is. In a tie the gradient is x's."""
    ...


maximum.type_rule(broadcast_type)


@maximum.vjp
def _(g, out, x, y):
    first, zero = greater_equal(x, y), zeros_like(g)
    return sum_to_like(where(first, g, zero), x), sum_to_like(where(first, zero, g), y)


maximum.cases(_pair)
maximum.point(
    [1.0, 0.0], [1.0, -0.0], value=[1.0, 0.0], gradients=([1.0, 1.0], [0.0, 0.0]), why="a tie goes to the first, as TF1"
)
maximum.point([1.0, 1.0], 1.0, value=[1.0, 1.0], gradients=([1.0, 1.0], 0.0), why="a tie goes to the first, as TF1")
maximum.point([NAN, 1.0], [1.0, NAN], value=[NAN, NAN], why="NaN wins")


@op("Minimum", dtypes=NUMBERS)
def minimum(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The smaller of x and y, with broadcasting; NaN if either is. In a tie the gradient is x's."""
    ...


minimum.type_rule(broadcast_type)


@minimum.vjp
def _(g, out, x, y):
    first, zero = less_equal(x, y), zeros_like(g)
    return sum_to_like(where(first, g, zero), x), sum_to_like(where(first, zero, g), y)


minimum.cases(_pair)
minimum.point(
    [1.0, 0.0], [1.0, -0.0], value=[1.0, 0.0], gradients=([1.0, 1.0], [0.0, 0.0]), why="a tie goes to the first, as TF1"
)
minimum.point([1.0, 1.0], 1.0, value=[1.0, 1.0], gradients=([1.0, 1.0], 0.0), why="a tie goes to the first, as TF1")
minimum.point([NAN, 1.0], [1.0, NAN], value=[NAN, NAN], why="NaN wins")


@op("ClipByValue", dtypes=NUMBERS)
def clip_by_value(x: TensorLike, low: TensorLike, high: TensorLike, *, name: str | None = None) -> Tensor:
    """maximum(minimum(x, high), low). The bounds broadcast to the shape of `x`; at a bound the gradient is x's."""
    ...


@clip_by_value.type_rule
def _(x, low, high):
    shape = broadcast(broadcast(x.dims, low.dims), high.dims)
    require_shape(
        compatible(shape, x.dims),
        f"the bounds broadcast x to {shape_text(shape)}, which is not its shape {shape_text(x.dims)}",
    )
    return TensorType(x.dims, x.dtype)


clip_by_value.refuses("the bounds broadcast x to (2, 3)", floats(3), floats(2, 1), floats())
clip_by_value.refuses("the bounds broadcast x to (2, 3)", floats(3), floats(), floats(2, 1))
clip_by_value.infers(floats(None, 3), floats(None, 3), floats(2, 1), floats())


@clip_by_value.vjp
def _(g, out, x, low, high):
    zero = zeros_like(g)
    below_high, above_low = less_equal(x, high), greater_equal(minimum(x, high), low)
    inner = where(above_low, g, zero)
    return (
        sum_to_like(where(below_high, inner, zero), x),
        sum_to_like(where(above_low, zero, g), low),
        sum_to_like(where(below_high, zero, inner), high),
    )


@clip_by_value.cases
def _(draw, gen):
    x, narrow = draw(gen.wide_and_narrow())
    return (x, narrow - 1.0, draw(gen.floats((), low=0.0))), {}


clip_by_value.point(
    [-1.0, 1.0, 3.0],
    -1.0,
    1.0,
    value=[-1.0, 1.0, 1.0],
    gradients=([1.0, 1.0, 0.0], 0.0, 1.0),
    why="1 at a bound, as TF1",
)
clip_by_value.point(
    [0.0, 1.5, 3.0],
    2.0,
    1.0,
    value=[2.0, 2.0, 2.0],
    gradients=([0.0] * 3, 3.0, 0.0),
    why="bounds the wrong way round: the lower one wins, as TF1",
)
clip_by_value.point(NAN, -1.0, 1.0, value=NAN, why="NaN stays")


# Rounding ---------------------------------------------------------------------------------------------------------------


@op("Floor", dtypes=FLOATS)
def floor(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The largest whole number not above x."""
    ...


floor.type_rule(same_type)
floor.no_gradient(_STEPS)
floor.cases(_any_floats)
floor.point([1.5, -1.5, 2.0, -INF], value=[1.0, -2.0, 2.0, -INF], gradients=(None,), why="not connected, as TF1")


@op("Ceil", dtypes=FLOATS)
def ceil(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The smallest whole number not below x."""
    ...


ceil.type_rule(same_type)
ceil.no_gradient(_STEPS)
ceil.cases(_any_floats)
ceil.point([1.5, -1.5, 2.0, INF], value=[2.0, -1.0, 2.0, INF], gradients=(None,), why="not connected, as TF1")


@op("Round", dtypes=FLOATS)
def round(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The nearest whole number, the even one of two."""
    ...


round.type_rule(same_type)
round.no_gradient(_STEPS)
round.cases(_any_floats)
round.point([0.5, 1.5, 2.5, -0.5, -2.5], value=[0.0, 2.0, 2.0, 0.0, -2.0], gradients=(None,), why="half to even")


# Questions --------------------------------------------------------------------------------------------------------------


def _question_type(x):
    return TensorType(x.shape, BOOL)


@op("IsNan", dtypes=FLOATS)
def is_nan(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x is NaN."""
    ...


is_nan.type_rule(_question_type)
is_nan.no_gradient("the output is a truth value")
is_nan.cases(_any_floats)
is_nan.point([NAN, INF, -INF, 1.0], value=[True, False, False, False])


@op("IsInf", dtypes=FLOATS)
def is_inf(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x is inf or -inf."""
    ...


is_inf.type_rule(_question_type)
is_inf.no_gradient("the output is a truth value")
is_inf.cases(_any_floats)
is_inf.point([NAN, INF, -INF, 1.0], value=[False, True, True, False])


@op("IsFinite", dtypes=FLOATS)
def is_finite(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x is neither NaN nor infinite."""
    ...


is_finite.type_rule(_question_type)
is_finite.no_gradient("the output is a truth value")
is_finite.cases(_any_floats)
is_finite.point([NAN, INF, -INF, 1.0], value=[False, False, False, True])
