"""Normalisation, losses: defaults."""

from __future__ import annotations

import inspect
from typing import Any

import tensorflow as tf


def _fused_batch_norm(x):
    y, mean, variance = tf.compat.v1.nn.fused_batch_norm(tf.reshape(x, [3, 1, 1, 1]), [1.0], [0.0], epsilon=1e-3)
    return tf.reshape(y, [-1]), mean, variance


def _dropout_arguments():
    parameters = inspect.signature(tf.compat.v1.nn.dropout).parameters
    return {name: parameters[name].default for name in ("keep_prob", "rate")}


TABLE: dict[str, Any] = {
    "fused-batch-norm-variance": _fused_batch_norm,
    "cross-entropy-reduction": lambda x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
    "l2-loss": tf.nn.l2_loss,
    "clip-by-global-norm": lambda x: tf.clip_by_global_norm([x], 1.0)[0],
    "clip-by-global-norm-inf": lambda x: tf.clip_by_global_norm([x], 1.0)[0],
    "dropout-argument": _dropout_arguments,
}
