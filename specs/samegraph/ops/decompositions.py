"""Factorisations, inverses, determinants and equations of square matrices, the last two axes; the axes before are a batch.

A matrix that cannot be factorised or inverted makes the run fail, as TF1's CPU kernels do: the guards decide that before any
variable changes, so kernels answer something harmless there instead of raising.
"""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..registry import OPS
from ..types import BOOL, FLOAT32, FLOAT64, TensorType, compatible, floats, merge, require_shape, typed
from .arithmetic import add, mul, negative, sub
from .diagonals import matrix_band_part, matrix_diag_part, matrix_set_diag
from .linear import matmul, transpose

DTYPES = (FLOAT32, FLOAT64)
SOLVED = Tolerance(256, "a factorisation's roundings, multiplied by condition numbers of up to about twenty")
NOT_INVERTIBLE = "Input matrix is not invertible."


def _adjoint(x):
    rank = x.type.rank
    return transpose(x, perm=(*range(rank - 2), rank - 1, rank - 2))


def _require_square(a):
    require_shape(
        a.rank >= 2 and compatible(a.dims[-2:-1], a.dims[-1:]),
        f"square matrices in the last two axes are needed, got {a}",
    )


def _square_type(a, **attrs):
    _require_square(a)
    return TensorType(a.shape, a.dtype)


def _scalar_type(a):
    _require_square(a)
    return TensorType(a.dims[:-2], a.dtype)


def _truth_type(a):
    _require_square(a)
    return TensorType((), BOOL)


def _solution_type(a, rhs, **attrs):
    _require_square(a)
    fits = compatible(a.dims[:-1], rhs.dims[:-1])
    require_shape(
        fits, f"the right-hand sides {rhs} do not fit the matrices {a}: one shape up to their last axis is needed"
    )
    return TensorType((*merge(a.dims[:-1], rhs.dims[:-1]), rhs.dims[-1]), a.dtype)


def _invertible(draw, gen):
    return (draw(gen.invertible()),), {}


# Whether there is an answer ---------------------------------------------------------------------------------------------


