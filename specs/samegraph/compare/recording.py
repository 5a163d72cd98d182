"""What one training did: losses, gradients and parameters, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol

import numpy as np

import samegraph.tf1 as tf

from ..backend import Backend
from ..gradients import IndexedSlices
from ..programs.model import Batch, Model, Program
from ..session import Session

Arrays = dict[str, np.ndarray[Any, Any]]
_ALL_STEPS_BELOW = 32 * 2**20
_FEW = 8


@dataclass(frozen=True)
class Step:
    """What one step did. before, after: the parameters. gradients, loss: at `before`."""

    before: Arrays
    loss: float
    gradients: Arrays
    after: Arrays

    def finite(self) -> bool:
        return bool(np.isfinite(self.loss)) and all(all_finite(a) for a in (self.before, self.gradients, self.after))


@dataclass
class Recording:
    """losses: one a step. parameters, gradients: by the step after (before) which they were taken. draws: by step.

    initial: the parameters before the first step. stopped: the step at which something stopped being finite, if any.
    """

    losses: list[float] = field(default_factory=list)
    parameters: dict[int, Arrays] = field(default_factory=dict)
    gradients: dict[int, Arrays] = field(default_factory=dict)
    draws: list[Arrays] = field(default_factory=list)
    initial: Arrays = field(default_factory=dict)
    stopped: int | None = None


class Runner(Protocol):
    """A training that is driven step by step: a graph on a backend, or a twin written by hand."""

    def step(self, batch: Batch) -> float: ...

    def gradients(self, batch: Batch) -> Arrays: ...

    def parameters(self) -> Arrays: ...

    def close(self) -> None: ...


class Watcher(Protocol):
    """Is told each step of a recording: all of what it did at the steps `at`, of the others only the batch."""

    @property
    def at(self) -> Sequence[int]: ...

    def __call__(self, step: int, batch: Batch, made: Step) -> None: ...

    def skip(self, batch: Batch) -> None: ...


class GraphRunner:
    """A program's graph in a session."""

    def __init__(
        self,
        program: Program,
        backend: str | Backend,
        route: str,
        dtype: Any,
        initial: Arrays | None = None,
        device: str | None = None,
    ) -> None:
        with tf.Graph().as_default():
            self.model: Model = program.build(dtype)
        self.session = Session(graph=self.model.graph, backend=backend, gradients=route, device=device)
        self.session.run(self.model.init)
        if initial is not None:
            self.load(initial)
        with self.model.graph.as_default():
            self._gradients = {
                n: tf.convert_to_tensor(g) if isinstance(g, IndexedSlices) else g
                for n, g in self.model.gradients.items()
            }
        self.drawn: Arrays = {}

    def load(self, parameters: Arrays) -> None:
        """Gives the parameters these values."""
        with self.model.graph.as_default():
            for name, variable in self.model.parameters.items():
                variable.load(parameters[name], self.session)

    def step(self, batch: Batch) -> float:
        fetches = {"train": self.model.train, "loss": self.model.loss, "draws": dict(self.model.draws)}
        got = self.session.run(fetches, self.model.feed(batch))
        self.drawn = got["draws"]
        return float(got["loss"])

    def gradients(self, batch: Batch) -> Arrays:
        """At the present parameters, with the random numbers that the next step will use."""
        counts = dict(self.session.random.counts)
        try:
            return self.session.run(self._gradients, self.model.feed(batch))
        finally:
            self.session.random.counts = counts

    def made_from(self, place: Arrays, batch: Batch) -> Step:
        """The step from these parameters. The next one uses the same random numbers."""
        counts = dict(self.session.random.counts)
        self.load(place)
        gradients = self.gradients(batch)
        loss = self.step(batch)
        self.session.random.counts = counts
        return Step(place, loss, gradients, self.parameters())

    def skip(self, batch: Batch) -> None:
        """Uses up the random numbers of a step."""
        if self.model.draws:
            self.session.run(dict(self.model.draws), self.model.feed(batch))

    def parameters(self) -> Arrays:
        return self.session.run(dict(self.model.parameters))

    def close(self) -> None:
        self.session.close()


def snapshot_steps(steps: int, size: int) -> list[int]:
    """Steps whose parameters (`size` bytes each time) are kept: all if that is little, else a few, the last one too."""
    if steps * size <= _ALL_STEPS_BELOW:
        return list(range(steps))
    spaced = np.unique(np.geomspace(1, steps, _FEW).round().astype(int)) - 1
    return [int(s) for s in spaced]


def record(
    runner: Runner,
    batches: Iterator[Batch],
    steps: int,
    keep: Sequence[int],
    tell: Callable[[int], None] = lambda step: None,
    first: int = 0,
    watcher: Watcher | None = None,
) -> Recording:
    """Drives the steps from `first` to `steps`; stops after the first step that is not finite."""
    out, kept = Recording(initial=runner.parameters()), set(keep)
    watched, seen = set(watcher.at if watcher else ()), (first - 1, out.initial)
    for i, batch in enumerate(islice(batches, first, steps), start=first):
        whole = i in kept or i in watched
        before = (seen[1] if seen[0] == i - 1 else runner.parameters()) if i in watched else {}
        gradients = runner.gradients(batch) if whole else {}
        out.losses.append(runner.step(batch))
        if isinstance(runner, GraphRunner) and runner.drawn:
            out.draws.append(runner.drawn)
        if whole:
            seen = i, runner.parameters()
        if i in kept:
            out.gradients[i], out.parameters[i] = gradients, seen[1]
        if watcher and i in watched:
            watcher(i, batch, Step(before, out.losses[-1], gradients, seen[1]))
        elif watcher:
            watcher.skip(batch)
        tell(i + 1)
        if not np.isfinite(out.losses[-1]) or not all_finite(gradients):
            out.stopped = i
            break
    return out


def all_finite(arrays: Mapping[str, np.ndarray[Any, Any]]) -> bool:
    return all(bool(np.isfinite(a).all()) for a in arrays.values())


def touched(gradients: Arrays) -> dict[str, int]:
    """By parameter, how many elements of its gradient are not 0."""
    return {name: int(np.count_nonzero(gradient)) for name, gradient in gradients.items()}


def norm(arrays: Mapping[str, np.ndarray[Any, Any]]) -> float:
    """The Euclidean norm of all elements together."""
    return float(np.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays.values())))


def distance(a: Mapping[str, np.ndarray[Any, Any]], b: Mapping[str, np.ndarray[Any, Any]]) -> float:
    """|a - b| / |b|, over all elements together, in float64."""
    apart = norm({n: np.asarray(a[n], np.float64) - np.asarray(b[n], np.float64) for n in b})
    return apart / max(norm(b), 1e-300)
