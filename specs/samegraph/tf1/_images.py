"""Convolutions and poolings under TF1's signatures: strides and paddings of four axes, channels first or last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph import Tensor
from ..op import as_tensor, shape_tensor
from ..registry import OPS
from ..scopes import name_scope
from ._table import renamed

__all__ = [
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "avg_pool",
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "convolution",
    "depthwise_conv2d",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "max_pool",
    "max_pool2d",
    "pool",
    "separable_conv2d",
]

_ONES = [1, 1, 1, 1]
_LAST, _FIRST = (0, 2, 3, 1), (0, 3, 1, 2)  # the order of axes that puts the channels there


# Arguments --------------------------------------------------------------------------------------------------------------


def _channels_first(data_format: Any) -> bool:
    if data_format not in (None, "NHWC", "NCHW"):
        raise ValueError(f"data_format must be 'NHWC' or 'NCHW', got {data_format!r}")
    return data_format == "NCHW"


def _pair(values: Any, data_format: Any, what: str) -> tuple[int, int]:
    """The numbers for rows and columns of one number, of one or two, or of one for each of the four axes."""
    given = [values] if isinstance(values, int) else [1, 1] if values is None else list(values)
    if len(given) in (1, 2):
        return (int(given[0]), int(given[-1]))
    if len(given) != 4:
        raise ValueError(f"{what} should be of length 1, 2 or 4 but was {len(given)}")
    batch, *rest = given
    channels, spatial = (rest[0], rest[1:]) if _channels_first(data_format) else (rest[2], rest[:2])
    if batch != 1 or channels != 1:
        raise ValueError(f"{what} must be 1 along the batch and the channels, got {given}")
    return (int(spatial[0]), int(spatial[1]))


def _padding(padding: Any, data_format: Any) -> Any:
    """ "SAME", "VALID", or the pairs for rows and columns of explicit paddings of all four axes."""
    if padding is None:
        raise ValueError("padding must be given")
    if isinstance(padding, str):
        return padding
    pairs = [tuple(int(n) for n in p) for p in padding]
    if len(pairs) != 4:
        raise ValueError(f"explicit paddings are a pair for each of four axes, got {padding}")
    batch, *rest = pairs
    channels, spatial = (rest[0], rest[1:]) if _channels_first(data_format) else (rest[2], rest[:2])
    if batch != (0, 0) or channels != (0, 0):
        raise ValueError(f"explicit paddings must be (0, 0) along the batch and the channels, got {padding}")
    return tuple(spatial)


def _how(strides: Any, padding: Any, data_format: Any, dilations: Any) -> dict[str, Any]:
    return {
        "strides": _pair(strides, data_format, "strides"),
        "padding": _padding(padding, data_format),
        "dilations": _pair(dilations, data_format, "dilations"),
    }


def _last(x: Any, data_format: Any) -> Tensor:
    """An image with its channels last."""
    t = as_tensor(x)
    return OPS["transpose"](t, perm=_LAST) if _channels_first(data_format) else t


def _applied(data_format: Any, name: str | None, default: str, make: Callable[[str | None], Tensor]) -> Tensor:
    """What `make` gives under a name, its channels put where `data_format` says."""
    if not _channels_first(data_format):
        return make(name)
    with name_scope(name, default) as scope:
        return OPS["transpose"](make(None), perm=_FIRST, name=scope)


def _sizes_last(sizes: Any, data_format: Any) -> Any:
    if not _channels_first(data_format):
        return sizes
    return OPS["gather"](shape_tensor(sizes), list(_LAST))


def _given(what: str, value: Any) -> Any:
    if value is None:
        raise ValueError(f"{what} must be given")
    return value


# Convolutions -----------------------------------------------------------------------------------------------------------


def conv2d(
    input: Any,
    filter: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """Images convolved with filters [rows, columns, in, out] (TF1: tf.nn.conv2d). filter and filters are one argument.

    strides, dilations: one number, two, or one an axis of the image. padding: "SAME", "VALID" or a pair an axis. ValueError
    for others, and for operands that do not fit each other.
    """
    kernel = _given("filter", renamed("filters", filters, "filter", filter))
    how = _how(strides, padding, data_format, dilations)
    x = _last(input, data_format)
    return _applied(data_format, name, "Conv2D", lambda n: OPS["conv2d"](x, kernel, name=n, **how))


def conv2d_backprop_input(
    input_sizes: Any,
    filter: Any = None,
    out_backprop: Any = None,
    strides: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
    filters: Any = None,
) -> Tensor:
    """The gradient of conv2d with respect to its images, of shape `input_sizes` (TF1: tf.nn.conv2d_backprop_input)."""
    kernel = _given("filter", renamed("filters", filters, "filter", filter))
    how = _how(strides, padding, data_format, dilations)
    g, sizes = _last(_given("out_backprop", out_backprop), data_format), _sizes_last(input_sizes, data_format)
    make = lambda n: OPS["conv2d_backprop_input"](sizes, kernel, g, name=n, **how)
    return _applied(data_format, name, "Conv2DBackpropInput", make)


def conv2d_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of conv2d with respect to its filters, of shape `filter_sizes` (TF1: tf.nn.conv2d_backprop_filter)."""
    how = _how(strides, padding, data_format, dilations)
    x, g = _last(input, data_format), _last(out_backprop, data_format)
    return OPS["conv2d_backprop_filter"](x, filter_sizes, g, name=name, **how)


