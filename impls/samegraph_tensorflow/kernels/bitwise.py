"""TensorFlow kernels of samegraph.ops.bitwise."""

from __future__ import annotations

import tensorflow as tf


def bitwise_and(x, y):
    return tf.bitwise.bitwise_and(x, y)


def bitwise_or(x, y):
    return tf.bitwise.bitwise_or(x, y)


def bitwise_xor(x, y):
    return tf.bitwise.bitwise_xor(x, y)


def invert(x):
    return tf.bitwise.invert(x)


def left_shift(x, y):
    return tf.bitwise.left_shift(x, y)


def right_shift(x, y):
    return tf.bitwise.right_shift(x, y)


def bitcast(x, type):
    return tf.bitcast(x, tf.as_dtype(type))
