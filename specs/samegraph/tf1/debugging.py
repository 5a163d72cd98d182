"""tf.debugging: assertions of the values of a run."""

from __future__ import annotations

from ..composed import assertions as _assertions
from ..composed.assertions import *  # noqa: F403
from ..host.messages import assert_ as Assert
from ._absent import absent
from ._arrays import check_numerics

__all__ = ["Assert", "check_numerics"]
__all__ += _assertions.__all__

__getattr__ = absent(__name__)
