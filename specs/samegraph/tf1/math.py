"""tf.math: arithmetic, comparison and reduction."""

from __future__ import annotations

from typing import Any

from ..composed.ordering import in_top_k
from ..composed.reductions import polyval, reduce_std, reduce_variance
from ..graph import Tensor
from ..registry import OPS
from . import _maths
from ._absent import absent
from ._linear import div_no_nan as divide_no_nan
from ._maths import *  # noqa: F403
from ._table import binary, unary
from .nn import l2_normalize, log_softmax, softmax, softplus, softsign, top_k, zero_fraction

bessel_i0e = unary("bessel_i0e")
bessel_i1e = unary("bessel_i1e")
xlogy = binary("xlogy")
xdivy = binary("xdivy")


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The square root of the sum of the squares over `axis` (TF1: tf.math.reduce_euclidean_norm)."""
    return OPS["reduce_euclidean_norm"](input_tensor, axis=axis, keepdims=keepdims, name=name)


def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 0; inf where it overflows (TF1: tf.math.bessel_i0)."""
    return OPS["mul"](OPS["exp"](OPS["abs"](x)), bessel_i0e(x), name=name)


def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """The modified Bessel function of order 1; infinite where it overflows (TF1: tf.math.bessel_i1)."""
    return OPS["mul"](OPS["exp"](OPS["abs"](x)), bessel_i1e(x), name=name)


__all__ = [
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "divide_no_nan",
    "in_top_k",
    "l2_normalize",
    "log_softmax",
    "polyval",
    "reduce_euclidean_norm",
    "reduce_std",
    "reduce_variance",
    "softmax",
    "softplus",
    "softsign",
    "top_k",
    "xdivy",
    "xlogy",
    "zero_fraction",
]
__all__ += _maths.__all__

__getattr__ = absent(__name__)
