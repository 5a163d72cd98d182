"""The bits of elements: logic and shifts of integers, with broadcasting (TF1: tf.bitwise), and other readings of them."""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import INTEGERS, NUMBERS, DType, TensorType, as_dtype, floats, require_dtype, require_shape, typed
from .arithmetic import broadcast_type, same_type

_BITS = "integers have none"


def _pair(draw, gen):
    x, y = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(x, low=-100.0, high=100.0)), draw(gen.floats(y, low=-100.0, high=100.0))), {}


def _with_places(draw, gen):
    """Numbers, and counts of bits that a dtype may or may not have."""
    x, y = draw(gen.broadcastable_shapes(2))
    return (draw(gen.floats(x, low=-100.0, high=100.0)), draw(gen.floats(y, low=-2.0, high=70.0))), {}


@op("BitwiseAnd", dtypes=INTEGERS)
def bitwise_and(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The bits that are 1 in both."""
    ...


bitwise_and.type_rule(broadcast_type)
bitwise_and.no_gradient(_BITS)
bitwise_and.cases(_pair)
bitwise_and.point([12, -1], [10, 5], value=[8, 5])


@op("BitwiseOr", dtypes=INTEGERS)
def bitwise_or(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The bits that are 1 in either."""
    ...


bitwise_or.type_rule(broadcast_type)
bitwise_or.no_gradient(_BITS)
bitwise_or.cases(_pair)
bitwise_or.point([12, -8], [10, 5], value=[14, -3])


@op("BitwiseXor", dtypes=INTEGERS)
def bitwise_xor(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The bits that differ."""
    ...


bitwise_xor.type_rule(broadcast_type)
bitwise_xor.no_gradient(_BITS)
bitwise_xor.cases(_pair)
bitwise_xor.point([12, -1], [10, 5], value=[6, -6])


@op("Invert", dtypes=INTEGERS)
def invert(x: TensorLike, *, name: str | None = None) -> Tensor:
    """Every bit turned over: -1 - x where numbers have a sign."""
    ...


invert.type_rule(same_type)
invert.no_gradient(_BITS)


@invert.cases
def _(draw, gen):
    return (draw(gen.floats(draw(gen.shapes(min_side=0)), low=-100.0, high=100.0)),), {}


invert.point([0, -1, 5], value=[-1, 0, -6])


@op("LeftShift", dtypes=INTEGERS)
def left_shift(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The bits of `x` moved `y` places up; `y` is taken to be 0 at least, and the number of bits less 1 at most."""
    ...


left_shift.type_rule(broadcast_type)
left_shift.no_gradient(_BITS)
left_shift.cases(_with_places)
left_shift.point([1, 1, -3], [3, -1, 2], value=[8, 1, -12], why="a negative count moves nothing, as TF1")
left_shift.point([1, 3], [64, 63], value=[-(2**63), -(2**63)], why="no more than 63 places, as TF1")


@op("RightShift", dtypes=INTEGERS)
def right_shift(x: TensorLike, y: TensorLike, *, name: str | None = None) -> Tensor:
    """The bits of `x` moved `y` places down, the sign kept; `y` is limited as for left_shift."""
    ...


right_shift.type_rule(broadcast_type)
right_shift.no_gradient(_BITS)
right_shift.cases(_with_places)
right_shift.point([8, 8, -8, -5], [2, -1, 1, 64], value=[2, 8, -4, -1], why="arithmetic; a count out of range as TF1")


@op(dtypes=NUMBERS, may_view=True)
def bitcast(x: TensorLike, *, type: DType, name: str | None = None) -> Tensor:
    """The bits of the elements read as another dtype.

    Of a smaller one there are several in each element, along a new last axis; a larger one takes a whole last axis.
    """
    ...


@bitcast.type_rule
def _(x, type):
    wanted = as_dtype(type)
    require_dtype(wanted in NUMBERS, f"the bits of numbers are no {wanted.name}")
    if wanted.size <= x.dtype.size:
        more = () if wanted.size == x.dtype.size else (x.dtype.size // wanted.size,)
        return TensorType((*x.dims, *more), wanted)
    count = wanted.size // x.dtype.size
    require_shape(
        x.rank >= 1 and x.dims[-1] in (None, count),
        f"{count} elements of {x} along the last axis make one {wanted.name}",
    )
    return TensorType(x.dims[:-1], wanted)


bitcast.refuses("the bits of numbers are no bool", floats(2), type="bool")
bitcast.refuses("2 elements of float32(3, 3) along the last axis", floats(3, 3), type="float64")
bitcast.refuses("2 elements of float32()", floats(), type="float64")
bitcast.infers(typed("int32", 2), floats(2), type="int32")
bitcast.infers(typed("int16", 3, 2), floats(3), type="int16")
bitcast.infers(typed("float64", 3), floats(3, 2), type="float64")
bitcast.infers(typed("float64", 3), floats(3, None), type="float64")
bitcast.infers(typed("float64"), floats(2), type="float64")


bitcast.no_gradient("bits have none")


@bitcast.cases
def _(draw, gen):
    source, target = draw(gen.sampled([("int32", "uint8"), ("int32", "int32"), ("int32", "int16"), ("uint8", "int32")]))
    shape = draw(gen.shapes(min_side=0, max_dims=2))
    shape = (*shape, 4) if source == "uint8" else shape
    return (draw(gen.integers_array(shape, 0, 100, source)),), {"type": target}


bitcast.point([4607182418800017408, -4616189618054758400], type="float64", value=[1.0, -1.0], why="IEEE's bits")
bitcast.point(258, type="uint8", value=[2, 1, 0, 0, 0, 0, 0, 0], why="the lowest bits first")
