"""Linear algebra: what TF1 has both at its top and in tf.linalg, where some of it has a shorter name."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from ..composed import einsum as _einsum
from ..composed import linalg as _linalg
from ..graph import Tensor
from ..registry import OPS

__all__ = [
    "cholesky",
    "cholesky_solve",
    "cross",
    "diag",
    "diag_part",
    "einsum",
    "matrix_band_part",
    "matrix_determinant",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_inverse",
    "matrix_set_diag",
    "matrix_solve",
    "matrix_triangular_solve",
    "trace",
]

# Diagonals --------------------------------------------------------------------------------------------------------------


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Zeros but for `diagonal` where both halves of an index are equal (TF1: tf.diag)."""
    return OPS["diag"](diagonal, name=name)


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The elements at which both halves of the index are equal (TF1: tf.diag_part). ValueError for an odd rank."""
    return OPS["diag_part"](input, name=name)


def _one_diagonal(k: Any, padding_value: Any = 0, num_rows: Any = -1, num_cols: Any = -1) -> int:
    if not isinstance(k, int) or padding_value != 0 or num_rows != -1 or num_cols != -1:
        raise ValueError(
            "samegraph has one diagonal at a time (k an int), of the smallest square matrices that hold it, among zeros"
        )
    return k


def matrix_diag(
    diagonal: Any,
    name: str | None = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Square matrices with `diagonal` as the k-th diagonal (TF1: tf.matrix_diag). ValueError for what is not of that kind."""
    return OPS["matrix_diag"](diagonal, k=_one_diagonal(k, padding_value, num_rows, num_cols), name=name)


def matrix_diag_part(input: Any, name: str | None = "diag_part", k: Any = 0, padding_value: Any = 0) -> Tensor:
    """The k-th diagonal of each matrix (TF1: tf.matrix_diag_part). ValueError for several diagonals."""
    return OPS["matrix_diag_part"](input, k=_one_diagonal(k, padding_value), name=name)


def matrix_set_diag(input: Any, diagonal: Any, name: str | None = "set_diag", k: Any = 0) -> Tensor:
    """The matrices with another k-th diagonal (TF1: tf.matrix_set_diag). ValueError for several diagonals."""
    return OPS["matrix_set_diag"](input, diagonal, k=_one_diagonal(k), name=name)


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """The band from num_lower diagonals below to num_upper above the main one, -1 for all (TF1: tf.matrix_band_part)."""
    return OPS["matrix_band_part"](input, num_lower=num_lower, num_upper=num_upper, name=name)


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of each matrix's main diagonal (TF1: tf.trace)."""
    return OPS["trace"](x, name=name)


# Equations --------------------------------------------------------------------------------------------------------------


def cholesky(input: Any, name: str | None = None) -> Tensor:
    """The lower triangular factor of symmetric positive definite matrices (TF1: tf.cholesky). A run fails for others."""
    return OPS["cholesky"](input, name=name)


def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """The x with A x = rhs, from the Cholesky factor of A (TF1: tf.cholesky_solve)."""
    return OPS["cholesky_solve"](chol, rhs, name=name)


def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """The determinants of matrices (TF1: tf.matrix_determinant)."""
    return OPS["matrix_determinant"](input, name=name)


def matrix_inverse(input: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverses of matrices, transposed with `adjoint` (TF1: tf.matrix_inverse). A run fails for singular ones."""
    return OPS["matrix_inverse"](input, adjoint=adjoint, name=name)


def matrix_solve(matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The x with matrix x = rhs (TF1: tf.matrix_solve). A run fails for singular matrices."""
    return OPS["matrix_solve"](matrix, rhs, adjoint=adjoint, name=name)


def matrix_triangular_solve(
    matrix: Any, rhs: Any, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """As matrix_solve, of a triangle of the matrices (TF1: tf.matrix_triangular_solve)."""
    return OPS["matrix_triangular_solve"](matrix, rhs, lower=lower, adjoint=adjoint, name=name)


# Products ---------------------------------------------------------------------------------------------------------------


def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The vector products of vectors of three elements (TF1: tf.cross)."""
    return OPS["cross"](a, b, name=name)


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """Sums of products by the axes' letters, as "ij,jk->ik" (TF1: tf.einsum). TypeError for keywords other than name."""
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"invalid keyword arguments for this function: {sorted(kwargs)}")
    return _einsum.einsum(equation, *inputs, name=name)


# Of tf.linalg alone -----------------------------------------------------------------------------------------------------


LogMatrixDeterminant = namedtuple("LogMatrixDeterminant", ["sign", "log_abs_determinant"])


def slogdet(input: Any, name: str | None = None) -> LogMatrixDeterminant:
    """The sign and the logarithm of the absolute value of determinants (TF1: tf.linalg.slogdet)."""
    return LogMatrixDeterminant(*OPS["log_matrix_determinant"](input, name=name))


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of positive definite matrices (TF1: tf.linalg.logdet)."""
    return OPS["logdet"](matrix, name=name)


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """The last two axes swapped (TF1: tf.linalg.adjoint). Real numbers are their own conjugates."""
    return _linalg.matrix_transpose(matrix, name)
