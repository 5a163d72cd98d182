"""Convolutions of images [batch, rows, columns, channels], and their transposes in either operand.

strides, dilations: (along rows, along columns). padding: "SAME", "VALID" or ((above, below), (left, right)). The three ops of
a kind are each other's gradients, so any order of differentiation stays among them.
"""

from __future__ import annotations

from ..graph import Tensor
from ..op import TensorLike, Tolerance, op
from ..shapes import window_counts
from ..types import FLOATS, TensorType, compatible, floats, ints, require_shape, shape_text
from .arrays import shape, sizes_of

Pair = tuple[int, int]
Padding = str | tuple[Pair, Pair]
DTYPES = FLOATS
PRODUCTS = Tolerance(64, "sums of up to about a hundred products, in an order of the library's choosing")


def require_windows(strides, padding, dilations=(1, 1)):
    """ShapeError unless these describe windows over rows and columns."""
    for what, pair in (("strides", strides), ("dilations", dilations)):
        positive = len(pair) == 2 and all(isinstance(n, int) and n >= 1 for n in pair)
        require_shape(positive, f"{what} are two whole numbers of 1 or more, along rows and columns; got {pair}")
    pairs = isinstance(padding, tuple) and len(padding) == 2 and all(len(p) == 2 and min(p) >= 0 for p in padding)
    require_shape(
        pairs or padding in ("SAME", "VALID"),
        f'padding is "SAME", "VALID" or ((above, below), (left, right)), got {padding!r}',
    )


def require_image(x, what="x"):
    require_shape(x.rank == 4, f"{what} must have shape [batch, rows, columns, channels], got {x}")
    require_shape(0 not in x.dims[1:], f"an image has rows, columns and channels, {what} is {x}")


def _out_sizes(x, filters, channels, strides, padding, dilations):
    """The shape of a convolution whose filters give `channels`; ShapeError for filters that do not fit the image."""
    require_windows(strides, padding, dilations)
    full = 0 not in (*x[1:], *filters)
    require_shape(full, f"images of shape {shape_text(x)} and filters of shape {shape_text(filters)} must not be empty")
    fits = compatible(x[3:], filters[2:3])
    require_shape(fits, f"the image has {x[3]} channels and filters of shape {shape_text(filters)} take {filters[2]}")
    return (x[0], *window_counts(x[1:3], filters[:2], strides, padding, dilations), channels)


def _require_backprop(sizes, filters, channels, out_backprop, how):
    """ShapeError unless `out_backprop` has the shape of the convolution of an image of `sizes`, as far as it is known."""
    require_image(out_backprop, "out_backprop")
    wanted = _out_sizes(sizes, filters, channels, **how)
    require_shape(
        compatible(wanted, out_backprop.dims),
        f"out_backprop {out_backprop} is not of the shape {shape_text(wanted)} of this convolution",
    )


def _sizes_or_unknown(operand, what):
    sizes = sizes_of(operand)
    require_shape(sizes is None or len(sizes) == 4, f"{what} holds 4 sizes, got {operand}")
    return (None,) * 4 if sizes is None else sizes


def _drawn(draw, gen, square=False):
    """(sizes of an image, of a window, how it slides) that fit each other."""
    padding = draw(gen.sampled(["SAME", "VALID", ((1, 0), (0, 2))]))
    strides = (draw(gen.integers(1, 3)),) * 2 if square else (draw(gen.integers(1, 2)), draw(gen.integers(1, 3)))
    dilations = (draw(gen.integers(1, 2)), draw(gen.integers(1, 2)))
    window = (draw(gen.integers(1, 3)), draw(gen.integers(1, 3)))
    reach = [(k - 1) * d + 1 for k, d in zip(window, dilations)]
    rows, columns = (draw(gen.integers(1 if padding == "SAME" else n, n + 3)) for n in reach)
    image = (draw(gen.integers(1, 2)), rows, columns, draw(gen.integers(1, 3)))
    return image, window, {"strides": strides, "padding": padding, "dilations": dilations}


# Convolution ------------------------------------------------------------------------------------------------------------


