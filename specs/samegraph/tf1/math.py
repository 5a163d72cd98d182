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
from ._table import binary
from .nn import l2_normalize, log_softmax, softmax, softplus, softsign, top_k, zero_fraction

xlogy = binary("xlogy")
xdivy = binary("xdivy")


def reduce_euclidean_norm(
    input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The square root of the sum of the squares over `axis` (TF1: tf.math.reduce_euclidean_norm)."""
    return OPS["reduce_euclidean_norm"](input_tensor, axis=axis, keepdims=keepdims, name=name)


__all__ = [
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
