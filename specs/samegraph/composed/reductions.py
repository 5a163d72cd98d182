"""Spreads, norms and the like of a tensor along axes."""

from __future__ import annotations

import math
from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import FLOATS, ShapeError


def reduce_variance(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The mean square distance from the mean over `axis` (TF1: tf.math.reduce_variance). TypeError for integers."""
    with name_scope(name, "reduce_variance", [input_tensor]):
        return OPS["reduce_mean"](OPS["square"](_deviations(input_tensor, axis)), axis=axis, keepdims=keepdims)


def reduce_std(input_tensor: Any, axis: Any = None, keepdims: bool = False, name: str | None = None) -> Tensor:
    """The square root of the variance over `axis` (TF1: tf.math.reduce_std). TypeError for integers.

    Where all elements are equal the gradient is 0, a subgradient; TF1's is NaN.
    """
    with name_scope(name, "reduce_std", [input_tensor]):
        away = _deviations(input_tensor, axis)
        length = OPS["reduce_euclidean_norm"](away, axis=axis, keepdims=keepdims)
        return length / OPS["sqrt"](OPS["size_ratio"](away, length))


def _deviations(x: Any, axis: Any) -> Tensor:
    t = as_tensor(x)
    if t.dtype not in FLOATS:
        raise TypeError(f"Input must be either real or complex. Received integer type {t.dtype.name} of {t.name}.")
    return t - OPS["reduce_mean"](t, axis=axis, keepdims=True)


def norm(tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False, name: str | None = None) -> Any:
    """The norm of vectors along `axis` (all elements for None), or of matrices along a pair of axes (TF1: tf.norm).

    ord: "euclidean", 1, 2, infinity or a positive number; for matrices "euclidean", "fro", 1 or infinity. ValueError for
    another. Where a norm of any order p >= 1 is 0 its gradient is 0, a subgradient; TF1's is NaN.
    """
    pair = _is_pair(axis)
    _check_order(ord, pair)
    with name_scope(name, "norm", [tensor]):
        t = as_tensor(tensor)
        if ord in ("fro", "euclidean", 2):
            return OPS["reduce_euclidean_norm"](t, axis=axis, keepdims=keepdims)
        sizes = OPS["abs"](t)
        # tuples: the columns of a matrix are summed for order 1, its rows for infinity
        across, along = (axis[0], axis[1]) if pair else (axis, axis)
        if ord == 1:
            made = OPS["reduce_sum"](sizes, axis=across, keepdims=True)
            made = OPS["reduce_max"](made, axis=along, keepdims=True) if pair else made
        elif ord == math.inf:
            made = OPS["reduce_sum"](sizes, axis=along, keepdims=True) if pair else sizes
            made = OPS["reduce_max"](made, axis=across, keepdims=True)
        else:
            made = _root(OPS["reduce_sum"](OPS["pow"](sizes, float(ord)), axis=axis, keepdims=True), float(ord))
        return made if keepdims else _without(made, t, axis)


def _root(total: Tensor, order: float) -> Tensor:
    """total ** (1 / order), its slope at 0 taken to be 0."""
    zero, one = OPS["zeros_like"](total), OPS["ones_like"](total)
    none = OPS["equal"](total, zero)
    return OPS["where"](none, zero, OPS["pow"](OPS["where"](none, one, total), 1.0 / order))


def _without(t: Tensor, of: Tensor, axis: Any) -> Tensor:
    axes = tuple(range(of.type.rank)) if axis is None else axis
    return OPS["squeeze"](t, axis=tuple(axes) if isinstance(axes, (list, tuple)) else axes)


def _is_pair(axis: Any) -> bool:
    if not isinstance(axis, (list, tuple)):
        return False
    if len(axis) != 2 or any(not isinstance(a, int) for a in axis) or axis[0] == axis[1]:
        raise ValueError(f"'axis' must be None, an integer, or a tuple of 2 unique integers, got {axis}")
    return True


def _check_order(ord: Any, pair: bool) -> None:
    if pair and ord not in ("euclidean", "fro", 1, math.inf):
        hint = ", as it has no singular values yet" if ord == 2 else ""
        raise ValueError(f"'ord' must be 'euclidean', 'fro', 1 or infinity for matrices{hint}, got {ord}")
    if not pair and ord != "euclidean" and (isinstance(ord, str) or not ord > 0):
        raise ValueError(f"'ord' must be 'euclidean' or a positive number for vectors, got {ord}")


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """log |Beta(x)| along the last axis, -infinity for no elements (TF1: tf.lbeta). ShapeError for a scalar."""
    with name_scope(name, "lbeta", [x]):
        t = as_tensor(x)
        if t.type.shape == ():
            raise ShapeError(f"lbeta: x must have rank 1 or more, got {t!r}")
        product = OPS["reduce_sum"](OPS["lgamma"](t), axis=-1)
        return product - OPS["lgamma"](OPS["reduce_sum"](t, axis=-1))


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """coeffs[0] * x ** (n - 1) + ... + coeffs[n - 1], by Horner's rule; 0 for none (TF1: tf.math.polyval).

    ValueError when `coeffs` is no list.
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    with name_scope(name, "polyval", [x]):
        at = as_tensor(x)
        if not coeffs:
            return OPS["zeros_like"](at)
        total = as_tensor(coeffs[0], at.dtype)
        for c in coeffs[1:]:
            total = as_tensor(c, at.dtype) + total * at
        return total
