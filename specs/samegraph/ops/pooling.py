"""The greatest and the mean element of windows over images [batch, rows, columns, channels], and the transposes.

ksize, strides: (along rows, along columns). padding: "SAME" or "VALID"; what SAME adds belongs to no window's result.
"""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..shapes import window_counts
from ..types import FLOATS, TensorType, compatible, floats, ints, require_shape, shape_text
from .arrays import shape, sizes_of
from .convolution import Pair, require_image, require_windows

DTYPES = FLOATS
NAN = math.nan


def _pooled_sizes(x, ksize, strides, padding):
    require_windows(strides, padding)
    positive = len(ksize) == 2 and all(isinstance(n, int) and n >= 1 for n in ksize)
    require_shape(positive, f"ksize is two whole numbers of 1 or more, along rows and columns; got {ksize}")
    require_shape(isinstance(padding, str), f'the padding of a pooling is "SAME" or "VALID", got {padding!r}')
    return (x[0], *window_counts(x[1:3], ksize, strides, padding), x[3])


def _pooled_type(x, ksize, strides, padding):
    require_image(x)
    return TensorType(_pooled_sizes(x.dims, ksize, strides, padding), x.dtype)


def _require_pooled(sizes, grad, how):
    require_image(grad, "grad")
    wanted = _pooled_sizes(sizes, **how)
    require_shape(
        compatible(wanted, grad.dims), f"grad {grad} is not of the shape {shape_text(wanted)} of this pooling"
    )


def _drawn_sizes(draw, gen):
    """(sizes of an image, how windows slide over it)."""
    padding = draw(gen.sampled(["SAME", "VALID"]))
    ksize, strides = draw(gen.sizes(2)), draw(gen.sizes(2))
    rows, columns = (draw(gen.integers(1 if padding == "SAME" else k, k + 2)) for k in ksize)
    return (draw(gen.integers(1, 2)), rows, columns, draw(gen.integers(1, 2))), {
        "ksize": ksize,
        "strides": strides,
        "padding": padding,
    }


def _drawn_image(draw, gen):
    """An image without ties."""
    sizes, how = _drawn_sizes(draw, gen)
    return (draw(gen.floats(sizes, unique=True)),), how


# The greatest element ---------------------------------------------------------------------------------------------------


@op("MaxPool", dtypes=DTYPES)
def max_pool(
    x: TensorLike, *, ksize: Pair, strides: Pair = (1, 1), padding: str = "VALID", name: str | None = None
) -> Tensor:
    """The greatest element of each window, channel by channel (TF1: tf.nn.max_pool); of equal ones the first, NaN beside a NaN."""
    ...


max_pool.type_rule(_pooled_type)
max_pool.refuses("x must have shape [batch", floats(4, 4, 1), ksize=(1, 1))
max_pool.refuses("strides are two whole numbers", floats(1, 4, 4, 1), ksize=(1, 1), strides=(0, 1))
max_pool.refuses("ksize is two whole numbers", floats(1, 4, 4, 1), ksize=(1,))
max_pool.refuses("ksize is two whole numbers", floats(1, 4, 4, 1), ksize=(0, 1))
max_pool.refuses("ksize is two whole numbers", floats(1, 4, 4, 1), ksize=(1.5, 1))
max_pool.refuses(
    'the padding of a pooling is "SAME" or "VALID"', floats(1, 4, 4, 1), ksize=(1, 1), padding=((0, 0), (0, 0))
)
max_pool.infers(floats(3, 1, 2, 7), floats(3, 4, 5, 7), ksize=(2, 3), strides=(3, 2))
max_pool.infers(floats(3, 4, 5, 7), floats(3, 4, 5, 7), ksize=(1, 1))


@max_pool.vjp
def _(g, out, x, **how):
    return (max_pool_grad(x, g, **how),)


