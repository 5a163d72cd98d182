"""Value rules of shape arithmetic: what a small integer tensor is known to hold before anything runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from .types import INT32, INT64, Known, Shape, ShapeError, TensorType, size_of

_LARGEST = 64
Span = tuple[int, int, int]


def reshaped(old: Shape, wanted: Shape) -> Shape:
    """The shape that `wanted`, which may hold one -1, stands for when a tensor of shape `old` takes it.

    Beside a 0, what stands for -1 is found among the sizes that are not 0. ShapeError when the elements do not fit.
    """
    if any(n is not None and n < -1 for n in wanted) or wanted.count(-1) > 1:
        raise ShapeError(f"a shape holds sizes and at most one -1, got {wanted}")
    if -1 not in wanted:
        total, new = size_of(old), size_of(wanted)
        if total is not None and new is not None and total != new:
            raise ShapeError(f"{total} elements do not fill the shape {wanted}")
        return wanted
    at, others = wanted.index(-1), [n for n in wanted if n != -1]
    if None in old or None in others:
        return (*wanted[:at], None, *wanted[at + 1 :])
    empty = 0 in others
    count = size_of([n for n in old if n or not empty]) or 0
    per = math.prod(n for n in others if n)
    if not (0 in old if empty else count % per == 0):
        raise ShapeError(f"{size_of(old)} elements do not fill the shape {wanted}")
    return (*wanted[:at], count // per, *wanted[at + 1 :])


def strided_spans(
    shape: Shape,
    begin: Sequence[int | None],
    end: Sequence[int | None],
    strides: Sequence[int | None],
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> tuple[list[Span | None], list[int | None]]:
    """What a strided slice (TF1: tf.strided_slice) takes: (start, count, step) along each axis; and the result's shape.

    None where it is not known. IndexError for a single index outside its axis, ShapeError for more of them than axes.
    """
    skipped = ellipsis_mask | new_axis_mask
    taken = sum(1 for i in range(len(begin)) if not skipped >> i & 1)
    if taken > len(shape) or bin(ellipsis_mask & (1 << len(begin)) - 1).count("1") > 1:
        raise ShapeError(
            f"{taken} indices for a tensor of rank {len(shape)}" if taken > len(shape) else "more than one ellipsis"
        )
    spans: list[Span | None] = []
    out: list[int | None] = []
    for i in range(len(begin)):
        if ellipsis_mask >> i & 1:
            _whole_axes(shape[len(spans) : len(spans) + len(shape) - taken], spans, out)
        elif new_axis_mask >> i & 1:
            out.append(1)
        elif shrink_axis_mask >> i & 1:
            spans.append(_single(shape[len(spans)], begin[i], len(spans)))
        else:
            low, high = (None if mask >> i & 1 else bound[i] for mask, bound in ((begin_mask, begin), (end_mask, end)))
            known = (begin_mask >> i & 1 or low is not None) and (end_mask >> i & 1 or high is not None)
            spans.append(_span(shape[len(spans)], low, high, strides[i]) if known else None)
            out.append(spans[-1][1] if spans[-1] is not None else None)
    _whole_axes(shape[len(spans) :], spans, out)
    return spans, out


def _whole_axes(sizes: Shape, spans: list[Span | None], out: list[int | None]) -> None:
    for size in sizes:
        spans.append(None if size is None else (0, size, 1))
        out.append(size)


def _single(size: int | None, index: int | None, axis: int) -> Span | None:
    if size is None or index is None:
        return None
    if not -size <= index < size:
        raise IndexError(f"index {index} is outside of axis {axis}, which has size {size}")
    return index % size, 1, 1


def _span(size: int | None, low: int | None, high: int | None, step: int | None) -> Span | None:
    if step == 0:
        raise ShapeError("a stride of 0")
    if size is None or step is None:
        return None
    start, stop, _ = slice(low, high, step).indices(size)
    count = len(range(start, stop, step))
    return (start, count, step) if count else (0, 0, 1)


def slice_spans(shape: Sequence[int], begin: Sequence[int], size: Sequence[int]) -> list[Span]:
    """(start, count, step) along each axis of tf.slice, a size of -1 being all that is left. IndexError past it."""
    spans: list[Span] = []
    for axis, (n, low, count) in enumerate(zip(shape, begin, size, strict=True)):
        wanted = n - low if count == -1 else count
        if not 0 <= low <= n or not 0 <= wanted <= n - low:
            raise IndexError(f"a slice of size {count} at {low} does not lie inside axis {axis}, which has size {n}")
        spans.append((low, wanted, 1))
    return spans


def split_sizes(size: int | None, splits: int | Sequence[int]) -> list[int | None]:
    """The sizes of the pieces that tf.split cuts an axis of that size into; IndexError when they do not add up."""
    if isinstance(splits, int):
        if splits <= 0 or (size is not None and size % splits):
            raise IndexError(f"an axis of size {size} does not split into {splits} equal pieces")
        return [None if size is None else size // splits] * splits
    rest = None if size is None else size - sum(n for n in splits if n != -1)
    if (
        (rest is not None and (rest < 0 or (rest > 0 and -1 not in splits)))
        or list(splits).count(-1) > 1
        or any(n < -1 for n in splits)
    ):
        raise IndexError(f"sizes {splits} do not add up to {size}, the size of the axis")
    return [rest if n == -1 else n for n in splits]


def tile_counts(shape: Sequence[int], multiples: Sequence[int]) -> Sequence[int]:
    """`multiples`, of which there must be one of 0 or more for each axis; IndexError otherwise."""
    if len(multiples) != len(shape) or any(n < 0 for n in multiples):
        raise IndexError(f"multiples {multiples} are not one of 0 or more for each axis of the shape {shape}")
    return multiples


def pad_pairs(shape: Sequence[int], paddings: Sequence[int], mode: str) -> list[tuple[int, int]]:
    """(before, after) for each axis from the elements of `paddings` in C order; IndexError for a mirror too small."""
    pairs = list(zip(paddings[::2], paddings[1::2], strict=True))
    for axis, (n, (before, after)) in enumerate(zip(shape, pairs, strict=True)):
        most = n - 1 if mode == "REFLECT" else n
        if min(before, after) < 0 or (mode != "CONSTANT" and max(before, after) > most):
            raise IndexError(
                f"paddings {before} and {after} of axis {axis}, which has size {n}, must lie between 0 and {most}"
            )
    return pairs


def window_pads(
    sizes: Sequence[int], window: Sequence[int], strides: Sequence[int], padding: Any, dilations: Sequence[int] = (1, 1)
) -> list[tuple[int, int]]:
    """(before, after) to add along each axis that windows slide over, for a padding "SAME", "VALID" or pairs themselves.

    "SAME" adds the odd element after (TF1: https://www.tensorflow.org/versions/r1.15/api_docs/python/tf/nn/convolution).
    """
    if padding == "VALID":
        return [(0, 0) for _ in sizes]
    if padding != "SAME":
        return [(before, after) for before, after in padding]
    pairs = []
    for n, k, step, gap in zip(sizes, window, strides, dilations, strict=True):
        missing = max((-(-n // step) - 1) * step + (k - 1) * gap + 1 - n, 0)
        pairs.append((missing // 2, missing - missing // 2))
    return pairs


def window_counts(
    sizes: Shape, window: Shape, strides: Sequence[int], padding: Any, dilations: Sequence[int] = (1, 1)
) -> Shape:
    """How many windows lie along each axis, None where that is not known; ShapeError for a window larger than the axis."""
    counts: list[int | None] = []
    for axis, (n, k, step, gap) in enumerate(zip(sizes, window, strides, dilations, strict=True)):
        if padding == "SAME":
            counts.append(None if n is None else -(-n // step))
        elif n is None or k is None:
            counts.append(None)
        else:
            room = n + (0 if padding == "VALID" else sum(padding[axis]))
            reach = (k - 1) * gap + 1
            if reach > room:
                raise ShapeError(f"a window that reaches over {reach} elements does not fit into the {room} of an axis")
            counts.append((room - reach) // step + 1)
    return tuple(counts)


def python_slice(start: int, count: int, step: int) -> slice:
    """The slice that takes `count` elements from `start` on."""
    stop = start + count * step
    return slice(start, stop if stop >= 0 else None, step)


def small_integers(t: TensorType) -> bool:
    """Whether a tensor of this type may carry known values."""
    if t.dtype not in (INT32, INT64) or t.shape is None or len(t.shape) > 2:
        return False
    count = size_of(t.shape)
    return count is not None and count <= _LARGEST


def known_values(name: str, types: Sequence[TensorType], attrs: Mapping[str, Any], out: TensorType) -> Known | None:
    """The elements of the output of op `name` in C order, None where unknown; None when nothing is known."""
    rule = _RULES.get(name)
    if rule is None or (name not in _READS_SHAPES and any(t.known is None for t in types)):
        return None
    values = rule(types, attrs)
    if values is None:
        return None
    flat = np.asarray(values, object).ravel().tolist()
    return tuple(None if v is None else int(v) for v in flat) if len(flat) == size_of(out.dims) else None


def _array(t: TensorType) -> np.ndarray[Any, Any]:
    shape: Any = t.dims
    return np.array(t.known, object).reshape(shape)


def _elementwise(how: Callable[..., Any], types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [np.frompyfunc(partial(_of_known, how), len(types), 1)(*map(_array, types))]


def _of_known(how: Callable[..., Any], *values: Any) -> Any:
    return None if any(v is None for v in values) else how(*values)


def _floordiv(a: int, b: int) -> Any:
    return a // b if b else None


def _mod(a: int, b: int) -> Any:
    return a % b if b else None


def _reduced(how: Callable[..., Any], types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    values = types[0].known or ()
    return None if None in values else [how(values)]


def _shape(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return list(types[0].dims)


def _size(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [size_of(types[0].dims)]


def _rank(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return [len(types[0].dims)]


def _stack(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return np.stack([_array(t) for t in types], attrs["axis"])


def _concat(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return np.concatenate([_array(t) for t in types], attrs["axis"])


def _same(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    return list(types[0].known or ())


def _sliced(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    x, begin, size = types
    start, count = _only(begin), _only(size)
    if len(x.dims) != 1 or start is None or count is None:
        return None
    return _array(x)[start : None if count == -1 else start + count]


def _only(t: TensorType) -> int | None:
    """The one known element of a scalar, or of a vector of size 1."""
    return t.known[0] if t.known else None


def _strided(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    bounds: list[Any] = [t.known for t in types[1:]]
    spans, shape = strided_spans(types[0].dims, *bounds, **attrs)
    if any(span is None for span in spans):
        return None
    static: Any = shape
    index: Any = tuple(python_slice(*span) for span in spans if span is not None)
    return _array(types[0])[index].reshape(static)


def _gather(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    known: Any = types[1].known
    if len(types[0].dims) != 1 or None in known:
        return None
    shape: Any = types[1].dims
    table, ids = _array(types[0]), np.asarray(known, int).reshape(shape)
    return table[ids] if ids.size == 0 or (ids.min() >= 0 and ids.max() < len(table)) else None


def _slice_at(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    x, i = _array(types[0]), _only(types[1])
    size = x.shape[attrs["axis"]]
    return x.take(i, attrs["axis"]) if i is not None and -size <= i < size else None


def _sequence(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    start, delta, count = map(_only, types)
    return None if start is None or delta is None or count is None else [start + i * delta for i in range(count)]


def _fill(types: Sequence[TensorType], attrs: Mapping[str, Any]) -> Any:
    dims, value = types
    return [_only(value)] * (size_of(dims.known or ()) or 0)


def known_parts(
    name: str, types: Sequence[TensorType], attrs: Mapping[str, Any], outs: Sequence[TensorType]
) -> list[Known | None]:
    """For each output of an op that takes a vector apart, its elements in C order; None when nothing is known."""
    if name not in ("unstack", "split") or types[0].known is None or len(types[0].dims) != 1:
        return [None] * len(outs)
    values = list(types[0].known)
    parts: list[Known | None] = []
    for out in outs:
        count = size_of(out.dims) or 0
        parts.append(tuple(values[:count]))
        values = values[count:]
    return parts


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
    "slice_at": _slice_at,
    "sequence": _sequence,
    "fill": _fill,
    "add": partial(_elementwise, lambda a, b: a + b),
    "sub": partial(_elementwise, lambda a, b: a - b),
    "mul": partial(_elementwise, lambda a, b: a * b),
    "floordiv": partial(_elementwise, _floordiv),
    "mod": partial(_elementwise, _mod),
    "maximum": partial(_elementwise, max),
    "minimum": partial(_elementwise, min),
    "negative": partial(_elementwise, lambda a: -a),
    "reduce_sum": partial(_reduced, sum),
    "reduce_prod": partial(_reduced, math.prod),
    "reduce_max": partial(_reduced, lambda values: max(values, default=None)),
    "reduce_min": partial(_reduced, lambda values: min(values, default=None)),
}
