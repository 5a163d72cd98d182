"""Grids of numbers, and numbers that stand for places in a grid."""

from __future__ import annotations

from typing import Any

from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import BOOL, as_dtype, normal_axis, require_shape
from .checking import within
from .sizes import folded, product, sizes


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = BOOL, name: str | None = None) -> Tensor:
    """out[..., j] = whether j < lengths[...], for j < maxlen, by default the greatest length (TF1: tf.sequence_mask)."""
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        n = as_tensor(lengths)
        if maxlen is None:
            longest = OPS["maximum"](OPS["reduce_max"](n), 0)
        else:
            longest = as_tensor(maxlen, n.dtype)
            longest = longest if longest.dtype == n.dtype else OPS["cast"](longest, dtype=n.dtype)
        mask = OPS["less"](OPS["range"](longest), OPS["expand_dims"](n, axis=-1))
        return mask if as_dtype(dtype) == BOOL else OPS["cast"](mask, dtype=as_dtype(dtype))


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[Tensor]:
    """The coordinates of a grid's points, a tensor for each axis' coordinates (TF1: tf.meshgrid).

    indexing: "ij", axes in the order of `args`; "xy", the first two swapped. ValueError for another.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing parameter must be either 'xy' or 'ij'")
    with name_scope(name, "meshgrid", args):
        given = [OPS["reshape"](as_tensor(a), [-1]) for a in args]
        shape = [sizes(t)[0] for t in given]
        places = list(range(len(given)))
        if indexing == "xy" and len(given) > 1:
            shape[:2], places[:2] = shape[1::-1], places[1::-1]
        made = []
        for t, at in zip(given, places, strict=True):
            own = [1] * len(given)
            own[at] = -1
            made.append(OPS["broadcast_to"](OPS["reshape"](t, own), shape))
        return made


def unravel_index(indices: Any, dims: Any, name: str | None = None) -> Tensor:
    """The coordinates that flat indices have in a tensor of the shape `dims` (TF1: tf.unravel_index).

    out[i] = the places along axis i. A run fails for an index out of range.
    """
    with name_scope(name, "UnravelIndex", [indices, dims]):
        flat = as_tensor(indices)
        shape = as_tensor(dims, flat.dtype)
        require_shape(
            flat.type.rank <= 1 and shape.type.rank == 1,
            f"unravel_index: indices are a scalar or a vector and dims a vector, got {flat!r} and {shape!r}",
        )
        flat = within(flat, OPS["reduce_prod"](shape), "indices outside of the shape")
        steps = OPS["cumprod"](shape, exclusive=True, reverse=True)
        if flat.type.rank:
            steps, shape = (OPS["expand_dims"](t, axis=1) for t in (steps, shape))
        return OPS["mod"](OPS["floordiv"](flat, steps), shape)


def gather_batched(params: Any, indices: Any, axis: int | None, batch_dims: int, name: str | None = None) -> Tensor:
    """As gather, for each of the first `batch_dims` axes, which params and indices share, by itself (TF1: tf.gather).

    axis: by default the one after those axes. ShapeError for axes that do not fit.
    """
    with name_scope(name, "GatherV2", [params, indices]):
        x, ids = as_tensor(params), as_tensor(indices)
        shared = batch_dims % (ids.type.rank + 1) if batch_dims < 0 else batch_dims
        at = shared if axis is None else normal_axis(axis, x.type.rank)
        require_shape(
            shared <= min(ids.type.rank, at),
            f"gather: batch_dims {batch_dims} must not exceed the rank of indices {ids!r}, nor axis {at}",
        )
        order = [*range(shared), at, *range(shared, at), *range(at + 1, x.type.rank)]
        front = x if at == shared else OPS["transpose"](x, perm=tuple(order))
        shape, count = sizes(front), sizes(ids)
        rows = folded(front, 0, shared + 1)
        checked = within(ids, shape[shared], "indices outside of the table")
        picked = OPS["gather"](rows, _flat_places(checked, count[:shared], shape[shared]))
        if at == shared:
            return picked
        own, between = ids.type.rank - shared, at - shared
        after = x.type.rank - at - 1
        start = shared + own
        return OPS["transpose"](
            picked,
            perm=(
                *range(shared),
                *range(start, start + between),
                *range(shared, start),
                *range(start + between, start + between + after),
            ),
        )


def _flat_places(ids: Tensor, batch: list[Any], size: Any) -> Tensor:
    """Indices into the rows of all batches, from those into each."""
    step: Any = size
    for i in reversed(range(len(batch))):
        number = OPS["index_along"](ids, axis=i, dtype=ids.dtype)
        ids = ids + number * (OPS["cast"](step, dtype=ids.dtype) if isinstance(step, Tensor) else step)
        step = product([step, batch[i]])
    return ids


def gather_nd_batched(params: Any, indices: Any, batch_dims: int, name: str | None = None) -> Tensor:
    """As gather_nd, for each of the first `batch_dims` axes, which params and indices share, by itself."""
    with name_scope(name, "GatherNd", [params, indices]):
        x, ids = as_tensor(params), as_tensor(indices)
        first = ids[..., :1]
        numbers = [OPS["index_along"](first, axis=i, dtype=ids.dtype) for i in range(batch_dims)]
        columns = [OPS["broadcast_like"](n, first) for n in numbers]
        return OPS["gather_nd"](x, OPS["concat"](*columns, ids, axis=-1))
