"""The kernels by name: each builds a PyTensor expression. The shapes of all operands are known whenever one is called."""

import math
from itertools import pairwise

import numpy as np
import pytensor.tensor as pt
from samegraph.backend import python_slice, reshaped, slice_spans, split_sizes, strided_spans

_SAME = "tanh abs sqrt exp expm1 log log1p sin cos tan erf erfc sigmoid softplus floor ceil sinh cosh square reciprocal"
_UNARY = """sign:sign negative:neg round:round_half_to_even is_nan:isnan is_inf:isinf invert:invert owned:tensor_copy
logical_not:invert asin:arcsin acos:arccos atan:arctan asinh:arcsinh acosh:arccosh atanh:arctanh"""
_BINARY = """add:add sub:sub mul:mul truediv:true_div maximum:maximum minimum:minimum equal:eq not_equal:neq less:lt
less_equal:le greater:gt greater_equal:ge logical_and:and_ logical_or:or_ logical_xor:xor bitwise_and:bitwise_and
bitwise_or:bitwise_or bitwise_xor:bitwise_xor"""

_unary = lambda fn: lambda x: fn(x)
_binary = lambda fn: lambda x, y: fn(x, y)
_shape = lambda x: tuple(int(n) for n in x.type.shape)
_count = lambda x: math.prod(_shape(x))
_of = lambda x, value: np.asarray(value, x.dtype)
_zeros = lambda shape, like: pt.alloc(_of(like, 0), *shape)
_is_float = lambda x: x.dtype.startswith("float")
_ratio = lambda n, m: n / m if m else np.inf if n else 1.0
_not_zero = lambda y: pt.switch(pt.eq(y, 0), _of(y, 1), y)
_along = lambda axis, x, index: (slice(None),) * (axis % x.ndim) + (index,)
_inside = lambda indices, n: pt.clip(indices, 0, max(0, n - 1)).astype("int64")
_t = lambda x, turn: x.swapaxes(-1, -2) if turn else x
_rows = lambda x, indices, axis: x[_along(axis, x, _inside(indices, _shape(x)[axis]))]
_put = lambda x, spans, like: pt.set_subtensor(_zeros(_shape(like), x)[_places(spans)], x)
_places = lambda spans: tuple(python_slice(*span) for span in spans)


