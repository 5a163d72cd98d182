"""TensorFlow kernels of samegraph.ops.selection."""

from __future__ import annotations

import tensorflow as tf


def where_indices(condition):
    # TensorFlow has it for fewer dtypes than it compares
    return tf.where(condition if condition.dtype == tf.bool else tf.not_equal(condition, tf.zeros_like(condition)))


def partition_indices(partitions, num_partitions):
    return tuple(tf.dynamic_partition(tf.range(tf.size(partitions)), partitions, num_partitions))
