"""Wrong rules of the specification itself, planted when this backend is loaded: NumPy's own, with nothing wrong in it."""

from __future__ import annotations

from typing import Any

import samegraph.ops as ops
from samegraph.backend import load
from samegraph.registry import OPS

backend = load("numpy")

_right_softmax = OPS["softmax"].gradient
assert ops and _right_softmax is not None


def _wrong_sign(g: Any, out: Any, x: Any, **attrs: Any) -> Any:
    return (-_right_softmax(g, out, x, **attrs)[0],)


def _halved_ties(g: Any, out: Any, x: Any, y: Any) -> Any:
    tie, half = OPS["equal"](x, y), OPS["mul"](g, 0.5)
    zero = OPS["zeros_like"](g)
    to_x, to_y = OPS["where"](OPS["greater"](x, y), g, zero), OPS["where"](OPS["less"](x, y), g, zero)
    return OPS["sum_to_like"](OPS["where"](tie, half, to_x), x), OPS["sum_to_like"](OPS["where"](tie, half, to_y), y)


OPS["softmax"].gradient = _wrong_sign
OPS["maximum"].gradient = _halved_ties
