"""What is answered when a gradient is asked for."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def _in_graph(make):
    """What TensorFlow 1's gradients answer; make: the input as a constant of the graph -> (ys, xs)."""

    def ask(x):
        value = x.numpy()
        with tf.Graph().as_default():
            found = tf.compat.v1.gradients(*make(tf.constant(value)))
            return [g if g is None else tf.compat.v1.Session().run(g) for g in found]

    return ask


def _unconnected(x, z):
    with tf.GradientTape() as tape:
        tape.watch([x, z])
        y = x * x
    return tape.gradient(y, [x, z])


def _table(table):
    variable = tf.Variable(table)
    with tf.GradientTape() as tape:
        rows = tf.gather(variable, [0, 0, 2])
    return tape.gradient(rows, variable)


def _second(fn):
    def ask(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = fn(x)
            first = inner.gradient(y, x)
        return first, outer.gradient(first, x)

    return ask


def _segment_products(x):
    return tf.math.unsorted_segment_prod(x, [0, 0, 1], 2)


TABLE: dict[str, Any] = {
    "gradient-unconnected": _unconnected,
    "gradient-of-vector": lambda x: tf.stack([x, 2 * x]),
    "gradient-of-list": _in_graph(lambda x: ([x * x, 3 * x], [x])),
    "gradient-of-int-twice": _in_graph(lambda x: (x * 1 * x, [tf.constant(2)])),
    "gradient-of-int": _in_graph(lambda x: (x * x, [x])),
    "gradient-through-cast": lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32) * x,
    "gradient-of-cast-alone": lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32),
    "gradient-of-table": _table,
    "second-derivative-of-relu-squared": _second(lambda x: tf.nn.relu(x) ** 2),
    "second-derivative-of-product": _second(tf.reduce_prod),
    "second-derivative-of-segment-product": _second(_segment_products),
    "second-derivative-of-segment-product-with-two-zeros": _second(_segment_products),
}