@op("Conv2D", dtypes=DTYPES, tolerance=PRODUCTS)
def conv2d(
    input: TensorLike,
    filters: TensorLike,
    *,
    strides: Pair = (1, 1),
    padding: Padding = "VALID",
    dilations: Pair = (1, 1),
    name: str | None = None,
) -> Tensor:
    """The convolution of images [b, h, w, in] with filters [rows, columns, in, out], which are not flipped (TF1: tf.nn.conv2d).

    out[b, y, x, o] = sum over i, j, c of padded[b, y * strides[0] + i * dilations[0], x * strides[1] + j * dilations[1], c]
    * filters[i, j, c, o].
    """
    ...


@conv2d.type_rule
def _(input, filters, strides, padding, dilations):
    require_image(input, "input")
    require_shape(filters.rank == 4, f"filters must have shape [rows, columns, in, out], got {filters}")
    return TensorType(_out_sizes(input.dims, filters.dims, filters.dims[3], strides, padding, dilations), input.dtype)


conv2d.refuses("input must have shape [batch, rows", floats(4, 4, 1), floats(1, 1, 1, 1))
conv2d.refuses("an image has rows, columns and channels", floats(1, 0, 4, 1), floats(1, 1, 1, 1))
conv2d.refuses("filters must have shape", floats(1, 4, 4, 1), floats(1, 1, 1))
conv2d.refuses("must not be empty", floats(1, 4, 4, 1), floats(0, 1, 1, 1))
conv2d.refuses("the image has 2 channels", floats(1, 4, 4, 2), floats(1, 1, 1, 1))
conv2d.refuses("strides are two whole numbers", floats(1, 4, 4, 1), floats(1, 1, 1, 1), strides=(1,))
conv2d.refuses("strides are two whole numbers", floats(1, 4, 4, 1), floats(1, 1, 1, 1), strides=(0, 1))
conv2d.refuses("strides are two whole numbers", floats(1, 4, 4, 1), floats(1, 1, 1, 1), strides=(1.5, 1))
conv2d.refuses("dilations are two whole numbers", floats(1, 4, 4, 1), floats(1, 1, 1, 1), dilations=(1, 0))
conv2d.refuses('padding is "SAME", "VALID" or', floats(1, 4, 4, 1), floats(1, 1, 1, 1), padding="FULL")
conv2d.refuses('padding is "SAME", "VALID" or', floats(1, 4, 4, 1), floats(1, 1, 1, 1), padding=((0, 0),))
conv2d.refuses('padding is "SAME", "VALID" or', floats(1, 4, 4, 1), floats(1, 1, 1, 1), padding=((0,), (0, 0)))
conv2d.refuses('padding is "SAME", "VALID" or', floats(1, 4, 4, 1), floats(1, 1, 1, 1), padding=((0, 0), (-1, 0)))
conv2d.infers(floats(1, 4, 2, 3), floats(1, 4, 4, 2), floats(1, 3, 2, 3), padding=((0, 0), (0, 0)))
conv2d.infers(floats(0, 4, 4, 3), floats(0, 4, 4, None), floats(1, 1, 2, 3))


@conv2d.vjp
def _(g, out, input, filters, **how):
    return (
        conv2d_backprop_input(shape(input), filters, g, **how),
        conv2d_backprop_filter(input, shape(filters), g, **how),
    )


@conv2d.cases
def _(draw, gen):
    image, window, how = _drawn(draw, gen)
    return (draw(gen.floats(image)), draw(gen.floats((*window, image[3], draw(gen.integers(1, 3)))))), how


conv2d.point(
    [[[[1.0], [2.0], [3.0], [4.0]]]],
    [[[[1.0]], [[10.0]], [[100.0]]]],
    strides=(1, 2),
    padding="SAME",
    value=[[[[321.0], [43.0]]]],
    gradients=([[[[1.0], [10.0], [101.0], [10.0]]]], [[[[4.0]], [[6.0]], [[3.0]]]]),
    why="SAME of an even size under a stride of 2 pads after the end alone, as TF1",
)
conv2d.point(
    [[[[1.0], [2.0], [3.0]]]],
    [[[[1.0]], [[10.0]]]],
    padding="SAME",
    value=[[[[21.0], [32.0], [3.0]]]],
    gradients=([[[[1.0], [11.0], [11.0]]]], [[[[6.0]], [[5.0]]]]),
    why="an even filter looks ahead: its odd element of padding comes after the end",
)


