"""TensorFlow kernels of samegraph.ops.conditions."""

from __future__ import annotations

import tensorflow as tf


def checked(x, ok, message):
    return tf.identity(x)


def ensure_shape(x, shape):
    return tf.ensure_shape(x, shape)
