"""The words of a drawing: values, attributes, types and lines as short texts."""

from __future__ import annotations

import linecache
import re
from typing import Any

import numpy as np

from ..gradients import GradientsNode
from ..graph import Operation, Tensor
from ..op import Op
from ..registry import OPS
from ..types import DType, shape_text
from .texts import shorten

_SMALL = 4  # elements of a constant that is written out
_STATE = {
    "Assign": "{} ← value",
    "AssignAdd": "{} += value",
    "AssignSub": "{} -= value",
    "ScatterUpdate": "{}[…] ← rows",
    "ScatterAdd": "{}[…] += rows",
    "ScatterSub": "{}[…] -= rows",
}
_FOLDERS = re.compile(r"[/\\]")
_STATE_OPERANDS = {1: ("value",), 2: ("indices", "rows")}


def type_label(t: Tensor) -> str:
    """dtype and shape: `float32 (?, 10)`."""
    return f"{t.dtype.name} {'<unknown>' if t.type.shape is None else shape_text(t.type.shape)}"


def is_small(array: Any) -> bool:
    """Whether a constant is small enough to be written inside the node that takes it."""
    return isinstance(array, np.ndarray) and array.ndim <= 1 and array.size <= _SMALL


def value_text(array: np.ndarray[Any, Any]) -> str:
    """A small array: `0.5`, `[2, 3]`."""
    items = [_element(v) for v in array.reshape(-1).tolist()]
    return items[0] if array.ndim == 0 else f"[{', '.join(items)}]"


def _element(value: Any) -> str:
    if isinstance(value, bytes):
        return repr(value.decode(errors="replace"))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def operand_name(op: Operation, i: int) -> str:
    """What the op calls its i-th input; "" when it has no name for it."""
    if op.kernel in OPS:
        spec: Op[Any, Any] = OPS[op.kernel]
        return spec.operand_name(i) if i < len(spec.operands) or spec.variadic else ""
    names = _STATE_OPERANDS.get(len(op.inputs), ()) if op.variable is not None else ()
    return names[i] if i < len(names) else ""


def attributes(op: Operation) -> list[str]:
    """What the user said beyond the defaults: `axis=1`, `transpose_a`."""
    spec: Op[Any, Any] | None = OPS.get(op.kernel)
    if spec is None:
        return []
    return [
        _attribute(k, v)
        for k, v in op.attrs.items()
        if k in spec.defaults and v != spec.defaults[k] and not k.startswith("seed")
    ]


def _attribute(name: str, value: Any) -> str:
    if value is True:
        return name
    return shorten(f"{name}={value.name if isinstance(value, DType) else value}")


def assignment(op: Operation) -> str:
    """`W -= value`, for an operation that gives a variable a new value."""
    assert op.variable is not None
    return shorten(_STATE.get(op.type, "{} is changed").format(op.variable.name.rpartition("/")[2]))


def derivative(t: Tensor) -> str:
    """What an output of a `Gradients` operation is: `∂loss/∂W`."""
    parts = GradientsNode(t.op)
    tops = [_short_name(y) for y in parts.ys]
    return f"∂{tops[0] if len(tops) == 1 else '(' + ', '.join(tops) + ')'}/∂{_short_name(parts.xs[t.index])}"


def _short_name(t: Tensor) -> str:
    return f"({derivative(t)})" if t.op.type == "Gradients" else t.op.name.rpartition("/")[2].lstrip("~")


def line_of(where: tuple[str, int]) -> str:
    """`model.py:12: the line itself`, without the folders, which are nobody's business."""
    file, number = where
    text = linecache.getline(file, number).strip()
    return f"{_FOLDERS.split(file)[-1]}:{number}" + (f": {text}" if text else "")