def conv2d_transpose(
    value: Any = None,
    filter: Any = None,
    output_shape: Any = None,
    strides: Any = None,
    padding: Any = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """The transpose of a convolution with filters [rows, columns, out, in], of shape `output_shape` (TF1: tf.nn.conv2d_transpose)."""
    x = _given("value", renamed("input", input, "value", value))
    with name_scope(name, "conv2d_transpose") as scope:
        return conv2d_backprop_input(
            _given("output_shape", output_shape),
            filter,
            x,
            strides,
            padding,
            data_format=data_format,
            dilations=dilations,
            filters=filters,
            name=scope,
        )


def conv1d(
    value: Any = None,
    filters: Any = None,
    stride: Any = None,
    padding: Any = None,
    use_cudnn_on_gpu: bool | None = None,
    data_format: str | None = None,
    name: str | None = None,
    input: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Sequences [batch, steps, in] convolved with filters [steps, in, out] (TF1: tf.nn.conv1d). data_format: "NWC" or "NCW"."""
    if data_format not in (None, "NWC", "NCW", "NHWC", "NCHW"):
        raise ValueError(f"data_format must be 'NWC' or 'NCW', got {data_format!r}")
    x = as_tensor(_given("value", renamed("input", input, "value", value)))
    kernel = as_tensor(_given("filters", filters), x.dtype)
    first = data_format in ("NCW", "NCHW")
    how = {"strides": _of_steps(stride, "stride"), "padding": padding, "dilations": _of_steps(dilations, "dilations")}
    with name_scope(name, "conv1d") as scope:
        axis = 2 if first else 1
        wide = OPS["expand_dims"](x, axis=axis)
        form = "NCHW" if first else "NHWC"
        out = conv2d(wide, OPS["expand_dims"](kernel, axis=0), data_format=form, **how)
        return OPS["squeeze"](out, axis=axis, name=scope)


def _of_steps(values: Any, what: str) -> list[int]:
    """[1, the number along the steps], of one number or of one for each of the three axes."""
    given = [1] if values is None else [values] if isinstance(values, int) else list(values)
    if len(given) not in (1, 3):
        raise ValueError(f"{what} should be of length 1 or 3 but was {len(given)}")
    return [1, max(given)]


def atrous_conv2d(value: Any, filters: Any, rate: int, padding: str, name: str | None = None) -> Tensor:
    """A convolution whose filters' elements lie `rate` apart (TF1: tf.nn.atrous_conv2d)."""
    return OPS["conv2d"](value, filters, padding=padding, dilations=(rate, rate), name=name)


def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """The transpose of atrous_conv2d, of shape `output_shape` (TF1: tf.nn.atrous_conv2d_transpose)."""
    how = {"padding": padding, "dilations": (rate, rate)}
    return OPS["conv2d_backprop_input"](output_shape, filters, value, name=name, **how)


def convolution(
    input: Any,
    filter: Any,
    padding: Any,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """conv1d of a tensor of rank 3, conv2d of one of rank 4 (TF1: tf.nn.convolution). strides, dilation_rate: one an axis.

    ValueError for another rank.
    """
    x, kernel = as_tensor(input), renamed("filters", filters, "filter", filter)
    rates = renamed("dilations", dilations, "dilation_rate", dilation_rate)
    if x.type.rank == 3:
        return conv1d(x, kernel, strides, padding, data_format=data_format, name=name, dilations=rates)
    if x.type.rank == 4:
        return conv2d(x, kernel, strides, padding, data_format=data_format or "NHWC", dilations=rates, name=name)
    raise ValueError(f"convolution: samegraph convolves sequences (rank 3) and images (rank 4), got {x!r}")


def depthwise_conv2d_native(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """Each channel convolved with its own filters [rows, columns, in, multiplier] (TF1: tf.nn.depthwise_conv2d_native)."""
    how, x = _how(strides, padding, data_format, dilations), _last(input, data_format)
    make = lambda n: OPS["depthwise_conv2d_native"](x, filter, name=n, **how)
    return _applied(data_format, name, "DepthwiseConv2dNative", make)


def depthwise_conv2d_native_backprop_input(
    input_sizes: Any,
    filter: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of depthwise_conv2d_native to its images (TF1: tf.nn.depthwise_conv2d_native_backprop_input)."""
    how = _how(strides, padding, data_format, dilations)
    g, sizes = _last(out_backprop, data_format), _sizes_last(input_sizes, data_format)
    make = lambda n: OPS["depthwise_conv2d_native_backprop_input"](sizes, filter, g, name=n, **how)
    return _applied(data_format, name, "DepthwiseConv2dNativeBackpropInput", make)


def depthwise_conv2d_native_backprop_filter(
    input: Any,
    filter_sizes: Any,
    out_backprop: Any,
    strides: Any,
    padding: Any,
    data_format: str = "NHWC",
    dilations: Any = _ONES,
    name: str | None = None,
) -> Tensor:
    """The gradient of depthwise_conv2d_native to its filters (TF1: tf.nn.depthwise_conv2d_native_backprop_filter)."""
    how = _how(strides, padding, data_format, dilations)
    x, g = _last(input, data_format), _last(out_backprop, data_format)
    return OPS["depthwise_conv2d_native_backprop_filter"](x, filter_sizes, g, name=name, **how)


def depthwise_conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """Each channel convolved with its own filters (TF1: tf.nn.depthwise_conv2d). rate: the old name of dilations."""
    rates = renamed("dilations", dilations, "rate", rate)
    return depthwise_conv2d_native(input, filter, strides, padding, data_format or "NHWC", rates, name or "depthwise")


def separable_conv2d(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: Any,
    rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """depthwise_conv2d, then a convolution with filters [1, 1, in * multiplier, out] (TF1: tf.nn.separable_conv2d)."""
    with name_scope(name, "separable_conv2d") as scope:
        deep = depthwise_conv2d(input, depthwise_filter, strides, padding, rate, None, data_format, dilations)
        form = data_format or "NHWC"
        return conv2d(deep, pointwise_filter, 1, "VALID", data_format=form, name=scope)


# Poolings ---------------------------------------------------------------------------------------------------------------


def _pooled(
    op: str, default: str, x: Any, ksize: Any, strides: Any, padding: Any, data_format: str, name: str | None
) -> Tensor:
    how = {
        "ksize": _pair(ksize, data_format, "ksize"),
        "strides": _pair(strides, data_format, "strides"),
        "padding": padding,
    }
    image = _last(x, data_format)
    return _applied(data_format, name, default, lambda n: OPS[op](image, name=n, **how))


def max_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The greatest element of each window of images (TF1: tf.nn.max_pool). ksize, strides: as conv2d's strides."""
    x = renamed("input", input, "value", value)
    return _pooled("max_pool", "MaxPool", x, ksize, strides, padding, data_format, name)


def max_pool2d(
    input: Any, ksize: Any, strides: Any, padding: str, data_format: str = "NHWC", name: str | None = None
) -> Tensor:
    """As max_pool (TF1: tf.nn.max_pool2d)."""
    return max_pool(input, ksize, strides, padding, data_format, name)


def avg_pool(
    value: Any,
    ksize: Any,
    strides: Any,
    padding: str,
    data_format: str = "NHWC",
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """The mean of each window of images, padding not counted (TF1: tf.nn.avg_pool). ksize, strides: as conv2d's strides."""
    x = renamed("input", input, "value", value)
    return _pooled("avg_pool", "AvgPool", x, ksize, strides, padding, data_format, name)


avg_pool2d = avg_pool


def pool(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    padding: str,
    dilation_rate: Any = None,
    strides: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    dilations: Any = None,
) -> Tensor:
    """max_pool ("MAX") or avg_pool ("AVG") of images (TF1: tf.nn.pool). ValueError for other ranks, and for dilations."""
    x, rates = as_tensor(input), renamed("dilations", dilations, "dilation_rate", dilation_rate)
    if x.type.rank != 4 or any(n != 1 for n in rates or []):
        raise ValueError(f"pool: samegraph pools images (rank 4) without dilations, got {x!r} and {rates}")
    if pooling_type not in ("MAX", "AVG"):
        raise ValueError(f'pooling_type is "MAX" or "AVG", got {pooling_type!r}')
    how = max_pool if pooling_type == "MAX" else avg_pool
    return how(x, window_shape, 1 if strides is None else strides, padding, data_format or "NHWC", name)
