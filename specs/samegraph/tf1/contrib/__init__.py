"""tf.contrib: the one part that programs before TensorFlow 1.0 need."""

from __future__ import annotations

from .._absent import absent
from . import deprecated

__all__ = ["deprecated"]

__getattr__ = absent(__name__)