@op("Conv2DBackpropInput", dtypes=DTYPES, shapes=["input_sizes"], tolerance=PRODUCTS)
def conv2d_backprop_input(
    input_sizes: TensorLike,
    filters: TensorLike,
    out_backprop: TensorLike,
    *,
    strides: Pair = (1, 1),
    padding: Padding = "VALID",
    dilations: Pair = (1, 1),
    name: str | None = None,
) -> Tensor:
    """The transpose of conv2d in its image, of shape `input_sizes` (TF1: tf.nn.conv2d_backprop_input)."""
    ...


@conv2d_backprop_input.type_rule
def _(input_sizes, filters, out_backprop, **how):
    sizes = _sizes_or_unknown(input_sizes, "input_sizes")
    require_shape(filters.rank == 4, f"filters must have shape [rows, columns, in, out], got {filters}")
    _require_backprop(sizes, filters.dims, filters.dims[3], out_backprop, how)
    return TensorType(sizes, out_backprop.dtype)


conv2d_backprop_input.refuses("input_sizes holds 4 sizes", (1, 4, 4), floats(1, 1, 1, 1), floats(1, 4, 4, 1))
conv2d_backprop_input.refuses("filters must have shape", (1, 4, 4, 1), floats(1, 1, 1), floats(1, 4, 4, 1))
conv2d_backprop_input.refuses("must not be empty", (1, 0, 4, 1), floats(1, 1, 1, 1), floats(1, 4, 4, 1))
conv2d_backprop_input.refuses("out_backprop must have shape", (1, 4, 4, 1), floats(1, 1, 1, 1), floats(4, 4, 1))
conv2d_backprop_input.refuses(
    "is not of the shape (1, 4, 4, 1) of this", (1, 4, 4, 1), floats(1, 1, 1, 1), floats(1, 3, 4, 1)
)
conv2d_backprop_input.infers(floats(0, 4, 4, 1), (0, 4, 4, 1), floats(1, 1, 1, 2), floats(0, 4, 4, 2))
conv2d_backprop_input.infers(floats(None, None, None, None), ints(None), floats(1, 1, 1, 2), floats(1, 4, 4, 2))


@conv2d_backprop_input.vjp
def _(g, out, input_sizes, filters, out_backprop, **how):
    return None, conv2d_backprop_filter(g, shape(filters), out_backprop, **how), conv2d(g, filters, **how)


@conv2d_backprop_input.cases
def _(draw, gen):
    image, window, how = _drawn(draw, gen)
    channels = draw(gen.integers(1, 3))
    out = (image[0], *window_counts(image[1:3], window, **how), channels)
    return (image, draw(gen.floats((*window, image[3], channels))), draw(gen.floats(out))), how


@op("Conv2DBackpropFilter", dtypes=DTYPES, shapes=["filter_sizes"], tolerance=PRODUCTS)
def conv2d_backprop_filter(
    input: TensorLike,
    filter_sizes: TensorLike,
    out_backprop: TensorLike,
    *,
    strides: Pair = (1, 1),
    padding: Padding = "VALID",
    dilations: Pair = (1, 1),
    name: str | None = None,
) -> Tensor:
    """The transpose of conv2d in its filters, of shape `filter_sizes` (TF1: tf.nn.conv2d_backprop_filter)."""
    ...


@conv2d_backprop_filter.type_rule
def _(input, filter_sizes, out_backprop, **how):
    require_image(input, "input")
    sizes = _sizes_or_unknown(filter_sizes, "filter_sizes")
    _require_backprop(input.dims, sizes, sizes[3], out_backprop, how)
    return TensorType(sizes, input.dtype)


conv2d_backprop_filter.refuses("input must have shape", floats(4, 4, 1), (1, 1, 1, 1), floats(1, 4, 4, 1))
conv2d_backprop_filter.refuses("filter_sizes holds 4 sizes", floats(1, 4, 4, 1), (1, 1, 1), floats(1, 4, 4, 1))
conv2d_backprop_filter.refuses(
    "is not of the shape (1, 4, 4, 2) of this", floats(1, 4, 4, 1), (1, 1, 1, 2), floats(1, 4, 4, 1)
)
conv2d_backprop_filter.infers(floats(1, 2, 1, 3), floats(2, 4, 4, 1), (1, 2, 1, 3), floats(2, 4, 3, 3))
conv2d_backprop_filter.infers(floats(None, None, None, None), floats(2, 4, 4, 1), ints(None), floats(2, 4, 3, 3))


