"""How often values occur."""

from __future__ import annotations

from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import FLOAT64, INT32, INT64, as_dtype, require_shape
from .checking import within


def count_nonzero(
    x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = INT64, name: str | None = None
) -> Tensor:
    """How many elements along `axis` are not 0, or are True (TF1: tf.count_nonzero)."""
    with name_scope(name, "count_nonzero", [x]):
        t = as_tensor(x)
        other = OPS["not_equal"](t, OPS["zeros_like"](t))
        return OPS["reduce_sum"](OPS["cast"](other, dtype=as_dtype(dtype)), axis=axis, keepdims=keepdims)


def bincount(
    arr: Any,
    weights: Any = None,
    minlength: Any = None,
    maxlength: Any = None,
    dtype: Any = INT32,
    name: str | None = None,
) -> Tensor:
    """out[i] = how many elements of `arr` are i, or the sum of their weights (TF1: tf.bincount).

    As long as the largest element asks for, not shorter than `minlength`; elements from `maxlength` on do not count. A run
    fails for a negative element. The weights have a gradient, which TF1 does not define.
    """
    with name_scope(name, "bincount", [arr, weights]):
        ids = OPS["reshape"](as_tensor(arr, INT32), [-1])
        count = OPS["add"](OPS["maximum"](OPS["reduce_max"](ids), -1), 1)
        if minlength is not None:
            count = OPS["maximum"](count, as_tensor(minlength, count.dtype))
        if maxlength is not None:
            count = OPS["minimum"](count, as_tensor(maxlength, count.dtype))
        ids = within(ids, None, "bincount counts numbers of 0 or more")
        ids = OPS["where"](OPS["less"](ids, count), ids, -1)
        if weights is None:
            each = OPS["cast"](OPS["ones_like"](ids), dtype=as_dtype(dtype))
        else:
            each = OPS["reshape"](as_tensor(weights), [-1])
        return OPS["unsorted_segment_sum"](each, ids, count)


def histogram_fixed_width(
    values: Any, value_range: Any, nbins: Any = 100, dtype: Any = INT32, name: str | None = None
) -> Tensor:
    """How many of `values` fall into each of `nbins` equal parts of `value_range`, what lies outside into the nearest.

    TF1: tf.histogram_fixed_width.
    """
    with name_scope(name, "histogram_fixed_width", [values, value_range, nbins]):
        flat = OPS["reshape"](as_tensor(values), [-1])
        low, high = OPS["unstack"](as_tensor(value_range, flat.dtype), num=2)
        bins = as_tensor(nbins)
        # as TF1's kernel, in float64; limited before it becomes an integer, which has no room for what lies far outside
        above, whole, count = (
            OPS["cast"](t, dtype=FLOAT64) for t in (OPS["maximum"](flat, low) - low, high - low, bins)
        )
        index = OPS["cast"](OPS["minimum"](above / (whole / count), count - 1.0), dtype=bins.dtype)
        each = OPS["cast"](OPS["ones_like"](index), dtype=as_dtype(dtype))
        return OPS["unsorted_segment_sum"](each, index, bins)


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = INT32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """out[i, j] = how often class i was taken for class j, or the sum of those times' weights (TF1: tf.confusion_matrix).

    As many classes as the largest one asks for, unless `num_classes` says. A run fails for a class out of range.
    """
    with name_scope(name, "confusion_matrix", [labels, predictions, num_classes, weights]):
        truth, guess = (OPS["cast"](OPS["reshape"](as_tensor(t), [-1]), dtype=INT64) for t in (labels, predictions))
        both = OPS["stack"](truth, guess, axis=1)
        if num_classes is None:
            classes = OPS["add"](OPS["maximum"](OPS["reduce_max"](both), -1), 1)
        else:
            classes = OPS["cast"](as_tensor(num_classes), dtype=INT64)
        require_shape(classes.type.shape == (), f"num_classes is a scalar, got {classes!r}")
        if weights is None:
            each = OPS["cast"](OPS["ones_like"](truth), dtype=as_dtype(dtype))
        else:
            each = OPS["cast"](OPS["reshape"](as_tensor(weights), [-1]), dtype=as_dtype(dtype))
        return OPS["scatter_nd"](both, each, OPS["stack"](classes, classes))
