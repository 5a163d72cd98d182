"""What a run says of its values: tf.Print writes them, tf.Assert fails with them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..graph import Operation, Tensor, get_default_graph
from ..op import as_tensor
from ..types import BOOL, FLOATS, require_dtype, require_shape
from .calls import Array, HostState, host_node, host_op

_ENTRIES = 3
_ESCAPED = {ord(c): "\\" + c for c in "\\'\""} | {ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}


def print_(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`input_`, of which a run that needs it writes `message` and `data` to standard error (TF1: tf.Print).

    Gradients pass. first_n: only the first so many runs of a session write. summarize: how many elements of each tensor,
    3 by default, all for -1. A run that fails writes nothing, but for what lies inside of a cond or loop, which is written at
    once.
    """
    graph, x = get_default_graph(), as_tensor(input_)
    label = graph.unique_name(name or "Print")
    attrs = {"message": message or "", "first_n": -1 if first_n is None else first_n, "summarize": _entries(summarize)}
    effect = host_node("PrintMessage", [as_tensor(d) for d in data], [], f"{label}/message/", **attrs)
    return graph.add("Print", (x,), [x.type], {}, f"{label}/", "identity", control_inputs=(effect,)).outputs[0]


@host_op("PrintMessage", effect=True)
def _print(op: Operation, inputs: list[Array], state: HostState) -> list[Any]:
    state.counts[op] = state.counts.get(op, 0) + 1
    if op.attrs["first_n"] < 0 or state.counts[op] <= op.attrs["first_n"]:
        shown = "".join(f"[{summarized(a, op.attrs['summarize'])}]" for a in inputs)
        print(op.attrs["message"] + shown, file=sys.stderr, flush=True)
    return []


def assert_(condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None) -> Operation:
    """An operation that fails the run with `data` unless `condition` holds (TF1: tf.Assert): InvalidArgumentError.

    condition: a boolean scalar. data: tensors, the text of the message among them. summarize: how many elements of each,
    3 by default, all for -1.
    """
    truth = as_tensor(condition)
    require_dtype(truth.dtype == BOOL, f"Assert: the condition is a truth value, got {truth.type}")
    require_shape(truth.type.shape in (None, ()), f"Assert: the condition is a scalar, got {truth.type}")
    values = [as_tensor(d) for d in data]
    return host_node("Assert", [truth, *values], [], name, summarize=_entries(summarize))


@host_op("Assert", effect=True, check=True)
def _assert(op: Operation, inputs: list[Array], state: HostState) -> list[Any]:
    if not inputs[0].all():
        shown = " ".join(f"[{summarized(a, op.attrs['summarize'])}]" for a in inputs[1:])
        raise InvalidArgumentError(None, op, f"assertion failed: {shown}; no variable was changed")
    return []


def _entries(summarize: int | None) -> int:
    return _ENTRIES if summarize is None else summarize


# Values as text ---------------------------------------------------------------------------------------------------------


def summarized(array: Array, entries: int) -> str:
    """The first `entries` elements in TF1's way of writing, all for -1: `0.5 1...`, `[1 2][3...]...`."""
    limit = array.size if entries < 0 else min(entries, array.size)
    rest = "..." if limit < array.size else ""
    if array.ndim <= 1:
        return " ".join(map(_element, array.ravel()[:limit])) + rest
    return (_rows(array, limit)[0] if array.size else "") + rest


def _rows(array: Array, limit: int) -> tuple[str, int]:
    """The slices along the first axis as long as there are elements to show, and how many were shown."""
    text, shown = "", 0
    for row in array:
        if shown >= limit:
            break
        if row.ndim > 1:
            inner, count = _rows(row, limit - shown)
        else:
            count = min(limit - shown, row.size)
            inner = " ".join(map(_element, row[:count])) + ("..." if count < row.size else "")
        text, shown = f"{text}[{inner}]", shown + count
    return text, shown


def _element(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace").translate(_ESCAPED)
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    return number_text(value)


def number_text(value: Any) -> str:
    """A number in the fewest of two lengths that read back as it: 6 or 9 digits for float32 and less, 15 or 17 for float64."""
    if str(np.asarray(value).dtype) not in FLOATS:
        return str(int(value))
    short, full = (15, 17) if np.asarray(value).dtype == np.float64 else (6, 9)
    text = f"{float(value):.{short}g}"
    kind = np.float64 if short == 15 else np.float32
    return text if kind(text) == kind(value) or value != value else f"{float(value):.{full}g}"
