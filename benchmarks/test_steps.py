"""How long is a training step? `sess.run([train, loss], feed)` by both gradient routes, on every backend, against the
same step written by hand in that framework (`idioms/`) and against TensorFlow 1's own session, all taken in turn.

TensorFlow's hand-written program *is* its session, so it stands in the column `tf1-session` and its ratio to both is
given. word2vec's noise words are drawn inside the step of a session, and handed in with the batch to what is written by
hand: a session does more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from .conftest import Settings
from .entries import enter, played_back
from .machine import settle_threads
from .timing import Timing, in_turn
from .trainings import SESSION, Data, NotHere, Training, make, missing, prepare

Key = tuple[str, str]
Outcome = Timing | Exception

COLUMNS: list[Key] = [
    ("tensorflow", SESSION),
    ("tensorflow", "native"),
    ("tensorflow", "rules"),
    ("numpy", "native"),
    ("numpy", "rules"),
    ("numpy", "idiom"),
    ("torch", "native"),
    ("torch", "rules"),
    ("torch", "idiom"),
    ("jax", "native"),
    ("jax", "rules"),
    ("jax", "idiom"),
]
PROGRAMS = ("linear_regression", "softmax_regression", "word2vec")


@pytest.fixture(scope="module", params=PROGRAMS)
def race(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, Mapping[Key, Outcome]]:
    """The program's name, and its columns' timings or what kept them from being timed."""
    for backend in dict.fromkeys(backend for backend, _ in COLUMNS):
        missing(backend, settings.device)  # loads the frameworks
    settle_threads(settings.threads)
    data = prepare(request.param)
    made, outcomes = _made(data, settings.device)
    timed, failed = in_turn({str(key): training for key, training in made.items()}, settings.plan, data.multiple)
    for key, training in made.items():
        outcomes[key] = failed.get(str(key)) or _judged(training, data) or timed[str(key)]
        training.close()
    return request.param, outcomes


def _made(data: Data, device: str) -> tuple[dict[Key, Training], dict[Key, Outcome]]:
    made: dict[Key, Training] = {}
    failed: dict[Key, Outcome] = {}
    for key in COLUMNS:
        try:
            made[key] = make(data, *key, device)
        except Exception as error:
            failed[key] = error
    return made, failed


def _judged(training: Training, data: Data) -> Exception | None:
    """What makes the training's times meaningless, if anything does."""
    try:
        training.check(data)
    except Exception as error:
        return error
    return None


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_step(
    benchmark: Any, settings: Settings, race: tuple[str, Mapping[Key, Outcome]], backend: str, column: str
) -> None:
    program, outcomes = race
    outcome = outcomes[backend, column]
    if isinstance(outcome, NotHere):
        pytest.skip(str(outcome))
    if isinstance(outcome, Exception):
        raise outcome
    against = {SESSION: outcomes["tensorflow", SESSION]}
    if column != SESSION:
        against["idiom"] = outcomes[backend, SESSION if backend == "tensorflow" else "idiom"]
    enter(
        benchmark,
        outcome,
        settings.about(question="step", program=program, backend=backend, column=column),
        {name: other for name, other in against.items() if isinstance(other, Timing)},
    )
