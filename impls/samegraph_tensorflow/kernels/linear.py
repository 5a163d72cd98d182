"""TensorFlow kernels of samegraph.ops.linear."""

from __future__ import annotations

import tensorflow as tf


def matmul(a, b, transpose_a=False, transpose_b=False):
    return tf.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def transpose(x, perm=None):
    return tf.transpose(x, perm)
