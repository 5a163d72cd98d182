"""What does a cached `Session.run` with two feeds add to the step it runs? On every backend, in turn, by the gradient route
that its sessions take: the session; the bare step, to which feeds are handed and from which the loss is fetched just as the
session has to; and the bare step whose feeds are the framework's already. The aim is 3 us on NumPy and 5 us elsewhere over
the second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.programs.model import Model

from .conftest import Settings
from .entries import enter_row, played_back
from .races import BACKENDS, Key, Outcomes
from .trainings import DEFAULT, Arrays, Data, Training, default_route, make, prepare

SESSION, BARE, READY = "session", "bare step", "bare step, feeds ready"
COLUMNS = (SESSION, BARE, READY)
PROGRAM = "linear_regression"


class Bare(Training):
    """The step that a session has cached, called directly: it reads and replaces `values`, and looks nothing up."""

    def __init__(self, data: Data, backend_name: str, device: str, ready: bool) -> None:
        with tf.Graph().as_default():
            model: Model = data.program.build(tf.float32)
        self.backend, self.device, self.ready = load(backend_name), device, ready
        session = tf.Session(
            graph=model.graph, backend=self.backend, device=device, gradients=default_route(backend_name)
        )
        planner, feeds = session._engine.planner, list(model.inputs.values())
        fed = [next(data.batches[0][key] for key, t in model.inputs.items() if t is feed) for feed in feeds]
        self.cached = planner.step(planner.plan([model.train, model.loss], feeds), fed)
        built = self.cached.program
        plain = not (built.draws or built.guards or built.rows or built.copied) and built.assigned == built.variables
        assert plain and len(built.feeds) == 2, "calling this step takes more than is done here: choose another program"
        self.names = [v.name for v in built.variables]
        self.values = [self.backend.make_state(data.initial[name], device, False) for name in self.names]
        super().__init__(data, self._step, self._feeds(data, model), self._parameters, lambda: None)

    def _feeds(self, data: Data, model: Model) -> Sequence[tuple[Any, ...]]:
        keys = list(model.inputs)
        rows = [tuple(batch[key] for key in keys) for batch in data.batches]
        return [tuple(self.backend.to_device(a, self.device) for a in row) for row in rows] if self.ready else rows

    def __call__(self, count: int) -> None:
        with self.cached.scope():
            super().__call__(count)

    def _step(self, feed: tuple[Any, Any]) -> Any:
        x, y = feed
        if not self.ready:
            x, y = self.cached.give(x, self.device), self.cached.give(y, self.device)
        (loss,), self.values, _ = self.cached.call(x, y, *self.values)
        return self.backend.to_numpy(loss)

    def _parameters(self) -> Arrays:
        return {name: self.backend.to_numpy(value) for name, value in zip(self.names, self.values, strict=True)}


@pytest.fixture(scope="module")
def data() -> Data:
    return prepare(PROGRAM)


@pytest.fixture(scope="module")
def raced(settings: Settings, data: Data) -> Outcomes:
    """What became of the three on every backend, each taken in turn with all others."""
    device = settings.device
    makers: dict[Key, Callable[[], Training]] = {}
    for backend in BACKENDS:
        makers[backend, SESSION] = partial(make, data, backend, DEFAULT, device)
        makers[backend, BARE] = partial(Bare, data, backend, device, ready=False)
        makers[backend, READY] = partial(Bare, data, backend, device, ready=True)
    return settings.race(makers)


@played_back
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_session_overhead(benchmark: Any, settings: Settings, raced: Outcomes, backend: str, column: str) -> None:
    about = settings.about(question="session overhead", **{"adds_to": BARE} if column == SESSION else {})
    enter_row(benchmark, raced, (backend, column), about, {BARE: (backend, BARE)})
