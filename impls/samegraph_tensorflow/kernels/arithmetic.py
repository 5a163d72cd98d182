"""TensorFlow kernels of samegraph.ops.arithmetic."""

from __future__ import annotations

import tensorflow as tf


def add(x, y):
    return tf.add(x, y)


def sub(x, y):
    return tf.subtract(x, y)


def mul(x, y):
    return tf.multiply(x, y)


def negative(x):
    return tf.negative(x)


def tanh(x):
    return tf.tanh(x)
