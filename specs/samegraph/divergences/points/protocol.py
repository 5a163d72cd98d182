"""What is answered when a gradient is asked for."""

from __future__ import annotations

import numpy as np

import samegraph.tf1 as tf

from ..point import Point, Section, arrays, asks, slope

TF1 = "TensorFlow 1 decides"
INTS = TF1 + ": integers have no gradient, which is None, with a warning where it is asked for"


def _embedding(table):  # type: ignore[no-untyped-def]
    return tf.gradients(tf.gather(table, [0, 0, 2]), table)[0]


def _second(x):  # type: ignore[no-untyped-def]
    first = tf.gradients(tf.square(tf.nn.relu(x)), x)[0]
    return first, tf.gradients(first, x)[0]


def _second_of_product(x):  # type: ignore[no-untyped-def]
    first = tf.gradients(tf.reduce_prod(x), x)[0]
    return first, tf.gradients(first, x)[0]


def _second_of_segment_product(x):  # type: ignore[no-untyped-def]
    first = tf.gradients(tf.unsorted_segment_prod(x, [0, 0, 1], 2), x)[0]
    return first, tf.gradients(first, x)[0]


SECTION = Section(
    "protocol",
    "What is answered when a gradient is asked for",
    (
        asks(
            "gradient-unconnected",
            "gradients of x * x with respect to x = 1 and an unconnected z",
            [1.0, 2.0],
            lambda x, z: tuple(tf.gradients(x * x, [x, z])),
            why=TF1 + ": None, or zeros if asked",
        ),
        slope(
            "gradient-of-vector",
            "gradient of [x, 2x] at 1",
            [1.0],
            lambda x: tf.stack([x, 2 * x]),
            why=TF1 + ": the gradient of the sum",
        ),
        asks(
            "gradient-of-list",
            "gradient of [x * x, 3x] at 2",
            [2.0],
            lambda x: tf.gradients([x * x, 3 * x], x),
            why=TF1 + ": the gradient of the sum",
        ),
        asks(
            "gradient-of-int-twice",
            "gradient of x * 1 * x with respect to another int32 x of the same value",
            [2],
            lambda x: tf.gradients(x * 1 * x, [tf.constant(2)]),
            "int32",
            why=INTS,
        ),
        asks(
            "gradient-of-int",
            "gradient of x * x with respect to an int32 x",
            [2],
            lambda x: tf.gradients(x * x, [x]),
            "int32",
            why=INTS,
        ),
        slope(
            "gradient-through-cast",
            "gradient of float(int(x)) * x at 2.7",
            [2.7],
            lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32) * x,
            op="cast",
            why="the cast passes nothing, the product does",
        ),
        slope(
            "gradient-of-cast-alone",
            "gradient of float(int(x)) at 2.7",
            [2.7],
            lambda x: tf.cast(tf.cast(x, tf.int32), tf.float32),
            op="cast",
            why=TF1 + ": not connected",
        ),
        Point(
            "gradient-of-table",
            "gradient of a table of 3 rows of which 0, 0 and 2 were gathered",
            arrays([np.ones((3, 1))]),
            _embedding,
            op="gather",
            why=TF1 + ": IndexedSlices, with the ids as they came",
        ),
        asks(
            "second-derivative-of-relu-squared",
            "first and second derivative of relu(x)^2 at 0",
            [0.0],
            _second,
            op="relu",
            why="0, the middle of neither side: relu'(0) = 0 taken twice",
        ),
        asks(
            "second-derivative-of-product",
            "the gradient of the product of [2, 0, 3], and the gradient of its sum",
            [[2.0, 0.0, 3.0]],
            _second_of_product,
            op="reduce_prod",
            why="mathematics decides: [3, 5, 2], sums of products of the others",
        ),
        asks(
            "second-derivative-of-segment-product",
            "the gradient of the segment products of [0, 2, 3], the first two in one segment, and the gradient of its sum",
            [[0.0, 2.0, 3.0]],
            _second_of_segment_product,
            op="unsorted_segment_prod",
            why="mathematics decides: [1, 1, 0], products of all others but two",
        ),
        asks(
            "second-derivative-of-segment-product-with-two-zeros",
            "the gradient of the segment products of [0, 0, 3], the first two in one segment, and the gradient of its sum",
            [[0.0, 0.0, 3.0]],
            _second_of_segment_product,
            op="unsorted_segment_prod",
            why="mathematics decides: [1, 1, 0], products of all others but two",
        ),
    ),
)
