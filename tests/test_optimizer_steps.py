"""What a step of an optimizer is made of, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import samegraph.tf1 as tf


@pytest.fixture(autouse=True)
def graph() -> Iterator[tf.Graph]:
    """Names count from those that a graph has: what another test made must not lie in it."""
    with tf.Graph().as_default() as g:
        yield g


BY_ROWS: dict[str, Callable[[], Any]] = {
    "descent": lambda: tf.train.GradientDescentOptimizer(0.1),
    "momentum": lambda: tf.train.MomentumOptimizer(0.1, 0.9),
    "adagrad": lambda: tf.train.AdagradOptimizer(0.1),
    "rmsprop": lambda: tf.train.RMSPropOptimizer(0.1, centered=True),
    "adadelta": lambda: tf.train.AdadeltaOptimizer(0.1),
    "ftrl": lambda: tf.train.FtrlOptimizer(0.1),
    "proximal": lambda: tf.train.ProximalGradientDescentOptimizer(0.1),
}


@pytest.mark.parametrize("name", BY_ROWS)
def test_a_sparse_step_computes_with_rows_alone(name: str) -> None:
    """No operation of the step makes a value of the table's size, whatever ids are fed."""
    ids = tf.placeholder(tf.int32, [None])
    table = tf.Variable(tf.ones([50, 2]))
    loss = tf.reduce_sum(tf.square(tf.gather(table, ids)))
    optimizer = BY_ROWS[name]()
    before = set(tf.get_default_graph().get_operations())
    optimizer.minimize(loss)
    slots = {v.op for v in optimizer.variables()}
    inside = f"{optimizer.get_name()}/"
    step = [op for op in tf.get_default_graph().get_operations() if op not in before and op.name.startswith(inside)]
    computing = [op for op in step if op.kernel]
    assert computing or name == "descent"
    assert not [op for op in computing if op not in slots and op.outputs[0].type.shape == (50, 2)]
    assert [op for op in step if op.type.startswith("Scatter")]


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: tf.train.AdagradOptimizer(0.1, 0.0), "initial_accumulator_value must be positive"),
        (lambda: tf.train.AdagradOptimizer(0.1, -1.0), "initial_accumulator_value must be positive"),
        (lambda: tf.train.FtrlOptimizer(0.1, learning_rate_power=0.5), "learning_rate_power 0.5 needs to be negative"),
        (lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0), "l1_regularization_strength"),
        (lambda: tf.train.FtrlOptimizer(0.1, initial_accumulator_value=-1.0), "initial_accumulator_value"),
    ],
)
def test_hyper_parameters_out_of_range(make: Callable[[], Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        make()


def test_slots_are_named_as_tensorflow_1_names_them() -> None:
    w = tf.Variable(1.0, name="w")
    momentum, ftrl = tf.train.MomentumOptimizer(0.1, 0.9), tf.train.FtrlOptimizer(0.1)
    momentum.minimize(w * w)
    ftrl.minimize(w * w)
    assert momentum.get_slot_names() == ["momentum"]
    assert momentum.get_slot(w, "momentum").op.name == "w/Momentum"
    assert [ftrl.get_slot(w, n).op.name for n in ("accum", "linear")] == ["w/Ftrl", "w/Ftrl_1"]


@pytest.mark.parametrize(("nesterov", "values"), [(False, [1.5, 0.375]), (True, [0.75, 0.09375])])
def test_a_velocity_that_holds_the_rate(nesterov: bool, values: list[float]) -> None:
    """rate_in_velocity, Keras' spelling: a rate that was halved leaves what the velocity holds as it was."""
    w, rate = tf.Variable(3.0), tf.placeholder(tf.float32, [])
    step = tf.train.MomentumOptimizer(rate, 0.5, use_nesterov=nesterov, rate_in_velocity=True).minimize(w * w)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for r, value in zip((0.25, 0.125), values, strict=True):
            session.run(step, {rate: r})
            assert session.run(w) == value


def test_a_step_counts_itself() -> None:
    """`global_step` is raised by one a step, by `minimize` as by `apply_gradients`."""
    w, count = tf.Variable(3.0), tf.Variable(5, trainable=False)
    descent = tf.train.GradientDescentOptimizer(0.25)
    first = descent.minimize(w * w, global_step=count)
    second = descent.apply_gradients(descent.compute_gradients(w * w), global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step, value in ((first, 1.5), (first, 0.75), (second, 0.375)):
            session.run(step)
            assert session.run(w) == value
        assert session.run(count) == 8


def test_the_variables_that_adam_makes_come_in_tf1s_order():
    """As TensorFlow 1: its powers, then both moments of each variable."""
    variables = [tf.Variable(1.0, name=name) for name in "ab"]
    adam = tf.train.AdamOptimizer()
    adam.minimize(tf.square(variables[0]) + tf.square(variables[1]))
    wanted = ["beta1_power", "beta2_power", "a/Adam", "a/Adam_1", "b/Adam", "b/Adam_1"]
    assert [v.op.name for v in tf.global_variables()[2:]] == wanted
