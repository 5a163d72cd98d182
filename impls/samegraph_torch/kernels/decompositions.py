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
    return _Determinant.apply(a)


class _Determinant(torch.autograd.Function):
    """torch.linalg.det, whose own gradient is 0 for a singular matrix (PyTorch 2.13)."""

    @staticmethod
    def forward(a):
        return torch.linalg.det(a)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, g):
        return _spread(g) * _Cofactors.apply(ctx.saved_tensors[0])


def cofactors(a):
    return _Cofactors.apply(a)


class _Cofactors(torch.autograd.Function):
    """By singular values, whose own gradient is NaN where two are equal."""

    @staticmethod
    def forward(a):
        u, s, vt = torch.linalg.svd(a)
        own = torch.eye(s.shape[-1], dtype=torch.bool, device=s.device)
        others = torch.where(own, torch.ones((), dtype=s.dtype, device=s.device), s.unsqueeze(-2)).prod(-1)
        sign = torch.linalg.det(u) * torch.linalg.det(vt)
        return _spread(sign) * ((u * others.unsqueeze(-2)) @ vt)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        inverse = matrix_inverse(a, adjoint=True)
        along = (g * inverse).sum((-2, -1), keepdim=True) * _Cofactors.apply(a)
        return along - _spread(_Determinant.apply(a)) * (inverse @ g.mT @ inverse)


def log_matrix_determinant(a):
    return tuple(torch.linalg.slogdet(a))


def _symmetric(a):
    return (a + a.mT) * 0.5


def _spread(t):
    """One number a matrix, to be broadcast over it."""
    return t.unsqueeze(-1).unsqueeze(-1)
