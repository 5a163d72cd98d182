"""TensorFlow kernels of samegraph.ops.ordering."""

from __future__ import annotations

import tensorflow as tf


def argsort(x, descending=False):
    return tf.argsort(x, axis=-1, direction="DESCENDING" if descending else "ASCENDING", stable=True)


def searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    if 0 in values.shape:  # TensorFlow cannot tell how many rows there are when there is nothing to search for
        return tf.zeros(tf.shape(values), tf.as_dtype(out_type))
    return tf.searchsorted(sorted_sequence, values, side=side, out_type=tf.as_dtype(out_type))


def unique(x, out_idx="int32"):
    return tuple(tf.unique(x, tf.as_dtype(out_idx)))


def unique_with_counts(x, out_idx="int32"):
    return tuple(tf.unique_with_counts(x, tf.as_dtype(out_idx)))


def setdiff1d(x, y, out_idx="int32"):
    if x.dtype == tf.bool:  # for which TensorFlow has no ListDiff
        kept, places = setdiff1d(tf.cast(x, tf.uint8), tf.cast(y, tf.uint8), out_idx)
        return tf.cast(kept, tf.bool), places
    return tuple(tf.raw_ops.ListDiff(x=x, y=y, out_idx=tf.as_dtype(out_idx)))
