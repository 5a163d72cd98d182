"""How long is a training step? `sess.run([train, loss], feed)` by both gradient routes, on every backend, against the
same step written by hand in that framework (`idioms/`) and against TensorFlow 1's own session, all taken in turn.

word2vec's noise words are drawn inside the step of a session, and handed in with the batch to what is written by hand. So a
session is timed too that is fed them and does no more than what it is held against.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from .conftest import Settings
from .entries import enter_row, played_back
from .races import BACKENDS, IDIOM, NATIVE, RULES, SESSION, Key, Outcomes
from .trainings import HANDED, KEYS, NATIVE_WIDE, make, prepare

COLUMNS: list[Key] = [("tensorflow", SESSION)]
for _backend in BACKENDS:
    COLUMNS += [(_backend, column) for column in (NATIVE, RULES, IDIOM)]
    COLUMNS.append((_backend, HANDED))
COLUMNS.append(("jax", NATIVE_WIDE))


def columns(program: str) -> list[Key]:
    """What is timed of that program."""
    return [(backend, column) for backend, column in COLUMNS if column != HANDED or program == "word2vec"]


def exists(raced: str, backend: str, column: str) -> bool:
    """Whether the program of that name has the column; other tests are not collected."""
    return (backend, column) in columns(raced)


@pytest.fixture(scope="module", params=KEYS)
def raced(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, Outcomes]:
    """The program's name, and what became of its columns."""
    data = prepare(request.param)
    makers = {key: partial(make, data, *key, settings.device) for key in columns(request.param)}
    return request.param, settings.race(makers, multiple=data.multiple)


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_step(benchmark: Any, settings: Settings, raced: tuple[str, Outcomes], backend: str, column: str) -> None:
    program, outcomes = raced
    against: dict[str, Key] = {SESSION: ("tensorflow", SESSION)}
    if column != SESSION:
        against[IDIOM] = (backend, IDIOM)
    if column == NATIVE:
        against[RULES] = (backend, RULES)
    about = settings.about(question="step", program=program)
    enter_row(benchmark, outcomes, (backend, column), about, against)
