"""TensorFlow kernels of samegraph.ops.indexing."""

from __future__ import annotations

import tensorflow as tf


def gather(params, indices, axis=0):
    return tf.gather(params, indices, axis=axis)


def scatter_add_like(updates, indices, like, axis=0):
    axis %= like.shape.rank
    count = indices.shape.rank
    order = [*range(axis, axis + count), *range(axis), *range(axis + count, updates.shape.rank)]
    front = tf.transpose(updates, order)
    shape = tf.shape(like)
    sizes = tf.concat([shape[axis : axis + 1], shape[:axis], shape[axis + 1 :]], 0)
    summed = tf.scatter_nd(indices[..., None], front, tf.cast(sizes, indices.dtype))
    return tf.transpose(summed, [*range(1, axis + 1), 0, *range(axis + 1, like.shape.rank)])


def scatter_rows(table, indices, updates, how):
    table = tf.convert_to_tensor(table)
    at = indices[..., None]
    if how == "update":
        return tf.tensor_scatter_nd_update(table, at, updates)
    return (tf.tensor_scatter_nd_add if how == "add" else tf.tensor_scatter_nd_sub)(table, at, updates)


def indices_in_range(indices, table, axis=0):
    size = tf.cast(tf.shape(table)[axis], indices.dtype)
    return tf.reduce_all((indices >= 0) & (indices < size))
