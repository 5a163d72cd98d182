"""How long does it take to build a graph? The same lines build it with samegraph.tf1 and with tf.compat.v1, in turn.

Chains of 1,000 to 100,000 operations show whether it stays linear.

Only building is timed. TensorFlow 1 adds the operations of the gradient while `minimize` runs; samegraph adds one node
then and the rest at the first run, which is part of `first_step_seconds` of the question "step".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as samegraph_tf

from . import opened
from .conftest import Settings
from .entries import enter_row, played_back
from .races import NO_BACKEND, SESSION, Key, Outcomes

OURS = "graph"
FEED = np.linspace(-1.0, 1.0, 60, dtype=np.float32).reshape(6, 10)
SIZES = (1_000, 10_000, 100_000)


def linear_regression(tf: Any) -> tuple[Any, dict[Any, Any], list[Any]]:
    """Initializer, feeds, and fetches of one training step, built in the default graph."""
    x, y = tf.placeholder(tf.float32, [None, 10], name="x"), tf.placeholder(tf.float32, [None, 1], name="y")
    weights, bias = tf.Variable(tf.zeros([10, 1]), name="weights"), tf.Variable(tf.zeros([1]), name="bias")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, weights) + bias - y), name="loss")
    train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
    return tf.global_variables_initializer(), {x: FEED, y: FEED[:, :1]}, [loss, train]


def chain(count: int, tf: Any) -> tuple[Any, dict[Any, Any], list[Any]]:
    """`count` operations, each on the one before."""
    x = tf.placeholder(tf.float32, [None, 10], name="x")
    steps: list[Callable[[Any], Any]] = [tf.tanh, lambda y: tf.add(y, x), tf.sigmoid, lambda y: tf.multiply(y, x)]
    y = x
    for i in range(count):
        y = steps[i % len(steps)](y)
    return tf.no_op(), {x: FEED}, [y]


GRAPHS = {"linear_regression": linear_regression, **{f"{n:,} ops": partial(chain, n) for n in SIZES}}


class Building:
    """Builds the graph as many times as it is called for, each time anew."""

    def __init__(self, tf: Any, name: str, ops: int = 0) -> None:
        self.tf, self.name, self.ops, self.build = tf, name, ops, GRAPHS[name]

    def __call__(self, count: int) -> None:
        for _ in range(count):
            with self.tf.Graph().as_default():
                self.build(self.tf)

    def check(self) -> None:
        """A training moves something, and everything is finite."""
        if self.ops <= SIZES[0]:
            losses = self.runs()
            assert np.isfinite(losses).all()
            assert self.name != "linear_regression" or losses[1] < losses[0], "the step changed nothing"

    def close(self) -> None:
        pass

    def facts(self) -> dict[str, Any]:
        return {"ops": self.ops} if self.ops else {}

    def runs(self) -> list[Any]:
        """What two runs of a graph so built answer: of a training, the loss before and after a step."""
        with self.tf.Graph().as_default() as graph:
            initialize, feeds, fetches = self.build(self.tf)
            with self.tf.Session(graph=graph) as session:
                session.run(initialize)
                return [session.run(fetches, feeds)[0] for _ in range(2)]


@pytest.fixture(
    scope="module", params=[pytest.param(n, marks=pytest.mark.full) if n.startswith("100,000") else n for n in GRAPHS]
)
def raced(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, Outcomes]:
    """The graph's name, and what became of both."""
    if settings.device != "cpu":
        pytest.skip("graphs are built on the CPU; ask for --bench-device=cpu")
    name = request.param
    ops = int(name.split()[0].replace(",", "")) if name.endswith("ops") else 0
    makers: dict[Key, Callable[[], Building]] = {(NO_BACKEND, OURS): partial(Building, samegraph_tf, name, ops)}
    # TensorFlow takes about four seconds to build 10,000.
    if not (settings.quick and ops > SIZES[0]):
        makers["tensorflow", SESSION] = lambda: Building(opened.face(SESSION), name, ops)
    return name, settings.race(makers, settings.once if ops > SIZES[0] else settings.plan)


@played_back
@pytest.mark.parametrize(("backend", "column"), [(NO_BACKEND, OURS), ("tensorflow", SESSION)])
def test_construction(
    benchmark: Any, settings: Settings, raced: tuple[str, Outcomes], backend: str, column: str
) -> None:
    graph, outcomes = raced
    if (backend, column) not in outcomes:
        pytest.skip("TensorFlow builds so many operations in the full tier only")
    program = graph if graph == "linear_regression" else ""
    question = "construction" if program else f"construction of {graph}"
    about = settings.about(question=question, program=program)
    enter_row(benchmark, outcomes, (backend, column), about, {SESSION: ("tensorflow", SESSION)})
