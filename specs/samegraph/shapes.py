"""Value rules of shape arithmetic: what a small integer tensor is known to hold before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .types import INT32, INT64, Known, TensorType, size_of

_LARGEST = 64


def small_integers(t: TensorType) -> bool:
    """Whether a tensor of this type may carry known values."""
    if t.dtype not in (INT32, INT64) or t.shape is None or len(t.shape) > 1:
        return False
    count = size_of(t.shape)
    return count is not None and count <= _LARGEST


def known_values(name: str, types: Sequence[TensorType], attrs: Mapping[str, Any], out: TensorType) -> Known | None:
    """The elements of the output of op `name` in C order, None where unknown; None when nothing is known."""
    rule = _RULES.get(name)
    if rule is None or name not in _READS_SHAPES and any(t.known is None for t in types):
        return None
    values = rule(types, attrs)
    if values is None:
        return None
    flat = np.asarray(values, dtype=object).reshape(-1).tolist()
    return tuple(None if v is None else int(v) for v in flat) if len(flat) == size_of(out.dims) else None


def _array(t: TensorType) -> np.ndarray[Any, Any]:
    out = np.empty(t.dims, dtype=object)
    out.reshape(-1)[:] = t.known
    return out


def _elementwise(how: Callable[..., int]) -> Callable[..., Any]:
    def one(*values: Any) -> Any:
        return None if any(v is None for v in values) else how(*values)

    return lambda types, attrs: np.frompyfunc(one, len(types), 1)(*map(_array, types))


def _floordiv(a: int, b: int) -> Any:
    return a // b if b else None


def _mod(a: int, b: int) -> Any:
    return a % b if b else None


def _reduced(how: Callable[[list[int]], int]) -> Callable[..., Any]:
    def rule(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
        values = list(types[0].known or ())
        return None if None in values else [how([v for v in values if v is not None])]

    return rule


def _product(values: list[int]) -> int:
    total = 1
    for v in values:
        total *= v
    return total


def _shape(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return list(types[0].dims)


def _size(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [size_of(types[0].dims)]


def _rank(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [len(types[0].dims)]


def _stack(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [t.known[0] for t in types if t.known is not None] if all(not t.dims for t in types) else None


def _concat(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [v for t in types for v in t.known or ()]


def _same(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return list(types[0].known or ())


def _sliced(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    x, begin, size = types
    if not x.dims or None in (*(begin.known or ()), *(size.known or ())):
        return None
    start, count = (begin.known or ())[0], (size.known or ())[0]
    assert start is not None and count is not None
    return _array(x)[start : None if count == -1 else start + count]


def _strided(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    if any(t.known is None or None in t.known for t in types[1:]):
        return None
    return _array(types[0])[basic_index(*(t.known for t in types[1:]), **attrs)]  # type: ignore[misc]


def basic_index(
    begin: Any, end: Any, strides: Any, begin_mask: int, end_mask: int, ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int
) -> tuple[Any, ...]:
    """The Python index that a strided slice's bounds and masks (TF1: tf.strided_slice) stand for."""
    index: list[Any] = []
    for i in range(len(begin)):
        bit = 1 << i
        if ellipsis_mask & bit:
            index.append(Ellipsis)
        elif new_axis_mask & bit:
            index.append(None)
        elif shrink_axis_mask & bit:
            index.append(int(begin[i]))
        else:
            index.append(
                slice(
                    None if begin_mask & bit else int(begin[i]),
                    None if end_mask & bit else int(end[i]),
                    int(strides[i]),
                )
            )
    return tuple(index)


def _gather(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    if len(types[0].dims) != 1 or types[1].known is None or None in types[1].known:
        return None
    table, ids = _array(types[0]), np.asarray(types[1].known, int).reshape(types[1].dims)
    return table[ids] if ids.size == 0 or 0 <= ids.min() and ids.max() < len(table) else None


def _range(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    bounds = [(t.known or (None,))[0] for t in types]
    return None if None in bounds else list(range(*bounds))  # type: ignore[arg-type]


def _fill(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    dims, value = types
    return None if dims.known is None or None in dims.known else [(value.known or (None,))[0]] * _product(list(dims.known))  # type: ignore[arg-type]


_READS_SHAPES = {"shape", "size", "rank"}
_RULES: dict[str, Callable[..., Any]] = {
    "shape": _shape,
    "size": _size,
    "rank": _rank,
    "stack": _stack,
    "concat": _concat,
    "identity": _same,
    "stop_gradient": _same,
    "cast": _same,
    "reshape": _same,
    "expand_dims": _same,
    "squeeze": _same,
    "slice": _sliced,
    "strided_slice": _strided,
    "gather": _gather,
    "range": _range,
    "fill": _fill,
    "add": _elementwise(lambda a, b: a + b),
    "sub": _elementwise(lambda a, b: a - b),
    "mul": _elementwise(lambda a, b: a * b),
    "floordiv": _elementwise(_floordiv),
    "mod": _elementwise(_mod),
    "maximum": _elementwise(max),
    "minimum": _elementwise(min),
    "negative": _elementwise(lambda a: -a),
    "reduce_sum": _reduced(sum),
    "reduce_prod": _reduced(_product),
    "reduce_max": _reduced(max),
    "reduce_min": _reduced(min),
}