@conv2d_backprop_filter.vjp
def _(g, out, input, filter_sizes, out_backprop, **how):
    return conv2d_backprop_input(shape(input), g, out_backprop, **how), None, conv2d(input, g, **how)


@conv2d_backprop_filter.cases
def _(draw, gen):
    (image, filters, out_backprop), how = conv2d_backprop_input.drawn(draw, gen)
    return (draw(gen.floats(image)), filters.shape, out_backprop), how


# Depthwise --------------------------------------------------------------------------------------------------------------


def _depthwise_channels(filters):
    require_shape(len(filters) == 4, f"filters have shape [rows, columns, in, multiplier], got {shape_text(filters)}")
    return None if None in filters[2:] else filters[2] * filters[3]


def _require_square(strides):
    require_shape(len(set(strides)) == 1, f"a depthwise convolution has one stride for rows and columns, got {strides}")


@op("DepthwiseConv2dNative", dtypes=DTYPES, tolerance=PRODUCTS)
def depthwise_conv2d_native(
    input: TensorLike,
    filters: TensorLike,
    *,
    strides: Pair = (1, 1),
    padding: Padding = "VALID",
    dilations: Pair = (1, 1),
    name: str | None = None,
) -> Tensor:
    """Each channel convolved with filters of its own (TF1: tf.nn.depthwise_conv2d_native).

    filters [rows, columns, in, multiplier]; channel c gives the output channels c * multiplier + m. The two strides are one
    number, as in TF1.
    """
    ...


@depthwise_conv2d_native.type_rule
def _(input, filters, strides, padding, dilations):
    require_image(input, "input")
    channels = _depthwise_channels(filters.dims)
    sizes = _out_sizes(input.dims, filters.dims, channels, strides, padding, dilations)
    _require_square(strides)
    return TensorType(sizes, input.dtype)


depthwise_conv2d_native.refuses("input must have shape", floats(4, 4, 1), floats(1, 1, 1, 1))
depthwise_conv2d_native.refuses(
    "filters have shape [rows, columns, in, multiplier]", floats(1, 4, 4, 1), floats(1, 1, 1)
)
depthwise_conv2d_native.refuses(
    "one stride for rows and columns", floats(1, 4, 4, 1), floats(1, 1, 1, 1), strides=(1, 2)
)
depthwise_conv2d_native.infers(floats(1, None, 4, 6), floats(1, 4, 4, 2), floats(None, 1, 2, 3))
depthwise_conv2d_native.infers(floats(1, 4, 4, None), floats(1, 4, 4, 2), floats(1, 1, None, 3))
depthwise_conv2d_native.infers(floats(1, 4, 4, None), floats(1, 4, 4, 2), floats(1, 1, 2, None))


@depthwise_conv2d_native.vjp
def _(g, out, input, filters, **how):
    return (
        depthwise_conv2d_native_backprop_input(shape(input), filters, g, **how),
        depthwise_conv2d_native_backprop_filter(input, shape(filters), g, **how),
    )


@depthwise_conv2d_native.cases
def _(draw, gen):
    image, window, how = _drawn(draw, gen, square=True)
    return (draw(gen.floats(image)), draw(gen.floats((*window, image[3], draw(gen.integers(1, 2)))))), how


depthwise_conv2d_native.point(
    [[[[1.0, 2.0]]]],
    [[[[1.0, 10.0], [100.0, 1000.0]]]],
    value=[[[[1.0, 10.0, 200.0, 2000.0]]]],
    gradients=([[[[11.0, 1100.0]]]], [[[[1.0, 1.0], [2.0, 2.0]]]]),
    why="the output channels of one input channel lie side by side",
)


@op("DepthwiseConv2dNativeBackpropInput", dtypes=DTYPES, shapes=["input_sizes"], tolerance=PRODUCTS)
def depthwise_conv2d_native_backprop_input(
    input_sizes: TensorLike,
    filters: TensorLike,
    out_backprop: TensorLike,
    *,
    strides: Pair = (1, 1),
    padding: Padding = "VALID",
    dilations: Pair = (1, 1),
    name: str | None = None,
) -> Tensor:
    """The transpose of depthwise_conv2d_native in its image (TF1: tf.nn.depthwise_conv2d_native_backprop_input)."""
    ...


