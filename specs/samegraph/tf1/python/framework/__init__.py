"""tf.python.framework."""

from __future__ import annotations

from ..._absent import absent
from . import dtypes, ops

__all__ = ["dtypes", "ops"]

__getattr__ = absent(__name__)
