"""How the face's functions are made of ops: signatures of TF1 in front, the op of the registry behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from .. import operators, ops  # noqa: F401 (they fill the registry)
from ..graph import Tensor
from ..registry import OPS

T = TypeVar("T", bound=Callable[..., Any])


class Unary(Protocol):
    """A function of one tensor."""

    def __call__(self, x: Any, name: str | None = None) -> Tensor: ...


class Binary(Protocol):
    """A function of two tensors, broadcast against each other."""

    def __call__(self, x: Any, y: Any, name: str | None = None) -> Tensor: ...


class Feature(Protocol):
    """An activation function."""

    def __call__(self, features: Any, name: str | None = None) -> Tensor: ...


class Reduction(Protocol):
    """A reduction over `axis` (all axes for None). keep_dims and reduction_indices are old names of keepdims and axis."""

    def __call__(
        self,
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor: ...


class UnsortedSegments(Protocol):
    """A reduction of the rows that share a segment id; ids in any order."""

    def __call__(self, data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor: ...


def _described(fn: T, op: str, name: str | None) -> T:
    fn.__name__ = fn.__qualname__ = name or op
    fn.__doc__ = f"{OPS[op].__doc__}\n\nTF1: tf.{name or op}."
    return fn


def unary(op: str, name: str | None = None) -> Unary:
    """The op of one operand under TF1's signature, as `name` when TF1 calls it otherwise."""
    spec = OPS[op]

    def call(x: Any, name: str | None = None) -> Tensor:
        return spec(x, name=name)

    return _described(call, op, name)


def feature(op: str, name: str | None = None) -> Feature:
    """As `unary`, for an operand that TF1 calls features."""
    spec = OPS[op]

    def call(features: Any, name: str | None = None) -> Tensor:
        return spec(features, name=name)

    return _described(call, op, name)


def binary(op: str, name: str | None = None) -> Binary:
    """The op of two operands under TF1's signature."""
    spec = OPS[op]

    def call(x: Any, y: Any, name: str | None = None) -> Tensor:
        return spec(x, y, name=name)

    return _described(call, op, name)


def reduction(op: str) -> Reduction:
    """The reduction under TF1's signature, with its old argument names."""
    spec = OPS[op]

    def call(
        input_tensor: Any,
        axis: Any = None,
        keepdims: bool | None = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: bool | None = None,
    ) -> Tensor:
        axis = renamed("axis", axis, "reduction_indices", reduction_indices)
        kept = renamed("keepdims", keepdims, "keep_dims", keep_dims)
        return spec(input_tensor, axis=axis, keepdims=bool(kept), name=name)

    return _described(call, op, None)


def unsorted_segments(op: str) -> UnsortedSegments:
    spec = OPS[op]

    def call(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Tensor:
        return spec(data, segment_ids, num_segments, name=name)

    return _described(call, op, None)


def renamed(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    """The argument given by its new or its old name; ValueError when both are."""
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'.")
    return old
