"""A relu layer and a softmax on scikit-learn's digits: trained from logits, and as the lecture prints it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from .data import digits
from .model import Batch, Model, Program

INPUTS, HIDDEN, CLASSES = 64, 100, 10


def _layers(dtype: Any, initial: Any) -> tuple[Any, Any, Any, dict[str, Any]]:
    """The placeholders, the logits and the variables of h = relu(W x + b), logits = V h + c."""
    x = tf.placeholder(dtype, [None, INPUTS], name="x")
    label = tf.placeholder(dtype, [None, CLASSES], name="label")
    w = tf.Variable(initial([INPUTS, HIDDEN]), name="hidden_weights")
    b = tf.Variable(tf.zeros([HIDDEN], dtype), name="hidden_bias")
    h = tf.nn.relu(tf.matmul(x, w) + b, name="h")
    v = tf.Variable(initial([HIDDEN, CLASSES]), name="output_weights")
    c = tf.Variable(tf.zeros([CLASSES], dtype), name="output_bias")
    logits = tf.add(tf.matmul(h, v), c, name="logits")
    return x, label, logits, {p.op.name: p for p in (w, b, v, c)}


def _model(x: Any, label: Any, logits: Any, variables: dict[str, Any], objective: Any, loss: Any, rate: float) -> Model:
    optimizer = tf.train.GradientDescentOptimizer(rate)
    pairs = optimizer.compute_gradients(objective)
    correct = tf.equal(tf.argmax(logits, 1), tf.argmax(label, 1))
    return Model(
        graph=tf.get_default_graph(),
        inputs={"x": x, "labels": label},
        loss=loss,
        train=optimizer.apply_gradients(pairs),
        init=tf.global_variables_initializer(),
        parameters=variables,
        gradients={v.op.name: g for g, v in pairs},
        outputs={"accuracy": tf.reduce_mean(tf.cast(correct, tf.float32), name="accuracy")},
    )


def stable(rate: float, dtype: Any) -> Model:
    """The mean of the cross-entropy computed from the logits."""
    tf.set_random_seed(1)
    x, label, logits, variables = _layers(dtype, lambda shape: tf.truncated_normal(shape, stddev=0.1, dtype=dtype))
    entropy = tf.nn.softmax_cross_entropy_with_logits_v2(labels=label, logits=logits)
    loss = tf.reduce_mean(entropy, name="loss")
    return _model(x, label, logits, variables, loss, loss, rate)


def textbook(rate: float, dtype: Any) -> Model:
    """The lecture's lines: the log of the softmax, the sum over the batch minimised, weights from (-1, 1)."""
    tf.set_random_seed(1)
    x, label, logits, variables = _layers(dtype, lambda shape: tf.random_uniform(shape, -1.0, 1.0, dtype=dtype))
    prediction = tf.nn.softmax(logits, name="prediction")
    cross_entropy = -tf.reduce_sum(label * tf.log(prediction), axis=1, name="cross_entropy")
    loss = tf.reduce_mean(cross_entropy, name="loss")
    return _model(x, label, logits, variables, cross_entropy, loss, rate)


def digit_batches(steps: int) -> Iterator[Batch]:
    """Batches of 100 training digits, the same in every program."""
    data = digits("float64")
    rng = np.random.default_rng(0)
    for _ in range(steps):
        chosen = rng.choice(len(data.train_x), 100, replace=False)
        yield {"x": data.train_x[chosen], "labels": data.train_one_hot[chosen]}


def accuracy(session: Any, model: Model) -> dict[str, float]:
    """The share of the test digits that are told right."""
    data = digits("float64")
    feed = model.feed({"x": data.test_x, "labels": data.test_one_hot})
    return {"accuracy on the test digits": float(session.run(model.outputs["accuracy"], feed))}


STABLE = Program(
    name="softmax_regression",
    variant="stable",
    title="Relu layer and softmax on scikit-learn's digits, loss from logits (batches of 100)",
    steps=300,
    rate=0.5,
    build=partial(stable, 0.5),
    batches=digit_batches,
    twin="softmax_regression",
    evaluate=accuracy,
)
TEXTBOOK = Program(
    name="softmax_regression",
    variant="textbook",
    title="The same as the lecture prints it: log(softmax), summed over the batch, rate 0.5",
    steps=5,
    rate=0.5,
    build=partial(textbook, 0.5),
    batches=digit_batches,
    twin="softmax_textbook",
    finite=False,
)
