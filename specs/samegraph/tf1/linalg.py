"""tf.linalg: linear algebra."""

from __future__ import annotations

from ._absent import absent
from ._arrays import eye
from ._linear import matmul, matrix_transpose, norm, tensordot
from ._matrices import (
    adjoint,
    cholesky,
    cholesky_solve,
    cross,
    diag,
    diag_part,
    einsum,
    logdet,
    matrix_band_part,
    matrix_determinant,
    matrix_diag,
    matrix_diag_part,
    matrix_inverse,
    matrix_set_diag,
    matrix_solve,
    matrix_triangular_solve,
    slogdet,
    trace,
)
from .nn import l2_normalize

band_part, det, inv, set_diag = matrix_band_part, matrix_determinant, matrix_inverse, matrix_set_diag
solve, triangular_solve, transpose = matrix_solve, matrix_triangular_solve, matrix_transpose
tensor_diag, tensor_diag_part = diag, diag_part
diag, diag_part = matrix_diag, matrix_diag_part

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "einsum",
    "eye",
    "inv",
    "l2_normalize",
    "logdet",
    "matmul",
    "norm",
    "set_diag",
    "slogdet",
    "solve",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
]

__getattr__ = absent(__name__)
