"""The trainings whose steps are timed: a program's graph in a session, and the hand-written twins of it.

All start from the same parameters, walk through the same batches in a circle, and must compute the same numbers: the
losses of the first steps are held against NumPy's, every loss must be finite, every parameter must have moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np
import samegraph.tf1 as tf
from samegraph.backend import load as load_backend
from samegraph.compare.recording import GraphRunner
from samegraph.compare.reference import batch_with_draws
from samegraph.programs import catalog
from samegraph.programs.model import Program

from . import idioms, journal
from .compilations import Counter
from .races import IDIOM, NATIVE, RULES, SESSION, NotHere
from .timing import FIRST_STEPS

Batch = Mapping[str, np.ndarray[Any, Any]]
Arrays = Mapping[str, np.ndarray[Any, Any]]

KEYS = {
    "linear_regression": "diabetes",
    "softmax_regression": "stable",
    "mlp": "",
    "cnn": "",
    "word2vec": "wikipedia sample",
}
"""The programs that are timed, and which variant of each."""
NATIVE_WIDE = "native, x64 on"
"""With JAX's global 64-bit setting on, as some of its users have it; all other columns run with it off, as most do."""
DEFAULT = "session"
"""A session on the route that it takes where nothing is asked for."""
HANDED = "draws fed"
"""A session on its default route that is fed what its graph would draw, as the hand-written twin is."""
DRAWN_AHEAD = 64
"""A session draws random numbers for this many steps at once, so a block must hold a multiple of them."""
TOLERANCE = 1e-4
"""For losses of the first steps in float32; roundings make about 1e-6 of it."""

_BATCHES = 64


def default_route(backend: str) -> str:
    """The route that its sessions take where nothing is asked for."""
    loaded = load_backend(backend)
    return RULES if loaded.value_and_vjp is None else loaded.default_route


@dataclass(frozen=True)
class Data:
    """A program with what all its trainings share. twin_batches: with the random numbers that the graph draws.

    losses: of NumPy's first steps.
    """

    program: Program
    initial: Arrays
    batches: Sequence[Batch]
    twin_batches: Sequence[Batch]
    losses: Sequence[float]

    @property
    def multiple(self) -> int:
        """How many steps a block must hold a multiple of."""
        return DRAWN_AHEAD if len(self.twin_batches[0]) > len(self.batches[0]) else 1


def prepare(name: str) -> Data:
    """The data of the program of that name."""
    return data_of(next(p for p in catalog.programs([name]) if p.variant == KEYS[name]))


def data_of(program: Program) -> Data:
    """The data of a program; its graph, run on NumPy, gives initial values, draws and losses."""
    journal.tell("", f"the preparation of {program.name}")
    runner = GraphRunner(program, "numpy", "rules", tf.float32)
    initial = runner.parameters()
    batches, twin_batches, losses = [], [], []
    for batch in program.batches(_BATCHES):
        batches.append(batch_with_draws(batch, {}, "float32"))
        losses.append(runner.step(batches[-1]))
        twin_batches.append(_narrow(batch_with_draws(batch, runner.drawn, "float32")))
    runner.close()
    return Data(program, initial, batches, twin_batches, losses[:FIRST_STEPS])


def _narrow(batch: Batch) -> Batch:
    """Ids as the twins take them."""
    return {name: array.astype("int32") if array.dtype == np.int64 else array for name, array in batch.items()}


