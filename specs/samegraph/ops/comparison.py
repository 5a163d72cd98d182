"""Comparisons, logic on truth values, and the choice between two tensors; all with broadcasting."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import BOOL, EVERY, NUMBERS, STRING, TensorType, broadcast, floats, ints, require_dtype, typed
from .broadcasting import sum_to_like, zeros_like

_TRUTH = "the output is a truth value"


def compared_type(x, y):
    """The type rule of element-wise questions about two operands."""
    return TensorType(broadcast(x.dims, y.dims), BOOL)


def _close_numbers(draw, gen):
    """Two arrays that often hold equal elements."""
    return draw(gen.broadcastable(2, low=-0.0625, high=0.0625)), {}


def _two_truths(draw, gen):
    a, b = draw(gen.broadcastable_shapes(2))
    return (draw(gen.booleans_array(a)), draw(gen.booleans_array(b))), {}


@op("Equal", dtypes=(*EVERY, STRING))
def equal(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x == y; NaN equals nothing."""
    ...


equal.type_rule(compared_type)
equal.no_gradient(_TRUTH)
equal.cases(_close_numbers)
equal.point([float("nan"), 0.0], [float("nan"), -0.0], value=[False, True], why="IEEE: NaN equals nothing, -0 is 0")


@op("NotEqual", dtypes=(*EVERY, STRING))
def not_equal(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x != y; NaN differs from everything."""
    ...


not_equal.type_rule(compared_type)
not_equal.no_gradient(_TRUTH)
not_equal.cases(_close_numbers)
not_equal.point([float("nan"), 0.0], [float("nan"), -0.0], value=[True, False], why="IEEE: NaN equals nothing, -0 is 0")


@op("Less", dtypes=NUMBERS)
def less(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x < y; never with a NaN."""
    ...


less.type_rule(compared_type)
less.no_gradient(_TRUTH)
less.cases(_close_numbers)
less.point([float("nan"), 1.0], [1.0, 1.0], value=[False, False], why="no order with NaN")


@op("LessEqual", dtypes=NUMBERS)
def less_equal(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x <= y; never with a NaN."""
    ...


less_equal.type_rule(compared_type)
less_equal.no_gradient(_TRUTH)
less_equal.cases(_close_numbers)
less_equal.point([float("nan"), 1.0], [1.0, 1.0], value=[False, True], why="no order with NaN")


@op("Greater", dtypes=NUMBERS)
def greater(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x > y; never with a NaN."""
    ...


greater.type_rule(compared_type)
greater.no_gradient(_TRUTH)
greater.cases(_close_numbers)
greater.point([float("nan"), 1.0], [1.0, 1.0], value=[False, False], why="no order with NaN")


@op("GreaterEqual", dtypes=NUMBERS)
def greater_equal(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether x >= y; never with a NaN."""
    ...


greater_equal.type_rule(compared_type)
greater_equal.no_gradient(_TRUTH)
greater_equal.cases(_close_numbers)
greater_equal.point([float("nan"), 1.0], [1.0, 1.0], value=[False, True], why="no order with NaN")


@op("LogicalAnd", dtypes=(BOOL,))
def logical_and(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x and y."""
    ...


logical_and.type_rule(compared_type)
logical_and.no_gradient(_TRUTH)
logical_and.cases(_two_truths)


@op("LogicalOr", dtypes=(BOOL,))
def logical_or(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x or y."""
    ...


logical_or.type_rule(compared_type)
logical_or.no_gradient(_TRUTH)
logical_or.cases(_two_truths)


@op("LogicalXor", dtypes=(BOOL,))
def logical_xor(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x or y, but not both."""
    ...


logical_xor.type_rule(compared_type)
logical_xor.no_gradient(_TRUTH)
logical_xor.cases(_two_truths)


@op("LogicalNot", dtypes=(BOOL,))
def logical_not(x: TensorLike, *, name: str | None = None) -> Tensor:
    """not x."""
    ...


@logical_not.type_rule
def _(x):
    return TensorType(x.shape, BOOL)


logical_not.no_gradient(_TRUTH)


@logical_not.cases
def _(draw, gen):
    return (draw(gen.booleans_array()),), {}


@op("Select", dtypes=(*EVERY, STRING), apart=["condition"], stops=["condition"])
def where(condition: TensorLike, x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """Elements of `x` where `condition` is true, of `y` elsewhere; the three broadcast to one shape."""
    ...


@where.type_rule
def _(condition, x, y):
    require_dtype(
        condition.dtype == BOOL,
        f"condition must hold bool, got {condition}; a comparison such as tf.not_equal(condition, 0) makes one",
    )
    return TensorType(broadcast(condition.dims, broadcast(x.dims, y.dims)), x.dtype)


where.refuses("condition must hold bool", ints(2), floats(2), floats(2))
where.infers(floats(2, 3), typed("bool", 2, 1), floats(3), floats())


@where.vjp
def _(g, out, condition, x, y):
    zero = zeros_like(g)
    return None, sum_to_like(where(condition, g, zero), x), sum_to_like(where(condition, zero, g), y)


@where.cases
def _(draw, gen):
    condition, x, y = draw(gen.broadcastable_shapes(3))
    return (draw(gen.booleans_array(condition)), draw(gen.floats(x)), draw(gen.floats(y))), {}


where.point(
    [True, False],
    [1.0, float("nan")],
    [float("inf"), 2.0],
    value=[1.0, 2.0],
    gradients=(None, [1.0, 0.0], [0.0, 1.0]),
    why="what is not chosen does not count",
)
