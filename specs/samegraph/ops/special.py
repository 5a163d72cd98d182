"""Special functions: the gamma function's family, the complement of erf, Bessel functions, logarithms and quotients that are 0 at x = 0."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..types import FLOATS
from .arithmetic import add, broadcast_type, mul, negative, same_type, sub
from .broadcasting import ones_like, sum_to_like, zeros_like
from .comparison import equal, greater, logical_and, logical_not, where
from .maths import exp, is_finite, log, reciprocal, sign

INF, NAN = math.inf, math.nan
EULER = 0.5772156649015329
SERIES = Tolerance(128, "sums of a series, cancelled against each other near a zero")


def _positive(draw, gen):
    return (draw(gen.floats(draw(gen.shapes(min_side=0)), low=0.25, high=6.0)),), {}


@op("Erfc", dtypes=FLOATS)
def erfc(x: TensorLike, *, name: str | None = None) -> Tensor:
    """1 - erf(x), without cancellation for a large x."""
    ...


erfc.type_rule(same_type)


@erfc.vjp
def _(g, out, x):
    return (mul(g, mul(exp(negative(mul(x, x))), -2.0 / math.sqrt(math.pi))),)


@erfc.cases
def _(draw, gen):
    return (draw(gen.floats(draw(gen.shapes(min_side=0)))),), {}


erfc.point([0.0, INF, -INF], value=[1.0, 0.0, 2.0], gradients=([-2.0 / math.sqrt(math.pi), 0.0, 0.0],))


@op("Lgamma", dtypes=FLOATS, tolerance=SERIES)
def lgamma(x: TensorLike, *, name: str | None = None) -> Tensor:
    """log |gamma(x)|; infinite at 0, -1, -2, ..., where it has no slope (NaN)."""
    ...


lgamma.type_rule(same_type)


@lgamma.vjp
def _(g, out, x):
    return (mul(g, digamma(x)),)


lgamma.cases(_positive)
lgamma.point([1.0, 2.0, INF], value=[0.0, 0.0, INF], gradients=([-EULER, 1.0 - EULER, INF],))
lgamma.point([0.0, -1.0], value=[INF, INF], gradients=([NAN, NAN],), why="poles; as TF1")
lgamma.point(-1.5, value=0.860047015376481, gradients=(0.7031566406452432,), why="between poles")


@op("Digamma", dtypes=FLOATS, tolerance=SERIES)
def digamma(x: TensorLike, *, name: str | None = None) -> Tensor:
    """The derivative of lgamma; NaN at 0, -1, -2, ..."""
    ...


digamma.type_rule(same_type)


@digamma.vjp
def _(g, out, x):
    return (mul(g, polygamma(ones_like(x), x)),)


digamma.cases(_positive)
digamma.point([1.0, 2.0], value=[-EULER, 1.0 - EULER], gradients=([math.pi**2 / 6, math.pi**2 / 6 - 1.0],))
digamma.point([0.0, -1.0], value=[NAN, NAN], why="poles; as TF1")


@op("Polygamma", dtypes=FLOATS, stops=["a"], tolerance=SERIES)
def polygamma(a: TensorLike, x: TensorLike, *, name: str | None = None) -> Tensor:
    """The a-th derivative of digamma at x > 0, with broadcasting; a = 0, 1, 2, ... gets no gradient, as in TF1."""
    ...


polygamma.type_rule(broadcast_type)


@polygamma.vjp
def _(g, out, a, x):
    return None, sum_to_like(mul(g, polygamma(a + 1.0, x)), x)


@polygamma.cases
def _(draw, gen):
    a, x = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(a, low=0.0, high=3.0)).round(), draw(gen.floats(x, low=1.0, high=6.0))), {}


ZETA_3 = 1.2020569031595942
polygamma.point(
    [0.0, 1.0, 2.0],
    1.0,
    value=[-EULER, math.pi**2 / 6, -2 * ZETA_3],
    gradients=(None, math.pi**2 / 6 - 2 * ZETA_3 + math.pi**4 / 15),
)


@op("Zeta", dtypes=FLOATS, stops=["x"], tolerance=SERIES)
def zeta(x: TensorLike, q: TensorLike, *, name: str | None = None) -> Tensor:
    """Hurwitz's zeta function, the sum of (q + k) ** -x over k = 0, 1, ..., for x > 1 and q > 0, with broadcasting.

    Infinite at x = 1. `x` gets no gradient, as in TF1.
    """
    ...


zeta.type_rule(broadcast_type)


@zeta.vjp
def _(g, out, x, q):
    return None, sum_to_like(mul(g, mul(negative(x), zeta(x + 1.0, q))), q)


@zeta.cases
def _(draw, gen):
    x, q = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(x, low=1.5, high=5.0)), draw(gen.floats(q, low=0.75, high=6.0))), {}


zeta.point([2.0, 4.0], 1.0, value=[math.pi**2 / 6, math.pi**4 / 90])
zeta.point(1.0, 1.0, value=INF, why="the harmonic series")


@op("Xlogy", dtypes=FLOATS)
def xlogy(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x * log(y), with broadcasting; 0 where x is 0, whatever y. There both gradients are 0 unless y > 0 has a logarithm."""
    ...


