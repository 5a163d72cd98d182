"""What TF1 has at its top that runs on the host: Python functions, messages, assertions, strings."""

from __future__ import annotations

from ..composed import assertions as _assertions
from ..composed.assertions import *  # noqa: F403
from ..host.calls import py_func
from ..host.messages import assert_ as Assert
from ..host.messages import print_ as Print
from ..host.strings import as_string, decode_raw, string_join, string_to_number

__all__ = ["Assert", "Print", "as_string", "decode_raw", "py_func", "string_join", "string_to_number"]
__all__ += _assertions.__all__
