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
    return _determinant(a)


@tf.custom_gradient
def _determinant(a):
    """tf.linalg.det, whose own gradient raises for a singular matrix."""
    return tf.linalg.det(a), lambda g: g[..., None, None] * _cofactors(a)


def cofactors(a):
    return _cofactors(a)


@tf.custom_gradient
def _cofactors(a):
    """By singular values, whose own gradient is NaN where two are equal."""
    s, u, v = tf.linalg.svd(a)
    others = tf.reduce_prod(tf.where(tf.eye(tf.shape(s)[-1]) > 0, tf.ones_like(s)[..., None, :], s[..., None, :]), -1)
    sign = tf.linalg.det(u) * tf.linalg.det(v)

    def gradient(g):
        inverse = matrix_inverse(a, adjoint=True)
        along = tf.reduce_sum(g * inverse, [-2, -1], keepdims=True) * _cofactors(a)
        turned = inverse @ tf.matmul(g, inverse, transpose_a=True)
        return along - _determinant(a)[..., None, None] * turned

    return sign[..., None, None] * tf.matmul(u * others[..., None, :], v, transpose_b=True), gradient


def log_matrix_determinant(a):
    return tuple(tf.linalg.slogdet(a))


def _harmless(a):
    return tf.where(is_invertible(a), a, tf.eye(tf.shape(a)[-1], dtype=a.dtype))
