"""Conditions on computed values that fail a run."""

from __future__ import annotations

from ..graph import Tensor
from ..registry import OPS


def within(ids: Tensor, below: Tensor | int | None, what: str) -> Tensor:
    """`ids`; the run fails with `what` unless all are 0 or more, and less than `below` where that is given."""
    ok = OPS["reduce_all"](OPS["greater_equal"](ids, 0))
    if below is not None:
        if isinstance(below, Tensor) and below.dtype != ids.dtype:
            below = OPS["cast"](below, dtype=ids.dtype)
        ok = OPS["logical_and"](ok, OPS["reduce_all"](OPS["less"](ids, below)))
    return OPS["checked"](ids, ok, message=what)


def ascending(ids: Tensor, what: str) -> Tensor:
    """The vector `ids`; the run fails with `what` unless they are 0 or more and none is less than the one before."""
    ordered = OPS["reduce_all"](OPS["less_equal"](ids[:-1], ids[1:]))
    ok = OPS["logical_and"](ordered, OPS["reduce_all"](OPS["greater_equal"](ids, 0)))
    return OPS["checked"](ids, ok, message=what)