class Training:
    """A training that goes on for as many steps as it is called for; the call returns when they are done."""

    def __init__(
        self,
        data: Data,
        step: Callable[[Any], Any],
        batches: Sequence[Any],
        parameters: Callable[[], Arrays],
        close: Callable[[], None],
        wait: Callable[[], None] = lambda: None,
    ) -> None:
        self.step, self.batches = step, cycle(batches)
        self.parameters, self.close, self.wait = parameters, close, wait
        self.data, self.losses = data, list[float]()
        self.known: dict[str, Any] = {}
        self.twin: idioms.Twin | None = None

    def __call__(self, count: int) -> None:
        step, keep = self.step, self.losses.append
        for batch in islice(self.batches, count):
            keep(step(batch))
        self.wait()

    def facts(self) -> dict[str, Any]:
        """What the entry says beside times."""
        return self.known

    def check(self) -> None:
        """AssertionError for a step whose time would mean nothing."""
        data = self.data
        first = self.losses[: len(data.losses)]
        assert np.allclose(first, data.losses, rtol=TOLERANCE, atol=0), f"losses {first}, NumPy has {data.losses}"
        assert np.isfinite(self.losses).all(), f"loss {int(np.argmin(np.isfinite(self.losses)))} is not finite"
        for name, value in self.parameters().items():
            assert np.isfinite(value).all(), f"{name} is not finite"
            assert not np.array_equal(value, data.initial[name]), f"{name} has not moved"


class SessionTraining(Training):
    """`sess.run([train, loss], feed)`, where fetching the loss waits for the step."""

    def __init__(self, data: Data, backend: str, route: str, device: str, handed: bool = False) -> None:
        self.counter = Counter(backend)
        self.runner = GraphRunner(data.program, self.counter.backend, route, tf.float32, dict(data.initial), device)
        fetches, run = [self.runner.model.train, self.runner.model.loss], self.runner.session.run
        feeds = [self.runner.model.feed(batch) for batch in data.batches]
        for feed, batch in zip(feeds, data.twin_batches, strict=True) if handed else ():
            draws = self.runner.model.draws.items()
            feed.update({t: batch[name].astype(t.dtype.as_numpy_dtype) for name, t in draws})
        self.counter.count = 0  # what starting values took is no step's

        def step(feed: Any) -> Any:
            return run(fetches, feed)[1]

        wait = _waiting(self.runner, device)
        super().__init__(data, step, feeds, self.runner.parameters, self.runner.close, wait)

    def check(self) -> None:
        self.known["compilations"] = self.counter.count  # before the parameters are fetched by a program of their own
        super().check()


def in_session(data: Data, backend: str, route: str, device: str, handed: bool = False) -> SessionTraining:
    """The training of a session by that route; handed: it is fed what the graph would draw."""
    return SessionTraining(data, backend, route, device, handed)


def _waiting(runner: GraphRunner, device: str) -> Callable[[], None]:
    """For the end of a block; where a backend has no such verb, the loss of the last step was waited for."""
    synchronize = runner.session.backend.synchronize
    return (lambda: synchronize(device)) if synchronize is not None else lambda: None


def by_hand(data: Data, framework: str, device: str) -> Training:
    """The twin, which answers the loss as a Python number, so each step waits for it."""
    program = data.program
    place = device.replace("gpu", "cuda")
    twin = idioms.load(framework, program.twin, data.initial, rate=program.rate, dtype="float32", device=place)
    training = Training(data, twin.step, data.twin_batches, twin.parameters, twin.close)
    training.twin = twin
    return training


class _Wide:
    """A training on JAX, all of it with the global 64-bit setting on."""

    def __init__(self, make: Callable[[], Training]) -> None:
        self.setting = load_backend("jax").settings["x64"]
        with self.setting():
            self.training = make()
        self.close, self.facts = self.training.close, self.training.facts

    def __call__(self, count: int) -> None:
        with self.setting():
            self.training(count)

    def check(self) -> None:
        with self.setting():
            self.training.check()


def make(data: Data, backend: str, column: str, device: str) -> Any:
    """The training of one column, a candidate of a race. Raises NotHere where there is none."""
    if column == SESSION:
        return by_hand(data, "tensorflow", device)
    if column == IDIOM:
        return by_hand(data, "tensorflow2" if backend == "tensorflow" else backend, device)
    if column == NATIVE_WIDE:
        return _Wide(lambda: in_session(data, backend, NATIVE, device))
    if column == HANDED:
        return in_session(data, backend, default_route(backend), device, handed=True)
    if column == DEFAULT:
        return in_session(data, backend, default_route(backend), device)
    if column == NATIVE and load_backend(backend).value_and_vjp is None:
        raise NotHere(f"{backend} has no autodiff of its own")
    return in_session(data, backend, column, device)
