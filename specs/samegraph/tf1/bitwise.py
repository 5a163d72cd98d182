"""tf.bitwise: the bits of integers."""

from __future__ import annotations

from ._absent import absent
from ._table import binary, unary

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]

bitwise_and = binary("bitwise_and")
bitwise_or = binary("bitwise_or")
bitwise_xor = binary("bitwise_xor")
invert = unary("invert")
left_shift = binary("left_shift")
right_shift = binary("right_shift")

__getattr__ = absent(__name__)
