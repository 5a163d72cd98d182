"""The length of a vector, with a slope at 0."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import FLOATS
from .arithmetic import mul
from .maths import divide_no_nan
from .reduction import SUMS, Axis, reduced_type, unreduced

INF, NAN = math.inf, math.nan


@op("EuclideanNorm", dtypes=FLOATS, tolerance=SUMS)
def reduce_euclidean_norm(
    x: TensorLike, *, axis: Axis = None, keepdims: bool = False, name: str | None = None
) -> Tensor:
    """The square root of the sum of the squares over `axis`; 0 for no elements. At 0 its gradient is 0."""
    ...


reduce_euclidean_norm.type_rule(reduced_type)


@reduce_euclidean_norm.vjp
def _(g, out, x, axis, keepdims):
    return (mul(x, unreduced(divide_no_nan(g, out), x, axis, keepdims)),)


@reduce_euclidean_norm.cases
def _(draw, gen):
    # lengths of 1 or more: near 0 a norm bends too sharply to be compared by differences
    x = draw(gen.floats(low=1.0, high=3.0))
    x = x * (1.0 - 2.0 * draw(gen.booleans_array(x.shape)))
    return (x,), {"axis": draw(gen.axis(x.ndim)), "keepdims": draw(gen.booleans())}


reduce_euclidean_norm.point([3.0, -4.0], value=5.0, gradients=([0.6, -0.8],))
reduce_euclidean_norm.point([0.0, 0.0], value=0.0, gradients=([0.0, 0.0],), why="0 is a subgradient; TF1 says NaN")
reduce_euclidean_norm.point(
    [[0.0, 0.0], [3.0, 4.0]], axis=1, value=[0.0, 5.0], gradients=([[0.0, 0.0], [0.6, 0.8]],), why="row by row"
)
reduce_euclidean_norm.point([INF, 1.0], value=INF, gradients=([NAN, 0.0],), why="IEEE")
reduce_euclidean_norm.point([], value=0.0, why="the norm of nothing")
reduce_euclidean_norm.point(
    [[3.0, 4.0], [0.0, 2.0]],
    axis=1,
    keepdims=True,
    value=[[5.0], [2.0]],
    gradients=([[0.6, 0.8], [0.0, 1.0]],),
    why="each row for itself",
)
reduce_euclidean_norm.point(-2.0, value=2.0, gradients=(-1.0,), why="of one number, its absolute value")
