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
    flat = tf.reshape(indices, [-1])
    rows = tf.reshape(front, tf.concat([tf.shape(flat), sizes[1:]], 0))
    summed = tf.math.unsorted_segment_sum(rows, flat, sizes[0])
    return tf.transpose(summed, [*range(1, axis + 1), 0, *range(axis + 1, like.shape.rank)])


def scatter_rows(table, indices, updates, how):
    table = tf.convert_to_tensor(table)
    if 0 in table.shape:  # TensorFlow refuses indices into an empty tensor, also where rows are empty
        return tf.identity(table)
    flat = tf.reshape(indices, [-1])
    at, updates = flat[:, None], tf.reshape(updates, tf.concat([tf.shape(flat), tf.shape(table)[1:]], 0))
    if how == "update":
        return tf.tensor_scatter_nd_update(table, at, updates)
    return (tf.tensor_scatter_nd_add if how == "add" else tf.tensor_scatter_nd_sub)(table, at, updates)


def indices_in_range(indices, table, axis=0, negative=False):
    size = tf.cast(tf.shape(table)[axis], indices.dtype)
    return tf.reduce_all((indices >= (-size if negative else 0)) & (indices < size))


def gather_nd(params, indices):
    return tf.gather_nd(params, indices)


def scatter_nd_like(updates, indices, like):
    return tf.scatter_nd(indices, updates, tf.shape(like, out_type=indices.dtype))


def scatter_nd(indices, updates, shape):
    return tf.scatter_nd(indices, updates, tf.constant(shape, indices.dtype))


def nd_indices_in_range(indices, sizes, negative=False):
    below = indices < tf.cast(sizes[: tf.shape(indices)[-1]], indices.dtype)
    return tf.reduce_all(below if negative else below & (indices >= 0))


def top_k(x, k):
    return tuple(tf.math.top_k(x, k))


def take_along(x, indices):
    return tf.gather(x, indices, axis=-1, batch_dims=indices.shape.rank - 1)


def add_along_like(updates, indices, like):
    shape, width = tf.shape(like, out_type=indices.dtype), tf.shape(indices, out_type=indices.dtype)[-1]
    rows = tf.range(tf.size(indices, out_type=indices.dtype)) // tf.maximum(width, 1)
    places = tf.stack([rows, tf.reshape(indices, [-1])], 1)
    summed = tf.scatter_nd(places, tf.reshape(updates, [-1]), tf.stack([tf.reduce_prod(shape[:-1]), shape[-1]]))
    return tf.reshape(summed, shape)


def unsorted_segment_sum(data, segment_ids, num_segments):
    return tf.math.unsorted_segment_sum(data, segment_ids, num_segments)


def gather_or_zeros(params, indices):
    rows = tf.gather(params, tf.maximum(indices, 0))
    kept = tf.reshape(indices >= 0, tf.concat([tf.shape(indices), tf.ones([tf.rank(params) - 1], tf.int32)], 0))
    return tf.where(kept, rows, tf.zeros_like(rows))
