"""TensorFlow kernels of samegraph.ops.comparison."""

from __future__ import annotations

import tensorflow as tf


def equal(x, y):
    return tf.equal(x, y)


def not_equal(x, y):
    return tf.not_equal(x, y)


def less(x, y):
    return tf.less(x, y)


def less_equal(x, y):
    return tf.less_equal(x, y)


def greater(x, y):
    return tf.greater(x, y)


def greater_equal(x, y):
    return tf.greater_equal(x, y)


def logical_and(x, y):
    return tf.logical_and(x, y)


def logical_or(x, y):
    return tf.logical_or(x, y)


def logical_xor(x, y):
    return tf.math.logical_xor(x, y)


def logical_not(x):
    return tf.logical_not(x)


def where(condition, x, y):
    return tf.where(condition, x, y)
