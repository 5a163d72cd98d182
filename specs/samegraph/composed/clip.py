"""Clipping of values, norms and whole gradients. IndexedSlices are clipped by their values, as they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..gradients import IndexedSlices
from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..types import compatible, require_shape


def _values(t: Any) -> Tensor:
    return t.values if isinstance(t, IndexedSlices) else as_tensor(t)


def _like(t: Any, values: Tensor) -> Any:
    return IndexedSlices(values, t.indices, t._dense_shape, t.like) if isinstance(t, IndexedSlices) else values


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """min(max(t, clip_value_min), clip_value_max), of the shape of `t` (TF1: tf.clip_by_value).

    ValueError for a bound that would broadcast `t`.
    """
    return _like(t, OPS["clip_by_value"](_values(t), clip_value_min, clip_value_max, name=name))


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """`t`, scaled to an L2 norm over `axes` of at most clip_norm (TF1: tf.clip_by_norm). Zero stays zero, gradient included."""
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = _values(t)
        if np.isscalar(clip_norm):
            limit = as_tensor(max(clip_norm, 0), values.dtype)  # type: ignore[type-var]
        else:
            limit = OPS["cast"](OPS["maximum"](clip_norm, 0), dtype=values.dtype)
        squares = OPS["reduce_sum"](values * values, axis=axes, keepdims=True)
        positive = squares > 0
        norm = OPS["where"](positive, OPS["sqrt"](OPS["where"](positive, squares, OPS["ones_like"](squares))), squares)
        scaled = values * limit
        require_shape(
            compatible(values.type.shape, scaled.type.shape),
            f"clip_by_norm: clip_norm would broadcast {values.name} from shape {values.shape} to {scaled.shape}",
        )
        return _like(t, OPS["identity"](scaled / OPS["maximum"](norm, limit), name=scope))


def global_norm(t_list: Sequence[Any], name: str | None = None) -> Tensor:
    """sqrt of the sum of the squares of all elements of all tensors but None (TF1: tf.global_norm).

    TypeError unless t_list is a sequence.
    """
    tensors = _listed(t_list)
    with name_scope(name, "global_norm", tensors):
        halves = [OPS["l2_loss"](_values(t)) for t in tensors if t is not None]
        return OPS["sqrt"](OPS["reduce_sum"](OPS["stack"](*halves)) * 2.0, name="global_norm")


def clip_by_global_norm(
    t_list: Sequence[Any], clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """(the tensors times clip_norm / max(global norm, clip_norm), the global norm) (TF1: tf.clip_by_global_norm).

    use_norm: the global norm, where known. Tensors become NaN when the norm is not finite. TypeError unless t_list is a
    sequence.
    """
    tensors = _listed(t_list)
    norm: Tensor = global_norm(tensors, name) if use_norm is None else as_tensor(use_norm)
    with name_scope(name, "clip_by_global_norm", [*tensors, clip_norm]) as scope:
        one = as_tensor(1.0, norm.dtype)
        scale = clip_norm * OPS["minimum"](1.0 / norm, one / clip_norm) + (norm - norm)
        clipped = []
        for i, t in enumerate(tensors):
            if t is not None:
                values = _values(t)
                factor = scale if scale.dtype == values.dtype else OPS["cast"](scale, dtype=values.dtype)
                t = _like(t, OPS["identity"](values * factor, name=f"{scope}_{i}"))
            clipped.append(t)
        return clipped, norm


def _listed(t_list: Any) -> list[Any]:
    if not isinstance(t_list, (list, tuple)):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    return list(t_list)
