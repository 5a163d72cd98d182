"""TensorFlow kernels of samegraph.ops.truncation."""

from __future__ import annotations

import tensorflow as tf

from .broadcasting import sum_to_like
from .maths import _not_zero


def truncatediv(x, y):
    return tf.truncatediv(x, _not_zero(y))


def truncatemod(x, y):
    if not x.dtype.is_floating:
        return tf.truncatemod(x, _not_zero(y))
    return _truncatemod(tf.convert_to_tensor(x), tf.convert_to_tensor(y))


@tf.custom_gradient
def _truncatemod(x, y):
    """TensorFlow defines no gradient."""

    def slopes(g):
        quotient = x / y
        whole = tf.where(quotient < 0, tf.math.ceil(quotient), tf.floor(quotient))
        return sum_to_like(g, x), sum_to_like(g * -whole, y)

    wide = x.dtype if x.dtype == tf.float64 else tf.float32  # of the floats TensorFlow has these two
    return tf.cast(tf.truncatemod(tf.cast(x, wide), tf.cast(y, wide)), x.dtype), slopes