max_pool.cases(_drawn_image)
max_pool.point(
    [[[[1.0], [1.0]], [[1.0], [1.0]]]],
    ksize=(2, 2),
    value=[[[[1.0]]]],
    gradients=([[[[1.0], [0.0]], [[0.0], [0.0]]]],),
    why="a tie goes to the first, by rows, as TF1",
)
max_pool.point(
    [[[[1.0], [NAN], [NAN], [NAN], [2.0], [5.0]]]],
    ksize=(1, 2),
    strides=(1, 2),
    value=[[[[NAN], [NAN], [5.0]]]],
    why="NaN spreads, as from reduce_max",
)
max_pool.point(
    [[[[-2.0], [-1.0], [-1.0]]]],
    ksize=(1, 2),
    strides=(1, 2),
    padding="SAME",
    value=[[[[-1.0], [-1.0]]]],
    gradients=([[[[0.0], [1.0], [1.0]]]],),
    why="padding is less than any element",
)
max_pool.point(
    [[[[3.0], [5.0], [5.0], [2.0]]]],
    ksize=(1, 3),
    value=[[[[5.0], [5.0]]]],
    gradients=([[[[0.0], [2.0], [0.0], [0.0]]]],),
    why="an element that wins two windows takes both gradients",
)
max_pool.point(
    [[[[1.0], [3.0], [2.0]]]],
    ksize=(1, 3),
    padding="SAME",
    value=[[[[3.0], [3.0], [3.0]]]],
    gradients=([[[[0.0], [3.0], [0.0]]]],),
    why="padded on both sides of the columns",
)
max_pool.point(
    [[[[1.0]], [[3.0]], [[2.0]]]],
    ksize=(3, 1),
    padding="SAME",
    value=[[[[3.0]], [[3.0]], [[3.0]]]],
    gradients=([[[[0.0]], [[3.0]], [[0.0]]]],),
    why="padded above and below",
)


@op(
    "MaxPoolGrad",
    dtypes=DTYPES,
    stops=["x"],
    tolerance=Tolerance(64, "the gradients of overlapping windows are summed"),
)
def max_pool_grad(
    x: TensorLike,
    grad: TensorLike,
    *,
    ksize: Pair,
    strides: Pair = (1, 1),
    padding: str = "VALID",
    name: str | None = None,
) -> Tensor:
    """Zeros of the shape of `x`, with each window's element of `grad` added where the window's greatest element is."""
    ...


@max_pool_grad.type_rule
def _(x, grad, **how):
    require_image(x)
    _require_pooled(x.dims, grad, how)
    return TensorType(x.dims, x.dtype)


max_pool_grad.refuses("x must have shape", floats(4, 4, 1), floats(1, 4, 4, 1), ksize=(1, 1))
max_pool_grad.refuses("grad must have shape", floats(1, 4, 4, 1), floats(4, 4, 1), ksize=(1, 1))
max_pool_grad.refuses(
    "is not of the shape (1, 4, 3, 1) of this pooling", floats(1, 4, 4, 1), floats(1, 4, 4, 1), ksize=(1, 2)
)
max_pool_grad.infers(floats(1, 4, 4, 1), floats(1, 4, 4, 1), floats(1, 4, 3, 1), ksize=(1, 2))


@max_pool_grad.vjp
def _(g, out, x, grad, **how):
    return None, max_pool_grad_grad(x, g, **how)


@max_pool_grad.cases
def _(draw, gen):
    (x,), how = _drawn_image(draw, gen)
    return (x, draw(gen.floats(_pooled_sizes(x.shape, **how)))), how


@op("MaxPoolGradGrad", dtypes=DTYPES, stops=["x"])
def max_pool_grad_grad(
    x: TensorLike,
    grad: TensorLike,
    *,
    ksize: Pair,
    strides: Pair = (1, 1),
    padding: str = "VALID",
    name: str | None = None,
) -> Tensor:
    """The element of `grad`, of the shape of `x`, where each window's greatest element is: max_pool_grad's transpose."""
    ...


@max_pool_grad_grad.type_rule
def _(x, grad, **how):
    require_shape(compatible(x.dims, grad.dims), f"x and grad must be of one shape, got {x} and {grad}")
    return _pooled_type(x, **how)


max_pool_grad_grad.refuses("x and grad must be of one shape", floats(1, 4, 4, 1), floats(1, 4, 3, 1), ksize=(1, 2))
max_pool_grad_grad.infers(floats(1, 4, 3, 1), floats(1, 4, 4, 1), floats(1, 4, 4, 1), ksize=(1, 2))


