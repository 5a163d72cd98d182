"""JAX kernels of samegraph.ops.losses."""

from __future__ import annotations

import jax.numpy as jnp

from .activations import log_softmax


def softmax_cross_entropy_with_logits(labels, logits):
    return -jnp.sum(labels * log_softmax(logits), axis=-1, dtype=logits.dtype)


def sparse_softmax_cross_entropy_with_logits(labels, logits):
    return -jnp.take_along_axis(log_softmax(logits), labels[..., None], axis=-1, mode="clip")[..., 0]


def sigmoid_cross_entropy_with_logits(labels, logits):
    # max(x, 0) and -|x| by one condition, so that their slopes at 0 belong together
    x, positive = logits, logits >= 0
    return jnp.where(positive, x, 0) - x * labels + jnp.log1p(jnp.exp(jnp.where(positive, -x, x)))


def l2_loss(x):
    return jnp.sum(jnp.square(x), dtype=x.dtype) * 0.5
