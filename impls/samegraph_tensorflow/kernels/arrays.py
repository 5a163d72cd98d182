"""TensorFlow kernels of samegraph.ops.arrays."""

from __future__ import annotations

import tensorflow as tf


def identity(x):
    return tf.identity(x)


def stack(*values, axis=0):
    return tf.stack(values, axis)


def unstack(value, num, axis=0):
    return tuple(tf.unstack(value, num, axis))


def owned(x):
    return tf.identity(x)


def reshape(x, shape):
    return tf.reshape(x, shape)


def expand_dims(x, axis):
    return tf.expand_dims(x, axis)


def squeeze(x, axis=None):
    return x if axis == () else tf.squeeze(x, axis)


def concat(*values, axis):
    return tf.concat(values, axis)


def split_like(x, *likes, axis):
    return tuple(tf.split(x, tf.stack([tf.shape(like)[axis] for like in likes]), axis, num=len(likes)))


def split(value, num_or_size_splits, axis=0):
    return tuple(tf.split(value, num_or_size_splits, axis))


def reverse(x, axis):
    return tf.reverse(x, [axis] if isinstance(axis, int) else tf.constant(axis, tf.int32))


def broadcast_to(x, shape):
    return tf.broadcast_to(x, tf.constant(shape, tf.int32))


def cast(x, dtype):
    return tf.cast(x, dtype)


def stop_gradient(x):
    return tf.stop_gradient(x)


def check_numerics(x, message):
    return tf.identity(x)


def all_finite(x):
    return tf.reduce_all(tf.math.is_finite(x))


def shape(x, out_type="int32"):
    return tf.shape(x, out_type=tf.as_dtype(out_type))


def size(x, out_type="int32"):
    return tf.size(x, out_type=tf.as_dtype(out_type))


def rank(x):
    return tf.rank(x)
