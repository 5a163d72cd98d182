"""TensorFlow kernels of samegraph.ops.diagonals."""

from __future__ import annotations

import tensorflow as tf


def matrix_diag(diagonal, k=0):
    """TensorFlow's own k refuses the gradient of an empty diagonal."""
    below, above = max(-k, 0), max(k, 0)
    main = tf.linalg.diag(diagonal)
    return tf.pad(main, [[0, 0]] * (main.shape.rank - 2) + [[below, above], [above, below]])


def matrix_diag_part(x, k=0):
    return tf.linalg.diag_part(x, k=k)


def matrix_set_diag(x, diagonal, k=0):
    return tf.linalg.set_diag(x, diagonal, k=k)


def matrix_band_part(x, num_lower, num_upper):
    """TensorFlow refuses a band wider than the matrix."""
    rows, columns = tf.unstack(tf.shape(x)[-2:])
    return tf.linalg.band_part(x, tf.minimum(num_lower, rows), tf.minimum(num_upper, columns))
