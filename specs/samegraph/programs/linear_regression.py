"""Linear regression: the lecture's one-feature demo, and scikit-learn's diabetes data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from .data import diabetes, one_feature
from .model import Batch, Model, Program


def build(features: int, rate: float, dtype: Any) -> Model:
    """y = x W + b, trained by descent on the mean squared error."""
    x = tf.placeholder(dtype, [None, features], name="x")
    y = tf.placeholder(dtype, [None, 1], name="y")
    weights = tf.Variable(tf.zeros([features, 1], dtype), name="weights")
    bias = tf.Variable(tf.zeros([1], dtype), name="bias")
    prediction = tf.add(tf.matmul(x, weights), bias, name="prediction")
    loss = tf.reduce_mean(tf.square(prediction - y), name="loss")
    optimizer = tf.train.GradientDescentOptimizer(rate)
    pairs = optimizer.compute_gradients(loss)
    return Model(
        graph=tf.get_default_graph(),
        inputs={"x": x, "y": y},
        loss=loss,
        train=optimizer.apply_gradients(pairs),
        init=tf.global_variables_initializer(),
        parameters={"weights": weights, "bias": bias},
        gradients={v.op.name: g for g, v in pairs},
    )


def _shuffled(data: tuple[Any, Any], size: int, steps: int) -> Iterator[Batch]:
    x, y = data
    rng = np.random.default_rng(0)
    for _ in range(steps):
        chosen = rng.choice(len(x), size, replace=False)
        yield {"x": x[chosen], "y": y[chosen]}


def _diabetes_batches(steps: int) -> Iterator[Batch]:
    return _shuffled(diabetes("float64"), 64, steps)


def _demo_batches(steps: int) -> Iterator[Batch]:
    x, y = one_feature(0, "float64")
    return iter([{"x": x, "y": y}] * steps)


def _final_loss(x_and_y: Any, session: Any, model: Model) -> dict[str, float]:
    x, y = x_and_y()
    return {"mean squared error, all data": float(session.run(model.loss, model.feed({"x": x, "y": y})))}


DIABETES = Program(
    name="linear_regression",
    variant="diabetes",
    title="Linear regression on scikit-learn's diabetes data (442 x 10, batches of 64)",
    steps=200,
    rate=0.05,
    build=partial(build, 10, 0.05),
    batches=_diabetes_batches,
    twin="linear_regression",
    evaluate=partial(_final_loss, partial(diabetes, "float64")),
)
DEMO = Program(
    name="linear_regression",
    variant="demo",
    title="The lecture's linear regression with one feature (100 points, all in every batch)",
    steps=100,
    rate=0.1,
    build=partial(build, 1, 0.1),
    batches=_demo_batches,
    twin="linear_regression",
    evaluate=partial(_final_loss, partial(one_feature, 0, "float64")),
)
