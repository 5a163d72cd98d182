"""All inputs of an op in one graph, run on a backend in a few programs; what they answered is kept for the tests of that op.

A backend that compiles needs a millisecond or so for every line of a program, whatever it computes: in the default tier
the same is not asked of it twice (see `Batch.parts_for`). The tests of an op run one after another (see conftest.py), so
that its batch and its answers are made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import Any

import numpy as np

from samegraph.backend import Backend
from samegraph.conformance.cases import Case, Inputs, holds
from samegraph.conformance.deriving import inputs_of
from samegraph.conformance.expectations import expectations_of
from samegraph.graph import Graph, Tensor
from samegraph.op import Op
from samegraph.session import Session
from samegraph.types import ShapeError, compatible

PARTS = ("values", "gradients", "seconds")
DRAWN = 5  # cases an op at least, in the default tier
_LARGEST_PROGRAM = 40  # cases


class Entry:
    """One case with what is asked of it and, but for an exact point, what the reference answers.

    The parts of an answer: "values", "gradients" (of the weighted sum of the outputs, or at an exact point of their sum) and
    "seconds". error: why the graph could not be built.
    """

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.is_point = inputs.kind.startswith("point")
        self.reference: Case | None = None
        self.error: Exception | None = None
        self.fetches: dict[str, list[Tensor | None]] = {}
        self.want: dict[str, list[Any]] = {}
        try:
            self.case = Case(inputs)
            self.fetches = asked(self.case, self.is_point)
            self.reference = None if self.is_point else reference_of(self.case)
            self.wanted = asked(self.reference, False) if self.reference is not None else {}
        except Exception as error:
            self.error = error
            return
        self.dtypes, self.wide = holds(self.flat())

    def flat(self, parts: Sequence[str] = PARTS) -> list[Tensor]:
        return [t for part in parts for t in self.fetches.get(part, ()) if t is not None]


def reference_of(case: Case) -> Case:
    """The same in float64; in its own dtype where the width of the dtype is what the op is about (bitcast)."""
    try:
        wide = Case(case.inputs.widened())
    except ShapeError:
        return Case(case.inputs)
    same = all(compatible(t.type.shape, w.type.shape) for t, w in zip(case.outputs, wide.outputs, strict=True))
    return wide if same else Case(case.inputs)


def asked(case: Case, is_point: bool) -> dict[str, list[Any]]:
    """What is fetched of a case, by part."""
    parts: dict[str, list[Any]] = {"values": list(case.outputs)}
    if is_point:
        point = case.inputs.op.points[int(case.inputs.kind.split()[1])]
        if point.gradients is not None:
            parts["gradients"] = list(case.point_gradients())
        return parts
    y = case.scalar()
    if y is not None:
        xs = case.differentiable()
        parts["gradients"] = list(case.gradients_of(y, xs))
        if case.inputs.dtype == "float64":
            parts["seconds"] = list(case.seconds(parts["gradients"]))
    return parts


class Batch:
    """The entries of an op, in one graph, with the reference's answers."""

    def __init__(self, op: Op[Any, Any], count: int) -> None:
        self.op, self.graph, self.thorough = op, Graph(), count > DRAWN
        self.answers: dict[object, Answers] = {}
        with self.graph.as_default():
            self.entries = [Entry(inputs) for inputs in inputs_of(op, count)]
            self._refer()

    def _refer(self) -> None:
        """Values first: the weights of the gradients take their shapes."""
        numpy = Session(graph=self.graph, backend="numpy")
        for part in PARTS:
            asked_of = [(e, e.reference) for e in self.entries if e.error is None and e.reference and part in e.wanted]
            answers = _in_chunks(numpy, [(e.wanted[part], reference.feeds) for e, reference in asked_of])
            for (e, reference), found in zip(asked_of, answers, strict=True):
                if isinstance(found, Exception):
                    e.error = found
                    continue
                e.want[part] = found
                if part == "values":
                    for case in (e.case, reference):
                        case.weigh({t: v.shape for t, v in zip(case.outputs, found, strict=True)})

    def usable(self, backend: Backend) -> list[Entry]:
        """The entries whose dtypes the backend has, and those that could not even be built; not what its file leaves out."""
        untried = expectations_of(backend).untried(self.op.name)
        tried = [e for e in self.entries if e.inputs.kind not in untried]
        return [e for e in tried if e.error is not None or e.dtypes <= backend.dtypes]

    def parts_for(self, backend: Backend, route: str, setting: str | None = None) -> dict[Entry, list[str]]:
        """What is asked by that route, of every entry that can be asked something.

        A setting can change only programs without a 64-bit tensor: entries with one are left out. Everything else is asked;
        but in the default tier, of a backend that compiles,
        - an exact point is asked whole;
        - under a setting one entry of each kind and dtype, the largest, and every exact point;
        - values by the rules' route and under a setting: the other route calls the same kernels;
        - gradients of every entry by its own autodiff, and of the largest by the rules and under a setting: rules are made
          of ops, each of them tried by itself, and on NumPy every entry is asked by the rules;
        - second gradients of the largest.
        """
        usable = [e for e in self.usable(backend) if e.error is None and not (setting is not None and e.wide)]
        if self.thorough or backend.compile is None:
            return {e: list(e.fetches) for e in usable}
        if setting is not None:
            one = {(e.inputs.kind, e.inputs.dtype): e for e in usable}  # they are in order of size
            usable = list(one.values())
        largest = {part: self._largest(part, usable) for part in PARTS}
        asked = {e: list(e.fetches) for e in usable if e.is_point}
        autodiff = route != "rules"
        every_gradient = setting is None and (autodiff or backend.value_and_vjp is None)
        for e in (e for e in usable if not e.is_point):
            wanted = [e in largest["gradients"] or every_gradient, e in largest["seconds"]]
            parts = [p for p, w in zip(PARTS[1:], wanted, strict=True) if w and p in e.fetches]
            if parts or not autodiff or setting is not None:
                asked[e] = ["values", *parts]
        return asked

    def _largest(self, part: str, usable: list[Entry]) -> set[Entry]:
        """The largest drawn entry in float32 and in float64 that has the part."""
        having = [e for e in usable if part in e.fetches and not e.is_point]
        drawn = [e for e in having if e.inputs.kind == "drawn"] or having
        return set({e.inputs.dtype: e for e in drawn if e.inputs.dtype in ("float32", "float64")}.values())


