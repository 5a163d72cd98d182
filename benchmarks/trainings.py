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
from samegraph.backend import BackendError
from samegraph.backend import load as load_backend
from samegraph.compare.recording import GraphRunner
from samegraph.compare.reference import batch_with_draws
from samegraph.programs import catalog
from samegraph.programs.model import Program

from . import idioms
from .timing import FIRST_STEPS

Batch = Mapping[str, np.ndarray[Any, Any]]
Arrays = Mapping[str, np.ndarray[Any, Any]]

SESSION = "tf1-session"
KEYS = {"linear_regression": "diabetes", "softmax_regression": "stable", "word2vec": "wikipedia sample"}
"""The programs that are timed, and which variant of each."""
DRAWN_AHEAD = 64
"""A session draws random numbers for this many steps at once, so a block must hold a multiple of them."""
TOLERANCE = 1e-4
"""For losses of the first steps in float32; roundings make about 1e-6 of it."""

_BATCHES = 64


class NotHere(Exception):
    """This candidate does not exist on this machine; the message says why."""


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
    """The data of the program of that name; its graph, run on NumPy, gives initial values, draws and losses."""
    program = next(p for p in catalog.programs([name]) if p.variant == KEYS[name])
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
        step: Callable[[Any], Any],
        batches: Sequence[Any],
        parameters: Callable[[], Arrays],
        close: Callable[[], None],
        wait: Callable[[], None] = lambda: None,
    ) -> None:
        self.step, self.batches = step, cycle(batches)
        self.parameters, self.close, self.wait = parameters, close, wait
        self.losses: list[float] = []

    def __call__(self, count: int) -> None:
        step, keep = self.step, self.losses.append
        for batch in islice(self.batches, count):
            keep(step(batch))
        self.wait()

    def check(self, data: Data) -> None:
        """AssertionError for a step whose time would mean nothing."""
        first = self.losses[: len(data.losses)]
        assert np.allclose(first, data.losses, rtol=TOLERANCE, atol=0), f"losses {first}, NumPy has {data.losses}"
        assert np.isfinite(self.losses).all(), f"loss {int(np.argmin(np.isfinite(self.losses)))} is not finite"
        for name, value in self.parameters().items():
            assert np.isfinite(value).all(), f"{name} is not finite"
            assert not np.array_equal(value, data.initial[name]), f"{name} has not moved"


def in_session(data: Data, backend: str, route: str, device: str) -> Training:
    """`sess.run([train, loss], feed)`, where fetching the loss waits for the step."""
    runner = GraphRunner(data.program, backend, route, tf.float32, dict(data.initial), device)
    fetches, run = [runner.model.train, runner.model.loss], runner.session.run
    feeds = [runner.model.feed(batch) for batch in data.batches]
    return Training(
        lambda feed: run(fetches, feed)[1], feeds, runner.parameters, runner.close, _waiting(runner, device)
    )


def _waiting(runner: GraphRunner, device: str) -> Callable[[], None]:
    """For the end of a block; where a backend has no such verb, the loss of the last step was waited for."""
    synchronize = runner.session.backend.synchronize
    return (lambda: synchronize(device)) if synchronize is not None else lambda: None


def by_hand(data: Data, framework: str, device: str) -> Training:
    """The twin, which answers the loss as a Python number, so each step waits for it."""
    program = data.program
    place = device.replace("gpu", "cuda")
    twin = idioms.load(framework, program.twin, data.initial, rate=program.rate, dtype="float32", device=place)
    return Training(twin.step, data.twin_batches, twin.parameters, twin.close)


def missing(backend: str, device: str) -> str:
    """Why this backend cannot be timed on that device here, empty when it can."""
    try:
        present = load_backend(backend).devices()
    except BackendError as error:
        return str(error)
    if device in present:
        return ""
    if backend == "numpy":
        return "NumPy computes on the CPU only"
    return f"{backend} finds no {device.upper()} on this machine; present: {', '.join(present)}"


def make(data: Data, backend: str, column: str, device: str) -> Training:
    """The training of one column. Raises NotHere where there is none on this machine."""
    why = missing(backend, device)
    if why:
        raise NotHere(why)
    if column in ("idiom", SESSION):
        try:
            return by_hand(data, backend, device)
        except ImportError as error:
            raise NotHere(f"the hand-written program needs a package that is not installed: {error}") from None
    if column == "native" and load_backend(backend).value_and_vjp is None:
        raise NotHere(f"{backend} has no autodiff of its own")
    return in_session(data, backend, column, device)
