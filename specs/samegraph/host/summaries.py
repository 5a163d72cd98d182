"""Summaries of a run's values for TensorBoard: operations that answer serialised Summary messages, as bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..graph import Operation, Tensor, get_default_graph
from ..op import as_tensor
from ..state import GraphKeys
from ..types import NUMBERS, STRING, TensorType, require_dtype, require_shape
from .calls import Array, HostState, host_node, host_op
from .event_file import float_field, message

_LARGEST = float(np.finfo(np.float64).max)


def scalar(name: str, tensor: Any, collections: Iterable[str] | None = None, family: str | None = None) -> Tensor:
    """The summary of one number (TF1: tf.summary.scalar). Its tag is the operation's name, family/ before it if given.

    collections: to add it to, GraphKeys.SUMMARIES by default, whence merge_all takes it.
    """
    x = as_tensor(tensor)
    require_shape(x.type.shape in (None, ()), f"summary.scalar: {name!r} is a scalar, got {x.type}")
    return _summary("ScalarSummary", name, x, collections, family)


def histogram(name: str, values: Any, collections: Iterable[str] | None = None, family: str | None = None) -> Tensor:
    """The summary of how values are distributed, in TF1's buckets (TF1: tf.summary.histogram). Otherwise as scalar.

    A run fails for values that are not finite.
    """
    return _summary("HistogramSummary", name, as_tensor(values), collections, family)


def _summary(type: str, name: str, x: Tensor, collections: Iterable[str] | None, family: str | None) -> Tensor:
    require_dtype(x.dtype in NUMBERS, f"summary: {name!r} is of numbers, got {x.type}")
    with _scope(name, family) as scope:
        tag = scope.rstrip("/") if family is None else f"{family}/{scope.rstrip('/')}"
        made = host_node(type, [x], [TensorType((), STRING)], scope, tag=tag).outputs[0]
    get_default_graph().add_to_collections([GraphKeys.SUMMARIES] if collections is None else list(collections), made)
    return made


@contextmanager
def _scope(name: str, family: str | None) -> Iterator[str]:
    """The scope of a summary's operation; characters that names cannot hold become _."""
    parts = [name] if family is None else [family, name]
    wanted = "/".join(re.sub(r"[^-/\w.]", "_", part).lstrip("/") for part in parts)
    with get_default_graph().name_scope(wanted) as scope:
        yield scope


@host_op("ScalarSummary")
def _scalar(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    if inputs[0].size != 1:
        raise InvalidArgumentError(None, op, f"summary.scalar: a scalar is needed, this has shape {inputs[0].shape}")
    value = float(inputs[0].reshape(()))
    return _answer(message((1, message((1, op.attrs["tag"])) + float_field(2, value))))


@host_op("HistogramSummary")
def _histogram(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    values = inputs[0].astype(np.float64).ravel()
    if not np.isfinite(values).all():
        raise InvalidArgumentError(None, op, f"Nan or Inf in summary histogram for: {op.attrs['tag']}")
    return _answer(message((1, message((1, op.attrs["tag"]), (5, histogram_message(values))))))


def _answer(data: bytes) -> list[Array]:
    out: Array = np.empty((), dtype=object)
    out[()] = data
    return [out]


def histogram_message(values: Array) -> bytes:
    """A HistogramProto of float64 values: runs of empty buckets are one bucket."""
    limits, counts = _limits(), np.zeros(len(_limits()))
    np.add.at(counts, np.searchsorted(limits[:-1], values, side="right"), 1)
    ends, held = [], []
    for i, (end, count) in enumerate(zip(limits.tolist(), counts.tolist(), strict=True)):
        if count > 0 or i + 1 == len(limits) or counts[i + 1] > 0:
            ends.append(end)
            held.append(count)
    least, most = (float(values.min()), float(values.max())) if values.size else (_LARGEST, -_LARGEST)
    with np.errstate(over="ignore"):
        total, squares = float(values.sum()), float(np.square(values).sum())
    return message((1, least), (2, most), (3, float(values.size)), (4, total), (5, squares), (6, ends), (7, held))


@cache
def _limits() -> Array:
    """The upper ends of TF1's buckets: powers of 1.1 from 1e-12 to 1e20, the same below 0, and the largest float."""
    positive, end = [], 1e-12
    while end < 1e20:
        positive.append(end)
        end *= 1.1
    positive.append(_LARGEST)
    return np.array([*(-p for p in reversed(positive)), 0.0, *positive])


def merge(inputs: Sequence[Any], collections: Iterable[str] | None = None, name: str | None = None) -> Tensor:
    """All of several summaries as one (TF1: tf.summary.merge)."""
    parts = [as_tensor(i, STRING) for i in inputs]
    label = get_default_graph().unique_name(f"{name or 'Merge'}/MergeSummary")
    made = host_node("MergeSummary", parts, [TensorType((), STRING)], f"{label}/").outputs[0]
    get_default_graph().add_to_collections(list(collections or ()), made)
    return made


@host_op("MergeSummary")
def _merge(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    return _answer(b"".join(text for a in inputs for text in a.ravel()))


def merge_all(key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Tensor | None:
    """All summaries collected so far as one, None when there are none (TF1: tf.summary.merge_all)."""
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


class Summary:
    """A Summary message put together by hand: Summary(value=[Summary.Value(tag=..., simple_value=...)]) (TF1: tf.Summary)."""

    class Value:
        """One tagged number."""

        def __init__(self, tag: str = "", simple_value: float = 0.0) -> None:
            self.tag, self.simple_value = tag, simple_value

    def __init__(self, value: Sequence[Summary.Value] = ()) -> None:
        self.value = list(value)

    def SerializeToString(self) -> bytes:
        parts = (message((1, v.tag)) + float_field(2, v.simple_value) for v in self.value)
        return message(*((1, part) for part in parts))
