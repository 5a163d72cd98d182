"""TensorFlow kernels of samegraph.ops.padding."""

from __future__ import annotations

import numpy as np
import tensorflow as tf


def tile(x, multiples):
    return tf.tile(x, tf.constant(multiples, tf.int32))


def sum_tiles_like(x, multiples, like):
    sizes = tf.reshape(tf.stack([tf.constant(multiples, tf.int32), tf.shape(like)], 1), [-1])
    return tf.reduce_sum(tf.reshape(x, sizes), list(range(0, 2 * len(multiples), 2)))


def pad(x, paddings, mode="CONSTANT", constant_values=0):
    return tf.pad(x, _pairs(paddings), mode, tf.cast(constant_values, x.dtype))


def unmirror_like(x, paddings, like, mode):
    return tf.raw_ops.MirrorPadGrad(input=x, paddings=_pairs(paddings), mode=mode)


def _pairs(paddings):
    # an odd number is NumPy's ValueError: TensorFlow raises TypeError, as for a fault of the kernel itself
    return tf.constant(np.asarray(paddings, np.int32).reshape(-1, 2))
