"""tf.distributions."""

from __future__ import annotations

from ..composed.distributions import Categorical, Normal
from ._absent import absent

__all__ = ["Categorical", "Normal"]

__getattr__ = absent(__name__)
