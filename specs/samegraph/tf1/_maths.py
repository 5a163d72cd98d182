"""Arithmetic, comparison and reduction: what TF1 has both as tf.X and as tf.math.X."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..composed import counting as _counting
from ..composed.counting import confusion_matrix
from ..composed.ordering import invert_permutation, is_non_decreasing, is_strictly_increasing
from ..composed.reductions import lbeta
from ..composed.segments import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    unsorted_segment_mean,
    unsorted_segment_sqrt_n,
)
from ..graph import Tensor
from ..op import as_tensor
from ..operators import for_true_division
from ..registry import OPS
from ..state import Variable
from ..types import INT32, INT64, INTEGERS
from ._table import binary, reduction, renamed, unary, unsorted_segments

__all__ = [
    "abs",
    "accumulate_n",
    "acos",
    "acosh",
    "add",
    "add_n",
    "argmax",
    "argmin",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "bincount",
    "ceil",
    "confusion_matrix",
    "cos",
    "cosh",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "digamma",
    "divide",
    "equal",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "floor",
    "floordiv",
    "floormod",
    "greater",
    "greater_equal",
    "invert_permutation",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_strictly_increasing",
    "lbeta",
    "less",
    "less_equal",
    "lgamma",
    "log",
    "log1p",
    "log_sigmoid",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "mod",
    "multiply",
    "negative",
    "not_equal",
    "polygamma",
    "pow",
    "reciprocal",
    "reduce_all",
    "reduce_any",
    "reduce_logsumexp",
    "reduce_max",
    "reduce_mean",
    "reduce_min",
    "reduce_prod",
    "reduce_sum",
    "rint",
    "round",
    "rsqrt",
    "scalar_mul",
    "segment_max",
    "segment_mean",
    "segment_min",
    "segment_prod",
    "segment_sum",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "squared_difference",
    "subtract",
    "tan",
    "tanh",
    "truediv",
    "unsorted_segment_max",
    "unsorted_segment_mean",
    "unsorted_segment_min",
    "unsorted_segment_prod",
    "unsorted_segment_sqrt_n",
    "unsorted_segment_sum",
    "zeta",
]

# Of one operand ---------------------------------------------------------------------------------------------------------

abs = unary("abs")
negative = unary("negative")
sign = unary("sign")
reciprocal = unary("reciprocal")
square = unary("square")
sqrt = unary("sqrt")
rsqrt = unary("rsqrt")
exp = unary("exp")
expm1 = unary("expm1")
log = unary("log")
log1p = unary("log1p")
sin = unary("sin")
cos = unary("cos")
tan = unary("tan")
tanh = unary("tanh")
asin = unary("asin")
acos = unary("acos")
atan = unary("atan")
sinh = unary("sinh")
cosh = unary("cosh")
asinh = unary("asinh")
acosh = unary("acosh")
atanh = unary("atanh")
erf = unary("erf")
erfc = unary("erfc")
lgamma = unary("lgamma")
digamma = unary("digamma")
sigmoid = unary("sigmoid")
floor = unary("floor")
ceil = unary("ceil")
rint = unary("round", "rint")
is_nan = unary("is_nan")
is_inf = unary("is_inf")
is_finite = unary("is_finite")
logical_not = unary("logical_not")

# Of two operands --------------------------------------------------------------------------------------------------------

add = binary("add")
subtract = binary("sub", "subtract")
multiply = binary("mul", "multiply")
floormod = mod = binary("mod")
pow = binary("pow")
maximum = binary("maximum")
minimum = binary("minimum")
squared_difference = binary("squared_difference")
equal = binary("equal")
not_equal = binary("not_equal")
less = binary("less")
less_equal = binary("less_equal")
greater = binary("greater")
greater_equal = binary("greater_equal")
logical_and = binary("logical_and")
logical_or = binary("logical_or")


def logical_xor(x: Any, y: Any, name: str | None = "LogicalXor") -> Tensor:
    """Elements of `x` that differ from those of `y`, of booleans (TF1: tf.logical_xor)."""
    return OPS["logical_xor"](x, y, name=name)


def round(x: Any, name: str | None = None) -> Tensor:
    """The nearest whole number, the even one of two; integers as they are (TF1: tf.round)."""
    t = as_tensor(x)
    return t if t.dtype in INTEGERS else OPS["round"](t, name=name)


def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """The angle between -pi and pi of the point (x, y) (TF1: tf.atan2)."""
    return OPS["atan2"](y, x, name=name)


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """The a-th derivative of digamma at x > 0 (TF1: tf.polygamma)."""
    return OPS["polygamma"](a, x, name=name)


def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Hurwitz's zeta function (TF1: tf.zeta)."""
    return OPS["zeta"](x, q, name=name)


