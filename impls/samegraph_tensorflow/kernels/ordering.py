"""TensorFlow kernels of samegraph.ops.ordering."""

from __future__ import annotations

import tensorflow as tf


def argsort(x, descending=False):
    return tf.argsort(x, axis=-1, direction="DESCENDING" if descending else "ASCENDING", stable=True)


def searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    return tf.searchsorted(sorted_sequence, values, side=side, out_type=tf.as_dtype(out_type))


def unique(x, out_idx="int32"):
    return tuple(tf.unique(x, tf.as_dtype(out_idx)))


def unique_with_counts(x, out_idx="int32"):
    return tuple(tf.unique_with_counts(x, tf.as_dtype(out_idx)))


def setdiff1d(x, y, out_idx="int32"):
    return tuple(tf.raw_ops.ListDiff(x=x, y=y, out_idx=tf.as_dtype(out_idx)))
