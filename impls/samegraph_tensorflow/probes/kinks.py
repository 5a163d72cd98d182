"""Subgradients at kinks and ties."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def _middle(x):
    """TensorFlow has no median: the mean of the two middle ones of four."""
    ordered = tf.sort(x)
    return (ordered[1] + ordered[2]) / 2


def _huber(x):
    return tf.compat.v1.losses.huber_loss(tf.zeros_like(x), x, reduction="none")


TABLE: dict[str, Any] = {
    "relu-at-0": tf.nn.relu,
    "relu-as-maximum": lambda x: tf.maximum(x, 0.0),
    "clip-below-only": lambda x: tf.clip_by_value(x, 0.0, float("inf")),
    "relu6-at-ends": tf.nn.relu6,
    "relu-nan": tf.nn.relu,
    "relu-negative-zero-and-inf": tf.nn.relu,
    "abs-at-0": tf.abs,
    "abs-negative-zero-and-nan": tf.abs,
    "sign": tf.sign,
    "reduce-max-ties": tf.reduce_max,
    "reduce-max-ties-whole": tf.reduce_max,
    "reduce-max-ties-axis": lambda x: tf.reduce_max(x, 0),
    "reduce-max-nan": tf.reduce_max,
    "reduce-max-all-minus-inf": tf.reduce_max,
    "reduce-min-ties": tf.reduce_min,
    "maximum-tie": tf.maximum,
    "minimum-tie": tf.minimum,
    "maximum-nan": tf.maximum,
    "clip-at-bounds": lambda x: tf.clip_by_value(x, -1.0, 1.0),
    "clip-crossed-bounds": lambda x: tf.clip_by_value(x, 2.0, 1.0),
    "clip-nan": lambda x: tf.clip_by_value(x, -1.0, 1.0),
    "leaky-relu-defaults": tf.nn.leaky_relu,
    "elu": tf.nn.elu,
    "selu": tf.nn.selu,
    "gelu-default": tf.nn.gelu,
    "hard-tanh": lambda x: tf.clip_by_value(x, -1.0, 1.0),
    "max-pool-ties": lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
    "floor": tf.floor,
    "round": tf.round,
    "float-modulo": lambda x: tf.math.floormod(x, 2.0),
    "top-k-ties": lambda x: tf.math.top_k(x, 1)[0],
    "median-even": _middle,
    "huber": _huber,
    "segment-max-ties": lambda x: tf.math.unsorted_segment_max(x, [0, 0, 1], 2),
    "segment-min-ties": lambda x: tf.math.unsorted_segment_min(x, [0, 0, 1], 2),
    "truncatemod-float": tf.truncatemod,
}
