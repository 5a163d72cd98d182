"""What ops mean, written out in Python for one number, one row or one window after the other: no kernel is called.

NumPy's kernels are what every backend is compared with; these are what NumPy's kernels are compared with. Here are the ops
whose kernels could be wrong by more than a name. A gradient's kernel has the finite differences of `test_specs`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
DEFINITIONS: dict[str, Callable[..., Any]] = {}
"""By op: a function of its operands as arrays and its attributes."""


def defined(fn: Callable[..., Any]) -> Callable[..., Any]:
    DEFINITIONS[fn.__name__.rstrip("_")] = fn
    return fn


def by_element(name: str, of_numbers: Callable[..., Any]) -> None:
    """The op is `of_numbers` of each element of its operands, broadcast together; NaN where Python refuses."""

    def whole(*operands: Array) -> Array:
        spread = np.broadcast_arrays(*operands)
        found = [
            _or_nan(of_numbers, [v.item() for v in values]) for values in zip(*(a.flat for a in spread), strict=True)
        ]
        return np.array(found).reshape(spread[0].shape)

    DEFINITIONS[name] = whole


def _or_nan(of_numbers: Callable[..., Any], numbers: list[Any]) -> Any:
    try:
        return of_numbers(*numbers)
    except (ValueError, ZeroDivisionError):
        return math.nan


def _truncated(x: int, y: int) -> int:
    return abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848, 1.0507009873554804934  # Klambauer et al., 2017
for _name in "sqrt exp expm1 log log1p sin cos tan tanh erf erfc lgamma floor ceil asin acos atan atan2 sinh cosh asinh acosh atanh".split():
    by_element(_name, getattr(math, _name))
by_element("add", lambda x, y: x + y)
by_element("sub", lambda x, y: x - y)
by_element("mul", lambda x, y: x * y)
by_element("negative", lambda x: -x)
by_element("truediv", lambda x, y: x / y)
by_element("floordiv", lambda x, y: x // y if isinstance(x, int) else math.floor(x / y))
by_element("mod", lambda x, y: x % y)
by_element("truncatediv", _truncated)
by_element("truncatemod", lambda x, y: x - y * _truncated(x, y) if isinstance(x, int) else math.fmod(x, y))
by_element("pow", lambda x, y: math.nan if isinstance(x, float) and x < 0 and y % 1 else x**y)
by_element("divide_no_nan", lambda x, y: 0.0 if y == 0 else x / y)
by_element("reciprocal", lambda x: 1 / x)
by_element("abs", abs)
by_element("sign", lambda x: (x > 0) - (x < 0))
by_element("square", lambda x: x * x)
by_element("squared_difference", lambda x, y: (x - y) * (x - y))
by_element("rsqrt", lambda x: 1 / math.sqrt(x))
by_element("sigmoid", lambda x: 1 / (1 + math.exp(-x)))
by_element("softplus", lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))))
by_element("maximum", lambda x, y: x if x >= y else y)
by_element("minimum", lambda x, y: x if x <= y else y)
by_element("clip_by_value", lambda x, low, high: low if min(x, high) < low else min(x, high))
by_element("round", round)
by_element("relu", lambda x: x if x > 0 else 0)
by_element("relu6", lambda x: min(x, 6) if x > 0 else 0)
by_element("elu", lambda x: x if x >= 0 else math.expm1(x))
by_element("selu", lambda x: _SELU_SCALE * (x if x >= 0 else _SELU_ALPHA * math.expm1(x)))
by_element("softsign", lambda x: x / (1 + abs(x)))
by_element("xlogy", lambda x, y: 0.0 if x == 0 else x * math.log(y))
by_element("xdivy", lambda x, y: 0.0 if x == 0 else x / y)
by_element("equal", lambda x, y: x == y)
by_element("not_equal", lambda x, y: x != y)
by_element("less", lambda x, y: x < y)
by_element("less_equal", lambda x, y: x < y or x == y)
by_element("greater", lambda x, y: y < x)
by_element("greater_equal", lambda x, y: y < x or x == y)
by_element("logical_and", lambda x, y: x and y)
by_element("logical_or", lambda x, y: x or y)
by_element("logical_xor", lambda x, y: x != y)
by_element("logical_not", lambda x: not x)
by_element("where", lambda condition, x, y: x if condition else y)
by_element("bitwise_and", lambda x, y: x & y)
by_element("bitwise_or", lambda x, y: x | y)
by_element("bitwise_xor", lambda x, y: x ^ y)
by_element("is_nan", lambda x: x != x)
by_element("is_inf", lambda x: abs(x) == math.inf)
by_element("is_finite", lambda x: abs(x) < math.inf)
by_element(
    "sigmoid_cross_entropy_with_logits",
    lambda labels, logits: labels * math.log1p(math.exp(-logits)) + (1 - labels) * math.log1p(math.exp(logits)),
)


@defined
def leaky_relu(x: Array, alpha: float) -> Array:
    return np.array([v if v > 0 else alpha * v for v in x.flat]).reshape(x.shape)


# One number of each row ------------------------------------------------------------------------------------------------


def by_row(name: str, of_row: Callable[[list[Any]], Any]) -> None:
    """The op makes one number of the elements along its `axis`: one or several, all of them for None."""

    def whole(x: Array, axis: Any = None, keepdims: bool = False, **attrs: Any) -> Array:
        chosen = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        along = {a % x.ndim for a in chosen}
        kept = [range(1) if a in along else range(n) for a, n in enumerate(x.shape)]
        found = []
        for at in itertools.product(*kept):
            inside = [range(n) if a in along else [at[a]] for a, n in enumerate(x.shape)]
            found.append(of_row([x[i].item() for i in itertools.product(*inside)]))
        shape = [len(k) for a, k in enumerate(kept) if keepdims or a not in along]
        return np.array(found, np.float64 if not found else None).reshape(shape)

    DEFINITIONS[name] = whole


def _mean(row: list[Any]) -> Any:
    if not row:
        return math.nan
    return _truncated(sum(row), len(row)) if isinstance(row[0], int) else math.fsum(row) / len(row)


def _log_sum_exp(row: list[float]) -> float:
    return math.log(math.fsum(math.exp(v) for v in row)) if row else -math.inf


by_row("reduce_sum", lambda row: sum(row) if row and isinstance(row[0], int) else math.fsum(row))
by_row("reduce_mean", _mean)
by_row("reduce_prod", math.prod)
by_row("reduce_max", lambda row: max(row) if row else None)
by_row("reduce_min", lambda row: min(row) if row else None)
by_row("reduce_any", any)
by_row("reduce_all", all)
by_row("reduce_logsumexp", _log_sum_exp)
by_row("reduce_euclidean_norm", lambda row: math.sqrt(math.fsum(v * v for v in row)))
by_row("l2_loss", lambda row: math.fsum(v * v for v in row) / 2)


@defined
def argmax(x: Array, axis: int = 0, output_type: str = "int64") -> Array:
    return along(x, axis, lambda row: [row.index(max(row))], 1)[_first(x, axis)]


@defined
def argmin(x: Array, axis: int = 0, output_type: str = "int64") -> Array:
    return along(x, axis, lambda row: [row.index(min(row))], 1)[_first(x, axis)]


def _first(x: Array, axis: int) -> Any:
    return tuple(0 if a == axis % x.ndim else slice(None) for a in range(x.ndim))


# Shapes and slices, by Python's own slicing of lists and arrays ----------------------------------------------------------


@defined
def strided_slice(
    x: Array,
    begin: Any,
    end: Any,
    strides: Any,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
) -> Array:
    index: list[Any] = []
    for i, (low, high, step) in enumerate(zip(begin, end, strides, strict=True)):
        if ellipsis_mask >> i & 1:
            index.append(...)
        elif new_axis_mask >> i & 1:
            index.append(None)
        elif shrink_axis_mask >> i & 1:
            index.append(low)
        else:
            index.append(slice(None if begin_mask >> i & 1 else low, None if end_mask >> i & 1 else high, step))
    return np.asarray(x[tuple(index)])


@defined
def slice_(x: Array, begin: Any, size: Any) -> Array:
    return x[tuple(slice(b, None if n == -1 else b + n) for b, n in zip(begin, size, strict=True))]


@defined
def split(value: Array, num_or_size_splits: Any, axis: int = 0) -> list[Array]:
    length, sizes = value.shape[axis], num_or_size_splits
    if isinstance(sizes, int):
        sizes = [length // sizes] * sizes
    known = sum(n for n in sizes if n != -1)
    ends = list(itertools.accumulate(length - known if n == -1 else n for n in sizes))
    front = np.moveaxis(value, axis, 0)
    return [np.moveaxis(front[a:b], 0, axis) for a, b in zip([0, *ends], ends, strict=False)]


@defined
def reshape(x: Array, shape: Any) -> Array:
    wanted, numbers = [int(n) for n in shape], x.reshape(-1).tolist()
    if -1 in wanted:
        others = math.prod(n for n in wanted if n != -1)
        wanted[wanted.index(-1)] = len(numbers) // others if others else 0
    return np.array(numbers, x.dtype).reshape(wanted)


@defined
def reverse(x: Array, axis: Any) -> Array:
    turned = {a % x.ndim for a in ([axis] if isinstance(axis, int) else axis)}
    return x[tuple(slice(None, None, -1 if a in turned else 1) for a in range(x.ndim))]


@defined
def squeeze(x: Array, axis: Any = None) -> Array:
    chosen = range(x.ndim) if axis is None else {a % x.ndim for a in ([axis] if isinstance(axis, int) else axis)}
    return x.reshape([n for a, n in enumerate(x.shape) if not (n == 1 and a in chosen)])


@defined
def expand_dims(x: Array, axis: int) -> Array:
    sizes = list(x.shape)
    sizes.insert(axis % (x.ndim + 1), 1)
    return x.reshape(sizes)


@defined
def concat(*values: Array, axis: int) -> Array:
    fronts = [list(np.moveaxis(v, axis, 0)) for v in values]
    joined = [row for rows in fronts for row in rows]
    rest = np.moveaxis(values[0], axis, 0).shape[1:]
    return np.moveaxis(np.array(joined, values[0].dtype).reshape(len(joined), *rest), 0, axis)


@defined
def unstack(value: Array, num: int, axis: int = 0) -> list[Array]:
    return [np.asarray(row) for row in np.moveaxis(value, axis, 0)]


@defined
def where_indices(condition: Array) -> Array:
    found = [i for i in np.ndindex(condition.shape) if condition[i]]
    return np.array(found, np.int64).reshape(len(found), condition.ndim)


# A row of each row -----------------------------------------------------------------------------------------------------


def along(x: Array, axis: int, of_row: Callable[[list[Any]], list[Any]], size: int | None = None) -> Array:
    """The rows of `x` along `axis`, each replaced by what is made of it, which has `size` elements; as many as before for None."""
    axis %= x.ndim
    found: dict[Any, list[Any]] = {}
    for at in itertools.product(*(range(1 if a == axis else n) for a, n in enumerate(x.shape))):
        found[at] = of_row([x[(*at[:axis], i, *at[axis + 1 :])].item() for i in range(x.shape[axis])])
    out = np.empty((*x.shape[:axis], x.shape[axis] if size is None else size, *x.shape[axis + 1 :]), object)
    for at, row in found.items():
        for i, v in enumerate(row):
            out[(*at[:axis], i, *at[axis + 1 :])] = v
    return np.array(out.tolist()).reshape(out.shape)


def _softmax(row: list[float]) -> list[float]:
    total = math.fsum(math.exp(v) for v in row)
    return [math.exp(v) / total for v in row]


def _running(step: Callable[[Any, Any], Any], start: int) -> Callable[..., Array]:
    def of_row(row: list[Any], exclusive: bool, reverse: bool) -> list[Any]:
        out, total = [], start
        for v in row[::-1] if reverse else row:
            before, total = total, step(total, v)
            out.append(before if exclusive else total)
        return out[::-1] if reverse else out

    return lambda x, axis=0, exclusive=False, reverse=False: along(x, axis, lambda row: of_row(row, exclusive, reverse))


def _order(row: list[Any], descending: bool) -> list[int]:
    return sorted(range(len(row)), key=lambda i: (-row[i] if descending else row[i], i))


DEFINITIONS["softmax"] = lambda x, axis=-1: along(x, axis, _softmax)
DEFINITIONS["log_softmax"] = lambda x, axis=-1: along(x, axis, lambda row: [v - _log_sum_exp(row) for v in row])
DEFINITIONS["cumsum"] = _running(lambda total, v: total + v, 0)
DEFINITIONS["cumprod"] = _running(lambda total, v: total * v, 1)
DEFINITIONS["product_of_others"] = lambda x, axis: along(
    x, axis, lambda row: [math.prod(row[:i] + row[i + 1 :]) for i in range(len(row))]
)
DEFINITIONS["argsort"] = lambda x, descending=False: along(x, -1, lambda row: _order(row, descending))
DEFINITIONS["index_along"] = lambda x, axis, dtype="int32": np.arange(x.shape[axis]).reshape(
    [n if a == axis % x.ndim else 1 for a, n in enumerate(x.shape)]
)


@defined
def top_k(x: Array, k: int) -> list[Array]:
    return [
        along(x, -1, lambda row: [row[i] for i in _order(row, True)[:k]], k),
        along(x, -1, lambda row: _order(row, True)[:k], k),
    ]


@defined
def softmax_cross_entropy_with_logits(labels: Array, logits: Array) -> Array:
    labels, logits = np.broadcast_arrays(labels, logits)
    each = labels * along(logits, -1, lambda row: [v - _log_sum_exp(row) for v in row])
    return -along(each, -1, lambda row: [math.fsum(row)], 1)[..., 0].astype(np.float64)


@defined
def sparse_softmax_cross_entropy_with_logits(labels: Array, logits: Array) -> Array:
    out = np.zeros(labels.shape)
    for at in np.ndindex(labels.shape):
        row = logits[at].tolist()
        out[at] = _log_sum_exp(row) - row[labels[at]]
    return out


# Places ----------------------------------------------------------------------------------------------------------------


@defined
def gather(params: Array, indices: Array, axis: int = 0) -> Array:
    axis %= params.ndim
    out = np.zeros((*params.shape[:axis], *indices.shape, *params.shape[axis + 1 :]), params.dtype)
    for before in np.ndindex(params.shape[:axis]):
        for i in np.ndindex(indices.shape):
            out[(*before, *i)] = params[(*before, int(indices[i]))]
    return out


@defined
def scatter_add_like(updates: Array, indices: Array, like: Array, axis: int = 0) -> Array:
    axis %= like.ndim
    out = np.zeros(like.shape, updates.dtype)
    for before in np.ndindex(like.shape[:axis]):
        for i in np.ndindex(indices.shape):
            out[(*before, int(indices[i]))] += updates[(*before, *i)]
    return out


@defined
def scatter_rows(table: Array, indices: Array, updates: Array, how: str) -> Array:
    return _scattered(table, indices[..., None], updates, how)


def _scattered(tensor: Array, indices: Array, updates: Array, how: str) -> Array:
    out = np.array(tensor)
    for i in np.ndindex(indices.shape[:-1]):
        at = tuple(indices[i].tolist())
        out[at] = updates[i] if how == "update" else out[at] + updates[i] if how == "add" else out[at] - updates[i]
    return out


DEFINITIONS["tensor_scatter_add"] = lambda tensor, indices, updates: _scattered(tensor, indices, updates, "add")
DEFINITIONS["tensor_scatter_sub"] = lambda tensor, indices, updates: _scattered(tensor, indices, updates, "sub")
DEFINITIONS["tensor_scatter_update"] = lambda tensor, indices, updates: _scattered(tensor, indices, updates, "update")
DEFINITIONS["scatter_nd"] = lambda indices, updates, shape: _scattered(
    np.zeros(shape, updates.dtype), indices, updates, "add"
)
DEFINITIONS["scatter_nd_like"] = lambda updates, indices, like: _scattered(
    np.zeros(like.shape, updates.dtype), indices, updates, "add"
)


@defined
def gather_nd(params: Array, indices: Array) -> Array:
    out = np.zeros((*indices.shape[:-1], *params.shape[indices.shape[-1] :]), params.dtype)
    for i in np.ndindex(indices.shape[:-1]):
        out[i] = params[tuple(indices[i].tolist())]
    return out


@defined
def gather_or_zeros(params: Array, indices: Array) -> Array:
    out = np.zeros((*indices.shape, *params.shape[1:]), params.dtype)
    for i in np.ndindex(indices.shape):
        if indices[i] >= 0:
            out[i] = params[int(indices[i])]
    return out


@defined
def take_along(x: Array, indices: Array) -> Array:
    out = np.zeros(indices.shape, x.dtype)
    for i in np.ndindex(indices.shape):
        out[i] = x[(*i[:-1], int(indices[i]))]
    return out


@defined
def add_along_like(updates: Array, indices: Array, like: Array) -> Array:
    out = np.zeros(like.shape, updates.dtype)
    for i in np.ndindex(indices.shape):
        out[(*i[:-1], int(indices[i]))] += updates[i]
    return out


@defined
def indices_in_range(indices: Array, table: Array, axis: int = 0, negative: bool = False) -> Array:
    n = table.shape[axis]
    return np.array(all((-n if negative else 0) <= i < n for i in indices.flat))


@defined
def nd_indices_in_range(indices: Array, sizes: Array, negative: bool = False) -> Array:
    rows = indices.reshape(math.prod(indices.shape[:-1]), indices.shape[-1]).tolist()
    return np.array(
        all((negative or i >= 0) and i < n for row in rows for i, n in zip(row, sizes.tolist(), strict=False))
    )


def by_segment(name: str, of_slices: Callable[[list[Array]], Any], of_none: str = "") -> None:
    """The op makes one slice of all that share an id. of_none: the dtype's "min" or "max", where that is what it makes of none."""

    def whole(data: Array, segment_ids: Array, num_segments: int) -> Array:
        out = np.zeros((num_segments, *data.shape[segment_ids.ndim :]), data.dtype)
        for s in range(num_segments):
            slices = [data[i] for i in np.ndindex(segment_ids.shape) if segment_ids[i] == s]
            limits = np.finfo(data.dtype) if data.dtype.kind == "f" else np.iinfo(data.dtype)
            out[s] = of_slices(slices) if slices or not of_none else getattr(limits, of_none)
        return out

    DEFINITIONS[name] = whole


