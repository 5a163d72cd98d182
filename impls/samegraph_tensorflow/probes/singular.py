"""Singular points, domains, saturation."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def _cross_entropy(*labels):
    return lambda x: tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=x)


@tf.function(jit_compile=True)
def _chain(x):
    for _ in range(10_000):
        x = x + 1e-4
    return x


TABLE: dict[str, Any] = {
    "sqrt-at-0": tf.sqrt,
    "sqrt-negative": tf.sqrt,
    "rsqrt-at-0": tf.math.rsqrt,
    "norm-at-0": tf.norm,
    "sqrt-of-sum-of-squares": lambda x: tf.sqrt(tf.reduce_sum(x * x)),
    "l2-normalize-at-0": lambda x: tf.nn.l2_normalize(x, -1),
    "std-of-constant": tf.math.reduce_std,
    "pow-0-0": tf.pow,
    "pow-0-2": tf.pow,
    "pow-0-half": tf.pow,
    "pow-negative-base": tf.pow,
    "pow-negative-base-half": tf.pow,
    "pow-0-minus-1": tf.pow,
    "pow-2-at-negative-zero": lambda x: tf.pow(x, 2.0),
    "reciprocal-at-negative-zero": lambda x: 1.0 / x,
    "times-0-at-inf": lambda x: x * 0.0,
    "log-at-0": tf.math.log,
    "log-negative": tf.math.log,
    "log1p-at-minus-1": tf.math.log1p,
    "xlogy-at-0-0": tf.math.xlogy,
    "x-log-x-at-0": lambda x: x * tf.math.log(x),
    "divide-1-0": tf.divide,
    "divide-0-0": tf.divide,
    "divide-no-nan-1-0": tf.math.divide_no_nan,
    "where-sqrt-dead": lambda x: tf.where(x > 0, tf.sqrt(x), 0.0),
    "where-reciprocal-dead": lambda x: tf.where(x > 0, 1 / x, 0.0),
    "atan2-at-origin": tf.atan2,
    "asin-at-1": tf.asin,
    "acos-outside": tf.acos,
    "reduce-prod-zero": tf.reduce_prod,
    "cumprod-zero": tf.math.cumprod,
    "softmax-one-minus-inf": lambda x: tf.nn.softmax(x)[0],
    "softmax-all-minus-inf": lambda x: tf.nn.softmax(x)[0],
    "softmax-plus-inf": lambda x: tf.nn.softmax(x)[0],
    "log-softmax-large": lambda x: tf.nn.log_softmax(x)[1],
    "log-of-softmax-large": lambda x: tf.math.log(tf.nn.softmax(x))[1],
    "logsumexp-minus-inf": tf.reduce_logsumexp,
    "logsumexp-plus-inf": tf.reduce_logsumexp,
    "softplus-wide": tf.math.softplus,
    "sigmoid-saturated": tf.sigmoid,
    "log-of-sigmoid": lambda x: tf.math.log(tf.sigmoid(x)),
    "log-sigmoid": tf.math.log_sigmoid,
    "tanh-saturated": tf.tanh,
    "sigmoid-cross-entropy-large": lambda x: tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(x), logits=x),
    "weighted-cross-entropy-at-0": lambda x: tf.nn.weighted_cross_entropy_with_logits(tf.ones_like(x), x, 2.0),
    "exp-overflow": tf.exp,
    "expm1-saturated": tf.math.expm1,
    "lgamma-at-0": tf.math.lgamma,
    "logaddexp-minus-inf": lambda a, b: tf.reduce_logsumexp(tf.stack([a, b])),
    "mean-of-nothing-gradient": lambda x: tf.reduce_mean(x[:0]),
    "squared-difference-inf": tf.math.squared_difference,
    "sin-x-over-x-at-0": lambda x: tf.sin(x) / x,
    "tan-at-half-pi": tf.tan,
    "sin-of-1e8": tf.sin,
    "cross-entropy-label-at-minus-inf": _cross_entropy(1.0, 0.0),
    "cross-entropy-other-at-minus-inf": _cross_entropy(1.0, 0.0),
    "cross-entropy-labels-sum-to-2": _cross_entropy(1.0, 1.0),
    "cosine-similarity-of-zero": lambda x: tf.reduce_sum(tf.nn.l2_normalize(x, 0) * tf.constant([1.0, 0.0])),
    "matmul-overflow": lambda x: tf.reduce_sum(x * 1e20),
    "variance-cancellation": tf.math.reduce_variance,
    "chain-of-additions": _chain,
    "determinant-singular": tf.linalg.det,
    "segment-prod-zero": lambda x: tf.math.unsorted_segment_prod(x, [0, 0, 1], 2),
    "digamma-at-poles": tf.math.digamma,
}
