"""How the source of a step computes ops on NumPy: the ufunc itself, methods instead of Python functions around them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from samegraph.backend import Call

from .rows import column_sums, row_sums

_UFUNCS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "negative": "negative",
    "tanh": "tanh",
    "square": "square",
    "sqrt": "sqrt",
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "sin": "sin",
    "cos": "cos",
    "abs": "abs",
    "sign": "sign",
    "reciprocal": "reciprocal",
    "maximum": "maximum",
    "minimum": "minimum",
    "floor": "floor",
    "ceil": "ceil",
    "greater": "greater",
    "greater_equal": "greater_equal",
    "less": "less",
    "less_equal": "less_equal",
    "equal": "equal",
    "not_equal": "not_equal",
    "logical_and": "logical_and",
    "logical_or": "logical_or",
    "logical_not": "logical_not",
}
_BITS = {"float32": "int32", "float64": "int64"}
_WIDE_ENOUGH = ("float32", "float64")  # narrower sums are accumulated elsewhere than in their own dtype


def _ufunc(name: str) -> Callable[[Call], str | None]:
    def spell(call: Call) -> str:
        out = f", out={call.out}" if call.out else ""
        return f"np.{name}({', '.join(call.args)}{out})"

    return spell


def _relu(call: Call) -> str | None:
    if not call.types[0].shape or call.types[0].dtype not in _WIDE_ENOUGH:
        return None
    out = f", out={call.out}" if call.out else ""
    return f"np.maximum({call.args[0]}, zero_{call.types[0].dtype}{out})"


def _matmul(call: Call) -> str | None:
    a, b = (t.shape for t in call.types)
    if a is None or b is None or call.result.dtype not in _WIDE_ENOUGH:
        return None
    sides = zip(call.args, (a, b), (call.attrs["transpose_a"], call.attrs["transpose_b"]), strict=True)
    x, y = (
        name if not turned else f"{name}.T" if len(s) == 2 else f"{name}.swapaxes(-1, -2)" for name, s, turned in sides
    )
    inner = a[-2 if call.attrs["transpose_a"] else -1]
    return f"np.{'multiply' if inner == 1 else 'matmul'}({x}, {y})"


def _total(call: Call, axis: Any, keepdims: bool) -> str:
    shape = call.types[0].shape or ()
    if len(shape) == 2 and axis in (1, -1, (1,), (-1,)):
        return f"row_sums({call.args[0]}){'[:, None]' if keepdims else ''}"
    if len(shape) == 2 and axis in (0, (0,)):
        return f"column_sums({call.args[0]}){'[None]' if keepdims else ''}"
    if len(shape) > 2 and axis == tuple(range(len(shape) - 1)) and shape[-1] and not keepdims:
        return f"column_sums({call.args[0]}.reshape(-1, {shape[-1]}))"
    return f"np.add.reduce({call.args[0]}, axis={axis}{', keepdims=True' if keepdims else ''})"


def _reduce_sum(call: Call) -> str | None:
    if call.types[0].dtype not in _WIDE_ENOUGH or call.types[0].shape is None:
        return None
    return _total(call, call.attrs["axis"], call.attrs["keepdims"])


def _reduce_mean(call: Call) -> str | None:
    x, out = call.types[0], call.result
    if x.dtype not in _WIDE_ENOUGH or not x.is_static or not out.is_static or 0 in (x.shape or ()):
        return None
    count = prod(x.shape or ()) // prod(out.shape or ())  # type: ignore[arg-type]
    return f"{_total(call, call.attrs['axis'], call.attrs['keepdims'])} / np.{x.dtype}({count})"


def _sum_to_like(call: Call) -> str | None:
    x, like = call.types[0].shape, call.types[1].shape
    if call.types[0].dtype not in _WIDE_ENOUGH or not (call.types[0].is_static and call.types[1].is_static):
        return None
    assert x is not None and like is not None
    lead = len(x) - len(like)
    shrunk = [lead + i for i, n in enumerate(like) if n == 1 != x[lead + i]]
    if not lead and not shrunk:
        return None
    axes = (*range(lead), *shrunk)
    total = _total(call, axes[0] if len(axes) == 1 else axes, False)
    return total if not shrunk else f"{total}.reshape({like})"


def _reshaped(call: Call) -> str | None:
    return f"{call.args[0]}.reshape({call.result.shape})" if call.result.is_static else None


def _gather(call: Call) -> str | None:
    return f"{call.args[0]}.take({call.args[1]}, axis={call.attrs['axis']})" if call.types[0].shape else None


def _slice(call: Call) -> str | None:
    begin = _literal(call.args[1])
    whole, part = call.types[0], call.result
    if begin is None or not whole.is_static or not part.is_static:
        return None
    assert whole.shape is not None and part.shape is not None
    spans = [
        ":" if n == size else f"{low}:{low + n}"  # type: ignore[operator]
        for low, n, size in zip(begin, part.shape, whole.shape, strict=True)
    ]
    while len(spans) > 1 and spans[-1] == ":":
        spans.pop()
    return f"{call.args[0]}[{', '.join(spans)}]" if spans else None


def _where(call: Call) -> str | None:
    """Numbers or 0: what they are made of, as whole numbers, times 1 or 0. No condition is looked at alone, and infinities go too."""
    condition, x, _ = call.types
    alike = condition.shape == x.shape == call.result.shape and x.is_static and x.shape
    if 2 not in call.zeros or not alike or x.dtype not in _BITS:
        return None
    out = f", out={call.out}.view(np.{_BITS[x.dtype]})" if call.out == call.args[1] else ""
    return f"np.multiply({call.args[1]}.view(np.{_BITS[x.dtype]}), {call.args[0]}{out}).view(np.{x.dtype})"


def _literal(source: str) -> tuple[int, ...] | None:
    """The numbers of an operand that is written out, None for one that is computed."""
    try:
        return tuple(ast.literal_eval(source))
    except (ValueError, TypeError):
        return None


def _concat(call: Call) -> str:
    return f"np.concatenate(({', '.join(call.args)},), axis={call.attrs['axis']})"


SPELLED: dict[str, Callable[[Call], str | None]] = {
    **{op: _ufunc(name) for op, name in _UFUNCS.items()},
    "relu": _relu,
    "matmul": _matmul,
    "reduce_sum": _reduce_sum,
    "reduce_mean": _reduce_mean,
    "sum_to_like": _sum_to_like,
    "reshape": _reshaped,
    "reshape_like": _reshaped,
    "expand_dims": _reshaped,
    "expand_axes": _reshaped,
    "gather": _gather,
    "slice": _slice,
    "where": _where,
    "concat": _concat,
}
MODULES: dict[str, Any] = {
    "np": np,
    "row_sums": row_sums,
    "column_sums": column_sums,
    **{f"zero_{dtype}": np.zeros((), dtype) for dtype in _WIDE_ENOUGH},
}
