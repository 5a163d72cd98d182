"""Does a step cost what it touches? word2vec's step with a table of 10,000 rows and of 1,000,000, and again while the user
holds a fetch of the table, by batch; on every backend, by hand and in TensorFlow 1's session. The aim is 1.25 times.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from samegraph.programs import word2vec
from samegraph.programs.model import Batch, Program

from .conftest import Settings
from .entries import enter_row, played_back
from .races import BACKENDS, IDIOM, SESSION, Key, Outcomes
from .trainings import DEFAULT, Data, data_of, make

SMALL, LARGE = 10_000, 1_000_000
ROWS = {SMALL: "10,000 rows", LARGE: "1,000,000 rows"}
HELD = f"{ROWS[LARGE]}, table held"
BATCHES = (128, 1024)
RATE = 0.5
COLUMNS: list[Key] = []
for _backend in BACKENDS:
    COLUMNS += [(_backend, f"{DEFAULT}, {words}") for words in (*ROWS.values(), HELD)]
    COLUMNS += [(_backend, f"{IDIOM}, {words}") for words in ROWS.values()]
COLUMNS += [("tensorflow", f"{SESSION}, {words}") for words in ROWS.values()]


def _batches(vocabulary: int, size: int, steps: int) -> Iterator[Batch]:
    """Ids as Zipf's law has them: a few stand in every batch, often more than once, most hardly ever."""
    rng = np.random.default_rng(0)
    for _ in range(steps):
        inputs, labels = ((vocabulary ** rng.random(size)).astype(np.int32) - 1 for _ in range(2))
        yield {"inputs": inputs, "labels": labels[:, np.newaxis]}


def data(vocabulary: int, size: int, dimensions: int) -> Data:
    """Starting values, batches and NumPy's first losses."""
    program = Program(
        name="word2vec",
        variant=f"{vocabulary}",
        title="",
        steps=0,
        rate=RATE,
        build=lambda dtype: word2vec.build(vocabulary, RATE, dtype, dimensions),
        batches=partial(_batches, vocabulary, size),
        twin="word2vec",
    )
    return data_of(program)


class Held:
    """A training whose user has fetched the table after the first steps and holds on to it."""

    def __init__(self, training: Any) -> None:
        self.training, self.held, self.then = training, None, None
        self.close, self.facts = training.close, training.facts

    def __call__(self, count: int) -> None:
        self.training(count)
        if self.held is None:
            self.held = self.training.runner.session.run(self.training.runner.model.parameters["embeddings"])
            self.then = self.held[:SMALL].copy()

    def check(self) -> None:
        assert self.held is not None
        np.testing.assert_array_equal(self.held[:SMALL], self.then, err_msg="what was fetched changed later")
        self.training.check()


def maker(make_data: Any, backend: str, column: str, device: str) -> Any:
    """The candidate of a column."""
    kind, _, words = column.partition(", ")
    shared = make_data(SMALL if words == ROWS[SMALL] else LARGE)
    training = make(shared, backend, kind, device)
    return Held(training) if words == HELD else training


@pytest.fixture(scope="module", params=[BATCHES[0], pytest.param(BATCHES[1], marks=pytest.mark.full)])
def raced(request: pytest.FixtureRequest, settings: Settings) -> tuple[int, Outcomes]:
    """The batch's size, and what became of the columns."""
    # Thirteen trainings at a time hold a table of LARGE rows, some a copy: with 128 they took more than 23 GiB, with 64 19.5.
    dimensions = 16 if settings.quick else 32
    make_data = cache(partial(data, size=request.param, dimensions=dimensions))
    multiple = make_data(SMALL).multiple
    makers = {key: partial(maker, make_data, *key, settings.device) for key in COLUMNS}
    return request.param, settings.race(makers, multiple=multiple)


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_sparse_update(
    benchmark: Any, settings: Settings, raced: tuple[int, Outcomes], backend: str, column: str
) -> None:
    size, outcomes = raced
    kind, _, words = column.partition(", ")
    rows = ROWS[SMALL] if words == ROWS[SMALL] else ROWS[LARGE]
    against: dict[str, Key] = {SESSION: ("tensorflow", f"{SESSION}, {rows}")}
    if kind != SESSION:
        against[IDIOM] = (backend, f"{IDIOM}, {rows}")
    if words != ROWS[SMALL]:
        against[ROWS[SMALL]] = (backend, f"{kind}, {ROWS[SMALL]}")
    about = settings.about(question=f"sparse update, batch {size:,}")
    enter_row(benchmark, outcomes, (backend, column), about, against)
