"""TensorFlow kernels of samegraph.ops.losses."""

from __future__ import annotations

import tensorflow as tf


def softmax_cross_entropy_with_logits(labels, logits):
    # tf.nn.softmax_cross_entropy_with_logits has the gradient of labels that sum to 1
    return -tf.reduce_sum(labels * tf.nn.log_softmax(logits), -1)


def sparse_softmax_cross_entropy_with_logits(labels, logits):
    last = tf.cast(tf.shape(logits)[-1] - 1, labels.dtype)
    inside = tf.clip_by_value(labels, 0, tf.maximum(last, 0))
    return -tf.gather(tf.nn.log_softmax(logits), inside, batch_dims=labels.shape.rank)


def sigmoid_cross_entropy_with_logits(labels, logits):
    return tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)


def l2_loss(x):
    return tf.nn.l2_loss(x)
