"""JAX kernels of samegraph.ops.decompositions."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def is_positive_definite(a):
    return jnp.isfinite(cholesky(a)).all()


def is_invertible(a):
    return jnp.isfinite(jnp.linalg.slogdet(a)[1]).all()


def cholesky(a):
    return jnp.linalg.cholesky(a, symmetrize_input=True)


def matrix_inverse(a, adjoint=False):
    return jnp.linalg.inv(a.swapaxes(-1, -2) if adjoint else a)


def matrix_solve(a, rhs, adjoint=False):
    return jnp.linalg.solve(a.swapaxes(-1, -2) if adjoint else a, rhs)


def matrix_triangular_solve(a, rhs, lower=True, adjoint=False):
    return jax.lax.linalg.triangular_solve(a, rhs, left_side=True, lower=lower, transpose_a=adjoint)


def matrix_determinant(a):
    if a.shape[-1] == 0:  # jnp.linalg.det fails (JAX 0.10)
        return jnp.ones(a.shape[:-2], a.dtype)
    return jnp.linalg.det(a)


def cofactors(a):
    return jax.vjp(matrix_determinant, a)[1](jnp.ones(a.shape[:-2], a.dtype))[0]


def log_matrix_determinant(a):
    return tuple(jnp.linalg.slogdet(a))
