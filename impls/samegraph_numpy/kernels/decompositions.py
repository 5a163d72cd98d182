"""NumPy kernels of samegraph.ops.decompositions. Where NumPy raises, NaN: the op's guard has the word."""

from __future__ import annotations

import numpy as np


def is_positive_definite(a):
    return np.isfinite(cholesky(a)).all()


def is_invertible(a):
    return np.isfinite(np.linalg.slogdet(a)[1]).all()


def cholesky(a):
    return _or_nan(np.linalg.cholesky, a, (a + a.swapaxes(-1, -2)) * a.dtype.type(0.5))


def matrix_inverse(a, adjoint=False):
    return _or_nan(np.linalg.inv, a, a.swapaxes(-1, -2) if adjoint else a)


def matrix_solve(a, rhs, adjoint=False):
    return _or_nan(np.linalg.solve, rhs, a.swapaxes(-1, -2) if adjoint else a, rhs)


def matrix_triangular_solve(a, rhs, lower=True, adjoint=False):
    return matrix_solve(np.tril(a) if lower else np.triu(a), rhs, adjoint)


def matrix_determinant(a):
    return np.asarray(np.linalg.det(a))


def cofactors(a):
    u, s, vt = np.linalg.svd(a)
    others = np.where(np.eye(s.shape[-1], dtype=bool), s.dtype.type(1), s[..., np.newaxis, :]).prod(-1)
    sign = np.asarray(np.linalg.det(u) * np.linalg.det(vt))
    return sign[..., np.newaxis, np.newaxis] * ((u * others[..., np.newaxis, :]) @ vt)


def log_matrix_determinant(a):
    sign, log = np.linalg.slogdet(a)
    return np.asarray(sign), np.asarray(log)


def _or_nan(compute, like, *operands):
    try:
        return compute(*operands)
    except np.linalg.LinAlgError:
        return np.full_like(like, np.nan)
