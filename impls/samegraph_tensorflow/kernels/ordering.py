"""TensorFlow kernels of samegraph.ops.ordering."""

from __future__ import annotations

import tensorflow as tf


def argsort(x, descending=False):
    return tf.argsort(x, direction="DESCENDING" if descending else "ASCENDING", stable=True)


def searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    find = tf.raw_ops.LowerBound if side == "left" else tf.raw_ops.UpperBound
    found = find(sorted_inputs=_rows(sorted_sequence), values=_rows(values), out_type=tf.as_dtype(out_type))
    return tf.reshape(found, tf.shape(values))


def _rows(x):
    """As a matrix; tf.searchsorted makes none of rows without elements."""
    shape = tf.shape(x)
    return tf.reshape(_wide(x), [tf.reduce_prod(shape[:-1]), shape[-1]])


def _wide(x):
    """TensorFlow searches no numbers of 8 and 16 bits in every dtype."""
    if x.dtype.size > 2:
        return x
    return tf.cast(x, tf.float32 if x.dtype.is_floating else tf.int32)


def unique(x, out_idx="int32"):
    return tuple(tf.unique(x, tf.as_dtype(out_idx)))


def unique_with_counts(x, out_idx="int32"):
    return tuple(tf.unique_with_counts(x, tf.as_dtype(out_idx)))


def setdiff1d(x, y, out_idx="int32"):
    # TensorFlow's ListDiff has fewer dtypes than it compares
    places = tf.where(tf.logical_not(tf.reduce_any(tf.equal(x[:, None], y), 1)))[:, 0]
    return tf.gather(x, places), tf.cast(places, tf.as_dtype(out_idx))
