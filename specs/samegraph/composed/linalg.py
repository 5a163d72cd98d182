"""Linear algebra that is composed of ops."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope


def matrix_transpose(a: Any, name: str | None = None) -> Tensor:
    """The last two axes swapped (TF1: tf.matrix_transpose). ValueError for a tensor of rank below 2."""
    t = as_tensor(a)
    rank = t.type.rank
    if rank < 2:
        raise ValueError(f"Argument `a` should be a (batch) matrix with rank >= 2. Received `a` with shape: {t.shape}")
    return OPS["transpose"](t, perm=(*range(rank - 2), rank - 1, rank - 2), name=name)


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """The sum of products over `axes` of `a` and of `b` (TF1: tf.tensordot).

    axes: how many of a's last and b's first axes, or a pair of axes, or of lists of axes. ValueError for axes that do not
    pair up.
    """
    with name_scope(name, "Tensordot", [a, b]) as scope:
        x = as_tensor(a)
        y = as_tensor(b, x.dtype)
        x_axes, y_axes = _pairs(axes, x.type.rank)
        if len(x_axes) != len(y_axes):
            raise ValueError(f"Different number of contraction axes `a` and `b`, {len(x_axes)} != {len(y_axes)}.")
        left, x_free = _matrix(x, x_axes, last=True)
        right, y_free = _matrix(y, y_axes, last=False)
        return OPS["reshape"](OPS["matmul"](left, right), [*x_free, *y_free], name=scope)


def _pairs(axes: Any, rank: int) -> tuple[list[int], list[int]]:
    if isinstance(axes, int):
        if not 0 <= axes <= rank:
            raise ValueError(f"`axes` must be between 0 and the rank of `a`, {rank}. Received: {axes}.")
        return list(range(rank - axes, rank)), list(range(axes))
    if len(axes) != 2:
        raise ValueError(f"`axes` must be an integer or have length 2. Received {axes}.")
    first, second = ([a] if isinstance(a, int) else list(a) for a in axes)
    return first, second


def _matrix(x: Tensor, axes: Sequence[int], last: bool) -> tuple[Tensor, list[Any]]:
    """`x` as a matrix whose columns (last) or rows are the contracted axes, and the sizes of the other axes."""
    sizes: list[Any] = [OPS["shape"](x)[i] if n is None else n for i, n in enumerate(x.type.dims)]
    taken = [i % x.type.rank for i in axes]
    free = [i for i in range(x.type.rank) if i not in taken]
    order = [*free, *taken] if last else [*taken, *free]
    contracted = _product([sizes[i] for i in taken])
    shape = [-1, contracted] if last else [contracted, -1]
    if 0 in sizes:
        others = _product([sizes[i] for i in free])
        shape = [others, contracted] if last else [contracted, others]
    return OPS["reshape"](OPS["transpose"](x, perm=tuple(order)), shape), [sizes[i] for i in free]


def _product(sizes: Sequence[Any]) -> Any:
    known = prod(n for n in sizes if isinstance(n, int))
    total: Any = known
    for n in sizes:
        if not isinstance(n, int):
            total = n * total
    return total
