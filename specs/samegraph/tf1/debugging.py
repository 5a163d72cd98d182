"""tf.debugging: assertions of the values of a run."""

from __future__ import annotations

from .. import assertions as _assertions
from ..assertions import *  # noqa: F403
from ..messages import assert_ as Assert
from ._absent import absent
from ._arrays import check_numerics

__all__ = ["Assert", "check_numerics"]
__all__ += _assertions.__all__

__getattr__ = absent(__name__)
