"""TensorFlow kernels of samegraph.ops.statistics."""

from __future__ import annotations

import tensorflow as tf

from .scans import product_of_others


def reduce_mean(x, axis=None, keepdims=False):
    return tf.reduce_mean(x, axis, keepdims)


def reduce_max(x, axis=None, keepdims=False):
    return tf.reduce_max(x, axis, keepdims)


def reduce_min(x, axis=None, keepdims=False):
    return tf.reduce_min(x, axis, keepdims)


def reduce_prod(x, axis=None, keepdims=False):
    if not x.dtype.is_floating:
        return tf.reduce_prod(x, axis, keepdims)
    x = tf.convert_to_tensor(x)
    axes = range(x.shape.rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    for a in axes:
        x = _prod(x, a)
    return x if keepdims else tf.squeeze(x, list(axes)) if axes else x


def _prod(x, axis):
    """The product along an axis, kept. TensorFlow's own second derivative is wrong at zeros."""

    @tf.custom_gradient
    def run(x):
        return tf.reduce_prod(x, axis, True), lambda g: g * product_of_others(x, axis)

    return run(x)


def reduce_logsumexp(x, axis=None, keepdims=False):
    return tf.reduce_logsumexp(x, axis, keepdims)


def argmax(x, axis=0, output_type="int64"):
    return tf.argmax(x, axis, output_type)


def argmin(x, axis=0, output_type="int64"):
    return tf.argmin(x, axis, output_type)
