"""tf.examples.tutorials."""

from __future__ import annotations

from ..._absent import absent
from . import mnist

__all__ = ["mnist"]

__getattr__ = absent(__name__)
