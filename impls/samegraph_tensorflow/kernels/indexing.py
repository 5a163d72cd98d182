"""TensorFlow kernels of samegraph.ops.indexing."""

from __future__ import annotations

import tensorflow as tf

from ..repeated import last_of_equal


def gather(params, indices, axis=0):
    out = tf.gather(params, indices, axis=axis)
    if axis and out.dtype.is_floating and out.shape.num_elements() == 0:
        # TensorFlow's gradient of nothing taken along another axis than the first raises
        return tf.zeros(out.shape, out.dtype) + tf.reduce_sum(params) * 0
    return out


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
    put = {
        "add": tf.tensor_scatter_nd_add,
        "sub": tf.tensor_scatter_nd_sub,
        "update": tf.tensor_scatter_nd_update,
    }[how]
    table, flat = tf.convert_to_tensor(table), tf.reshape(indices, [-1])
    rows = tf.reshape(updates, tf.concat([tf.shape(flat), tf.shape(table)[1:]], 0))
    if how == "update" and tf.config.list_logical_devices("GPU"):
        rows = last_of_equal(flat, rows)
    return _put_slices(put, table, flat[:, None], rows)


def _put_slices(put, tensor, indices, updates):
    """`put`, a tf.tensor_scatter_nd_*, with no indices into an empty tensor: TensorFlow refuses them, though slices be empty."""
    length = tf.shape(indices)[-1]
    count = tf.reduce_prod(tf.shape(indices)[:-1])
    slices = tf.reshape(updates, tf.concat([[count], tf.shape(tensor)[length:]], 0))
    used = tf.where(tf.size(tensor) > 0, count, 0)
    return put(tensor, tf.reshape(indices, [-1, length])[:used], slices[:used])


def indices_in_range(indices, table, axis=0, negative=False):
    size = tf.cast(tf.shape(table)[axis], indices.dtype)
    return tf.reduce_all((indices >= (-size if negative else 0)) & (indices < size))


def _numbered(indices, sizes):
    """(the number, row by row, of the slice that each row of indices names, how many there are, the sizes of a slice).

    tf.gather_nd and tf.scatter_nd refuse indices into an empty tensor, though they name empty slices.
    """
    length = tf.shape(indices)[-1]
    sizes = tf.cast(sizes, tf.int64)
    steps = tf.math.cumprod(sizes[:length], exclusive=True, reverse=True)
    return tf.reduce_sum(tf.cast(indices, tf.int64) * steps, -1), tf.reduce_prod(sizes[:length]), sizes[length:]


def gather_nd(params, indices):
    numbers, count, slice_sizes = _numbered(indices, tf.shape(params))
    return tf.gather(tf.reshape(params, tf.concat([[count], slice_sizes], 0)), numbers)


def scatter_nd_like(updates, indices, like):
    return scatter_nd(indices, updates, tf.shape(like))


def scatter_nd(indices, updates, shape):
    numbers, count, _ = _numbered(indices, shape)
    return tf.reshape(tf.math.unsorted_segment_sum(updates, numbers, count), shape)


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
    @tf.custom_gradient
    def run(data):
        """TensorFlow's own gradient raises where there is no segment."""
        return tf.math.unsorted_segment_sum(data, segment_ids, num_segments), lambda g: gather_or_zeros(g, segment_ids)

    return run(tf.convert_to_tensor(data))


def gather_or_zeros(params, indices):
    if params.shape[0] == 0:
        return tf.zeros(tf.concat([tf.shape(indices), tf.shape(params)[1:]], 0), params.dtype)
    if params.shape[0] is None:  # where there are no rows, a row of zeros is what all others are picked from
        missing = tf.cast(tf.equal(tf.shape(params)[:1], 0), tf.int32)
        params = tf.pad(params, tf.pad(missing[:, None], [[0, tf.rank(params) - 1], [1, 0]]))
    rows = tf.gather(params, tf.maximum(indices, 0))
    kept = tf.reshape(indices >= 0, tf.concat([tf.shape(indices), tf.ones([tf.rank(params) - 1], tf.int32)], 0))
    return tf.where(kept, rows, tf.zeros_like(rows))
