"""What TF1 has at its top that runs on the host: Python functions, messages, assertions, strings."""

from __future__ import annotations

from .. import assertions as _assertions
from ..assertions import *  # noqa: F403
from ..host import py_func
from ..messages import assert_ as Assert
from ..messages import print_ as Print
from ..strings import as_string, decode_raw, string_join, string_to_number

__all__ = ["Assert", "Print", "as_string", "decode_raw", "py_func", "string_join", "string_to_number"]
__all__ += _assertions.__all__
