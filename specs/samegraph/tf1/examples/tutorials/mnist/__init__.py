"""tf.examples.tutorials.mnist."""

from __future__ import annotations

from ...._absent import absent
from . import input_data

__all__ = ["input_data"]

__getattr__ = absent(__name__)
