"""tf.python: the few inner names that programs import."""

from __future__ import annotations

from .._absent import absent
from . import framework

__all__ = ["framework"]

__getattr__ = absent(__name__)
