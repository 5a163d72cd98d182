"""How long does it take to build a graph? The same lines build it with samegraph.tf1 and with tf.compat.v1, in turn.

Only building is timed. TensorFlow 1 adds the operations of the gradient while `minimize` runs; samegraph adds one node
then and the rest at the first run, which is part of `first_step_seconds` of the question "step".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as samegraph_tf

from .conftest import Settings
from .entries import enter, played_back
from .timing import Timing, in_turn
from .trainings import SESSION

OURS = "graph"
CHAIN = 2_000
FEED = np.linspace(-1.0, 1.0, 60, dtype=np.float32).reshape(6, 10)


def linear_regression(tf: Any) -> tuple[Any, dict[Any, Any], list[Any]]:
    """Initializer, feeds, and fetches of one training step, built in the default graph."""
    x, y = tf.placeholder(tf.float32, [None, 10], name="x"), tf.placeholder(tf.float32, [None, 1], name="y")
    weights, bias = tf.Variable(tf.zeros([10, 1]), name="weights"), tf.Variable(tf.zeros([1]), name="bias")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, weights) + bias - y), name="loss")
    train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
    return tf.global_variables_initializer(), {x: FEED, y: FEED[:, :1]}, [loss, train]


def chain(tf: Any) -> tuple[Any, dict[Any, Any], list[Any]]:
    """`CHAIN` operations, each on the one before."""
    x = tf.placeholder(tf.float32, [None, 10], name="x")
    steps: list[Callable[[Any], Any]] = [tf.tanh, lambda y: tf.add(y, x), tf.sigmoid, lambda y: tf.multiply(y, x)]
    y = x
    for i in range(CHAIN):
        y = steps[i % len(steps)](y)
    return tf.no_op(), {x: FEED}, [y]


GRAPHS = {"linear_regression": linear_regression, "chain of 2,000 ops": chain}
QUESTIONS = {
    "linear_regression": ("construction", "linear_regression"),
    "chain of 2,000 ops": ("construction of 2,000 ops", ""),
}
"""By graph, the question that is answered and the program that it is about."""


@dataclass
class Building:
    """Builds the graph as many times as it is called for, each time anew."""

    tf: Any
    build: Callable[[Any], tuple[Any, dict[Any, Any], list[Any]]]

    def __call__(self, count: int) -> None:
        for _ in range(count):
            with self.tf.Graph().as_default():
                self.build(self.tf)

    def runs(self) -> list[Any]:
        """What two runs of a graph so built answer: of a training, the loss before and after a step."""
        with self.tf.Graph().as_default() as graph:
            initialize, feeds, fetches = self.build(self.tf)
            with self.tf.Session(graph=graph) as session:
                session.run(initialize)
                return [session.run(fetches, feeds)[0] for _ in range(2)]


def check(name: str, ours: Building, theirs: Building) -> None:
    """Both graphs compute the same, and a training moves something."""
    a, b = ours.runs(), theirs.runs()
    assert np.isfinite(a).all()
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    assert name != "linear_regression" or a[1] < a[0], "the step changed nothing"


@pytest.fixture(scope="module", params=GRAPHS)
def taken(request: pytest.FixtureRequest, settings: Settings) -> tuple[str, dict[str, Timing]]:
    """The graph's name, and the timings of both."""
    if settings.device != "cpu":
        pytest.skip("graphs are built on the CPU; ask for --bench-device=cpu")
    tensorflow = pytest.importorskip("tensorflow")
    ours, theirs = (Building(tf, GRAPHS[request.param]) for tf in (samegraph_tf, tensorflow.compat.v1))
    check(request.param, ours, theirs)
    timed, failed = in_turn({OURS: ours, SESSION: theirs}, replace(settings.plan, limit=settings.plan.limit / 2))
    for error in failed.values():
        raise error
    return request.param, timed


@played_back
@pytest.mark.parametrize(("backend", "column"), [("samegraph", OURS), ("tensorflow", SESSION)])
def test_construction(
    benchmark: Any, settings: Settings, taken: tuple[str, dict[str, Timing]], backend: str, column: str
) -> None:
    graph, timed = taken
    question, program = QUESTIONS[graph]
    about = settings.about(question=question, program=program, backend=backend, column=column)
    enter(benchmark, timed[column], about, {SESSION: timed[SESSION]})
