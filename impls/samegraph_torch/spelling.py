"""How the source of a step by the rules computes ops on PyTorch: the function itself, into memory that nothing needs any more.

No gradient flows through these lines: the rules have written it out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from math import prod
from typing import Any

import torch
from samegraph.backend import Call, slice_spans

from .kernels import indexing

_on_the_device: Any = indexing.indices_in_range
_inside: Any = indexing._held

_FUNCTIONS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "true_divide",
    "negative": "neg",
    "tanh": "tanh",
    "square": "square",
    "sqrt": "sqrt",
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "abs": "abs",
    "reciprocal": "reciprocal",
    "sigmoid": "sigmoid",
}
_FLOATS = ("float32", "float64")
_ANSWERS = {answer: torch.tensor(answer) for answer in (True, False)}


def _function(name: str) -> Callable[[Call], str | None]:
    def spell(call: Call) -> str | None:
        if any(t.dtype not in _FLOATS for t in call.types):
            return None
        out = f", out={call.out}" if call.out else ""
        return f"torch.{name}({', '.join(call.args)}{out})"

    return spell


def _matmul(call: Call) -> str | None:
    a, b = (t.shape for t in call.types)
    if a is None or b is None or len(a) != 2 or len(b) != 2 or call.result.dtype not in _FLOATS:
        return None
    sides = zip(call.args, (call.attrs["transpose_a"], call.attrs["transpose_b"]), strict=True)
    return f"torch.mm({', '.join(f'{name}.t()' if turned else name for name, turned in sides)})"


def _sum_to_like(call: Call) -> str | None:
    x, like = call.types[0].shape, call.types[1].shape
    if call.types[0].dtype not in _FLOATS or not (call.types[0].is_static and call.types[1].is_static):
        return None
    assert x is not None and like is not None
    lead = len(x) - len(like)
    axes = tuple(i for i, n in enumerate(x) if i < lead or like[i - lead] == 1 != n)
    if axes == tuple(range(lead)) and axes:
        return f"{call.args[0]}.sum({axes})"
    return f"{call.args[0]}.sum({axes}, True).reshape({like})" if axes else None


def _reduce_mean(call: Call) -> str | None:
    x = call.types[0]
    if x.dtype not in _FLOATS or not x.is_static or call.attrs["axis"] is not None or call.attrs["keepdims"]:
        return None
    count = prod(x.shape or ())  # type: ignore[arg-type]
    return f"{call.args[0]}.sum().div_({count})" if x.shape and count else None


_CASTS = {"int32": "int", "int64": "long", "float32": "float", "float64": "double"}


def _cast(call: Call) -> str | None:
    dtype = str(call.attrs["dtype"])
    return f"{call.args[0]}.{_CASTS[dtype]}()" if dtype in _CASTS else None


def _rows(table: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    return torch.index_select(table, 0, _inside(indices, table.shape[0]))


def _gather(call: Call) -> str | None:
    table, indices = call.types
    if (
        not table.shape
        or indices.shape is None
        or len(indices.shape) != 1
        or call.attrs["axis"] not in (0, -len(table.shape))
    ):
        return None
    return f"rows({', '.join(call.args)})"


def _reshaped(call: Call) -> str | None:
    return f"{call.args[0]}.reshape({call.result.shape})" if call.result.is_static else None


def _slice(call: Call) -> str | None:
    try:
        begin, size = (tuple(ast.literal_eval(source)) for source in call.args[1:])
    except (ValueError, TypeError, SyntaxError):
        return None
    whole = call.types[0]
    if not whole.is_static or not whole.shape:
        return None
    shape = tuple(n or 0 for n in whole.shape)
    spans = [
        ":" if count == n else f"{first}:{first + count}"
        for n, (first, count, _) in zip(shape, slice_spans(shape, begin, size), strict=True)
    ]
    while len(spans) > 1 and spans[-1] == ":":
        spans.pop()
    return f"{call.args[0]}[{', '.join(spans)}]"


def _concat(call: Call) -> str:
    return f"torch.cat(({', '.join(call.args)},), {call.attrs['axis']})"


def _sigmoid_losses(labels: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    losses = torch.relu(logits).sub_(logits * labels)
    return losses.add_(logits.abs().neg_().exp_().log1p_())


def _sigmoid_cross_entropy(call: Call) -> str | None:
    return f"sigmoid_losses({', '.join(call.args)})" if call.types[1].dtype in _FLOATS else None


def _in_range(indices: torch.Tensor, table: torch.Tensor, axis: int, negative: bool) -> torch.Tensor:
    """Of a tensor in the host's own memory two numbers tell; elsewhere the host would wait for them."""
    count = table.shape[axis]
    if type(indices) is not torch.Tensor or indices.device.type != "cpu":
        return _on_the_device(indices, table, axis, negative)
    if not indices.numel():
        return _ANSWERS[True]
    low, high = indices.aminmax()
    return _ANSWERS[low.item() >= (-count if negative else 0) and high.item() < count]


def _indices_in_range(call: Call) -> str:
    return f"in_range({', '.join(call.args)}, {call.attrs['axis']}, {call.attrs['negative']})"


SPELLED: dict[str, Callable[[Call], str | None]] = {
    **{op: _function(name) for op, name in _FUNCTIONS.items()},
    "matmul": _matmul,
    "sum_to_like": _sum_to_like,
    "reduce_mean": _reduce_mean,
    "cast": _cast,
    "gather": _gather,
    "reshape": _reshaped,
    "reshape_like": _reshaped,
    "expand_dims": _reshaped,
    "expand_axes": _reshaped,
    "slice": _slice,
    "concat": _concat,
    "sigmoid_cross_entropy_with_logits": _sigmoid_cross_entropy,
    "indices_in_range": _indices_in_range,
}
MODULES: dict[str, Any] = {"torch": torch, "sigmoid_losses": _sigmoid_losses, "in_range": _in_range, "rows": _rows}
