"""NumPy kernels of samegraph.ops.statistics."""

from __future__ import annotations

import numpy as np


def reduce_mean(x, axis=None, keepdims=False):
    if x.dtype.kind in "iu":
        return _integer_mean(x, axis, keepdims)
    wide = np.dtype(np.float32) if x.dtype.itemsize == 2 else x.dtype
    total = np.sum(x, axis=axis, keepdims=keepdims, dtype=wide)
    return (total / wide.type(_count(x, total))).astype(x.dtype)


def _integer_mean(x, axis, keepdims):
    total = np.sum(x, axis=axis, keepdims=keepdims, dtype=np.uint64 if x.dtype.kind == "u" else np.int64)
    count = total.dtype.type(max(1, _count(x, total)))
    return ((total - np.fmod(total, count)) // count).astype(x.dtype)


def _count(x, reduced):
    """How many elements of `x` make one of `reduced`."""
    return x.size // reduced.size if reduced.size else 1


def _lowest(dtype):
    return dtype.type(-np.inf) if dtype.kind not in "iu" else np.iinfo(dtype).min


def _highest(dtype):
    return dtype.type(np.inf) if dtype.kind not in "iu" else np.iinfo(dtype).max


def reduce_max(x, axis=None, keepdims=False):
    return np.max(x, axis=axis, keepdims=keepdims, initial=_lowest(x.dtype))


def reduce_min(x, axis=None, keepdims=False):
    return np.min(x, axis=axis, keepdims=keepdims, initial=_highest(x.dtype))


def reduce_prod(x, axis=None, keepdims=False):
    return np.prod(x, axis=axis, keepdims=keepdims, dtype=x.dtype)


def reduce_logsumexp(x, axis=None, keepdims=False):
    top = reduce_max(x, axis, True)
    top = np.where(np.isfinite(top), top, x.dtype.type(0))
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True, dtype=x.dtype)) + top
    return total if keepdims else np.squeeze(total, axis=axis)


def argmax(x, axis=0, output_type="int64"):
    return np.argmax(x, axis=axis).astype(output_type)


def argmin(x, axis=0, output_type="int64"):
    return np.argmin(x, axis=axis).astype(output_type)
