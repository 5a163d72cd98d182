"""What Python's operators on tensors stand for: `x + 1`, `2 / x`, `x[1:, ..., ::-1]`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .graph import Tensor
from .op import as_tensor
from .registry import OPS
from .types import INTEGERS, Dimension, DTypeError, as_dtype

# operator: (op, the name TF1 gives the operation)
_BINARY = {
    "add": ("add", "add"),
    "sub": ("sub", "sub"),
    "mul": ("mul", "mul"),
    "truediv": ("truediv", "truediv"),
    "floordiv": ("floordiv", "floordiv"),
    "mod": ("mod", "mod"),
    "pow": ("pow", "pow"),
    "matmul": ("matmul", "matmul"),
    "less": ("less", "Less"),
    "less_equal": ("less_equal", "LessEqual"),
    "greater": ("greater", "Greater"),
    "greater_equal": ("greater_equal", "GreaterEqual"),
    "logical_and": ("logical_and", "and"),
    "logical_or": ("logical_or", "or"),
    "logical_xor": ("logical_xor", "LogicalXor"),
}


def _operator(name: str, op_name: str, default_name: str) -> Callable[[Tensor, Any, bool], Any]:
    def operator(self: Tensor, other: Any, swap: bool) -> Any:
        if not isinstance(other, Tensor):
            if hasattr(other, "__samegraph_defers__"):
                return NotImplemented
            try:
                other = as_tensor(other, self.dtype)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{self.name} {self.type} {name} {other!r:.60}: {error}") from None
        x, y = (other, self) if swap else (self, other)
        if name == "truediv":
            x, y = for_true_division(x, y)
        return OPS[op_name].apply((x, y), {}, default_name)

    return operator


def for_true_division(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Integers divide as floats: 8 and 16 bits as float32, wider ones as float64 (TF1: tf.truediv)."""
    if x.dtype != y.dtype:
        raise DTypeError(
            f"truediv: x and y must have the same dtype, got {x.dtype.name} != {y.dtype.name}; write tf.cast on one of them"
        )
    if x.dtype not in INTEGERS:
        return x, y
    wide = "float32" if x.dtype in ("int8", "uint8", "int16", "uint16") else "float64"
    return OPS["cast"](x, dtype=wide), OPS["cast"](y, dtype=wide)


def _getitem(x: Tensor, key: Any) -> Tensor:
    """x[key] with ints, slices, ellipsis, newaxis and scalar integer tensors (TF1: Tensor.__getitem__)."""
    parts, computed = _set_aside(list(key) if isinstance(key, tuple) else [key])
    if not computed or any(part != slice(None) for part in parts):
        x = _sliced(x, parts)
    for axis, index in computed:
        x = OPS["slice_at"].apply((x, index), {"axis": axis}, "strided_slice")
    return x


def _set_aside(parts: list[Any]) -> tuple[list[Any], list[tuple[int, Tensor]]]:
    """The parts, whole axes in place of single indices that only the run knows; and those, in an order to apply.

    A slice's bounds decide a shape, so a program is made anew for their values; a single index need not be a bound.
    """
    front: list[tuple[int, Tensor]] = []
    back: list[tuple[int, Tensor]] = []
    parts = [_number(part) for part in parts]
    widths = [0 if isinstance(part, int) else 1 for part in parts]
    whole = [slice(None) if isinstance(part, Tensor) else part for part in parts]
    for i, part in enumerate(parts):
        if isinstance(part, Tensor):
            if any(p is Ellipsis for p in parts[:i]):
                back.append((-sum(widths[i:]), part))
            else:
                front.insert(0, (sum(widths[:i]), part))
    return whole, front + back


def _number(part: Any) -> Any:
    """A single index as an int, or as a Tensor when only the run knows it; anything else as it is."""
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    index = _index(part)
    known = index.type.known if isinstance(index, Tensor) else None
    return index if known is None or known[0] is None else known[0]


def _sliced(x: Tensor, parts: list[Any]) -> Tensor:
    begin, end, strides = [], [], []
    masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)
    for i, part in enumerate(parts):
        bit = 1 << i
        low: Any
        high: Any
        step: Any
        if isinstance(part, slice):
            low, high, step = part.start, part.stop, 1 if part.step is None else part.step
            masks["begin_mask"] |= bit if low is None else 0
            masks["end_mask"] |= bit if high is None else 0
        elif part is Ellipsis:
            low, high, step = 0, 0, 1
            if masks["ellipsis_mask"]:
                raise ValueError("Multiple ellipses are not allowed")
            masks["ellipsis_mask"] |= bit
        elif part is None:
            low, high, step = 0, 1, 1
            masks["new_axis_mask"] |= bit
        else:
            low, high, step = part, part + 1, 1
            masks["shrink_axis_mask"] |= bit
        begin.append(0 if low is None else _index(low))
        end.append(0 if high is None else _index(high))
        strides.append(_index(step))
    return OPS["strided_slice"].apply((x, begin, end, strides), masks, "strided_slice")


def _index(value: Any) -> Any:
    if isinstance(value, Dimension):
        return int(value)
    if isinstance(value, Tensor) or hasattr(value, "_as_tensor"):
        t = as_tensor(value)
        if t.dtype not in ("int32", "int64") or t.type.shape not in ((), None):
            raise TypeError(
                f"an index must be a scalar int32 or int64 tensor, got {t.name} {t.type}; use tf.gather or tf.boolean_mask for more"
            )
        return t if t.dtype == "int32" else OPS["cast"](t, dtype=as_dtype("int32"))
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(
            f"Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar int32/int64 tensors are valid indices, got {value!r}"
        )
    return value.__index__()


for _name, (_op, _default) in _BINARY.items():
    OPS["operator_" + _name] = _operator(_name, _op, _default)
OPS["operator_getitem"] = _getitem
