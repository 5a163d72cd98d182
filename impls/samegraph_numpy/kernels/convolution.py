"""NumPy kernels of samegraph.ops.convolution."""

from __future__ import annotations

import math

import numpy as np
from samegraph.backend import window_pads


def conv2d(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    windows = _windows(_padded(input, filters.shape, strides, padding, dilations), filters.shape, strides, dilations)
    out = np.dot(_columns(windows), _matrix(filters))
    return out.reshape(*windows.shape[:3], filters.shape[3])


def conv2d_backprop_input(input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    pads = window_pads(input_sizes[1:3], filters.shape[:2], strides, padding, dilations)
    wide = _zeros(input_sizes, pads, out_backprop.dtype)
    columns = np.dot(_matrix(out_backprop), _matrix(filters).T).reshape(*out_backprop.shape[:3], *filters.shape[:3])
    for i, j, seen in _taps(wide, filters.shape, out_backprop.shape, strides, dilations):
        seen += columns[:, :, :, i, j]
    return _cropped(wide, input_sizes, pads)


def conv2d_backprop_filter(input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    windows = _windows(_padded(input, filter_sizes, strides, padding, dilations), filter_sizes, strides, dilations)
    windows = windows[:, : out_backprop.shape[1], : out_backprop.shape[2]]
    return np.dot(_columns(windows).T, _matrix(out_backprop)).reshape(filter_sizes)


def depthwise_conv2d_native(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    image = _padded(input, filters.shape, strides, padding, dilations)
    sizes = _windows(image, filters.shape, strides, dilations).shape
    out = np.zeros((*sizes[:4], filters.shape[3]), input.dtype)
    for i, j, seen in _taps(image, filters.shape, sizes, strides, dilations):
        out += seen[..., np.newaxis] * filters[i, j]
    return out.reshape(*sizes[:3], sizes[3] * filters.shape[3])


def depthwise_conv2d_native_backprop_input(
    input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    pads = window_pads(input_sizes[1:3], filters.shape[:2], strides, padding, dilations)
    wide = _zeros(input_sizes, pads, out_backprop.dtype)
    grads = out_backprop.reshape(*out_backprop.shape[:3], *filters.shape[2:])
    for i, j, seen in _taps(wide, filters.shape, out_backprop.shape, strides, dilations):
        seen += (grads * filters[i, j]).sum(-1)
    return _cropped(wide, input_sizes, pads)


def depthwise_conv2d_native_backprop_filter(
    input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    image = _padded(input, filter_sizes, strides, padding, dilations)
    grads = out_backprop.reshape(*out_backprop.shape[:3], *filter_sizes[2:])
    out = np.empty(filter_sizes, input.dtype)
    for i, j, seen in _taps(image, filter_sizes, out_backprop.shape, strides, dilations):
        out[i, j] = (seen[..., np.newaxis] * grads).sum((0, 1, 2))
    return out


def _padded(x, window, strides, padding, dilations):
    pads = window_pads(x.shape[1:3], window[:2], strides, padding, dilations)
    return np.pad(x, ((0, 0), *pads, (0, 0))) if any(map(any, pads)) else x


def _windows(x, window, strides, dilations):
    """What each window sees: a view [batch, window row, window column, channel, row, column]."""
    reach = [(k - 1) * d + 1 for k, d in zip(window[:2], dilations, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(1, 2))
    return seen[:, :: strides[0], :: strides[1], :, :: dilations[0], :: dilations[1]]


def _matrix(x):
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _columns(windows):
    """What each window sees as a row, in the order of the filters: one product does all at once (np.dot keeps bfloat16)."""
    rows = windows.transpose(0, 1, 2, 4, 5, 3)
    return rows.reshape(math.prod(rows.shape[:3]), math.prod(rows.shape[3:]))


def _taps(x, window, out, strides, dilations):
    """For each place (i, j) of the window, a view of what it sees as the window slides: [batch, row, column, channel]."""
    for i in range(window[0]):
        for j in range(window[1]):
            top, left = i * dilations[0], j * dilations[1]
            rows, columns = (slice(at, at + n * s, s) for at, n, s in zip((top, left), out[1:3], strides, strict=True))
            yield i, j, x[:, rows, columns]


def _zeros(sizes, pads, dtype):
    (above, below), (left, right) = pads
    return np.zeros((sizes[0], sizes[1] + above + below, sizes[2] + left + right, sizes[3]), dtype)


def _cropped(x, sizes, pads):
    (above, _), (left, _) = pads
    return np.ascontiguousarray(x[:, above : above + sizes[1], left : left + sizes[2]])
