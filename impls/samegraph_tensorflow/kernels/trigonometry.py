"""TensorFlow kernels of samegraph.ops.trigonometry."""

from __future__ import annotations

import tensorflow as tf


def asin(x):
    return tf.math.asin(x)


def acos(x):
    return tf.math.acos(x)


def atan(x):
    return tf.math.atan(x)


def atan2(y, x):
    return tf.math.atan2(y, x)


def sinh(x):
    return tf.math.sinh(x)


def cosh(x):
    return tf.math.cosh(x)


def asinh(x):
    return tf.math.asinh(x)


def acosh(x):
    return tf.math.acosh(x)


def atanh(x):
    return tf.math.atanh(x)
