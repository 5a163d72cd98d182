"""tf.train: optimizers, learning rates, the global step."""

from __future__ import annotations

from .. import optimizers as _optimizers
from ..global_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
    global_step,
)
from ..learning_rates import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    natural_exp_decay,
    piecewise_constant,
    polynomial_decay,
)
from ..optimizers import *  # noqa: F403
from ._absent import absent

piecewise_constant_decay = piecewise_constant

__all__ = [
    "assert_global_step",
    "cosine_decay",
    "create_global_step",
    "exponential_decay",
    "get_global_step",
    "get_or_create_global_step",
    "global_step",
    "inverse_time_decay",
    "natural_exp_decay",
    "piecewise_constant",
    "piecewise_constant_decay",
    "polynomial_decay",
]
__all__ += _optimizers.__all__

__getattr__ = absent(__name__)
