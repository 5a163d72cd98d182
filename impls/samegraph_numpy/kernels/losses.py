"""NumPy kernels of samegraph.ops.losses."""

from __future__ import annotations

import numpy as np

from .activations import log_softmax


def softmax_cross_entropy_with_logits(labels, logits):
    return -np.sum(labels * log_softmax(logits), axis=-1, dtype=logits.dtype)


def sparse_softmax_cross_entropy_with_logits(labels, logits):
    inside = np.clip(labels, 0, max(0, logits.shape[-1] - 1))
    return -np.take_along_axis(log_softmax(logits), inside[..., None], axis=-1)[..., 0]


def sigmoid_cross_entropy_with_logits(labels, logits):
    x, zero = logits, logits.dtype.type(0)
    return np.maximum(x, zero) - x * labels + np.log1p(np.exp(-np.abs(x)))


def l2_loss(x):
    return np.sum(np.square(x), dtype=x.dtype) * x.dtype.type(0.5)