by_segment("unsorted_segment_sum", sum)
by_segment("unsorted_segment_prod", math.prod)
by_segment("unsorted_segment_max", lambda slices: reduce(np.vectorize(max), slices), "min")
by_segment("unsorted_segment_min", lambda slices: reduce(np.vectorize(min), slices), "max")


@defined
def partition_indices(partitions: Array, num_partitions: int) -> list[Array]:
    row = partitions.tolist()
    return [np.array([i for i, p in enumerate(row) if p == k], np.int64) for k in range(num_partitions)]


@defined
def sum_duplicates(values: Array, indices: Array) -> Array:
    out = np.zeros_like(values)
    for i, j in itertools.product(range(len(indices)), repeat=2):
        if indices[i] == indices[j]:
            out[i] += values[j]
    return out


@defined
def searchsorted(sorted_sequence: Array, values: Array, side: str = "left", out_type: str = "int32") -> Array:
    out = np.zeros(values.shape, out_type)
    for i in np.ndindex(values.shape):
        row, v = sorted_sequence[i[:-1]].tolist(), values[i].item()
        out[i] = sum(r < v or (side == "right" and r == v) for r in row)
    return out


@defined
def unique_with_counts(x: Array, out_idx: str = "int32") -> list[Array]:
    row = x.tolist()
    found = list(dict.fromkeys(row))
    return [np.array(found, x.dtype), np.array([found.index(v) for v in row]), np.array([row.count(v) for v in found])]


