"""Variable sharing on the backend: dictionaries and scopes share, separate copies do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]


def copies() -> Any:
    return lambda i: (tf.Variable(tf.ones([3, 1]), name="weights"), tf.Variable(tf.zeros([1]), name="biases"))


def dictionary() -> Any:
    variables = {
        "weights": tf.Variable(tf.ones([3, 1]), name="weights"),
        "biases": tf.Variable(tf.zeros([1]), name="biases"),
    }
    return lambda i: (variables["weights"], variables["biases"])


def scope() -> Any:
    def tower(i: int) -> Any:
        with tf.variable_scope("tower", reuse=i > 0):
            weights = tf.get_variable("weights", [3, 1], initializer=tf.ones_initializer())
            return weights, tf.get_variable("biases", [1], initializer=tf.zeros_initializer())

    return tower


def train(session: Make, tower: Any, count: int) -> tuple[Any, list[str]]:
    """One step of descent on the mean over `count` towers, each with its part of the batch."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 3)).astype(np.float32), rng.normal(size=(8, 1)).astype(np.float32)
    losses = []
    made = []
    for i in range(count):
        w, b = tower(i)
        made.append((w, b))
        part = slice(i * 8 // count, (i + 1) * 8 // count)
        losses.append(tf.reduce_mean(tf.square(tf.matmul(tf.constant(x[part]), w) + b - tf.constant(y[part]))))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.add_n(losses) / float(count))
    s = session()
    s.run(tf.global_variables_initializer())
    for _ in range(3):
        s.run(step)
    return s.run(list(made[0])), [v.name for v in tf.trainable_variables()]


@pytest.mark.parametrize("sharing", [dictionary, scope])
def test_shared_towers_equal_one_big_batch(backend: Backend, session: Make, sharing: Any) -> None:
    (w, b), names = train(session, sharing(), 2)
    assert len(names) == 2
    with tf.Graph().as_default():
        (w1, b1), _ = train(session, sharing(), 1)
    np.testing.assert_allclose(w, w1, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(b, b1, rtol=1e-6, atol=1e-6)
    assert not np.allclose(w, 1.0)
    counted(backend.name, w.size + b.size)


def test_separate_copies_do_not(backend: Backend, session: Make) -> None:
    (w, _), names = train(session, copies(), 2)
    assert names == ["weights:0", "biases:0", "weights_1:0", "biases_1:0"]
    with tf.Graph().as_default():
        (w1, _), _ = train(session, copies(), 1)
    assert np.abs(w - w1).max() > 1e-3
    counted(backend.name, w.size)


def test_assign_forms(backend: Backend, session: Make) -> None:
    v = tf.Variable([1.0, 2.0])
    s = session()
    s.run(v.initializer)
    got = [s.run(v.assign([3.0, 4.0])), s.run(v.assign_add([1.0, 1.0])), s.run(v.assign_sub([2.0, 0.0])), s.run(v)]
    np.testing.assert_allclose(got, [[3, 4], [4, 5], [2, 5], [2, 5]])
    v.load([7.0, 8.0], s)
    np.testing.assert_allclose(s.run(v), [7, 8])
    counted(backend.name, 10)


def test_scatter_forms(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.zeros([3, 2]))
    s = session()
    s.run(v.initializer)
    s.run(tf.scatter_add(v, [0, 0], tf.ones([2, 2])).op)
    s.run(tf.scatter_sub(v, [1], tf.ones([1, 2])).op)
    s.run(tf.scatter_update(v, [[2]], tf.fill([1, 1, 2], 9.0)).op)
    np.testing.assert_allclose(s.run(v), [[2, 2], [-1, -1], [9, 9]])
    counted(backend.name, 6)


@pytest.mark.parametrize("ids", [[0, 2, 0, 3, 2, 0], [3, 1, 0, 2], []], ids=["with repeats", "without", "none"])
def test_several_tables_updated_at_the_same_rows(backend: Backend, session: Make, ids: list[int]) -> None:
    """In one step, by every kind of update: each table as if it were alone, for ids that are fed anew in place too."""
    start = {"a": np.ones([4, 2], np.float32), "b": np.arange(4, dtype=np.float32), "c": np.zeros([4, 3], np.float32)}
    tables = {n: tf.Variable(value) for n, value in start.items()}
    fed = tf.placeholder(tf.int32, [None])
    width = tf.cast(tf.size(fed), tf.float32)
    add = tf.scatter_add(tables["a"], fed, tf.ones([tf.size(fed), 2]) * width)
    sub = tf.scatter_sub(tables["b"], fed, tf.cast(tf.range(tf.size(fed)), tf.float32))
    put = tf.scatter_update(tables["c"], fed, tf.fill([tf.size(fed), 3], 7.0))
    s, given, want = session(), np.array(ids, np.int32), {n: value.copy() for n, value in start.items()}
    s.run(tf.global_variables_initializer())
    for _ in range(2):
        s.run([add.op, sub.op, put.op], {fed: given})
        for i, row in enumerate(given):
            want["a"][row] += len(ids)
            want["b"][row] -= i
            want["c"][row] = 7.0
        given[:] = given[::-1].copy()  # the same array, other ids in it
        if len(given):
            given[0] = 1
    for n, value in s.run(tables).items():
        np.testing.assert_array_equal(value, want[n])
    counted(backend.name, 3)
