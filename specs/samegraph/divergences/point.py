"""One point of the ledger: a question that frameworks answer differently, or are known to answer alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Point:
    """id: public and stable. asked: the question in words.

    inputs: arrays, handed to every probe as its framework's tensors (as NumPy arrays with `arrays`). gradient: the gradient of
    the sum of the answer's elements is asked too. dtype: so is the dtype of the answer. read: makes what is recorded of a
    plain answer (a trajectory becomes the name of the formula it follows).

    spec: the same on samegraph, a function of the inputs as tensors. program: instead of both, a TensorFlow 1 program, a
    function of (the module tf, a function that makes a session), run with samegraph.tf1 and, unless `own` says that it is
    about something TensorFlow 1 does not have, with TensorFlow. Without
    either, `unsaid` tells why the specification says nothing; with `spec`, `open_gradient` why it says nothing about the
    gradient.

    why: why the specification says so. op: the op of samegraph that is asked about. links: issues of the frameworks.
    """

    id: str
    asked: str
    inputs: tuple[Array, ...] = ()
    spec: Callable[..., Any] | None = None
    program: Callable[[Any, Callable[[], Any]], Any] | None = None
    own: bool = False
    unsaid: str = ""
    open_gradient: str = ""
    why: str = ""
    op: str = ""
    gradient: bool = False
    dtype: bool = False
    arrays: bool = False
    read: Callable[[Any], Any] | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A part of the ledger: its name on the command line, its title, and its points."""

    name: str
    title: str
    points: tuple[Point, ...]


def arrays(values: Sequence[Any], dtype: str | Sequence[str] = "float32") -> tuple[Array, ...]:
    """One array a value, all of one dtype or each of its own."""
    dtypes = [dtype] * len(values) if isinstance(dtype, str) else list(dtype)
    return tuple(np.asarray(v, np.dtype(d)) for v, d in zip(values, dtypes, strict=True))


def asks(
    id: str, asked: str, values: Sequence[Any], spec: Any, of: str | Sequence[str] = "float32", **more: Any
) -> Point:
    """A point about the value alone. of: the dtype of the inputs, or of each."""
    return Point(id, asked, arrays(values, of), spec, **more)


def slope(id: str, asked: str, values: Sequence[Any], spec: Any, **more: Any) -> Point:
    """A point about value and gradient, of float32 inputs."""
    return Point(id, asked, arrays(values), spec, gradient=True, **more)
