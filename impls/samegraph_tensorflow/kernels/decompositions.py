"""TensorFlow kernels of samegraph.ops.decompositions.

TensorFlow raises for a matrix without an inverse, and answers NaN for one without a Cholesky factor. A guard must come
before, so a matrix without an inverse is replaced by one that has it.
"""

from __future__ import annotations

import tensorflow as tf


def is_positive_definite(a):
    return tf.reduce_all(tf.math.is_finite(cholesky(a)))


def is_invertible(a):
    return tf.reduce_all(tf.math.is_finite(tf.linalg.slogdet(a)[1]))


def cholesky(a):
    return tf.linalg.cholesky((a + tf.linalg.matrix_transpose(a)) * 0.5)


def matrix_inverse(a, adjoint=False):
    return tf.linalg.inv(_harmless(a), adjoint=adjoint)


def matrix_solve(a, rhs, adjoint=False):
    return tf.linalg.solve(_harmless(a), rhs, adjoint=adjoint)


def matrix_triangular_solve(a, rhs, lower=True, adjoint=False):
    diagonal = tf.linalg.diag_part(a)
    a = tf.linalg.set_diag(a, tf.where(diagonal == 0, tf.ones_like(diagonal), diagonal))
    return tf.linalg.triangular_solve(tf.linalg.band_part(a, *((-1, 0) if lower else (0, -1))), rhs, lower, adjoint)


def matrix_determinant(a):
    return tf.linalg.det(a)


def log_matrix_determinant(a):
    return tuple(tf.linalg.slogdet(a))


def _harmless(a):
    return tf.where(is_invertible(a), a, tf.eye(tf.shape(a)[-1], dtype=a.dtype))
