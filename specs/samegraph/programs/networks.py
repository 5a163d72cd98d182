"""Two larger networks on scikit-learn's digits, whose steps take long enough that arithmetic counts: an MLP and a small CNN."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod, sqrt
from typing import Any

import samegraph.tf1 as tf

from .model import Model, Program
from .softmax_regression import accuracy, digit_batches

SIDE, CLASSES = 8, 10
HIDDEN, CHANNELS = 256, (16, 32)
MLP_SHAPES = {
    "weights_1": (SIDE * SIDE, HIDDEN),
    "bias_1": (HIDDEN,),
    "weights_2": (HIDDEN, HIDDEN),
    "bias_2": (HIDDEN,),
    "weights_3": (HIDDEN, CLASSES),
    "bias_3": (CLASSES,),
}
CNN_SHAPES = {
    "filters_1": (3, 3, 1, CHANNELS[0]),
    "bias_1": (CHANNELS[0],),
    "filters_2": (3, 3, *CHANNELS),
    "bias_2": (CHANNELS[1],),
    "weights": (SIDE * SIDE // 16 * CHANNELS[1], CLASSES),
    "bias": (CLASSES,),
}

Logits = Callable[[Any, dict[str, Any]], Any]
"""From pixels [B, 64] and the variables by name to logits [B, 10]."""


def _dense_layers(x: Any, p: dict[str, Any]) -> Any:
    h = tf.nn.relu(tf.matmul(x, p["weights_1"]) + p["bias_1"], name="h1")
    h = tf.nn.relu(tf.matmul(h, p["weights_2"]) + p["bias_2"], name="h2")
    return tf.add(tf.matmul(h, p["weights_3"]), p["bias_3"], name="logits")


def _convolved(x: Any, filters: Any, bias: Any) -> Any:
    """A convolution, relu, and the largest of each square of four."""
    h = tf.nn.relu(tf.nn.conv2d(x, filters, strides=[1, 1, 1, 1], padding="SAME") + bias)
    return tf.nn.max_pool(h, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")


def _convolutional_layers(x: Any, p: dict[str, Any]) -> Any:
    h = _convolved(tf.reshape(x, [-1, SIDE, SIDE, 1]), p["filters_1"], p["bias_1"])
    h = _convolved(h, p["filters_2"], p["bias_2"])
    flat = tf.reshape(h, [-1, CNN_SHAPES["weights"][0]])
    return tf.add(tf.matmul(flat, p["weights"]), p["bias"], name="logits")


def _variable(name: str, shape: tuple[int, ...], dtype: Any) -> Any:
    """Biases 0, the rest drawn so that relu keeps the scale of what goes through it."""
    if len(shape) == 1:
        return tf.Variable(tf.zeros(shape, dtype), name=name)
    deviation = sqrt(2.0 / prod(shape[:-1]))
    return tf.Variable(tf.truncated_normal(shape, stddev=deviation, dtype=dtype), name=name)


def build(layers: Logits, shapes: dict[str, tuple[int, ...]], rate: float, dtype: Any) -> Model:
    """The mean cross-entropy of the logits, descended by all variables."""
    tf.set_random_seed(1)
    x = tf.placeholder(dtype, [None, SIDE * SIDE], name="x")
    label = tf.placeholder(dtype, [None, CLASSES], name="label")
    variables = {name: _variable(name, shape, dtype) for name, shape in shapes.items()}
    logits = layers(x, variables)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=label, logits=logits), name="loss")
    optimizer = tf.train.GradientDescentOptimizer(rate)
    pairs = optimizer.compute_gradients(loss)
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


MLP = Program(
    name="mlp",
    variant="",
    title="Multilayer perceptron 64-256-256-10 on scikit-learn's digits (batches of 100)",
    steps=200,
    rate=0.1,
    build=partial(build, _dense_layers, MLP_SHAPES, 0.1),
    batches=digit_batches,
    twin="mlp",
    evaluate=accuracy,
)
CNN = Program(
    name="cnn",
    variant="",
    title="Two convolutions with max-pooling and a dense layer on scikit-learn's digits (batches of 100)",
    steps=200,
    rate=0.1,
    build=partial(build, _convolutional_layers, CNN_SHAPES, 0.1),
    batches=digit_batches,
    twin="cnn",
    evaluate=accuracy,
)
