"""tf.python.framework.dtypes."""

from __future__ import annotations

from ....types import DType, as_dtype
from ... import _dtypes
from ..._absent import absent
from ..._dtypes import *  # noqa: F403

__all__ = ["DType", "as_dtype"]
__all__ += _dtypes.__all__

__getattr__ = absent(__name__)