xlogy.type_rule(broadcast_type)


def _constant(x, y):
    """Where x is 0 and y has no finite logarithm."""
    has_logarithm = logical_and(greater(y, zeros_like(y)), is_finite(y))
    return logical_and(equal(x, zeros_like(x)), logical_not(has_logarithm))


@xlogy.vjp
def _(g, out, x, y):
    log_y = log(where(_constant(x, y), ones_like(y), y))
    return sum_to_like(mul(g, log_y), x), sum_to_like(mul(g, xdivy(x, y)), y)


@xlogy.cases
def _(draw, gen):
    x, y = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(x)), draw(gen.floats(y, low=0.125))), {}


xlogy.point([0.0, 0.0], [0.0, -1.0], value=[0.0, 0.0], gradients=([0.0, 0.0], [0.0, 0.0]), why="constant, as TF1")
xlogy.point(
    0.0, 2.0, value=0.0, gradients=(math.log(2.0), 0.0), why="x * log 2 has the slope log 2; TF1's 0 is no slope of it"
)
xlogy.point(2.0, 0.0, value=-INF, gradients=(-INF, INF), why="IEEE")
xlogy.point(0.0, NAN, value=0.0, why="0 whatever y, as TF1")
xlogy.point(0.0, INF, value=0.0, gradients=(0.0, 0.0), why="0 whatever y, as TF1")


@op("Xdivy", dtypes=FLOATS)
def xdivy(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x / y, with broadcasting; 0 where x is 0, whatever y. At (0, 0) both gradients are 0."""
    ...


xdivy.type_rule(broadcast_type)


@xdivy.vjp
def _(g, out, x, y):
    none = logical_and(equal(x, zeros_like(x)), equal(y, zeros_like(y)))
    share = where(none, zeros_like(out), reciprocal(where(none, ones_like(y), y)))
    return sum_to_like(mul(g, share), x), sum_to_like(mul(g, negative(mul(out, share))), y)


@xdivy.cases
def _(draw, gen):
    x, y = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(x)), draw(gen.floats(y, low=0.25)) * (1.0 - 2.0 * draw(gen.booleans_array(y)))), {}


xdivy.point(0.0, 0.0, value=0.0, gradients=(0.0, 0.0), why="constant, as TF1")
xdivy.point(0.0, 2.0, value=0.0, gradients=(0.5, 0.0), why="x / 2 has the slope 1/2; TF1's 0 is no slope of it")
xdivy.point(2.0, 0.0, value=INF, gradients=(INF, -INF), why="IEEE")
xdivy.point(0.0, NAN, value=0.0, why="0 whatever y, as TF1")


def _away_from_0(draw, gen):
    x = draw(gen.floats(draw(gen.shapes(min_side=0)), low=0.125, high=6.0))
    return (x * (1.0 - 2.0 * draw(gen.booleans_array(x.shape))),), {}


@op("BesselI0e", dtypes=FLOATS, tolerance=SERIES)
def bessel_i0e(x: TensorLike, *, name: str | None = None) -> Tensor:
    """exp(-|x|) I0(x), I0 being the modified Bessel function of order 0: it does not overflow. At 0, its peak, the gradient is 0."""
    ...


bessel_i0e.type_rule(same_type)


@bessel_i0e.vjp
def _(g, out, x):
    return (mul(g, sub(bessel_i1e(x), mul(sign(x), out))),)


bessel_i0e.cases(_away_from_0)
bessel_i0e.point([0.0, 1.0], value=[1.0, 0.46575960759364043], gradients=([0.0, -0.25784919224393194],), why="even")
bessel_i0e.point(-1.0, value=0.46575960759364043, gradients=(0.25784919224393194,), why="even")
bessel_i0e.point(1000.0, value=0.012617240455891257, why="I0 itself is 1e432")


@op("BesselI1e", dtypes=FLOATS, tolerance=SERIES)
def bessel_i1e(x: TensorLike, *, name: str | None = None) -> Tensor:
    """exp(-|x|) I1(x), I1 being the modified Bessel function of order 1: it does not overflow."""
    ...


bessel_i1e.type_rule(same_type)


@bessel_i1e.vjp
def _(g, out, x):
    # the limit of the formula at 0 is 1/2
    zero = equal(x, zeros_like(x))
    over_x = reciprocal(where(zero, ones_like(x), x))
    slope = sub(bessel_i0e(x), mul(out, add(sign(x), over_x)))
    return (mul(g, where(zero, mul(ones_like(x), 0.5), slope)),)


bessel_i1e.cases(_away_from_0)
bessel_i1e.point([0.0, 1.0], value=[0.0, 0.2079104153497085], gradients=([0.5, 0.049938776894223436],), why="odd")
bessel_i1e.point(-1.0, value=-0.2079104153497085, gradients=(0.049938776894223436,), why="odd")
bessel_i1e.point(1000.0, value=0.012610930256928629, why="I1 itself is 1e432")
