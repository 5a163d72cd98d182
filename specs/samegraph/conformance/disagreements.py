"""One composed graph on backends and routes against its reference, and what they disagree on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from samegraph.backend import Backend
from samegraph.conformance.evaluating import Array, Evaluator
from samegraph.conformance.graphs import Composed
from samegraph.graph import Operation, Tensor, ancestors
from samegraph.session import Session

_NOISY_RUNS, _SAFETY, _FLOOR_ULPS = 3, 10.0, 16.0
_CONDITIONED = 1e-7


@dataclass(frozen=True)
class Column:
    """A way to run a graph: a backend, a gradient route, and whether the step is compiled whole."""

    backend: Backend
    route: str
    compiled: bool

    @property
    def name(self) -> str:
        return f"{self.backend.name} {self.route}{' compiled' if self.compiled else ''}"


def columns(backends: Iterable[Backend], compiled: bool) -> list[Column]:
    """All routes of the backends: op by op, or compiled whole on those that compile."""
    return [
        Column(b, route, compiled)
        for b in backends
        if not compiled or b.compile is not None
        for route in (("rules", "native") if b.value_and_vjp is not None else ("rules",))
    ]


class Counting:
    """A backend whose kernels are counted as they are called; a compiled step calls each once, while it is traced."""

    def __init__(self, column: Column) -> None:
        self.calls = 0
        kernels = {name: self._counted(fn) for name, fn in column.backend.kernels.items()}
        changes: dict[str, Any] = {} if column.compiled else {"compile": None, "ok_all": None, "barrier": None}
        self.backend = replace(column.backend, kernels=kernels, **changes)
        self.column = column

    def _counted(self, kernel: Callable[..., Any]) -> Callable[..., Any]:
        def call(*operands: Any, **attrs: Any) -> Any:
            self.calls += 1
            return kernel(*operands, **attrs)

        return call


@dataclass
class Expected:
    """The reference's value of a tensor, and how far from it roundings may lead (inf: anywhere)."""

    name: str
    value: Array
    bound: float

    @property
    def counts(self) -> bool:
        """Whether an agreement says something: the value is not all zeros, and the bound far below it."""
        if self.value.dtype.kind != "f":
            return self.bound == 0.0
        largest = float(np.max(np.abs(self.value), initial=0.0))
        return largest > 0.0 and self.bound <= _CONDITIONED * largest

    def disagrees(self, got: Any) -> str | None:
        """Why `got` is not the expected value, None where it is."""
        got = np.asarray(got)
        if got.shape != self.value.shape or got.dtype != self.value.dtype:
            return f"{self.name} is {got.dtype}{got.shape}, expected {self.value.dtype}{self.value.shape}"
        if self.bound == np.inf:
            return None
        if got.dtype.kind != "f":
            return None if np.array_equal(got, self.value) else f"{self.name} is {got}, expected {self.value}"
        if np.all(np.abs(got - self.value) <= self.bound):
            return None
        worst = float(np.max(np.abs(got - self.value)))
        return (
            f"{self.name} is {worst:.3g} from the reference, {self.bound:.3g} allowed:\n{got}\nexpected\n{self.value}"
        )


def reference(graph: Composed) -> list[Expected]:
    """What is expected of the fetches, then of the variables afterwards.

    The bound is ten times what noise of a few units in the last place on every kernel's result changed, in three runs.
    """
    noisy = [_again(graph, np.random.default_rng(i)) for i in range(_NOISY_RUNS)]
    out = []
    for t in graph.fetches:
        out.append(_expected(t.name, graph.values.values[t], [e.values[t] for e in noisy]))
    for v in graph.variables:
        out.append(_expected(f"{v.name} afterwards", graph.values.state[v.op], [e.state[v.op] for e in noisy]))
    return out


def _again(graph: Composed, noise: np.random.Generator) -> Evaluator:
    initial = {v.op: graph.values.values[v._as_graph_element()] for v in graph.variables}
    evaluator = Evaluator(graph.feeds, initial, noise, graph.values.exact)
    needed = set(ancestors([*graph.fetches, *graph.state], stop=graph.feeds))
    for op in graph.graph.get_operations():
        if op in needed:
            evaluator.evaluate(op)
    return evaluator


def _expected(name: str, value: Array, noisy: list[Array]) -> Expected:
    if value.dtype.kind != "f":
        return Expected(name, value, 0.0 if all(np.array_equal(value, n) for n in noisy) else np.inf)
    with np.errstate(all="ignore"):
        spread = max(float(np.max(np.abs(n - value), initial=0.0)) for n in noisy)
    largest = float(np.max(np.abs(value), initial=0.0))
    bound = max(_SAFETY * spread, _FLOOR_ULPS * float(np.finfo(value.dtype).eps) * largest)
    return Expected(name, value, bound if np.isfinite(bound) else np.inf)


@dataclass
class Outcome:
    """What a column answered. wrong: what disagrees; failure: why, None for an agreement; raised: the error, if one was."""

    column: Column
    calls: int
    compared: int
    wrong: list[int] = field(default_factory=list)
    failure: str | None = None
    got: list[Any] = field(default_factory=list)
    raised: Exception | None = None

    def is_like(self, other: Outcome) -> bool:
        """Whether both disagree, and either answer values or raise the same error."""
        both = self.failure is not None and other.failure is not None
        return both and _kind(self.raised) == _kind(other.raised)


def _kind(error: BaseException | None) -> list[str]:
    """The types of an error and of those it comes from."""
    return [] if error is None else [type(error).__name__, *_kind(error.__cause__)]


def run(graph: Composed, counting: Counting) -> list[Any]:
    """The fetches' values in one run of a new session, then the variables' values."""
    session = Session(graph=graph.graph, backend=counting.backend, gradients=counting.column.route)
    elements: list[Tensor | Operation] = [*graph.fetches, *graph.state]
    if graph.variables:
        session.run([v.initializer for v in graph.variables])
    values = list(session.run(elements, graph.feeds))[: len(graph.fetches)]
    return values + (list(session.run(graph.variables)) if graph.variables else [])


def judge(graph: Composed, expected: list[Expected], counting: Counting) -> Outcome:
    """Runs the graph on one column and compares."""
    before = counting.calls
    outcome = outcome_of(expected, counting.column, lambda: run(graph, counting))
    return replace(outcome, calls=counting.calls - before)


def outcome_of(expected: list[Expected], column: Column, answers: Callable[[], list[Any]]) -> Outcome:
    """What a column `answers`, compared."""
    try:
        got = answers()
    except Exception as error:
        return Outcome(column, 0, 0, list(range(len(expected))), f"{type(error).__name__}: {error}", raised=error)
    said = [e.disagrees(g) for e, g in zip(expected, got, strict=True)]
    wrong = [i for i, why in enumerate(said) if why is not None]
    failure = said[wrong[0]] if wrong else None
    return Outcome(column, 0, sum(e.counts for e in expected), wrong, failure, got)
