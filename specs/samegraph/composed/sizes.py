"""Sizes that may be known only when a graph runs: an int where they are known before, else a scalar tensor."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

from ..graph import Tensor
from ..op import shape_tensor
from ..registry import OPS
from ..types import broadcast, require_shape


def sizes(t: Tensor) -> list[Any]:
    """The sizes of the axes of `t`. ShapeError for an unknown rank."""
    run_time = None
    found: list[Any] = []
    for i, n in enumerate(t.type.dims):
        if n is None and run_time is None:
            run_time = OPS["shape"](t)
        found.append(run_time[i] if n is None and run_time is not None else n)
    return found


def product(numbers: Iterable[Any]) -> Any:
    """The product of sizes: an int when all are."""
    numbers = list(numbers)
    total: Any = prod(n for n in numbers if isinstance(n, int))
    for n in numbers:
        if not isinstance(n, int):
            total = n * total
    return total


def reshaped(t: Tensor, shape: list[Any]) -> Tensor:
    """`t` in a shape of ints and scalar tensors; a single tensor is left to be found out, so that nothing computes it."""
    if sum(isinstance(n, Tensor) for n in shape) == 1 and 0 not in shape:
        shape = [-1 if isinstance(n, Tensor) else n for n in shape]
    return OPS["reshape"](t, shape)


def folded(t: Tensor, start: int, count: int) -> Tensor:
    """`t` with the `count` axes from `start` on made one. Through it gradients are dense, as through TF1's reshape."""
    all_sizes = sizes(t)
    return reshaped(t, [*all_sizes[:start], product(all_sizes[start : start + count]), *all_sizes[start + count :]])


def known_sizes(shape: Tensor) -> tuple[int, ...] | None:
    """The ints that a vector is known to hold; None when it is not wholly known."""
    known = shape.type.known
    return None if known is None or None in known else tuple(n for n in known if n is not None)


def broadcast_dynamic_shape(shape_x: Any, shape_y: Any) -> Tensor:
    """The shape that two shapes, as vectors, broadcast to (TF1: tf.broadcast_dynamic_shape).

    ShapeError when they are known not to; a run fails when it finds so.
    """
    a, b = shape_tensor(shape_x), shape_tensor(shape_y)
    left, right = known_sizes(a), known_sizes(b)
    if left is not None and right is not None:
        return shape_tensor(list(broadcast(left, right)))
    lengths = [t.type.dims for t in (a, b)]
    require_shape(
        all(len(d) == 1 and d[0] is not None for d in lengths),
        f"broadcast_dynamic_shape: shapes must be vectors of a known length, got {a!r} and {b!r}",
    )
    rank = max(d[0] or 0 for d in lengths)
    a, b = (_to_rank(t, rank) for t in (a, b))
    one = OPS["equal"](a, 1)
    fits = OPS["logical_or"](OPS["logical_or"](one, OPS["equal"](b, 1)), OPS["equal"](a, b))
    merged = OPS["where"](one, b, a)
    return OPS["checked"](merged, OPS["reduce_all"](fits), message="the shapes do not broadcast")


def _to_rank(shape: Tensor, rank: int) -> Tensor:
    missing = rank - (shape.type.dims[0] or 0)
    return OPS["concat"](OPS["ones"]([missing], shape.dtype), shape, axis=0) if missing else shape


def same_rank(t: Tensor, rank: int) -> Tensor:
    """`t`, with axes of size 1 after its own up to that rank."""
    return reshaped(t, [*sizes(t), *[1] * (rank - t.type.rank)]) if t.type.rank < rank else t
