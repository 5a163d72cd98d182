"""TensorFlow kernels of samegraph.ops.broadcasting."""

from __future__ import annotations

import tensorflow as tf


def broadcast_like(x, like):
    return tf.broadcast_to(x, tf.shape(like))


def sum_to_like(x, like):
    if x.shape.is_fully_defined() and x.shape == like.shape:
        return x  # six nodes fewer to trace for every gradient of an addition
    axes, _ = tf.raw_ops.BroadcastGradientArgs(s0=tf.shape(like), s1=tf.shape(x))
    return tf.reshape(tf.reduce_sum(x, axes), tf.shape(like))


def reshape_like(x, like):
    return tf.reshape(x, tf.shape(like))


def zeros_like(x):
    return tf.zeros_like(x)


def ones_like(x):
    return tf.ones_like(x)


def size_ratio(whole, part):
    a, b = (tf.cast(tf.size(t), whole.dtype) for t in (whole, part))
    return tf.where(tf.equal(a, b), tf.ones_like(a), a / b)