@op(dtypes=DTYPES, stops=["a"])
def is_positive_definite(a: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether every matrix of `a`, its mean with its transpose, has a finite Cholesky factor."""
    ...


is_positive_definite.type_rule(_truth_type)
is_positive_definite.refuses("square matrices in the last two axes", floats(2, 3))
is_positive_definite.no_gradient("the output is a truth value")


@is_positive_definite.cases
def _(draw, gen):
    return (draw(gen.positive_definite()) * (1.0 if draw(gen.booleans()) else -1.0),), {}


is_positive_definite.point([[1.0, 2.0], [2.0, 1.0]], value=False, why="eigenvalues 3 and -1")
is_positive_definite.point([[1.0, 0.0], [0.0, 0.0]], value=False, why="semidefinite")
is_positive_definite.point([[float("nan"), 0.0], [0.0, 1.0]], value=False, why="NaN")
is_positive_definite.point([[[2.0, 1.0], [1.0, 2.0]], [[1.0, 0.0], [0.0, -1.0]]], value=False, why="one of a batch")


@op(dtypes=DTYPES, stops=["a"])
def is_invertible(a: TensorLike, *, name: str | None = None) -> Tensor:
    """Whether no matrix of `a` has a pivot of exactly 0, or one that is not finite, in an LU factorisation."""
    ...


is_invertible.type_rule(_truth_type)
is_invertible.refuses("square matrices in the last two axes", floats(2, 3))
is_invertible.infers(typed("bool"), floats(4, 3, 3))
is_invertible.no_gradient("the output is a truth value")


@is_invertible.cases
def _(draw, gen):
    return (draw(gen.invertible()) * (1.0 if draw(gen.booleans()) else 0.0),), {}


is_invertible.point([[1.0, 2.0], [2.0, 4.0]], value=False, why="rank 1")
is_invertible.point([[0.0, 1.0], [1.0, 0.0]], value=True, why="a pivot of 0 that another row replaces")
is_invertible.point([[float("nan"), 0.0], [0.0, 1.0]], value=False, why="NaN")


# Cholesky ---------------------------------------------------------------------------------------------------------------


@op("Cholesky", dtypes=DTYPES, tolerance=SOLVED)
def cholesky(a: TensorLike, *, name: str | None = None) -> Tensor:
    """The lower triangular L with L transpose(L) = (a + transpose(a)) / 2, positive on its diagonal (TF1: tf.cholesky).

    For symmetric `a`, which TF1 asks for, that is TF1's answer and its gradient, which is symmetric too.
    """
    ...


cholesky.type_rule(_square_type)
cholesky.refuses("square matrices in the last two axes", floats(2, 3))
cholesky.refuses("square matrices in the last two axes", floats())
cholesky.infers(floats(4, 3, 3), floats(4, 3, 3))
cholesky.infers(floats(3, None), floats(3, None))


@cholesky.vjp
def _(g, out, a):
    """Murray, Differentiation of the Cholesky decomposition (2016), equation 9."""
    inner = matmul(out, g, transpose_a=True)
    inner = matrix_band_part(matrix_set_diag(inner, mul(matrix_diag_part(inner), 0.5)), num_lower=-1, num_upper=0)
    half = matrix_triangular_solve(out, inner, adjoint=True)
    whole = matrix_triangular_solve(out, _adjoint(half), adjoint=True)
    return (mul(add(whole, _adjoint(whole)), 0.5),)


@cholesky.guard("Cholesky decomposition was not successful. The input might not be valid.")
def _(a):
    return is_positive_definite(a)


cholesky.no_complex_step("LAPACK's factor of a complex matrix conjugates")


@cholesky.cases
def _(draw, gen):
    return (draw(gen.positive_definite()),), {}


cholesky.point(
    [[4.0, 2.0], [2.0, 2.0]],
    value=[[2.0, 0.0], [1.0, 1.0]],
    gradients=([[0.25, 0.0], [0.0, 0.5]],),
    why="the gradient is symmetric, as TF1's",
)


# Inverses and equations -------------------------------------------------------------------------------------------------


@op("MatrixInverse", dtypes=DTYPES, tolerance=SOLVED)
def matrix_inverse(a: TensorLike, *, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverses of matrices, or of their transposes with `adjoint` (TF1: tf.matrix_inverse)."""
    ...


matrix_inverse.type_rule(_square_type)
matrix_inverse.refuses("square matrices in the last two axes", floats(2, 3))


@matrix_inverse.vjp
def _(g, out, a, adjoint):
    if adjoint:
        return (negative(matmul(out, matmul(g, out, transpose_a=True))),)
    return (negative(matmul(out, matmul(g, out, transpose_b=True), transpose_a=True)),)


@matrix_inverse.guard("Input is not invertible.")
def _(a, adjoint):
    return is_invertible(a)


@matrix_inverse.cases
def _(draw, gen):
    return (draw(gen.invertible()),), {"adjoint": draw(gen.booleans())}


matrix_inverse.point([[0.0, 2.0], [1.0, 0.0]], value=[[0.0, 1.0], [0.5, 0.0]], why="a first pivot of 0")


@op("MatrixSolve", dtypes=DTYPES, tolerance=SOLVED)
def matrix_solve(a: TensorLike, rhs: TensorLike, *, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The x with a x = rhs, or transpose(a) x = rhs with `adjoint`; rhs [..., n, k] (TF1: tf.matrix_solve)."""
    ...


matrix_solve.type_rule(_solution_type)
matrix_solve.refuses("square matrices in the last two axes", floats(2, 3), floats(2, 1))
matrix_solve.refuses("do not fit the matrices", floats(2, 2), floats(3, 1))
matrix_solve.refuses("do not fit the matrices", floats(2, 2), floats(2))
matrix_solve.infers(floats(4, 2, 3), floats(None, 2, 2), floats(4, None, 3))


@matrix_solve.vjp
def _(g, out, a, rhs, adjoint):
    d_rhs = matrix_solve(a, g, adjoint=not adjoint)
    outer = matmul(out, d_rhs, transpose_b=True) if adjoint else matmul(d_rhs, out, transpose_b=True)
    return negative(outer), d_rhs


@matrix_solve.guard(NOT_INVERTIBLE)
def _(a, rhs, adjoint):
    return is_invertible(a)


@matrix_solve.cases
def _(draw, gen):
    a = draw(gen.invertible())
    return (a, draw(gen.floats((*a.shape[:-1], draw(gen.integers(1, 3)))))), {"adjoint": draw(gen.booleans())}


@op("MatrixTriangularSolve", dtypes=DTYPES, tolerance=SOLVED)
def matrix_triangular_solve(
    a: TensorLike, rhs: TensorLike, *, lower: bool = True, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """As matrix_solve, of the lower or the upper triangle of `a`, whose other side is not looked at.

    (TF1: tf.matrix_triangular_solve)
    """
    ...


matrix_triangular_solve.type_rule(_solution_type)
matrix_triangular_solve.refuses("square matrices in the last two axes", floats(2, 3), floats(2, 1))
matrix_triangular_solve.refuses("do not fit the matrices", floats(2, 2), floats(3, 1))


@matrix_triangular_solve.vjp
def _(g, out, a, rhs, lower, adjoint):
    d_rhs = matrix_triangular_solve(a, g, lower=lower, adjoint=not adjoint)
    outer = matmul(out, d_rhs, transpose_b=True) if adjoint else matmul(d_rhs, out, transpose_b=True)
    band = {"num_lower": -1, "num_upper": 0} if lower else {"num_lower": 0, "num_upper": -1}
    return negative(matrix_band_part(outer, **band)), d_rhs


@matrix_triangular_solve.guard(NOT_INVERTIBLE)
def _(a, rhs, lower, adjoint):
    return OPS["reduce_all"](OPS["not_equal"](matrix_diag_part(a), 0.0))


@matrix_triangular_solve.cases
def _(draw, gen):
    (a, rhs), how = matrix_solve.drawn(draw, gen)
    return (a, rhs), {**how, "lower": draw(gen.booleans())}


matrix_triangular_solve.point([[1.0, 0.0], [3.0, 1.0]], [[1.0], [5.0]], value=[[1.0], [2.0]], why="ones are invertible")
matrix_triangular_solve.point(
    [[2.0, float("nan")], [1.0, 4.0]],
    [[2.0], [5.0]],
    value=[[1.0], [1.0]],
    gradients=([[-0.375, 0.0], [-0.25, -0.25]], [[0.375], [0.25]]),
    why="the other side is not looked at",
)


def cholesky_solve(chol, rhs, name=None):
    """The x with chol transpose(chol) x = rhs (TF1: tf.cholesky_solve)."""
    half = matrix_triangular_solve(chol, rhs)
    return matrix_triangular_solve(chol, half, adjoint=True, name=name or "cholesky_solve")


# Determinants -----------------------------------------------------------------------------------------------------------


@op("MatrixDeterminant", dtypes=DTYPES, tolerance=SOLVED)
def matrix_determinant(a: TensorLike, *, name: str | None = None) -> Tensor:
    """The determinants of matrices (TF1: tf.matrix_determinant), singular ones included, whose gradient TF1 cannot give."""
    ...


matrix_determinant.type_rule(_scalar_type)
matrix_determinant.refuses("square matrices in the last two axes", floats(2, 3))
matrix_determinant.infers(floats(4), floats(4, 3, 3))
matrix_determinant.infers(floats(), floats(3, 3))


@matrix_determinant.vjp
def _(g, out, a):
    return (mul(_spread(g), cofactors(a)),)


matrix_determinant.cases(_invertible)
matrix_determinant.point([[2.0, 1.0], [1.0, 3.0]], value=5.0, gradients=([[3.0, -1.0], [-1.0, 2.0]],), why="cofactors")
matrix_determinant.point(
    [[1.0, 2.0], [2.0, 4.0]], value=0.0, gradients=([[4.0, -2.0], [-2.0, 1.0]],), why="a polynomial: smooth at 0 too"
)
matrix_determinant.point(
    [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], value=0.0, gradients=([[0.0] * 3] * 3,), why="rank 1 of 3"
)


@op(dtypes=DTYPES, tolerance=SOLVED)
def cofactors(a: TensorLike, *, name: str | None = None) -> Tensor:
    """The derivatives of determinants by their matrices' elements, those of singular matrices included.

    Only an invertible matrix has a gradient of them here.
    """
    ...


cofactors.type_rule(_square_type)
cofactors.refuses("square matrices in the last two axes", floats(2, 3))


@cofactors.vjp
def _(g, out, a):
    inverse = matrix_inverse(a, adjoint=True)
    along = OPS["reduce_sum"](mul(g, inverse), axis=(-2, -1), keepdims=True)
    turned = matmul(inverse, matmul(g, inverse, transpose_a=True))
    return (sub(mul(along, out), mul(_spread(matrix_determinant(a)), turned)),)


cofactors.no_complex_step("they are computed from a singular value decomposition, which conjugates")
cofactors.cases(_invertible)
cofactors.point([[1.0, 2.0], [2.0, 4.0]], value=[[4.0, -2.0], [-2.0, 1.0]], why="singular")
cofactors.point([[0.0, 0.0], [1.0, 2.0]], value=[[2.0, -1.0], [0.0, 0.0]], why="a row of zeros")


def _spread(t):
    """One number a matrix, to be broadcast over it."""
    return t[..., None, None]


@op("LogMatrixDeterminant", dtypes=DTYPES, tolerance=SOLVED)
def log_matrix_determinant(a: TensorLike, *, name: str | None = None) -> list[Tensor]:
    """[sign, log of the absolute value] of the determinants of matrices (TF1: tf.linalg.slogdet); 0 and -inf if singular."""
    ...


@log_matrix_determinant.type_rule
def _(a):
    return [_scalar_type(a), _scalar_type(a)]


log_matrix_determinant.refuses("square matrices in the last two axes", floats(2, 3))
log_matrix_determinant.infers([floats(4), floats(4)], floats(4, 3, 3))


@log_matrix_determinant.vjp
def _(g, out, a):
    return (mul(_spread(g[1]), matrix_inverse(a, adjoint=True)),)


log_matrix_determinant.no_complex_step("it holds an absolute value")
log_matrix_determinant.cases(_invertible)
log_matrix_determinant.point([[1.0, 2.0], [2.0, 4.0]], value=(0.0, float("-inf")), why="singular")
log_matrix_determinant.point(
    [[0.0, 1.0], [1.0, 0.0]], value=(-1.0, 0.0), gradients=([[0.0, 1.0], [1.0, 0.0]],), why="a negative determinant"
)


def logdet(matrix, name=None):
    """The logarithm of the determinant of positive definite matrices (TF1: tf.linalg.logdet)."""
    halves = OPS["reduce_sum"](OPS["log"](matrix_diag_part(cholesky(matrix))), axis=-1)
    return mul(halves, 2.0, name=name or "logdet")


OPS.update(cholesky_solve=cholesky_solve, logdet=logdet)