@lru_cache(maxsize=2)
def batch_of(op: Op[Any, Any], count: int) -> Batch:
    return Batch(op, count)


class Answers:
    """What a backend answered by one route to the entries of a batch: for each its parts, or the exception it raised.

    parts: what is asked of each entry. written: entries whose feeds the backend wrote to.
    """

    def __init__(self, batch: Batch, backend: Backend, route: str, setting: str | None = None) -> None:
        self.batch, self.backend = batch, backend
        self.session = Session(graph=batch.graph, backend=backend, gradients=route)
        self.parts = batch.parts_for(backend, route, setting)
        self.written: list[Entry] = []
        self.found = self.run()

    def run(self, layout: Callable[[Any], Any] = np.copy) -> dict[Entry, Any]:
        """Asks everything once; layout: gives a fed array its place in memory."""
        out: dict[Entry, Any] = {}
        for chunk in chunks(self.parts):
            rows = [(e.flat(self.parts[e]), {t: layout(v) for t, v in e.case.feeds.items()}) for e in chunk]
            for e, (_, feeds), found in zip(chunk, rows, _run(self.session, rows), strict=True):
                out[e] = found if isinstance(found, Exception) else _by_part(e, self.parts[e], found)
                if any(feeds[t].tobytes() != v.tobytes() for t, v in e.case.feeds.items()):
                    self.written.append(e)
        return out


def answers(op: Op[Any, Any], count: int, backend: Backend, route: str, setting: str | None = None) -> Answers:
    """The answers of a backend to the inputs of `op`, asked for once.

    setting: one of the backend's.
    """
    batch = batch_of(op, count)
    key = id(backend), route, setting
    if key not in batch.answers:
        with backend.settings[setting]() if setting is not None else nullcontext():
            batch.answers[key] = Answers(batch, backend, route, setting)
    return batch.answers[key]


def _by_part(e: Entry, parts: list[str], found: list[Any]) -> dict[str, list[Any]]:
    values = iter(found)
    return {part: [None if t is None else next(values) for t in e.fetches[part]] for part in parts}


def chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Programs without a 64-bit tensor stay by themselves: frameworks treat those differently."""
    for wide in (False, True):
        chosen = [e for e in entries if e.wide == wide]
        for i in range(0, len(chosen), _LARGEST_PROGRAM):
            yield chosen[i : i + _LARGEST_PROGRAM]


def _in_chunks(session: Session, rows: list[tuple[list[Any], dict[Tensor, Any]]]) -> list[Any]:
    out = []
    for i in range(0, len(rows), _LARGEST_PROGRAM):
        out += _run(session, rows[i : i + _LARGEST_PROGRAM])
    return out


def _run(session: Session, rows: list[tuple[list[Any], dict[Tensor, Any]]]) -> list[Any]:
    """For each (fetches, feeds) its arrays, from one program; where that fails, each by itself, and the exception of those that fail."""
    fetches = [t for row, _ in rows for t in row]
    try:
        values = iter(session.run(fetches, {t: v for _, feeds in rows for t, v in feeds.items()}))
        return [[np.asarray(next(values)) for _ in row] for row, _ in rows]
    except Exception as error:
        if len(rows) == 1:
            return [error]
        return [_run(session, [row])[0] for row in rows]
