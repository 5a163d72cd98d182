"""TensorFlow kernels of samegraph.ops.slicing."""

from __future__ import annotations

import tensorflow as tf


def slice_(x, begin, size):
    return tf.slice(x, tf.constant(begin, tf.int32), tf.constant(size, tf.int32))


def slice_like(x, begin, like):
    return tf.slice(x, tf.constant(begin, tf.int32), tf.shape(like))


def put_like(x, begin, like):
    low = tf.constant(begin, tf.int32)
    return tf.pad(x, tf.stack([low, tf.shape(like) - low - tf.shape(x)], 1))


def strided_slice(
    x, begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    bounds = (tf.constant(b, tf.int32) for b in (begin, end, strides))
    return tf.strided_slice(x, *bounds, begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)


def put_strided_like(
    x, begin, end, strides, like, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0
):
    return tf.raw_ops.StridedSliceGrad(
        shape=tf.shape(like),
        begin=tf.constant(begin, tf.int32),
        end=tf.constant(end, tf.int32),
        strides=tf.constant(strides, tf.int32),
        dy=x,
        begin_mask=begin_mask,
        end_mask=end_mask,
        ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask,
        shrink_axis_mask=shrink_axis_mask,
    )


def slice_at(x, index, axis):
    n = tf.cast(tf.shape(x)[axis], index.dtype)
    return tf.gather(x, tf.where(index < 0, index + n, index), axis=axis)
