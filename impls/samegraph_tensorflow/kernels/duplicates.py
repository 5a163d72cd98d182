"""TensorFlow kernels of samegraph.ops.duplicates."""

from __future__ import annotations

import tensorflow as tf


def sum_duplicates(values, indices):
    order = tf.argsort(indices, stable=True)
    ids = tf.gather(indices, order)
    begins = tf.concat([tf.zeros_like(ids[:1]), tf.cast(ids[1:] != ids[:-1], ids.dtype)], 0)
    group = tf.scatter_nd(order[:, None], tf.cumsum(begins), tf.shape(ids, out_type=order.dtype))
    return tf.gather(tf.math.unsorted_segment_sum(values, group, tf.shape(ids)[0]), group)
