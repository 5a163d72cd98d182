"""Element-wise arithmetic with broadcasting, and the operators of tensors that stand for it."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import FLOATS, NUMBERS, TensorType, broadcast
from .broadcasting import ones_like, sum_to_like

SIGNED = tuple(d for d in NUMBERS if not d.startswith("u"))


def broadcast_type(a, b):
    """The type rule of element-wise ops of two operands."""
    return TensorType(broadcast(a.dims, b.dims), a.dtype)


def same_type(x):
    """The type rule of element-wise ops of one operand."""
    return TensorType(x.shape, x.dtype)


@op("Add", dtypes=NUMBERS)
def add(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x + y, with broadcasting. Integers wrap around."""
    ...


add.type_rule(broadcast_type)


@add.vjp
def _(g, out, x, y):
    return sum_to_like(g, x), sum_to_like(g, y)


@add.cases
def _(draw, gen):
    return draw(gen.broadcastable(2)), {}


@op("Sub", dtypes=NUMBERS)
def sub(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x - y, with broadcasting. Integers wrap around."""
    ...


sub.type_rule(broadcast_type)


@sub.vjp
def _(g, out, x, y):
    return sum_to_like(g, x), sum_to_like(negative(g), y)


@sub.cases
def _(draw, gen):
    return draw(gen.broadcastable(2)), {}


@op("Mul", dtypes=NUMBERS)
def mul(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """x * y, with broadcasting. Integers wrap around."""
    ...


mul.type_rule(broadcast_type)


@mul.vjp
def _(g, out, x, y):
    return sum_to_like(mul(g, y), x), sum_to_like(mul(g, x), y)


@mul.cases
def _(draw, gen):
    return draw(gen.broadcastable(2)), {}


@op("Neg", dtypes=SIGNED)
def negative(x: TensorLike, *, name: str | None = None) -> Tensor:
    """-x. The smallest integer stays itself."""
    ...


negative.type_rule(same_type)


@negative.vjp
def _(g, out, x):
    return (negative(g),)


@negative.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


@op("Tanh", dtypes=FLOATS)
def tanh(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Hyperbolic tangent."""
    ...


tanh.type_rule(same_type)


@tanh.vjp
def _(g, out, x):
    return (mul(g, sub(ones_like(out), mul(out, out))),)


@tanh.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}
