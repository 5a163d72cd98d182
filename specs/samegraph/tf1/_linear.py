"""Products and quotients that TF1 has at its top alone."""

from __future__ import annotations

from typing import Any

from ..composed import linalg as _linalg
from ..composed import reductions as _reductions
from ..composed.linalg import tensordot
from ..graph import Tensor
from ..op import as_tensor
from ..registry import OPS
from ..types import FLOATS, INT64
from ._maths import argmax, argmin, floordiv, multiply, negative, subtract
from ._table import binary, renamed

__all__ = [
    "arg_max",
    "arg_min",
    "div",
    "div_no_nan",
    "floor_div",
    "matmul",
    "matrix_transpose",
    "mul",
    "neg",
    "norm",
    "realdiv",
    "sub",
    "tensordot",
    "truncatediv",
    "truncatemod",
]

mul, sub, neg = multiply, subtract, negative  # their names before TensorFlow 1.0
realdiv = binary("truediv", "realdiv")
div_no_nan = binary("divide_no_nan", "div_no_nan")
floor_div = floordiv
truncatediv = binary("truncatediv")
truncatemod = binary("truncatemod")


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """x / y as Python 2 divided: integers rounded down (TF1: tf.div)."""
    a = as_tensor(x)
    return OPS["truediv" if a.dtype in FLOATS else "floordiv"](a, y, name=name or "div")


def arg_max(input: Any, dimension: Any, output_type: Any = INT64, name: str | None = None) -> Tensor:
    """The index of the first greatest element along `dimension` (TF1: tf.arg_max)."""
    return argmax(input, dimension, name, output_type=output_type)


def arg_min(input: Any, dimension: Any, output_type: Any = INT64, name: str | None = None) -> Tensor:
    """The index of the first least element along `dimension` (TF1: tf.arg_min)."""
    return argmin(input, dimension, name, output_type=output_type)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The matrix product over the last two axes (TF1: tf.matmul). Real numbers: adjoint is transpose; sparse is a hint.

    ValueError for shapes that do not fit, and for both transpose and adjoint.
    """
    for transposed, adjoint, which in ((transpose_a, adjoint_a, "a"), (transpose_b, adjoint_b, "b")):
        if transposed and adjoint:
            raise ValueError(f"Only one of transpose_{which} and adjoint_{which} can be True.")
    return OPS["matmul"](a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b, name=name)


def matrix_transpose(a: Any, name: str | None = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """The last two axes swapped (TF1: tf.matrix_transpose). Real numbers are their own conjugates."""
    return _linalg.matrix_transpose(a, name)


def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """The norm of vectors along `axis`, or of matrices along a pair of axes (TF1: tf.norm). keep_dims: keepdims's old name.

    ord: "euclidean", 1, 2, infinity or a positive number; for matrices "euclidean", "fro", 1 or infinity; else ValueError.
    """
    return _reductions.norm(tensor, ord, axis, bool(renamed("keepdims", keepdims, "keep_dims", keep_dims)), name)
