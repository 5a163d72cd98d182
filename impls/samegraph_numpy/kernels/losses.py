"""NumPy kernels of samegraph.ops.losses."""

from __future__ import annotations

import numpy as np

from ..rows import sums_of_last
from .activations import _log_softmax_of, _powers
from .maths import _log1p_exp


def softmax_cross_entropy_with_logits(labels, logits):
    return _cross_entropy_of(_powers(logits, -1), labels)


def _cross_entropy_of(powers, labels):
    logs = np.multiply(_log_softmax_of(powers), labels)
    sums = sums_of_last(logs)[..., 0]
    return np.negative(sums, out=sums)


def sparse_softmax_cross_entropy_with_logits(labels, logits):
    return _sparse_cross_entropy_of(_powers(logits, -1), labels)


def _sparse_cross_entropy_of(powers, labels):
    inside = np.clip(labels, 0, max(0, powers[0].shape[-1] - 1))
    return -np.take_along_axis(_log_softmax_of(powers), inside[..., None], axis=-1)[..., 0]


def sigmoid_cross_entropy_with_logits(labels, logits):
    out = np.maximum(logits, logits.dtype.type(0))
    out -= logits * labels  # before the rest is added: it may be all that is left
    out += _log1p_exp(-np.abs(logits))
    return out


def l2_loss(x):
    return np.sum(np.square(x), dtype=x.dtype) * x.dtype.type(0.5)
