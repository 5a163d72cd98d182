"""TensorFlow kernels of samegraph.ops.special."""

from __future__ import annotations

import tensorflow as tf


def erfc(x):
    return tf.math.erfc(x)


def lgamma(x):
    return tf.cast(tf.math.lgamma(_wide(x)), x.dtype)


def digamma(x):
    return tf.cast(tf.math.digamma(_wide(x)), x.dtype)


def polygamma(a, x):
    return tf.cast(tf.math.polygamma(_wide(tf.stop_gradient(a)), _wide(x)), x.dtype)


def zeta(x, q):
    return tf.cast(tf.math.zeta(_wide(tf.stop_gradient(x)), _wide(q)), q.dtype)


def _wide(x):
    """TensorFlow has zeta and polygamma in 32 and 64 bits only; in bfloat16 its lgamma and digamma are rough."""
    return x if x.dtype == tf.float64 else tf.cast(x, tf.float32)


def xlogy(x, y):
    constant = tf.equal(x, 0) & ~((y > 0) & tf.math.is_finite(y))
    product = x * tf.math.log(tf.where(constant, tf.ones_like(y), y))
    return tf.where(constant, tf.zeros_like(product), product)


def xdivy(x, y):
    none = tf.equal(x, 0) & (tf.equal(y, 0) | tf.math.is_nan(y))
    quotient = x / tf.where(none, tf.ones_like(y), y)
    return tf.where(none, tf.zeros_like(quotient), quotient)


def bessel_i0e(x):
    return tf.cast(tf.math.bessel_i0e(_wide(x)), x.dtype)


def bessel_i1e(x):
    return tf.cast(tf.math.bessel_i1e(_wide(x)), x.dtype)