@depthwise_conv2d_native_backprop_input.type_rule
def _(input_sizes, filters, out_backprop, **how):
    sizes = _sizes_or_unknown(input_sizes, "input_sizes")
    _require_backprop(sizes, filters.dims, _depthwise_channels(filters.dims), out_backprop, how)
    return TensorType(sizes, out_backprop.dtype)


depthwise_conv2d_native_backprop_input.refuses(
    "input_sizes holds 4 sizes", (1, 4, 4), floats(1, 1, 1, 1), floats(1, 4, 4, 1)
)
depthwise_conv2d_native_backprop_input.refuses("filters have shape", (1, 4, 4, 1), floats(1, 1, 1), floats(1, 4, 4, 1))
depthwise_conv2d_native_backprop_input.refuses(
    "is not of the shape (1, 4, 4, 6) of this", (1, 4, 4, 2), floats(1, 1, 2, 3), floats(1, 4, 4, 5)
)
depthwise_conv2d_native_backprop_input.infers(floats(1, 4, 4, 2), (1, 4, 4, 2), floats(1, 1, 2, 3), floats(1, 4, 4, 6))


@depthwise_conv2d_native_backprop_input.vjp
def _(g, out, input_sizes, filters, out_backprop, **how):
    return (
        None,
        depthwise_conv2d_native_backprop_filter(g, shape(filters), out_backprop, **how),
        depthwise_conv2d_native(g, filters, **how),
    )


@depthwise_conv2d_native_backprop_input.cases
def _(draw, gen):
    image, window, how = _drawn(draw, gen, square=True)
    multiplier = draw(gen.integers(1, 2))
    out = (image[0], *window_counts(image[1:3], window, **how), image[3] * multiplier)
    return (image, draw(gen.floats((*window, image[3], multiplier))), draw(gen.floats(out))), how


@op("DepthwiseConv2dNativeBackpropFilter", dtypes=DTYPES, shapes=["filter_sizes"], tolerance=PRODUCTS)
def depthwise_conv2d_native_backprop_filter(
    input: TensorLike,
    filter_sizes: TensorLike,
    out_backprop: TensorLike,
    *,
    strides: Pair = (1, 1),
    padding: Padding = "VALID",
    dilations: Pair = (1, 1),
    name: str | None = None,
) -> Tensor:
    """The transpose of depthwise_conv2d_native in its filters (TF1: tf.nn.depthwise_conv2d_native_backprop_filter)."""
    ...


@depthwise_conv2d_native_backprop_filter.type_rule
def _(input, filter_sizes, out_backprop, **how):
    require_image(input, "input")
    sizes = _sizes_or_unknown(filter_sizes, "filter_sizes")
    _require_backprop(input.dims, sizes, _depthwise_channels(sizes), out_backprop, how)
    return TensorType(sizes, input.dtype)


depthwise_conv2d_native_backprop_filter.refuses(
    "input must have shape", floats(4, 4, 1), (1, 1, 1, 1), floats(1, 4, 4, 1)
)
depthwise_conv2d_native_backprop_filter.refuses(
    "filter_sizes holds 4 sizes", floats(1, 4, 4, 1), (1, 1, 1), floats(1, 4, 4, 1)
)
depthwise_conv2d_native_backprop_filter.refuses(
    "is not of the shape (1, 4, 4, 6) of this", floats(1, 4, 4, 2), (1, 1, 2, 3), floats(1, 4, 4, 5)
)
depthwise_conv2d_native_backprop_filter.infers(floats(1, 1, 2, 3), floats(1, 4, 4, 2), (1, 1, 2, 3), floats(1, 4, 4, 6))


@depthwise_conv2d_native_backprop_filter.vjp
def _(g, out, input, filter_sizes, out_backprop, **how):
    return (
        depthwise_conv2d_native_backprop_input(shape(input), g, out_backprop, **how),
        None,
        depthwise_conv2d_native(input, g, **how),
    )


@depthwise_conv2d_native_backprop_filter.cases
def _(draw, gen):
    (image, filters, out_backprop), how = depthwise_conv2d_native_backprop_input.drawn(draw, gen)
    return (draw(gen.floats(image)), filters.shape, out_backprop), how
