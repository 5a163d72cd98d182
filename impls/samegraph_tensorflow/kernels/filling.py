"""TensorFlow kernels of samegraph.ops.filling."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def fill(dims, value):
    return tf.fill(tf.constant(dims, tf.int32), value)


def sequence(start, delta, count):
    return start + tf.cast(tf.range(count), start.dtype) * delta


def linspace(start, stop, num):
    share = tf.cast(np.linspace(0.0, 1.0, num), start.dtype)
    return start * (1 - share) + stop * share


def one_hot(indices, on_value, off_value, depth, axis=-1):
    return tf.one_hot(indices, depth, on_value, off_value, axis % (indices.shape.rank + 1))
