"""What is fed: the tensors behind the keys of a feed_dict, and values as arrays that fit them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..graph import Graph, Operation, Tensor
from ..host import calls as host
from ..types import STRING, Shape, compatible, numpy_dtype

Array = np.ndarray[Any, Any]


def fed_tensors(graph: Graph, keys: Iterable[Any]) -> list[Tensor]:
    """The tensor each key stands for. Raises TypeError for a key of another kind, ValueError for one inside a loop."""
    found: list[Tensor] = []
    for key in keys:
        try:
            t = graph.as_graph_element(key, allow_operation=False)
        except (TypeError, ValueError, KeyError) as error:
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {key!r}: {error.args[0]}") from None
        assert isinstance(t, Tensor)
        if t.op.block is not None:
            raise ValueError(f"Tensor {t.name} may not be fed: it lies inside a cond or loop, made at {t.op.made_at}")
        found.append(t)
    return found


def as_fed(t: Tensor, value: Any) -> Array:
    """The value as an array of the tensor's dtype. Raises TypeError and ValueError for one that is none."""
    if isinstance(value, (Tensor, Operation)):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python scalars, strings, "
            f"lists and numpy ndarrays. It was fed for {t.name}; run {value.name} first and feed its value"
        )
    try:
        return host.strings(value) if t.dtype == STRING else np.asarray(value, numpy_dtype(t.dtype))
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"Cannot feed {_described(value)} for Tensor {t.name!r}, which holds {t.dtype.name}: {error}\n  made at {t.op.made_at}"
        ) from None


def check_shape(t: Tensor, shape: tuple[int, ...]) -> None:
    """ValueError for a shape that the tensor cannot have."""
    if not compatible(t.type.shape, shape):
        raise ValueError(
            f"Cannot feed value of shape {shape} for Tensor {t.name!r}, which has shape {str(t.shape)!r}"
            f"{_shape_hint(shape, t.type.shape)}\n  made at {t.op.made_at}"
        )


def _described(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a {type(value).__name__}"


def _shape_hint(given: tuple[int, ...], wanted: Shape | None) -> str:
    if wanted is None:
        return ""
    if len(given) == len(wanted) == 2 and compatible(wanted, given[::-1]):
        return "; its transpose would fit"
    if len(given) + 1 == len(wanted) and compatible(wanted, (*given, 1)):
        return (
            "; value.reshape(-1, 1) or value[:, None] would fit" if len(given) == 1 else "; value[..., None] would fit"
        )
    if len(given) + 1 == len(wanted) and compatible(wanted, (1, *given)):
        return "; value[None] would fit"
    return ""
