"""What neural networks put between their layers."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import FLOATS, NUMBERS, TensorType, floats, normal_axis
from .arithmetic import add, mul, same_type, sub
from .broadcasting import zeros_like
from .comparison import greater, less, logical_and, where
from .maths import abs, exp, minimum, square, truediv
from .reduction import SUMS, reduce_sum

INF, NAN = math.inf, math.nan
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _any_floats(draw, gen):
    return (draw(gen.floats()),), {}


@op("Relu", dtypes=NUMBERS)
def relu(x: TensorLike, *, name: str | None = None) -> Tensor:
    """x where it is positive, else 0."""
    ...


relu.type_rule(same_type)


@relu.vjp
def _(g, out, x):
    return (where(greater(x, 0.0), g, zeros_like(g)),)


relu.cases(_any_floats)
relu.point([0.0, -0.0, -1.0, 1.0], value=[0.0, 0.0, 0.0, 1.0], gradients=([0.0, 0.0, 0.0, 1.0],), why="0 at 0, as TF1")
relu.point([INF, -INF, NAN], value=[INF, 0.0, NAN], why="NaN stays")


@op("Relu6", dtypes=NUMBERS)
def relu6(x: TensorLike, *, name: str | None = None) -> Tensor:
    """min(max(x, 0), 6)."""
    ...


relu6.type_rule(same_type)


@relu6.vjp
def _(g, out, x):
    return (where(logical_and(greater(x, 0.0), less(x, 6.0)), g, zeros_like(g)),)


@relu6.cases
def _(draw, gen):
    return (draw(gen.floats(low=-1.0, high=7.0)),), {}


relu6.point([0.0, 6.0, 3.0], value=[0.0, 6.0, 3.0], gradients=([0.0, 0.0, 1.0],), why="0 at both ends, as TF1")


@op("LeakyRelu", dtypes=FLOATS)
def leaky_relu(x: TensorLike, *, alpha: float, name: str | None = None) -> Tensor:
    """x where it is positive, else alpha * x."""
    ...


leaky_relu.type_rule(lambda x, alpha: same_type(x))


@leaky_relu.vjp
def _(g, out, x, alpha):
    return (where(greater(x, 0.0), g, mul(g, alpha)),)


@leaky_relu.cases
def _(draw, gen):
    return (draw(gen.floats()),), {"alpha": draw(gen.sampled([0.01, 0.2, 1.5]))}


leaky_relu.point(
    [0.0, -0.0, -1.0], alpha=0.25, value=[0.0, 0.0, -0.25], gradients=([0.25, 0.25, 0.25],), why="alpha at 0, as TF1"
)


@op("Elu", dtypes=FLOATS)
def elu(x: TensorLike, *, name: str | None = None) -> Tensor:
    """x where it is not negative, else exp(x) - 1."""
    ...


elu.type_rule(same_type)


@elu.vjp
def _(g, out, x):
    return (where(less(x, 0.0), mul(g, exp(minimum(x, 0.0))), g),)


elu.cases(_any_floats)
elu.point([0.0, -1000.0, 1000.0], value=[0.0, -1.0, 1000.0], gradients=([1.0, 0.0, 1.0],), why="smooth at 0")


@op("Selu", dtypes=FLOATS)
def selu(x: TensorLike, *, name: str | None = None) -> Tensor:
    """scale * x where it is not negative, else scale * alpha * (exp(x) - 1); scale 1.0507..., alpha 1.6732..."""
    ...


selu.type_rule(same_type)


@selu.vjp
def _(g, out, x):
    scaled = mul(g, SELU_SCALE)
    return (where(less(x, 0.0), mul(scaled, mul(exp(minimum(x, 0.0)), SELU_ALPHA)), scaled),)


selu.cases(_any_floats)
selu.point(
    [0.0, -1000.0],
    value=[0.0, -SELU_SCALE * SELU_ALPHA],
    gradients=([SELU_SCALE, 0.0],),
    why="the slope on the right at 0, as TF1",
)


@op("Softsign", dtypes=FLOATS)
def softsign(x: TensorLike, *, name: str | None = None) -> Tensor:
    """x / (1 + |x|)."""
    ...


softsign.type_rule(same_type)


@softsign.vjp
def _(g, out, x):
    return (truediv(g, square(add(abs(x), 1.0))),)


softsign.no_complex_step("it holds an absolute value")
softsign.cases(_any_floats)
softsign.point(0.0, value=0.0, gradients=(1.0,), why="smooth at 0")


def _softmax_type(x, axis):
    normal_axis(axis, x.rank)
    return TensorType(x.shape, x.dtype)


def _logits(draw, gen):
    x = draw(gen.floats(min_dims=1))
    return (x,), {"axis": draw(gen.integers(-x.ndim, x.ndim - 1))}


@op("Softmax", dtypes=FLOATS, tolerance=SUMS)
def softmax(x: TensorLike, *, axis: int = -1, name: str | None = None) -> Tensor:
    """exp(x) over its sum along `axis`."""
    ...


softmax.type_rule(_softmax_type)
softmax.refuses("is not an axis", floats(2), axis=1)


@softmax.vjp
def _(g, out, x, axis):
    return (mul(sub(g, reduce_sum(mul(g, out), axis=axis, keepdims=True)), out),)


softmax.cases(_logits)
softmax.point([0.0, -INF], value=[1.0, 0.0], gradients=([0.0, 0.0],), why="exp(-inf) is 0")
softmax.point([1000.0, 0.0], value=[1.0, 0.0], gradients=([0.0, 0.0],), why="no overflow")
softmax.point([[1000.0, 0.0], [0.0, 0.0]], axis=0, value=[[1.0, 0.5], [0.0, 0.5]], why="along axis 0")
softmax.point([-INF, -INF], value=[NAN, NAN], gradients=([NAN, NAN],), why="0 / 0, as TF1")


@op("LogSoftmax", dtypes=FLOATS, tolerance=SUMS)
def log_softmax(x: TensorLike, *, axis: int = -1, name: str | None = None) -> Tensor:
    """The logarithm of softmax, x - log(sum(exp(x))), without overflow."""
    ...


log_softmax.type_rule(_softmax_type)
log_softmax.refuses("is not an axis", floats(2), axis=1)


@log_softmax.vjp
def _(g, out, x, axis):
    return (sub(g, mul(exp(out), reduce_sum(g, axis=axis, keepdims=True))),)


log_softmax.cases(_logits)
log_softmax.point([1000.0, 0.0], value=[0.0, -1000.0], gradients=([-1.0, 1.0],), why="no overflow")
log_softmax.point([[1000.0, 0.0], [0.0, 2000.0]], axis=0, value=[[0.0, -2000.0], [-1000.0, 0.0]], why="along axis 0")
log_softmax.point([0.0, -INF], value=[0.0, -INF], gradients=([-1.0, 1.0],), why="exp(-inf) is 0")
