"""PyTorch kernels of samegraph.ops.convolution: channels first inside, padded by hand, for PyTorch pads both sides alike."""

from __future__ import annotations

import torch
from samegraph.backend import window_pads
from torch.nn.grad import conv2d_input, conv2d_weight


def conv2d(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    image = _padded(input, filters.shape, strides, padding, dilations)
    return _last(_convolved(image, _weight(filters), strides, dilations))


def conv2d_backprop_input(input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    pads = window_pads(input_sizes[1:3], filters.shape[:2], strides, padding, dilations)
    sizes = _padded_sizes(input_sizes, pads)
    wide = _input(sizes, _weight(filters), _first(out_backprop), strides, dilations)
    return _cropped(wide, input_sizes, pads)


def conv2d_backprop_filter(input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    image = _padded(input, filter_sizes, strides, padding, dilations)
    sizes = [filter_sizes[i] for i in (3, 2, 0, 1)]
    return _filters(_weights(image, sizes, _first(out_backprop), strides, dilations))


def depthwise_conv2d_native(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    image = _padded(input, filters.shape, strides, padding, dilations)
    return _last(_convolved(image, _grouped(filters), strides, dilations, filters.shape[2]))


def depthwise_conv2d_native_backprop_input(
    input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    pads = window_pads(input_sizes[1:3], filters.shape[:2], strides, padding, dilations)
    sizes, groups = _padded_sizes(input_sizes, pads), filters.shape[2]
    wide = _input(sizes, _grouped(filters), _first(out_backprop), strides, dilations, groups)
    return _cropped(wide, input_sizes, pads)


def depthwise_conv2d_native_backprop_filter(
    input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    rows, columns, channels, multiplier = filter_sizes
    image, sizes = _padded(input, filter_sizes, strides, padding, dilations), (channels * multiplier, 1, rows, columns)
    grad = _weights(image, sizes, _first(out_backprop), strides, dilations, channels)
    return grad.reshape(channels, multiplier, rows, columns).permute(2, 3, 0, 1)


# Without elements on one side the answer holds zeros alone, and PyTorch's shape check on a GPU refuses to give them.


def _convolved(image, weight, strides, dilations, groups=1):
    if image.numel() and weight.numel():
        return torch.nn.functional.conv2d(image, weight, None, strides, 0, dilations, groups)
    spans = [d * (k - 1) + 1 for d, k in zip(dilations, weight.shape[2:], strict=True)]
    sizes = [(n - span) // step + 1 for n, span, step in zip(image.shape[2:], spans, strides, strict=True)]
    return image.new_zeros((image.shape[0], weight.shape[0], *sizes))


def _input(sizes, weight, grad, strides, dilations, groups=1):
    if weight.numel() and grad.numel() and 0 not in sizes:
        return conv2d_input(sizes, weight, grad, strides, 0, dilations, groups)
    return grad.new_zeros(sizes)


def _weights(image, sizes, grad, strides, dilations, groups=1):
    if image.numel() and grad.numel() and 0 not in sizes:
        return conv2d_weight(image, sizes, grad, strides, 0, dilations, groups)
    return grad.new_zeros(sizes)


def _first(x):
    return x.permute(0, 3, 1, 2)


def _last(x):
    return x.permute(0, 2, 3, 1)


def _weight(filters):
    """Contiguous: PyTorch 2.13's slow_conv2d has no gradient to weights that are not."""
    return filters.permute(3, 2, 0, 1).clone(memory_format=torch.contiguous_format)


def _filters(weight):
    return weight.permute(2, 3, 1, 0)


def _grouped(filters):
    """Filters [rows, columns, in, multiplier] as weights [in * multiplier, 1, rows, columns] of one group a channel."""
    rows, columns, channels, multiplier = filters.shape
    return filters.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns)


def _padded(x, window, strides, padding, dilations):
    (above, below), (left, right) = window_pads(x.shape[1:3], window[:2], strides, padding, dilations)
    return torch.nn.functional.pad(_first(x), (left, right, above, below))


def _padded_sizes(sizes, pads):
    return (sizes[0], sizes[3], sizes[1] + sum(pads[0]), sizes[2] + sum(pads[1]))


def _cropped(wide, sizes, pads):
    (above, _), (left, _) = pads
    return _last(wide.narrow(2, above, sizes[1]).narrow(3, left, sizes[2]))
