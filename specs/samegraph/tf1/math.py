"""tf.math: arithmetic, comparison and reduction."""

from __future__ import annotations

from . import _maths
from ._absent import absent
from ._linear import div_no_nan as divide_no_nan
from ._maths import *  # noqa: F403
from .nn import l2_normalize, log_softmax, softmax, softplus, softsign, top_k, zero_fraction

__all__ = ["divide_no_nan", "l2_normalize", "log_softmax", "softmax", "softplus", "softsign", "top_k", "zero_fraction"]
__all__ += _maths.__all__

__getattr__ = absent(__name__)