def log_sigmoid(x: Any, name: str | None = None) -> Tensor:
    """log(sigmoid(x)), without overflow (TF1: tf.log_sigmoid)."""
    return OPS["negative"](OPS["softplus"](OPS["negative"](x)), name=name or "LogSigmoid")


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y; integers of 8 and 16 bits divide as float32, wider ones as float64 (TF1: tf.truediv)."""
    a = as_tensor(x)
    return OPS["truediv"](*for_true_division(a, as_tensor(y, a.dtype)), name=name or "truediv")


def divide(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python's operator divides: a number takes the dtype of the tensor beside it (TF1: tf.divide)."""
    return truediv(as_tensor(x, y.dtype if isinstance(y, (Tensor, Variable)) else None), y, name)


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y rounded down (TF1: tf.floordiv). A run fails for integers divided by 0."""
    return OPS["floordiv"](x, y, name=name or "floordiv")


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """scalar * x (TF1: tf.scalar_mul). ValueError when `scalar` is no scalar."""
    factor = as_tensor(scalar, as_tensor(x).dtype)
    if factor.type.shape != ():
        raise ValueError(f"The input scalar must be a 0-D value. Received shape {factor.shape}.")
    return OPS["mul"](factor, x, name=name)


def add_n(inputs: Sequence[Any], name: str | None = None) -> Tensor:
    """The sum of tensors of one shape and dtype, from the first to the last (TF1: tf.add_n).

    ValueError for no tensors, or tensors of different shapes.
    """
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(
            "inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape."
        )
    tensors = [as_tensor(t) for t in inputs]
    for t in tensors[1:]:
        if not t.shape.is_compatible_with(tensors[0].shape):
            raise ValueError(f"add_n: tensors of one shape are needed, got {tensors[0]!r} and {t!r}")
    total = tensors[0]
    for i, t in enumerate(tensors[1:], 2):
        total = OPS["add"](total, t, name=(name or "AddN") if i == len(tensors) else None)
    return total if len(tensors) > 1 or name is None else OPS["identity"](total, name=name)


def accumulate_n(inputs: Sequence[Any], shape: Any = None, tensor_dtype: Any = None, name: str | None = None) -> Tensor:
    """As add_n; `shape` and `tensor_dtype`, when given, are what the tensors must have (TF1: tf.accumulate_n)."""
    total = add_n(inputs, name or "AccumulateNV2")
    if tensor_dtype is not None and total.dtype != tensor_dtype:
        raise TypeError(f"tensor_dtype is {tensor_dtype}, but input is of type {total.dtype}")
    if shape is not None:
        total.set_shape(shape)
    return total


# Reductions -------------------------------------------------------------------------------------------------------------

reduce_sum = reduction("reduce_sum")
reduce_mean = reduction("reduce_mean")
reduce_prod = reduction("reduce_prod")
reduce_max = reduction("reduce_max")
reduce_min = reduction("reduce_min")
reduce_all = reduction("reduce_all")
reduce_any = reduction("reduce_any")
reduce_logsumexp = reduction("reduce_logsumexp")


def count_nonzero(
    input_tensor: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = INT64,
    name: str | None = None,
    reduction_indices: Any = None,
    keep_dims: bool | None = None,
    input: Any = None,
) -> Tensor:
    """How many elements along `axis` are not 0 (TF1: tf.count_nonzero). The last three are old names of the first three."""
    given = renamed("input_tensor", input_tensor, "input", input)
    if given is None:
        raise ValueError("count_nonzero: input_tensor must be given")
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    return _counting.count_nonzero(
        given, axis, bool(renamed("keepdims", keepdims, "keep_dims", keep_dims)), dtype, name
    )


def bincount(arr: Any, weights: Any = None, minlength: Any = None, maxlength: Any = None, dtype: Any = INT32) -> Tensor:
    """How many elements are 0, 1, 2, ..., or the sums of their weights (TF1: tf.bincount)."""
    return _counting.bincount(arr, weights, minlength, maxlength, dtype)


def argmax(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = INT64
) -> Tensor:
    """The index of the first greatest element along `axis`, 0 when None (TF1: tf.argmax). dimension: the axis's old name."""
    return OPS["argmax"](input, axis=_axis_or_0(axis, dimension), output_type=output_type, name=name)


def argmin(
    input: Any, axis: Any = None, name: str | None = None, dimension: Any = None, output_type: Any = INT64
) -> Tensor:
    """The index of the first least element along `axis`, 0 when None (TF1: tf.argmin). dimension: the axis's old name."""
    return OPS["argmin"](input, axis=_axis_or_0(axis, dimension), output_type=output_type, name=name)


def _axis_or_0(axis: Any, dimension: Any) -> Any:
    axis = renamed("axis", axis, "dimension", dimension)
    return 0 if axis is None else axis


def cumsum(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """Running sums along `axis` (TF1: tf.cumsum). exclusive: without the element itself. reverse: from the end."""
    return OPS["cumsum"](x, axis=axis, exclusive=exclusive, reverse=reverse, name=name)


def cumprod(x: Any, axis: Any = 0, exclusive: bool = False, reverse: bool = False, name: str | None = None) -> Tensor:
    """Running products along `axis` (TF1: tf.cumprod). exclusive: without the element itself. reverse: from the end."""
    return OPS["cumprod"](x, axis=axis, exclusive=exclusive, reverse=reverse, name=name)


unsorted_segment_sum = unsorted_segments("unsorted_segment_sum")
unsorted_segment_prod = unsorted_segments("unsorted_segment_prod")
unsorted_segment_max = unsorted_segments("unsorted_segment_max")
unsorted_segment_min = unsorted_segments("unsorted_segment_min")
