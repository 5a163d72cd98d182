"""What do many steps in one call save? `Session.run_steps` over stacked batches against one `Session.run` a step, the loops
written by hand, and TensorFlow 1's session, for a tiny step. Times are those of one step.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from samegraph.session import Session

from .conftest import Settings
from .entries import enter_row, played_back
from .races import BACKENDS, IDIOM, SESSION, Key, NotHere, Outcomes
from .trainings import Data, SessionTraining, Training, by_hand, default_route, make, prepare

EACH, MANY = "one call a step", "many steps a call"
STEPS = 512
COLUMNS: list[Key] = [("tensorflow", SESSION)]
for _backend in BACKENDS:
    COLUMNS += [(_backend, column) for column in (EACH, MANY, IDIOM)]


class Many(SessionTraining):
    """`run_steps` of `STEPS` steps at a time, more where more are asked for; the batches go round as in other trainings."""

    def __init__(self, data: Data, backend: str, device: str) -> None:
        super().__init__(data, backend, default_route(backend), device)
        chosen = [data.batches[i % len(data.batches)] for i in range(STEPS)]
        self.stacked = {t: np.stack([batch[key] for batch in chosen]) for key, t in self.runner.model.inputs.items()}
        self.fetches = [self.runner.model.train, self.runner.model.loss]

    def __call__(self, count: int) -> None:
        for _ in range(max(1, count // STEPS)):
            losses = self.runner.session.run_steps(self.fetches, self.stacked, STEPS)[1]
            self.losses.extend(np.ravel(losses).tolist())
        self.wait()


class Scanned(Training):
    """JAX's own loop over the stacked batches: the twin's step under lax.scan, with parameters donated."""

    def __init__(self, data: Data, device: str) -> None:
        import jax

        twin: Any = by_hand(data, "jax", device).twin
        chosen = [data.twin_batches[i % len(data.twin_batches)] for i in range(STEPS)]
        stacked = {key: np.stack([batch[key] for batch in chosen]) for key in chosen[0]}
        loop = jax.jit(lambda values, batches: jax.lax.scan(twin.train, values, batches), donate_argnums=0)

        def step(batches: Any) -> Any:
            twin.values, losses = loop(twin.values, batches)
            return np.array(losses)

        super().__init__(data, step, [stacked], twin.parameters, twin.close)

    def __call__(self, count: int) -> None:
        for _ in range(max(1, count // STEPS)):
            self.losses.extend(self.step(next(self.batches)).tolist())


def maker(data: Data, backend: str, column: str, device: str) -> Any:
    """The candidate of a column."""
    if column == MANY:
        if not hasattr(Session, "run_steps"):
            raise NotHere("this samegraph has no Session.run_steps")
        return Many(data, backend, device)
    if column == IDIOM and backend == "jax":
        return Scanned(data, device)
    return make(data, backend, default_route(backend) if column == EACH else column, device)


@pytest.fixture(scope="module")
def raced(settings: Settings) -> Outcomes:
    """What became of the columns."""
    data = prepare("linear_regression")
    return settings.race({key: partial(maker, data, *key, settings.device) for key in COLUMNS}, multiple=STEPS)


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_many_steps(benchmark: Any, settings: Settings, raced: Outcomes, backend: str, column: str) -> None:
    against: dict[str, Key] = {SESSION: ("tensorflow", SESSION)}
    if column != SESSION:
        against |= {IDIOM: (backend, IDIOM), EACH: (backend, EACH)}
    about = settings.about(question=f"many steps, {STEPS} a call")
    enter_row(benchmark, raced, (backend, column), about, against)
