"""tf.strings: text in tensors, computed on the host."""

from __future__ import annotations

from ..host.strings import as_string
from ..host.strings import string_join as join
from ..host.strings import string_to_number as to_number
from ._absent import absent

__all__ = ["as_string", "join", "to_number"]

__getattr__ = absent(__name__)
