"""Diagonals and bands of the matrices in the last two axes, and the vector product."""

from __future__ import annotations

from math import prod

from ..graph import Tensor
from ..op import TensorLike, as_tensor, op
from ..registry import OPS
from ..types import EVERY, TensorType, compatible, floats, require_shape
from .arithmetic import mul, sub
from .arrays import reshape, shape
from .broadcasting import zeros_like


def require_matrices(x, what="x"):
    require_shape(x.rank >= 2, f"{what} must have rank 2 or more, got {x}")


def _diagonal_size(rows, columns, k):
    """How many elements the k-th diagonal has; ShapeError for a matrix that has no such diagonal."""
    if rows is None or columns is None:
        return None
    require_shape(-rows < k < columns or k == 0, f"a {rows} x {columns} matrix has no diagonal {k}")
    return min(rows + min(k, 0), columns - max(k, 0))


def _drawn_matrices(draw, gen):
    """(matrices, the number of one of their diagonals)."""
    x = draw(gen.floats(min_dims=2))
    return x, draw(gen.integers(1 - x.shape[-2], x.shape[-1] - 1))


@op("MatrixDiag", dtypes=EVERY)
def matrix_diag(diagonal: TensorLike, *, k: int = 0, name: str | None = None) -> Tensor:
    """Square matrices with `diagonal` [..., n] as the k-th diagonal (0: the main one, above it for k > 0), zeros elsewhere."""
    ...


@matrix_diag.type_rule
def _(diagonal, k):
    require_shape(diagonal.rank >= 1, f"diagonal must have rank 1 or more, got {diagonal}")
    n = diagonal.dims[-1]
    size = None if n is None else n + abs(k)
    return TensorType((*diagonal.dims[:-1], size, size), diagonal.dtype)


matrix_diag.refuses("diagonal must have rank 1 or more", floats())
matrix_diag.infers(floats(5, 3, 3), floats(5, 2), k=-1)
matrix_diag.infers(floats(None, None), floats(None), k=1)


@matrix_diag.vjp
def _(g, out, diagonal, k):
    if k == 0:
        return (matrix_diag_part(g),)
    # not diagonal k of g: a matrix made of an empty diagonal has no such diagonal
    return (matrix_diag_part(g[..., max(-k, 0) :, max(k, 0) :]),)


@matrix_diag.cases
def _(draw, gen):
    return (draw(gen.floats(min_dims=1)),), {"k": draw(gen.integers(-2, 2))}


matrix_diag.point(
    [1.0, 2.0], k=-1, value=[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0]], gradients=([1.0, 1.0],), why="below"
)
matrix_diag.point([], k=1, value=[[0.0]], gradients=([],), why="an empty diagonal, beside the main one")


@op("MatrixDiagPart", dtypes=EVERY)
def matrix_diag_part(x: TensorLike, *, k: int = 0, name: str | None = None) -> Tensor:
    """The k-th diagonal of each matrix (TF1: tf.matrix_diag_part)."""
    ...


@matrix_diag_part.type_rule
def _(x, k):
    require_matrices(x)
    return TensorType((*x.dims[:-2], _diagonal_size(x.dims[-2], x.dims[-1], k)), x.dtype)


matrix_diag_part.refuses("x must have rank 2 or more", floats(3))
matrix_diag_part.refuses("a 2 x 3 matrix has no diagonal 3", floats(2, 3), k=3)
matrix_diag_part.refuses("a 2 x 3 matrix has no diagonal -2", floats(2, 3), k=-2)
matrix_diag_part.infers(floats(3), floats(3, 5), k=1)
matrix_diag_part.infers(floats(1), floats(3, 5), k=4)
matrix_diag_part.infers(floats(4, 3), floats(4, 5, 3), k=-1)
matrix_diag_part.infers(floats(1), floats(5, 3), k=-4)
matrix_diag_part.infers(floats(0), floats(0, 3))
matrix_diag_part.infers(floats(None), floats(None, 3), k=7)
matrix_diag_part.infers(floats(None), floats(3, None), k=7)


@matrix_diag_part.vjp
def _(g, out, x, k):
    return (matrix_set_diag(zeros_like(x), g, k=k),)


@matrix_diag_part.cases
def _(draw, gen):
    x, k = _drawn_matrices(draw, gen)
    return (x,), {"k": k}


@op("MatrixSetDiag", dtypes=EVERY)
def matrix_set_diag(x: TensorLike, diagonal: TensorLike, *, k: int = 0, name: str | None = None) -> Tensor:
    """The matrices `x` with `diagonal` in place of their k-th diagonal (TF1: tf.matrix_set_diag)."""
    ...


@matrix_set_diag.type_rule
def _(x, diagonal, k):
    require_matrices(x)
    wanted = (*x.dims[:-2], _diagonal_size(x.dims[-2], x.dims[-1], k))
    require_shape(compatible(wanted, diagonal.dims), f"diagonal {diagonal} is not the diagonal {k} of {x}")
    return TensorType(x.dims, x.dtype)


