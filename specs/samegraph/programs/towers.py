"""One model built several times: what separate copies, one dictionary, and one variable scope share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from .data import diabetes

TOWERS, STEPS, RATE, BATCH = 4, 50, 0.05, 64
Tower = Callable[[int], tuple[Any, Any]]


def copies() -> Tower:
    """Each tower makes variables of its own."""

    def tower(i: int) -> tuple[Any, Any]:
        return tf.Variable(tf.zeros([10, 1]), name="weights"), tf.Variable(tf.zeros([1]), name="biases")

    return tower


def dictionary() -> Tower:
    """All towers look variables up in one dictionary, as the lecture's plain idea has it."""
    variables_dict = {
        "weights": tf.Variable(tf.zeros([10, 1]), name="weights"),
        "biases": tf.Variable(tf.zeros([1]), name="biases"),
    }
    return lambda i: (variables_dict["weights"], variables_dict["biases"])


def scope() -> Tower:
    """All towers ask one variable scope; from the second on it reuses."""

    def tower(i: int) -> tuple[Any, Any]:
        with tf.variable_scope("towers", reuse=i > 0):
            weights = tf.get_variable("weights", shape=[10, 1], initializer=tf.zeros_initializer())
            return weights, tf.get_variable("biases", shape=[1], initializer=tf.zeros_initializer())

    return tower


# case: (how variables are made, whether training equals that of one model on the whole batch)
CASES: dict[str, tuple[Callable[[], Tower], bool]] = {
    "separate copies": (copies, False),
    "one dictionary": (dictionary, True),
    "one variable scope": (scope, True),
}


def train(make: Callable[[], Tower], count: int, session: Callable[[Any], Any]) -> tuple[Any, int]:
    """The first tower's parameters after training `count` towers, each on its share of every batch; and how many variables."""
    x_all, y_all = diabetes("float32")
    with tf.Graph().as_default() as graph:
        x, y = tf.placeholder(tf.float32, [BATCH, 10]), tf.placeholder(tf.float32, [BATCH, 1])
        tower, losses, first = make(), [], None
        share = BATCH // count
        for i in range(count):
            weights, biases = tower(i)
            first = first or (weights, biases)
            part = slice(i * share, (i + 1) * share)
            losses.append(tf.reduce_mean(tf.square(tf.matmul(x[part], weights) + biases - y[part])))
        step = tf.train.GradientDescentOptimizer(RATE).minimize(tf.add_n(losses) / float(count))
        with session(graph) as sess:
            sess.run(tf.global_variables_initializer())
            rng = np.random.default_rng(0)
            for _ in range(STEPS):
                chosen = rng.choice(len(x_all), BATCH, replace=False)
                sess.run(step, {x: x_all[chosen], y: y_all[chosen]})
            values = sess.run(list(first or ()))
        return np.concatenate([v.reshape(-1) for v in values]), len(tf.trainable_variables())


def compare(session: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """Every case against one model on the whole batch: the largest difference of a parameter, and whether it is as it should be."""
    single, _ = train(scope, 1, session)
    rows = []
    for case, (make, shared) in CASES.items():
        values, variables = train(make, TOWERS, session)
        difference = float(np.max(np.abs(values - single)))
        equal = difference <= 1e-5
        finite = bool(np.isfinite(values).all() and np.abs(values).max() > 0)
        rows.append(
            {
                "case": case,
                "towers": TOWERS,
                "variables": variables,
                "difference": difference,
                "equals_single": equal,
                "expected": shared,
                "comparisons": int(values.size),
                "verdict": "agree" if equal == shared and finite else "differ",
            }
        )
    return rows
