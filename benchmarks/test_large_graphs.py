"""Does a run cost what it fetches, and not what the graph holds? A fetch of a few operations, after its first run, out of a
graph of 100,000 others and out of one that holds nothing else; and the first run of long chains, which has to stay linear.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as samegraph_tf
from samegraph.session import Session

from .conftest import Settings
from .entries import enter_row, played_back
from .opened import Opened, face
from .races import BACKENDS, SESSION, Key, Outcomes, Work
from .test_construction import FEED, chain

SMALL, LARGE, OTHERS = "small graph", "graph of 100,000 ops", 100_000
COLUMNS: list[Key] = [(backend, column) for backend in BACKENDS for column in (SMALL, LARGE)]
COLUMNS += [("tensorflow", f"{SESSION}, {column}") for column in (SMALL, LARGE)]
CHAINS = (100, 1_000, 10_000)
FIRST = "first run"
CHAIN_COLUMNS: list[Key] = [("numpy", FIRST), ("tensorflow", SESSION)]


def few(tf: Any) -> tuple[Any, Any]:
    """A placeholder, and what a few operations make of it."""
    x = tf.placeholder(tf.float32, [None, 10], name="few_x")
    return x, tf.reduce_sum(tf.tanh(x * 0.5 + 1.0), name="few_sum")


def few_among(others: int, tf: Any) -> tuple[Any, Any]:
    """The same in the middle of others."""
    if others:
        chain(others // 2, tf)
    found = few(tf)
    if others:
        chain(others // 2, tf)
    return found


@cache
def _built(others: int) -> tuple[Any, Any, Any]:
    """samegraph's graph is built once for all backends."""
    with samegraph_tf.Graph().as_default() as graph:
        return graph, *few_among(others, samegraph_tf)


def right(answer: Any) -> None:
    np.testing.assert_allclose(answer, np.tanh(FEED * 0.5 + 1.0).sum(), rtol=1e-5)


def fetching(backend: str, column: str, device: str) -> Work:
    """The fetch of the few."""
    others = OTHERS if column.endswith(LARGE) else 0
    if column.startswith(SESSION):
        opened = Opened(partial(few_among, others), backend, column, device)
        session, (x, total) = opened.session, opened.parts
    else:
        graph, x, total = _built(others)
        session = Session(graph=graph, backend=backend, device=device)
    feed = {x: FEED}
    return Work(lambda: session.run(total, feed), right, session.close, {"ops": others} if others else {})


@pytest.fixture(scope="module")
def raced(settings: Settings) -> Outcomes:
    """What became of the columns."""
    makers: dict[Key, Callable[[], Work]] = {key: partial(fetching, *key, settings.device) for key in COLUMNS}
    if settings.quick:
        del makers["tensorflow", f"{SESSION}, {LARGE}"]
    return settings.race(makers)


@played_back
@pytest.mark.parametrize(("backend", "column"), COLUMNS)
def test_small_fetch(benchmark: Any, settings: Settings, raced: Outcomes, backend: str, column: str) -> None:
    if (backend, column) not in raced:
        pytest.skip("TensorFlow builds so many operations in the full tier only")
    session = f"{SESSION}, " if column.startswith(SESSION) else ""
    against: dict[str, Key] = {SESSION: ("tensorflow", f"{SESSION}, {column.removeprefix(session)}")}
    if column.endswith(LARGE):
        against[SMALL] = (backend, f"{session}{SMALL}")
    enter_row(benchmark, raced, (backend, column), settings.about(question="small fetch, cached"), against)


# First runs of chains -----------------------------------------------------------------------------------------------------


def first_run(count: int, backend: str, column: str, device: str) -> Work:
    """A new session's first run of a chain that is built already: ancestors, program, source, and its execution once."""
    tf = face(column)
    with tf.Graph().as_default() as graph:
        _, feed, fetches = chain(count, tf)

    def step() -> Any:
        own = tf is samegraph_tf
        with Session(graph=graph, backend=backend, device=device) if own else tf.Session(graph=graph) as session:
            return session.run(fetches, feed)[0]

    def finite(answer: Any) -> None:
        assert np.isfinite(answer).all() and answer.shape == FEED.shape

    return Work(step, finite, known={"ops": count})


@pytest.fixture(scope="module", params=[*CHAINS[:-1], pytest.param(CHAINS[-1], marks=pytest.mark.full)])
def chained(request: pytest.FixtureRequest, settings: Settings) -> tuple[int, Outcomes]:
    """The chain's length, and what became of the columns."""
    makers = {key: partial(first_run, request.param, *key, settings.device) for key in CHAIN_COLUMNS}
    return request.param, settings.race(makers, settings.once)


@played_back
@pytest.mark.parametrize(("backend", "column"), CHAIN_COLUMNS)
def test_first_run(
    benchmark: Any, settings: Settings, chained: tuple[int, Outcomes], backend: str, column: str
) -> None:
    count, outcomes = chained
    about = settings.about(question=f"first run of a chain of {count:,} ops")
    enter_row(benchmark, outcomes, (backend, column), about, {SESSION: ("tensorflow", SESSION)})
