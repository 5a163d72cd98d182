"""tf.compat: text and bytes, and compat.v1, which is the face itself."""

from __future__ import annotations

import os as _os
import sys as _sys
from typing import Any

import numpy as _np

from ._absent import absent

__all__ = [
    "as_bytes",
    "as_str",
    "as_str_any",
    "as_text",
    "bytes_or_text_types",
    "complex_types",
    "integral_types",
    "path_to_str",
    "real_types",
    "v1",
]

bytes_or_text_types = (bytes, str)
integral_types = (int, _np.integer)
real_types = (int, float, _np.integer, _np.floating)
complex_types = (int, float, complex, _np.number)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """As bytes; TypeError for what is neither text nor bytes (TF1: tf.compat.as_bytes)."""
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """As text; TypeError for what is neither text nor bytes (TF1: tf.compat.as_text)."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """As text; anything else by str() (TF1: tf.compat.as_str_any)."""
    return as_str(value, encoding) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """A path object as text (TF1: tf.compat.path_to_str)."""
    return as_str_any(_os.fspath(path)) if hasattr(path, "__fspath__") else path


v1 = _sys.modules[__name__.rpartition(".")[0]]
_sys.modules[f"{__name__}.v1"] = v1

__getattr__ = absent(__name__)
