"""tf.python.framework."""

from __future__ import annotations

from ..._absent import absent
from . import dtypes, ops, test_util

__all__ = ["dtypes", "ops", "test_util"]

__getattr__ = absent(__name__)
