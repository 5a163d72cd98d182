"""TensorFlow kernels of samegraph.ops.diagonals."""

from __future__ import annotations

import tensorflow as tf


def matrix_diag(diagonal, k=0):
    return tf.linalg.diag(diagonal, k=k)


def matrix_diag_part(x, k=0):
    return tf.linalg.diag_part(x, k=k)


def matrix_set_diag(x, diagonal, k=0):
    return tf.linalg.set_diag(x, diagonal, k=k)


def matrix_band_part(x, num_lower, num_upper):
    return tf.linalg.band_part(x, num_lower, num_upper)
