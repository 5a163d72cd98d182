"""TensorFlow kernels of samegraph.ops.special."""

from __future__ import annotations

import tensorflow as tf


def erfc(x):
    return tf.math.erfc(x)


def lgamma(x):
    return tf.math.lgamma(x)


def digamma(x):
    return tf.math.digamma(x)


def polygamma(a, x):
    return tf.cast(tf.math.polygamma(_wide(tf.stop_gradient(a)), _wide(x)), x.dtype)


def zeta(x, q):
    return tf.cast(tf.math.zeta(_wide(tf.stop_gradient(x)), _wide(q)), q.dtype)


def _wide(x):
    """TensorFlow's zeta has 32 and 64 bits only."""
    return x if x.dtype == tf.float64 else tf.cast(x, tf.float32)


def xlogy(x, y):
    constant = tf.equal(x, 0) & ~((y > 0) & tf.math.is_finite(y))
    product = x * tf.math.log(tf.where(constant, tf.ones_like(y), y))
    return tf.where(constant, tf.zeros_like(product), product)


def xdivy(x, y):
    none = tf.equal(x, 0) & (tf.equal(y, 0) | tf.math.is_nan(y))
    quotient = x / tf.where(none, tf.ones_like(y), y)
    return tf.where(none, tf.zeros_like(quotient), quotient)
