"""NumPy kernels of samegraph.ops.pooling."""

from __future__ import annotations

import numpy as np
from samegraph.backend import window_pads

from .comparison import where


def max_pool(x, ksize, strides=(1, 1), padding="VALID"):
    first, *others = _seen(x, ksize, strides, padding)
    out = first.copy()
    for seen in others:
        np.maximum(out, seen, out=out)
    return out


def max_pool_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    first = _first_greatest(x, ksize, strides, padding)
    pads = _pads(x.shape, ksize, strides, padding)
    wide = _zeros(x.shape, pads, grad.dtype)
    nothing = np.zeros_like(grad)
    for tap, seen in enumerate(_taps(wide, ksize, grad.shape, strides)):
        seen += where(first == tap, grad, nothing)
    return _cropped(wide, x.shape, pads)


def max_pool_grad_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    first = _first_greatest(x, ksize, strides, padding)[..., np.newaxis]
    seen = _windows(grad, ksize, strides, padding, 0)
    return np.take_along_axis(_flat(seen), first, -1)[..., 0]


def avg_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return _windows(x, ksize, strides, padding, 0).sum((-2, -1)) / _counts(x.shape, x.dtype, ksize, strides, padding)


def avg_pool_grad(input_sizes, grad, ksize, strides=(1, 1), padding="VALID"):
    pads = _pads(input_sizes, ksize, strides, padding)
    wide = _zeros(input_sizes, pads, grad.dtype)
    share = grad / _counts(input_sizes, grad.dtype, ksize, strides, padding)
    for seen in _taps(wide, ksize, grad.shape, strides):
        seen += share
    return _cropped(wide, input_sizes, pads)


def _pads(sizes, ksize, strides, padding):
    return ((0, 0), *window_pads(sizes[1:3], ksize, strides, padding), (0, 0))


def _wide(x, ksize, strides, padding, fill):
    pads = _pads(x.shape, ksize, strides, padding)
    return np.pad(x, pads, constant_values=fill) if any(map(any, pads)) else x


def _zeros(sizes, pads, dtype):
    return np.zeros([n + before + after for n, (before, after) in zip(sizes, pads, strict=True)], dtype)


def _windows(x, ksize, strides, padding, fill):
    """What each window sees: [batch, window row, window column, channel, row, column]."""
    wide = _wide(x, ksize, strides, padding, fill)
    seen = np.lib.stride_tricks.sliding_window_view(wide, ksize, axis=(1, 2))
    return seen[:, :: strides[0], :: strides[1]]


def _first_greatest(x, ksize, strides, padding):
    """The place in each window, by rows, of its first greatest element."""
    first, *others = _seen(x, ksize, strides, padding)
    best, place = first.copy(), np.zeros(first.shape, np.intp)
    for tap, seen in enumerate(others, 1):
        np.putmask(place, seen > best, tap)
        np.maximum(best, seen, out=best)
    # a NaN is the greatest, and greater than nothing
    return _flat(_windows(x, ksize, strides, padding, -np.inf)).argmax(-1) if np.isnan(best).any() else place


def _seen(x, ksize, strides, padding):
    """For each place of the window, by rows, what it sees as the window slides; outside of x is less than everything."""
    wide = _wide(x, ksize, strides, padding, -np.inf)
    rows, columns = ((n - k) // s + 1 for n, k, s in zip(wide.shape[1:3], ksize, strides, strict=True))
    return _taps(wide, ksize, (x.shape[0], rows, columns, x.shape[3]), strides)


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
            rows, columns = (slice(at, at + n * s, s) for at, n, s in zip((i, j), out[1:3], strides, strict=True))
            yield x[:, rows, columns]


def _cropped(x, sizes, pads):
    top, left = pads[1][0], pads[2][0]
    return np.ascontiguousarray(x[:, top : top + sizes[1], left : left + sizes[2]])
