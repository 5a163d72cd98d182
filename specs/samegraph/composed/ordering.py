"""Sorting, and what is found by it."""

from __future__ import annotations

from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import FLOATS, normal_axis, require_shape
from .sizes import same_rank

_DIRECTIONS = {"ASCENDING": False, "DESCENDING": True}


def sort(values: Any, axis: int = -1, direction: str = "ASCENDING", name: str | None = None) -> Tensor:
    """The elements in order along `axis` (TF1: tf.sort). Among elements with a NaN the order is not specified.

    direction: "ASCENDING" or "DESCENDING". ValueError for another, ShapeError for a scalar.
    """
    with name_scope(name, "sort", [values]):
        x, order = _swapped(as_tensor(values), axis)
        return _back(OPS["take_along"](x, OPS["argsort"](x, descending=_descending(direction))), order)


def argsort(
    values: Any, axis: int = -1, direction: str = "ASCENDING", stable: bool = False, name: str | None = None
) -> Tensor:
    """The int32 indices that put the elements in order along `axis` (TF1: tf.argsort). As `sort`.

    Equal elements keep their order, whatever `stable`.
    """
    with name_scope(name, "argsort", [values]):
        x, order = _swapped(as_tensor(values), axis)
        return _back(OPS["argsort"](x, descending=_descending(direction)), order)


def _descending(direction: str) -> bool:
    if direction not in _DIRECTIONS:
        raise ValueError(f"direction must be one of {', '.join(_DIRECTIONS)}, got {direction!r}")
    return _DIRECTIONS[direction]


def _swapped(x: Tensor, axis: int) -> tuple[Tensor, tuple[int, ...] | None]:
    """`x` with `axis` and the last axis in each other's place, and the order of axes that does so, None for none."""
    rank = x.type.rank
    require_shape(rank > 0, f"a scalar cannot be sorted, got {x!r}")
    at = normal_axis(axis, rank)
    if at == rank - 1:
        return x, None
    order = list(range(rank))
    order[at], order[-1] = order[-1], order[at]
    return OPS["transpose"](x, perm=tuple(order)), tuple(order)


def _back(x: Tensor, order: tuple[int, ...] | None) -> Tensor:
    return x if order is None else OPS["transpose"](x, perm=order)


def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """out[x[i]] = i for a vector that holds each of 0, 1, ..., n - 1 once (TF1: tf.invert_permutation).

    A run fails for another vector.
    """
    with name_scope(name, "InvertPermutation", [x]) as scope:
        t = as_tensor(x)
        require_shape(t.type.rank == 1, f"invert_permutation: x must be a vector, got {t!r}")
        inverse = OPS["argsort"](t)
        counted = OPS["index_along"](t, axis=0, dtype=t.dtype)
        ok = OPS["reduce_all"](OPS["equal"](OPS["take_along"](t, inverse), counted))
        whole = OPS["checked"](inverse, ok, message="each of 0, 1, ..., n - 1 must occur once")
        return OPS["cast"](whole, dtype=t.dtype, name=scope)


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Whether no element, in C order, is less than the one before (TF1: tf.is_non_decreasing)."""
    with name_scope(name, "is_non_decreasing", [x]):
        return _neighbours("less_equal", x)


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Whether every element, in C order, is larger than the one before (TF1: tf.is_strictly_increasing)."""
    with name_scope(name, "is_strictly_increasing", [x]):
        return _neighbours("less", x)


def _neighbours(relation: str, x: Any) -> Tensor:
    flat = OPS["reshape"](as_tensor(x), [-1])
    return OPS["reduce_all"](OPS[relation](flat[:-1], flat[1:]))


def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Whether fewer than `k` classes of a row are predicted more strongly than its target (TF1: tf.nn.in_top_k).

    predictions: [batch, classes], targets: [batch], classes by number. Never for a target that is no class, and in a row
    that is not finite.
    """
    with name_scope(name, "in_top_k", [predictions, targets]) as scope:
        rows, classes = as_tensor(predictions), as_tensor(targets)
        require_shape(
            rows.dtype in FLOATS and rows.type.rank == 2 and classes.type.rank == 1,
            f"in_top_k: predictions are a matrix of floats and targets a vector, got {rows!r} and {classes!r}",
        )
        count = OPS["shape"](rows, out_type=classes.dtype)[1]
        is_class = OPS["logical_and"](OPS["greater_equal"](classes, 0), OPS["less"](classes, count))
        # the row of a target that is none has a place too, whatever it holds
        place = same_rank(OPS["where"](is_class, classes, OPS["zeros_like"](classes)), 2)
        own = OPS["take_along"](rows, place)
        stronger = OPS["reduce_sum"](OPS["cast"](OPS["greater"](rows, own), dtype="int32"), axis=1)
        finite = OPS["reduce_all"](OPS["is_finite"](rows), axis=1)
        fewer = OPS["less"](stronger, OPS["cast"](as_tensor(k), dtype="int32"))
        return OPS["logical_and"](OPS["logical_and"](is_class, finite), fewer, name=scope)
