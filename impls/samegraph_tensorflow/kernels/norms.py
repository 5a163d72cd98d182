"""TensorFlow kernels of samegraph.ops.norms."""

from __future__ import annotations

import tensorflow as tf


def reduce_euclidean_norm(x, axis=None, keepdims=False):
    # the root is not taken of 0, where its slope is infinite
    total = tf.reduce_sum(tf.square(x), axis, keepdims)
    none = tf.equal(total, 0)
    return tf.where(none, tf.zeros_like(total), tf.sqrt(tf.where(none, tf.ones_like(total), total)))
