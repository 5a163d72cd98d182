"""Control flow, under TF1's names and argument orders. Experimental."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import control_flow as _flow
from ..control_flow import case, foldl, foldr, map_fn, scan, while_loop
from ._table import renamed

__all__ = ["case", "cond", "foldl", "foldr", "map_fn", "scan", "while_loop"]


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """What `true_fn` returns where `pred` holds, else what `false_fn` returns; only one of them runs (TF1: tf.cond).

    fn1 and fn2 are old names of true_fn and false_fn. See samegraph.control_flow.cond.
    """
    try:
        yes, no = renamed("true_fn", true_fn, "fn1", fn1), renamed("false_fn", false_fn, "fn2", fn2)
    except ValueError as error:
        raise TypeError(f"cond(): {error}") from None
    for given, what in ((yes, "true_fn"), (no, "false_fn")):
        if given is None:
            raise TypeError(f"cond(): '{what}' argument required")
    assert yes is not None and no is not None
    return _flow.cond(pred, yes, no, strict=strict, name=name)
