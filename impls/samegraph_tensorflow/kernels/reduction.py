"""TensorFlow kernels of samegraph.ops.reduction."""

from __future__ import annotations

import tensorflow as tf


def expand_axes(x, axes):
    for axis in axes:
        x = tf.expand_dims(x, axis)
    return x


def reduce_sum(x, axis=None, keepdims=False):
    return tf.reduce_sum(x, axis, keepdims)


def reduce_any(x, axis=None, keepdims=False):
    return tf.reduce_any(x, axis, keepdims)


def reduce_all(x, axis=None, keepdims=False):
    return tf.reduce_all(x, axis, keepdims)