@max_pool_grad_grad.vjp
def _(g, out, x, grad, **how):
    return None, max_pool_grad(x, g, **how)


@max_pool_grad_grad.cases
def _(draw, gen):
    (x,), how = _drawn_image(draw, gen)
    return (x, draw(gen.floats(x.shape))), how


# The mean ---------------------------------------------------------------------------------------------------------------


@op("AvgPool", dtypes=DTYPES)
def avg_pool(
    x: TensorLike, *, ksize: Pair, strides: Pair = (1, 1), padding: str = "VALID", name: str | None = None
) -> Tensor:
    """The mean of the elements of each window, padding not counted, channel by channel (TF1: tf.nn.avg_pool)."""
    ...


avg_pool.type_rule(_pooled_type)


@avg_pool.vjp
def _(g, out, x, **how):
    return (avg_pool_grad(shape(x), g, **how),)


@avg_pool.cases
def _(draw, gen):
    sizes, how = _drawn_sizes(draw, gen)
    return (draw(gen.floats(sizes)),), how


avg_pool.point(
    [[[[2.0], [4.0], [8.0]]]],
    ksize=(1, 2),
    strides=(1, 2),
    padding="SAME",
    value=[[[[3.0], [8.0]]]],
    gradients=([[[[0.5], [0.5], [1.0]]]],),
    why="padding is not counted, as TF1",
)
avg_pool.point(
    [[[[2.0], [4.0], [9.0]]]],
    ksize=(1, 3),
    padding="SAME",
    value=[[[[3.0], [5.0], [6.5]]]],
    gradients=([[[[1 / 2 + 1 / 3], [1 / 2 + 1 / 3 + 1 / 2], [1 / 3 + 1 / 2]]]],),
    why="padded on both sides of the columns",
)
avg_pool.point(
    [[[[2.0]], [[4.0]], [[9.0]]]],
    ksize=(3, 1),
    padding="SAME",
    value=[[[[3.0]], [[5.0]], [[6.5]]]],
    gradients=([[[[1 / 2 + 1 / 3]], [[1 / 2 + 1 / 3 + 1 / 2]], [[1 / 3 + 1 / 2]]]],),
    why="padded above and below",
)


@op(
    "AvgPoolGrad",
    dtypes=DTYPES,
    shapes=["input_sizes"],
    tolerance=Tolerance(64, "the gradients of overlapping windows are summed"),
)
def avg_pool_grad(
    input_sizes: TensorLike,
    grad: TensorLike,
    *,
    ksize: Pair,
    strides: Pair = (1, 1),
    padding: str = "VALID",
    name: str | None = None,
) -> Tensor:
    """Each window's element of `grad` spread evenly over what it sees of an image of `input_sizes`: avg_pool's transpose."""
    ...


@avg_pool_grad.type_rule
def _(input_sizes, grad, **how):
    sizes = sizes_of(input_sizes)
    require_shape(sizes is None or len(sizes) == 4, f"input_sizes holds 4 sizes, got {input_sizes}")
    sizes = (None,) * 4 if sizes is None else sizes
    _require_pooled(sizes, grad, how)
    return TensorType(sizes, grad.dtype)


avg_pool_grad.refuses("input_sizes holds 4 sizes", (1, 4, 4), floats(1, 4, 4, 1), ksize=(1, 1))
avg_pool_grad.refuses(
    "is not of the shape (1, 4, 3, 1) of this pooling", (1, 4, 4, 1), floats(1, 4, 4, 1), ksize=(1, 2)
)
avg_pool_grad.infers(floats(1, 4, 4, 1), (1, 4, 4, 1), floats(1, 4, 3, 1), ksize=(1, 2))
avg_pool_grad.infers(floats(None, None, None, None), ints(None), floats(1, 4, 3, 1), ksize=(1, 2))


@avg_pool_grad.vjp
def _(g, out, input_sizes, grad, **how):
    return None, avg_pool(g, **how)


@avg_pool_grad.cases
def _(draw, gen):
    sizes, how = _drawn_sizes(draw, gen)
    return (sizes, draw(gen.floats(_pooled_sizes(sizes, **how)))), how
