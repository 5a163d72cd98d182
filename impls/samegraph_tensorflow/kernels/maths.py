"""TensorFlow kernels of samegraph.ops.maths."""

from __future__ import annotations

import tensorflow as tf

from .broadcasting import sum_to_like


def _not_zero(y):
    """Integer divisors without the zeros that fail the run anyway."""
    return tf.where(tf.equal(y, 0), tf.ones_like(y), y)


def truediv(x, y):
    return tf.truediv(x, y)


def floordiv(x, y):
    return tf.math.floordiv(x, y if x.dtype.is_floating else _not_zero(y))


def mod(x, y):
    return tf.math.floormod(x, y if x.dtype.is_floating else _not_zero(y))


def pow_(x, y):
    if not x.dtype.is_floating:
        return tf.pow(x, tf.maximum(y, tf.zeros_like(y)))
    return _pow(tf.convert_to_tensor(x), tf.convert_to_tensor(y))


@tf.custom_gradient
def _pow(x, y):
    """0 in x at 0 ** 0, where TensorFlow says NaN."""

    def slopes(g):
        base = tf.where(tf.equal(x, 0) & tf.equal(y, 0), tf.ones_like(x), x)
        log_x = tf.math.log(tf.where(x > 0, x, tf.ones_like(x)))
        return sum_to_like(g * (y * _pow(base, y - 1)), x), sum_to_like(g * (_pow(x, y) * log_x), y)

    return tf.pow(x, y), slopes


def divide_no_nan(x, y):
    return tf.math.divide_no_nan(x, y)


def reciprocal(x):
    return tf.math.reciprocal(x)


def abs_(x):
    return tf.abs(x)


def sign(x):
    return tf.sign(x)


def square(x):
    return tf.square(x)


def squared_difference(x, y):
    return tf.math.squared_difference(x, y)


def sqrt(x):
    return tf.sqrt(x)


def rsqrt(x):
    return tf.math.rsqrt(x)


def exp(x):
    return tf.exp(x)


def expm1(x):
    return tf.math.expm1(x)


def log(x):
    return tf.math.log(x)


def log1p(x):
    return tf.math.log1p(x)


def sin(x):
    return tf.sin(x)


def cos(x):
    return tf.cos(x)


def tan(x):
    return tf.tan(x)


def erf(x):
    # TensorFlow 2.21 says NaN for an infinite float64
    return tf.math.erf(tf.clip_by_value(x, -30, 30))


def sigmoid(x):
    return tf.sigmoid(x)


def softplus(x):
    return tf.math.softplus(x)


def maximum(x, y):
    return tf.maximum(x, y)


def minimum(x, y):
    return tf.minimum(x, y)


def clip_by_value(x, low, high):
    return tf.maximum(tf.minimum(x, high), low)


def floor(x):
    return tf.floor(x)


def ceil(x):
    return tf.math.ceil(x)


def round_(x):
    return tf.round(x)


def is_nan(x):
    return tf.math.is_nan(x)


def is_inf(x):
    return tf.math.is_inf(x)


def is_finite(x):
    return tf.math.is_finite(x)