DEFINITIONS["unique"] = lambda x, out_idx="int32": unique_with_counts(x)[:2]


@defined
def setdiff1d(x: Array, y: Array, out_idx: str = "int32") -> list[Array]:
    places = [i for i, v in enumerate(x.tolist()) if v not in y.tolist()]
    return [np.array([x[i] for i in places], x.dtype), np.array(places)]


@defined
def one_hot(indices: Array, on_value: Array, off_value: Array, depth: int, axis: int = -1) -> Array:
    at = axis % (indices.ndim + 1)
    out = np.full((*indices.shape[:at], depth, *indices.shape[at:]), off_value)
    for i in np.ndindex(out.shape):
        if indices[(*i[:at], *i[at + 1 :])] == i[at]:
            out[i] = on_value
    return out


DEFINITIONS["sequence"] = lambda start, delta, count: np.array([start + i * delta for i in range(count)], start.dtype)
DEFINITIONS["linspace"] = lambda start, stop, num: np.array(
    [start + (stop - start) * i / max(1, num - 1) for i in range(num)], start.dtype
)


@defined
def pad(x: Array, paddings: Any, mode: str = "CONSTANT", constant_values: float = 0) -> Array:
    pairs = np.asarray(paddings, int).reshape(x.ndim, 2)
    out = np.zeros([n + before + after for n, (before, after) in zip(x.shape, pairs.tolist(), strict=True)], x.dtype)
    for i in np.ndindex(out.shape):
        source = [k - int(before) for k, before in zip(i, pairs[:, 0], strict=True)]
        if mode == "CONSTANT":
            inside = all(0 <= k < n for k, n in zip(source, x.shape, strict=True))
            out[i] = x[tuple(source)] if inside else constant_values
        else:
            out[i] = x[tuple(_mirrored(k, n, mode) for k, n in zip(source, x.shape, strict=True))]
    return out


