"""NumPy kernels of samegraph.ops.pooling."""

from __future__ import annotations

import numpy as np
from samegraph.backend import window_pads


def max_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return _windows(x, ksize, strides, padding, -np.inf).max((-2, -1))


def max_pool_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    first = _first_greatest(x, ksize, strides, padding)
    pads = _pads(x.shape, ksize, strides, padding)
    wide = np.pad(np.zeros_like(x), pads)
    for tap, seen in enumerate(_taps(wide, ksize, grad.shape, strides)):
        seen += np.where(first == tap, grad, 0)
    return _cropped(wide, x.shape, pads)


def max_pool_grad_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    first = _first_greatest(x, ksize, strides, padding)[..., np.newaxis]
    seen = _windows(grad, ksize, strides, padding, 0)
    return np.take_along_axis(_flat(seen), first, -1)[..., 0]


def avg_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return _windows(x, ksize, strides, padding, 0).sum((-2, -1)) / _counts(x.shape, x.dtype, ksize, strides, padding)


def avg_pool_grad(input_sizes, grad, ksize, strides=(1, 1), padding="VALID"):
    pads = _pads(input_sizes, ksize, strides, padding)
    wide = np.pad(np.zeros(input_sizes, grad.dtype), pads)
    share = grad / _counts(input_sizes, grad.dtype, ksize, strides, padding)
    for seen in _taps(wide, ksize, grad.shape, strides):
        seen += share
    return _cropped(wide, input_sizes, pads)


def _pads(sizes, ksize, strides, padding):
    return ((0, 0), *window_pads(sizes[1:3], ksize, strides, padding), (0, 0))


def _windows(x, ksize, strides, padding, fill):
    """What each window sees: [batch, window row, window column, channel, row, column]."""
    wide = np.pad(x, _pads(x.shape, ksize, strides, padding), constant_values=fill)
    seen = np.lib.stride_tricks.sliding_window_view(wide, ksize, axis=(1, 2))
    return seen[:, :: strides[0], :: strides[1]]


def _first_greatest(x, ksize, strides, padding):
    """The place in each window, by rows, of its first greatest element."""
    return _flat(_windows(x, ksize, strides, padding, -np.inf)).argmax(-1)


def _flat(windows):
    """The elements of each window in one axis."""
    return windows.reshape(*windows.shape[:4], windows.shape[4] * windows.shape[5])


def _counts(sizes, dtype, ksize, strides, padding):
    """How many elements each window sees, padding not counted: [1, row, column, 1]."""
    return _windows(np.ones((1, *sizes[1:3], 1), dtype), ksize, strides, padding, 0).sum((-2, -1))


def _taps(x, ksize, out, strides):
    """For each place of the window, by rows, a view of what it sees as the window slides."""
    for i in range(ksize[0]):
        for j in range(ksize[1]):
            rows = slice(i, i + (out[1] - 1) * strides[0] + 1, strides[0])
            yield x[:, rows, slice(j, j + (out[2] - 1) * strides[1] + 1, strides[1])]


def _cropped(x, sizes, pads):
    top, left = pads[1][0], pads[2][0]
    return np.ascontiguousarray(x[:, top : top + sizes[1], left : left + sizes[2]])
