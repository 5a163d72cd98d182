"""Puts the points to a raw framework, and to samegraph."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..backend import Backend
from ..errors import UnimplementedError
from ..gradients import gradients
from ..graph import Tensor
from ..session import Session
from . import GROUP, Probes, Raised
from .answers import Answer, plain
from .point import Point


class ProbesError(LookupError):
    """Probes that are unknown, or whose framework cannot be imported."""


def _entries() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP)}


def frameworks() -> list[str]:
    """Names of the frameworks that installed distributions bring probes for, installed or not."""
    return sorted(_entries())


def load(name: str) -> Probes:
    """The probes of that framework; ProbesError tells why they cannot be had."""
    entry = _entries().get(name)
    if entry is None:
        raise ProbesError(f"no probes for {name!r}; there are {', '.join(frameworks()) or 'none'}")
    try:
        probes = entry.load()
    except ImportError as error:
        raise ProbesError(f"{name} cannot be asked: {error}") from error
    if not isinstance(probes, Probes):
        raise ProbesError(f"{name}: {entry.value} is a {type(probes).__name__}, not samegraph.divergences.Probes")
    return probes


def asked(probes: Probes, point: Point) -> bool:
    """Whether the framework has an answer to this point at all."""
    return point.id in probes.table or (point.program is not None and not point.own and probes.tf1 is not None)


def raw(probes: Probes, point: Point) -> Answer:
    """What the framework answers; what it raises is an answer, except for a library it would need."""
    try:
        if point.id not in probes.table:
            value, slopes = _as_tensorflow_1(probes, point), None
        else:
            value, slopes = _as_probe(probes, point)
        return _recorded(point, probes.plain(value), slopes if slopes is None else probes.plain(slopes))
    except ModuleNotFoundError as error:
        return {"missing": f"{error.name} is not installed"}
    except Exception as error:
        return plain(Raised.of(error))


def _as_tensorflow_1(probes: Probes, point: Point) -> Any:
    assert point.program is not None
    with probes.tf1.Graph().as_default():
        return point.program(probes.tf1, probes.tf1.Session)


def _as_probe(probes: Probes, point: Point) -> tuple[Any, Any]:
    fn = probes.table[point.id]
    inputs = point.inputs if point.arrays else [probes.native(x) for x in point.inputs]
    if point.gradient and probes.value_and_gradients is not None:
        return probes.value_and_gradients(fn, inputs)
    return fn(*inputs), None


def _recorded(point: Point, value: Any, slopes: Any) -> Answer:
    answer: Answer = {"value": plain(point.read(value) if point.read else value)}
    if point.dtype:
        answer["dtype"] = _dtype(value)
    if slopes is not None:
        answer["gradient"] = plain(list(slopes))
    return answer


def _dtype(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_dtype(v) for v in value]
    return np.asarray(value).dtype.name


def specified(point: Point, backend: str | Backend = "numpy", route: str = "rules") -> Answer:
    """What samegraph answers on that backend and gradient route: the specification's side of the ledger.

    Raises UnimplementedError where the backend declares that it lacks what was asked for.
    """
    if point.spec is None and point.program is None:
        return {"unsaid": point.unsaid}
    with tf.Graph().as_default():

        def session() -> Session:
            return Session(graph=tf.get_default_graph(), backend=backend, gradients=route)

        try:
            if point.program is not None:
                return _recorded(point, point.program(tf, session), None)
            return _specified(point, session)
        except AttributeError as error:
            if "samegraph has no tf." not in str(error):
                raise
            return {"absent": str(error).split("no ", 1)[1].split(" yet")[0]}
        except Exception as error:
            if _is_a_lack(error, backend):
                raise
            return plain(Raised.of(error))


def _is_a_lack(error: Exception, backend: str | Backend) -> bool:
    """Whether the backend declares that it lacks what was asked for: it has no answer then, not even a wrong one."""
    if not isinstance(error, UnimplementedError) or not isinstance(backend, Backend):
        return False
    return getattr(error.op, "kernel", None) in backend.lacks


def _specified(point: Point, session: Callable[[], Session]) -> Answer:
    assert point.spec is not None
    if point.arrays:
        return _recorded(point, _run(session, point.spec(*point.inputs), {}), None)
    fed = {tf.placeholder(tf.as_dtype(x.dtype), x.shape): x for x in point.inputs}
    out = point.spec(*fed)
    slopes = gradients(out, list(fed)) if point.gradient and not point.open_gradient else None
    value, found = _run(session, (out, slopes), fed)
    return _recorded(point, value, found)


def _run(session: Callable[[], Session], asked: Any, feeds: dict[Tensor, Any]) -> Any:
    """`asked` with every tensor in it replaced by its value; all are fetched in one run."""
    tensors: list[Any] = []

    def collect(item: Any) -> None:
        if isinstance(item, (Tensor, tf.IndexedSlices)):
            tensors.append(item)
        elif isinstance(item, (tuple, list)):
            for part in item:
                collect(part)

    collect(asked)
    values = iter(session().run(tensors, feeds) if tensors else ())

    def replaced(item: Any) -> Any:
        if isinstance(item, tf.IndexedSlices):
            value = next(values)
            return {"indices": value.indices, "values": value.values}
        if isinstance(item, Tensor):
            return next(values)
        if isinstance(item, (tuple, list)):
            return [replaced(part) for part in item]
        return item

    return replaced(asked)