def _mirrored(k: int, n: int, mode: str) -> int:
    gap = 1 if mode == "REFLECT" else 0
    if k < 0:
        return -k - 1 + gap
    return 2 * n - 1 - gap - k if k >= n else k


@defined
def tile(x: Array, multiples: Any) -> Array:
    out = np.zeros([n * m for n, m in zip(x.shape, np.atleast_1d(multiples).tolist(), strict=True)], x.dtype)
    for i in np.ndindex(out.shape):
        out[i] = x[tuple(k % n for k, n in zip(i, x.shape, strict=True))]
    return out


@defined
def sum_tiles_like(x: Array, multiples: Any, like: Array) -> Array:
    out = np.zeros(like.shape, x.dtype)
    for i in np.ndindex(x.shape):
        out[tuple(k % n for k, n in zip(i, like.shape, strict=True))] += x[i]
    return out


@defined
def roll(x: Array, shift: Any, axis: Any) -> Array:
    moves = [0] * x.ndim
    for s, a in zip(np.atleast_1d(shift).tolist(), np.atleast_1d(axis).tolist(), strict=True):
        moves[a] += s
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        out[tuple((k + m) % n for k, m, n in zip(i, moves, x.shape, strict=True))] = x[i]
    return out


@defined
def reverse_sequence(x: Array, seq_lengths: Array, seq_axis: int, batch_axis: int = 0) -> Array:
    out, seq_axis, batch_axis = np.zeros_like(x), seq_axis % x.ndim, batch_axis % x.ndim
    for i in np.ndindex(x.shape):
        length, k = int(seq_lengths[i[batch_axis]]), i[seq_axis]
        out[i] = x[(*i[:seq_axis], length - 1 - k if k < length else k, *i[seq_axis + 1 :])]
    return out