def _reduced(fn, of_none):
    """`fn` over the axes; of_none(x) where there is nothing to reduce."""

    def kernel(x, axis=None, keepdims=False):
        axes = range(x.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
        axes = tuple(a % x.ndim for a in axes)
        if 0 in (_shape(x)[a] for a in axes):
            kept = [1 if i in axes else n for i, n in enumerate(_shape(x)) if keepdims or i not in axes]
            return pt.alloc(_of(x, of_none(x)), *kept)
        return fn(x, axis=axes, keepdims=keepdims) if axes else x

    return kernel


_sum = _reduced(lambda x, **how: pt.sum(x, dtype=x.dtype, **how), lambda x: 0)
_max = _reduced(pt.max, lambda x: -np.inf if _is_float(x) else np.iinfo(x.dtype).min)
_min = _reduced(pt.min, lambda x: np.inf if _is_float(x) else np.iinfo(x.dtype).max)
_log_softmax = lambda x, axis=-1: x - _max(x, axis, True) - pt.log(_sum(pt.exp(x - _max(x, axis, True)), axis, True))
_relu = lambda x: pt.maximum(x, _of(x, 0))
_logistic_loss = lambda labels, logits: _relu(logits) - logits * labels + pt.log1p(pt.exp(-pt.abs(logits)))


def _mean(x, axis=None, keepdims=False):
    wide = x.astype("float64" if x.dtype == "float64" else "float32" if _is_float(x) else "int64")
    total = _sum(wide, axis, keepdims)
    count = _count(x) // (_count(total) or 1)
    whole = pt.sign(total) * (pt.abs(total) // max(1, count))
    return (total / _of(wide, count) if _is_float(x) else whole).astype(x.dtype)


def _split(value, num_or_size_splits, axis=0):
    ends = np.cumsum([0, *split_sizes(_shape(value)[axis], num_or_size_splits)]).tolist()
    return tuple(value[_along(axis, value, slice(a, b))] for a, b in pairwise(ends))


def _one_hot(indices, on_value, off_value, depth, axis=-1):
    at = axis % (indices.ndim + 1)
    places = np.arange(depth).reshape(depth, *(1,) * (indices.ndim - at))
    return pt.switch(pt.eq(pt.expand_dims(indices, at), places), on_value, off_value)


def _sum_to_like(x, like):
    lead = x.ndim - like.ndim
    axes = [*range(lead), *(lead + i for i, n in enumerate(_shape(like)) if n == 1 != _shape(x)[lead + i])]
    return _sum(x, axes).reshape(_shape(like)) if axes else x


def _scatter_rows(table, indices, updates, how):
    rows = _rows(table, indices, 0)
    if how == "update":
        return pt.set_subtensor(rows, updates)
    return pt.inc_subtensor(rows, updates if how == "add" else -updates)


def _in_range(indices, table, axis=0, negative=False):
    n = _shape(table)[axis]
    return pt.all(pt.and_(pt.ge(indices, -n if negative else 0), pt.lt(indices, n)))


def _strided(x, begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, shape = strided_spans(_shape(x), begin, end, strides, *masks)
    return x[_places(spans)].reshape(shape)


def _put_strided(
    x, begin, end, strides, like, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    masks = begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask
    spans, _ = strided_spans(_shape(like), begin, end, strides, *masks)
    return _put(x.reshape([count for _, count, _ in spans]), spans, like)


KERNELS = {
    **{name: _unary(getattr(pt, name)) for name in _SAME.split()},
    **{name: _unary(getattr(pt, own)) for name, own in (pair.split(":") for pair in _UNARY.split())},
    **{name: _binary(getattr(pt, own)) for name, own in (pair.split(":") for pair in _BINARY.split())},
    "atan2": lambda y, x: pt.arctan2(y, x),
    "floordiv": lambda x, y: pt.floor(x / y) if _is_float(x) else pt.int_div(x, _not_zero(y)).astype(x.dtype),
    "mod": lambda x, y: pt.mod(x, y if _is_float(x) else _not_zero(y)).astype(x.dtype),
    "pow": lambda x, y: pt.pow(x, y if _is_float(x) else pt.maximum(y, _of(y, 0))).astype(x.dtype),
    "divide_no_nan": lambda x, y: pt.switch(pt.eq(y, 0), _of(x, 0), x / _not_zero(y)),
    "squared_difference": lambda x, y: pt.square(x - y),
    "rsqrt": lambda x: pt.reciprocal(pt.sqrt(x)),
    "xdivy": lambda x, y: pt.switch(pt.eq(x, 0), _of(x, 0), x / y),
    "where": lambda condition, x, y: pt.switch(condition, x, y),
    "clip_by_value": lambda x, low, high: pt.maximum(pt.minimum(x, high), low),
    "is_finite": lambda x: pt.invert(pt.or_(pt.isnan(x), pt.isinf(x))),
    "all_finite": lambda x: pt.invert(pt.any(pt.or_(pt.isnan(x), pt.isinf(x)))),
    "relu": _relu,
    "relu6": lambda x: pt.minimum(_relu(x), _of(x, 6)),
    "leaky_relu": lambda x, alpha: pt.switch(pt.gt(x, 0), x, _of(x, alpha) * x),
    "elu": lambda x: pt.switch(pt.lt(x, 0), pt.expm1(x), x),
    "softsign": lambda x: x / (pt.abs(x) + _of(x, 1)),
    "softmax": lambda x, axis=-1: pt.exp(_log_softmax(x, axis)),
    "log_softmax": _log_softmax,
    "softmax_cross_entropy_with_logits": lambda labels, logits: -_sum(labels * _log_softmax(logits), -1),
    "sigmoid_cross_entropy_with_logits": _logistic_loss,
    "l2_loss": lambda x: _sum(pt.square(x)) * _of(x, 0.5),
    "reduce_sum": _sum,
    "reduce_mean": _mean,
    "reduce_max": _max,
    "reduce_min": _min,
    "reduce_any": _reduced(pt.any, lambda x: False),
    "reduce_all": _reduced(pt.all, lambda x: True),
    "argmax": lambda x, axis=0, output_type="int64": pt.argmax(x, axis=axis).astype(str(output_type)),
    "argmin": lambda x, axis=0, output_type="int64": pt.argmin(x, axis=axis).astype(str(output_type)),
    "matmul": lambda a, b, transpose_a=False, transpose_b=False: pt.matmul(_t(a, transpose_a), _t(b, transpose_b)),
    **dict.fromkeys(("identity", "stop_gradient"), lambda x: x),
    "check_numerics": lambda x, message: x,
    "checked": lambda x, ok, message: x,
    "provided": lambda x, holds, message: x,
    "cast": lambda x, dtype: x.astype(str(dtype)),
    "zeros_like": lambda x: _zeros(_shape(x), x),
    "ones_like": lambda x: pt.alloc(_of(x, 1), *_shape(x)),
    "broadcast_like": lambda x, like: pt.broadcast_to(x, _shape(like)),
    "broadcast_to": lambda x, shape: pt.broadcast_to(x, shape),
    "sum_to_like": _sum_to_like,
    "size_ratio": lambda whole, part: pt.constant(_of(whole, _ratio(_count(whole), _count(part)))),
    "reshape_like": lambda x, like: x.reshape(_shape(like)),
    "reshape": lambda x, shape: x.reshape(reshaped(_shape(x), shape)),
    "expand_axes": lambda x, axes: pt.expand_dims(x, axes) if axes else x,
    "expand_dims": lambda x, axis: pt.expand_dims(x, axis),
    "squeeze": lambda x, axis=None: pt.squeeze(x, axis),
    "transpose": lambda x, perm=None: x.transpose(*(reversed(range(x.ndim)) if perm is None else perm)),
    "shape": lambda x, out_type="int32": pt.constant(np.array(_shape(x), str(out_type))),
    "size": lambda x, out_type="int32": pt.constant(np.array(_count(x), str(out_type))),
    "rank": lambda x: pt.constant(np.int32(x.ndim)),
    "stack": lambda *values, axis=0: pt.stack(values, axis),
    "unstack": lambda value, num, axis=0: tuple(value[_along(axis, value, i)] for i in range(num)),
    "concat": lambda *values, axis: pt.concatenate(values, axis),
    "split": _split,
    "split_like": lambda x, *likes, axis: _split(x, [_shape(like)[axis] for like in likes], axis),
    "slice": lambda x, begin, size: x[_places(slice_spans(_shape(x), begin, size))],
    "slice_like": lambda x, begin, like: x[_places(slice_spans(_shape(x), begin, _shape(like)))],
    "put_like": lambda x, begin, like: _put(x, slice_spans(_shape(like), begin, _shape(x)), like),
    "strided_slice": _strided,
    "put_strided_like": _put_strided,
    "fill": lambda dims, value: pt.alloc(value, *dims),
    "sequence": lambda start, delta, count: start + np.arange(count).astype(start.dtype) * delta,
    "one_hot": _one_hot,
    "gather": lambda params, indices, axis=0: _rows(params, indices, axis),
    "scatter_add_like": lambda updates, indices, like, axis=0: pt.inc_subtensor(
        _rows(_zeros(_shape(like), updates), indices, axis), updates
    ),
    "scatter_rows": _scatter_rows,
    "indices_in_range": _in_range,
}