matrix_set_diag.refuses("x must have rank 2 or more", floats(3), floats(3))
matrix_set_diag.refuses("is not the diagonal 0 of", floats(2, 3), floats(3))
matrix_set_diag.infers(floats(3, 2), floats(3, 2), floats(2))
matrix_set_diag.infers(floats(4, 2, 3), floats(4, 2, 3), floats(None, 2))


@matrix_set_diag.vjp
def _(g, out, x, diagonal, k):
    return matrix_set_diag(g, zeros_like(diagonal), k=k), matrix_diag_part(g, k=k)


@matrix_set_diag.cases
def _(draw, gen):
    x, k = _drawn_matrices(draw, gen)
    return (x, draw(gen.floats((*x.shape[:-2], _diagonal_size(x.shape[-2], x.shape[-1], k))))), {"k": k}


@op("MatrixBandPart", dtypes=EVERY)
def matrix_band_part(x: TensorLike, *, num_lower: int, num_upper: int, name: str | None = None) -> Tensor:
    """The diagonals from num_lower below to num_upper above the main one, zeros elsewhere; all of a side for -1.

    A number larger than the matrix, which TF1 refuses, means all of a side too (TF1: tf.matrix_band_part).
    """
    ...


@matrix_band_part.type_rule
def _(x, num_lower, num_upper):
    require_matrices(x)
    return TensorType(x.dims, x.dtype)


matrix_band_part.refuses("x must have rank 2 or more", floats(3), num_lower=0, num_upper=0)


@matrix_band_part.vjp
def _(g, out, x, num_lower, num_upper):
    return (matrix_band_part(g, num_lower=num_lower, num_upper=num_upper),)


@matrix_band_part.cases
def _(draw, gen):
    return (draw(gen.floats(min_dims=2)),), {
        "num_lower": draw(gen.integers(-1, 2)),
        "num_upper": draw(gen.integers(-1, 2)),
    }


matrix_band_part.point(
    [[1.0, 2.0]], num_lower=3, num_upper=0, value=[[1.0, 0.0]], gradients=([[1.0, 0.0]],), why="wider than the matrix"
)
# A NaN outside of the band does not come through, as it would through a product with a mask.
matrix_band_part.point(
    [[1.0, float("nan")], [3.0, 4.0]],
    num_lower=-1,
    num_upper=0,
    value=[[1.0, 0.0], [3.0, 4.0]],
    gradients=([[1.0, 0.0], [1.0, 1.0]],),
    why="what lies outside of the band is not looked at",
)


# Composed ---------------------------------------------------------------------------------------------------------------


def trace(x, name=None):
    """The sum of the main diagonal of each matrix (TF1: tf.trace)."""
    return OPS["reduce_sum"](matrix_diag_part(x), axis=-1, name=name or "Trace")


def diag(diagonal, name=None):
    """Zeros of the shape of `diagonal` twice over, with out[i, ..., i, ...] = diagonal[i, ...] (TF1: tf.diag)."""
    d = as_tensor(diagonal)
    sizes = _sizes(d)
    return reshape(matrix_diag(reshape(d, [-1])), [*sizes, *sizes], name=name or "Diag")


def diag_part(x, name=None):
    """out[i, ...] = x[i, ..., i, ...], of a tensor whose shape is one shape twice over (TF1: tf.diag_part). ShapeError."""
    t = as_tensor(x)
    half = t.type.rank // 2
    twice = t.type.rank % 2 == 0 and half and compatible(t.type.dims[:half], t.type.dims[half:])
    require_shape(bool(twice), f"diag_part: the shape of x must be one shape twice over, got {t!r}")
    sizes = _sizes(t)[:half]
    square = reshape(t, [prod(sizes)] * 2)
    return reshape(matrix_diag_part(square), sizes, name=name or "DiagPart")


def _sizes(t):
    return [shape(t)[i] if n is None else n for i, n in enumerate(t.type.dims)]


def cross(a, b, name=None):
    """The vector products of vectors of 3 elements along the last axis (TF1: tf.cross). ShapeError for other shapes."""
    x = as_tensor(a)
    y = as_tensor(b, x.dtype)
    fits = compatible(x.type.shape, y.type.shape) and all(t.type.dims[-1:] in ((3,), (None,)) for t in (x, y))
    require_shape(fits, f"cross: a and b must be of one shape [..., 3], got {x!r} and {y!r}")
    turned = [[OPS["gather"](t, order, axis=-1) for order in ([1, 2, 0], [2, 0, 1])] for t in (x, y)]
    (x1, x2), (y1, y2) = turned
    return sub(mul(x1, y2), mul(x2, y1), name=name or "Cross")


OPS.update(trace=trace, diag=diag, diag_part=diag_part, cross=cross)
