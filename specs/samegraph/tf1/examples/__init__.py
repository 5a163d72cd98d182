"""tf.examples: the reader of MNIST that tutorials import."""

from __future__ import annotations

from .._absent import absent
from . import tutorials

__all__ = ["tutorials"]

__getattr__ = absent(__name__)