@defined
def depth_to_space(x: Array, block_size: int, data_format: str = "NHWC") -> Array:
    last = x if data_format == "NHWC" else np.moveaxis(x, 1, 3)
    b, h, w, c = last.shape
    out = np.zeros((b, h * block_size, w * block_size, c // block_size**2), x.dtype)
    for n, i, j, k in np.ndindex(out.shape):
        part = (i % block_size * block_size + j % block_size) * out.shape[3] + k
        out[n, i, j, k] = last[n, i // block_size, j // block_size, part]
    return out if data_format == "NHWC" else np.moveaxis(out, 3, 1)


@defined
def space_to_depth(x: Array, block_size: int, data_format: str = "NHWC") -> Array:
    last = x if data_format == "NHWC" else np.moveaxis(x, 1, 3)
    b, h, w, c = last.shape
    out = np.zeros((b, h // block_size, w // block_size, c * block_size**2), x.dtype)
    for n, i, j, k in np.ndindex(last.shape):
        part = (i % block_size * block_size + j % block_size) * c + k
        out[n, i // block_size, j // block_size, part] = last[n, i, j, k]
    return out if data_format == "NHWC" else np.moveaxis(out, 3, 1)


# Matrices --------------------------------------------------------------------------------------------------------------


@defined
def matmul(a: Array, b: Array, transpose_a: bool = False, transpose_b: bool = False) -> Array:
    def at(m: Array, lead: Any, i: int, j: int, turned: bool) -> Any:
        return m[(*lead, *((j, i) if turned else (i, j)))]

    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    rows, inner = a.shape[:-3:-1] if transpose_a else a.shape[-2:]
    columns = b.shape[-2] if transpose_b else b.shape[-1]
    a, b = np.broadcast_to(a, lead + a.shape[-2:]), np.broadcast_to(b, lead + b.shape[-2:])
    out = np.zeros((*lead, rows, columns), a.dtype)
    for *n, i, j in np.ndindex(out.shape):
        for k in range(inner):
            out[(*n, i, j)] += at(a, n, i, k, transpose_a) * at(b, n, k, j, transpose_b)
    return out


@defined
def matrix_band_part(x: Array, num_lower: int, num_upper: int) -> Array:
    out = np.zeros_like(x)
    for *n, i, j in np.ndindex(x.shape):
        if (num_lower < 0 or i - j <= num_lower) and (num_upper < 0 or j - i <= num_upper):
            out[(*n, i, j)] = x[(*n, i, j)]
    return out


@defined
def matrix_set_diag(x: Array, diagonal: Array, k: int = 0) -> Array:
    out = x.copy()
    for *n, i in np.ndindex(diagonal.shape):
        out[(*n, i + max(-k, 0), i + max(k, 0))] = diagonal[(*n, i)]
    return out


@defined
def matrix_diag(diagonal: Array, k: int = 0) -> Array:
    side = diagonal.shape[-1] + abs(k)
    return matrix_set_diag(np.zeros((*diagonal.shape[:-1], side, side), diagonal.dtype), diagonal, k)


@defined
def matrix_diag_part(x: Array, k: int = 0) -> Array:
    n = max(0, min(x.shape[-2] + min(k, 0), x.shape[-1] - max(k, 0)))
    out = np.zeros((*x.shape[:-2], n), x.dtype)
    for *lead, i in np.ndindex(out.shape):
        out[(*lead, i)] = x[(*lead, i + max(-k, 0), i + max(k, 0))]
    return out


def _determinant(a: Any) -> Any:
    """Laplace's expansion along the first row."""
    if not len(a):
        return 1.0
    return sum((-1) ** j * a[0][j] * _determinant(np.delete(a[1:], j, 1)) for j in range(len(a)))


def _of_matrices(a: Array, of_matrix: Callable[[Array], Any], rank: int) -> Array:
    found = [of_matrix(a[n]) for n in np.ndindex(a.shape[:-2])]
    return np.array(found, a.dtype).reshape(a.shape[: a.ndim - 2 + rank])


def _cofactors(a: Array) -> Array:
    out = np.zeros_like(a)
    for i, j in np.ndindex(a.shape):
        out[i, j] = (-1) ** (i + j) * _determinant(np.delete(np.delete(a, i, 0), j, 1))
    return out


DEFINITIONS["matrix_determinant"] = lambda a: _of_matrices(a, _determinant, 0)
DEFINITIONS["cofactors"] = lambda a: _of_matrices(a, _cofactors, 2)
DEFINITIONS["log_matrix_determinant"] = lambda a: [
    _of_matrices(a, lambda m: np.sign(_determinant(m)), 0),
    _of_matrices(a, lambda m: np.log(abs(_determinant(m))), 0),
]
DEFINITIONS["matrix_inverse"] = lambda a, adjoint=False: _of_matrices(
    a, lambda m: (_cofactors(m) if adjoint else _cofactors(m).T) / _determinant(m), 2
)


# Images ----------------------------------------------------------------------------------------------------------------


def placed(n: int, k: int, stride: int, padding: Any, dilation: int) -> tuple[int, int]:
    """How many places a window of `k` has along an axis of `n`, and how far before its begin the first lies.

    As TF1 says it: VALID takes windows that lie inside; SAME has one output a stride, and pads evenly, the odd one behind.
    """
    reach = (k - 1) * dilation + 1
    if padding == "SAME":
        count = -(-n // stride)
        return count, max((count - 1) * stride + reach - n, 0) // 2
    before, after = (0, 0) if padding == "VALID" else padding
    return (n + before + after - reach) // stride + 1, before


def slide(
    of_seen: Callable[[list[Any]], Any],
    x: Array,
    channels: int,
    window: Any,
    strides: Any,
    padding: Any,
    dilations: Any = (1, 1),
) -> Array:
    """Images whose pixels are made of what a window sees: [(place in the window, pixels [batch, channel])], none of the padding."""
    paddings = (padding, padding) if isinstance(padding, str) else padding
    places = [placed(*each) for each in zip(x.shape[1:3], window, strides, paddings, dilations, strict=True)]
    out = np.zeros((x.shape[0], *(count for count, _ in places), channels), x.dtype)
    for at in np.ndindex(out.shape[1:3]):
        seen = []
        for tap in np.ndindex(*window):
            i, j = (
                o * s + t * d - before
                for o, s, t, d, (_, before) in zip(at, strides, tap, dilations, places, strict=True)
            )
            if 0 <= i < x.shape[1] and 0 <= j < x.shape[2]:
                seen.append((tap, x[:, i, j]))
        out[:, at[0], at[1]] = of_seen(seen)
    return out


@defined
def conv2d(
    input: Array, filters: Array, strides: Any = (1, 1), padding: Any = "VALID", dilations: Any = (1, 1)
) -> Array:
    def of_seen(seen: list[Any]) -> Any:
        return sum((pixels @ filters[tap] for tap, pixels in seen), np.zeros(filters.shape[3]))

    return slide(of_seen, input, filters.shape[3], filters.shape[:2], strides, padding, dilations)


@defined
def depthwise_conv2d_native(
    input: Array, filters: Array, strides: Any = (1, 1), padding: Any = "VALID", dilations: Any = (1, 1)
) -> Array:
    channels = filters.shape[2] * filters.shape[3]

    def of_seen(seen: list[Any]) -> Any:
        each = (pixels[:, :, None] * filters[tap] for tap, pixels in seen)
        return sum(each, np.zeros((len(input), *filters.shape[2:]))).reshape(len(input), channels)

    return slide(of_seen, input, channels, filters.shape[:2], strides, padding, dilations)


def _max_pool(x: Array, ksize: Any, strides: Any = (1, 1), padding: Any = "VALID") -> Array:
    return slide(lambda seen: np.stack([p for _, p in seen]).max(0), x, x.shape[3], ksize, strides, padding)


def _avg_pool(x: Array, ksize: Any, strides: Any = (1, 1), padding: Any = "VALID") -> Array:
    return slide(lambda seen: sum(p for _, p in seen) / len(seen), x, x.shape[3], ksize, strides, padding)


DEFINITIONS["max_pool"], DEFINITIONS["avg_pool"] = _max_pool, _avg_pool
