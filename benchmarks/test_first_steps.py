"""How long until a training's first loss? Its graph is built, its session made, variables are set, and the first step is
planned, traced and compiled; the same of what is written by hand, and of TensorFlow 1's session. A second session of the
same graph shows how much of that is shared. Every sample is a new training, compiled anew.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.session import Session

from .compilations import Counter
from .conftest import Settings
from .entries import enter_row, played_back
from .races import BACKENDS, IDIOM, NATIVE, RULES, SESSION, Key, Outcomes
from .trainings import KEYS, TOLERANCE, Data, make, prepare

AGAIN = "native, second session"
COLUMNS: list[Key] = [("tensorflow", SESSION)]
for _backend in BACKENDS:
    COLUMNS += [(_backend, column) for column in ((RULES if _backend == "numpy" else NATIVE), IDIOM, AGAIN)]
QUICK_PROGRAMS = ("linear_regression",)


class First:
    """As many new trainings as it is called for, each taken to its first loss."""

    def __init__(self, data: Data, begin: Callable[[], Any]) -> None:
        self.data, self.begin = data, begin
        self.losses: list[float] = []
        self.known: dict[str, Any] = {}

    def __call__(self, count: int) -> None:
        for _ in range(count):
            training = self.begin()
            training(1)
            self.losses.append(training.losses[0])
            counter = getattr(training, "counter", None)
            if counter is not None:
                self.known["compilations"] = counter.count
            training.close()

    def check(self) -> None:
        np.testing.assert_allclose(self.losses, self.data.losses[0], rtol=TOLERANCE)

    def close(self) -> None:
        pass

    def facts(self) -> dict[str, Any]:
        return self.known


class Another:
    """As many new sessions of one graph as it is called for, each taken to its first loss; the first of all is not timed."""

    def __init__(self, data: Data, backend: str, device: str) -> None:
        self.data, self.device, self.counter = data, device, Counter(backend)
        with tf.Graph().as_default():
            self.model = data.program.build(tf.float32)
        self.losses: list[float] = []
        self.known: dict[str, Any] = {}
        self(1)

    def __call__(self, count: int) -> None:
        feed = self.model.feed(self.data.batches[0])
        for _ in range(count):
            before = self.counter.count
            session = Session(graph=self.model.graph, backend=self.counter.backend, device=self.device)
            session.run(self.model.init)
            self.losses.append(float(session.run([self.model.train, self.model.loss], feed)[1]))
            session.close()
            self.known = {"compilations": self.counter.count - before}

    def check(self) -> None:
        np.testing.assert_allclose(self.losses, self.data.losses[0], rtol=TOLERANCE)

    def close(self) -> None:
        pass

    def facts(self) -> dict[str, Any]:
        return self.known


def maker(data: Data, backend: str, column: str, device: str) -> First | Another:
    """The candidate of a column."""
    if column == AGAIN:
        return Another(data, backend, device)
    return First(data, partial(make, data, backend, column, device))


@pytest.fixture(
    scope="module", params=[n if n in QUICK_PROGRAMS else pytest.param(n, marks=pytest.mark.full) for n in KEYS]
)
def raced(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, Outcomes]:
    """The program's name, and what became of its columns."""
    data = prepare(request.param)
    return request.param, settings.race(
        {key: partial(maker, data, *key, settings.device) for key in COLUMNS}, settings.once
    )


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_first_step(benchmark: Any, settings: Settings, raced: tuple[str, Outcomes], backend: str, column: str) -> None:
    program, outcomes = raced
    against: dict[str, Key] = {SESSION: ("tensorflow", SESSION)}
    if column != SESSION:
        against[IDIOM] = (backend, IDIOM)
    about = settings.about(question="first step, with building and compiling", program=program)
    enter_row(benchmark, outcomes, (backend, column), about, against)
