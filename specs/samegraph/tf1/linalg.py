"""tf.linalg: linear algebra."""

from __future__ import annotations

from ._absent import absent
from ._arrays import eye
from ._linear import matmul, matrix_transpose, norm, tensordot
from .nn import l2_normalize

transpose = matrix_transpose

__all__ = ["eye", "l2_normalize", "matmul", "norm", "tensordot", "transpose"]

__getattr__ = absent(__name__)
