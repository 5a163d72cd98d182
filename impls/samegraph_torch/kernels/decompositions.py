"""PyTorch kernels of samegraph.ops.decompositions, by the functions that report a failure instead of raising it."""

from __future__ import annotations

import torch


def is_positive_definite(a):
    factor, info = torch.linalg.cholesky_ex(_symmetric(a))
    return (info == 0).all() & torch.isfinite(factor).all()


def is_invertible(a):
    return torch.isfinite(torch.linalg.slogdet(a)[1]).all()


def cholesky(a):
    return torch.linalg.cholesky_ex(_symmetric(a))[0]


def matrix_inverse(a, adjoint=False):
    return torch.linalg.inv_ex(a.mT if adjoint else a)[0]


def matrix_solve(a, rhs, adjoint=False):
    return torch.linalg.solve_ex(a.mT if adjoint else a, rhs)[0]


def matrix_triangular_solve(a, rhs, lower=True, adjoint=False):
    triangle = torch.tril(a) if lower else torch.triu(a)
    return torch.linalg.solve_triangular(triangle.mT if adjoint else triangle, rhs, upper=lower == adjoint)


def matrix_determinant(a):
    return torch.linalg.det(a)


def log_matrix_determinant(a):
    return tuple(torch.linalg.slogdet(a))


def _symmetric(a):
    return (a + a.mT) * 0.5
