"""TensorFlow kernels of samegraph.ops.scans."""

from __future__ import annotations

import tensorflow as tf


def index_along(x, axis, dtype="int32"):
    shape = [1] * x.shape.rank
    shape[axis] = -1
    return tf.reshape(tf.range(tf.cast(tf.shape(x)[axis], dtype), dtype=dtype), shape)


def cumsum(x, axis=0, exclusive=False, reverse=False):
    return tf.cumsum(x, axis, exclusive, reverse)


def cumprod(x, axis=0, exclusive=False, reverse=False):
    x = tf.convert_to_tensor(x)
    if not x.dtype.is_floating:
        return tf.math.cumprod(x, axis, exclusive, reverse)
    return _from_last(_cumprod(_to_last(x, axis), exclusive, reverse), axis)


def product_of_others(x, axis):
    return _from_last(_others(_to_last(tf.convert_to_tensor(x), axis)), axis)


def _cumprod(x, exclusive, reverse):
    """Running products along the last axis; TensorFlow 2.21's own gradient is 0 after a zero."""

    @tf.custom_gradient
    def run(x):
        def slopes(g):
            products = _cumprod(_each_without_itself(x), exclusive, reverse)
            own, other = tf.range(tf.shape(x)[-1])[:, None], tf.range(tf.shape(x)[-1])
            if reverse:
                contains = other < own if exclusive else other <= own
            else:
                contains = other > own if exclusive else other >= own
            return tf.reduce_sum(g[..., None, :] * tf.where(contains, products, tf.zeros_like(products)), -1)

        return tf.math.cumprod(x, -1, exclusive, reverse), slopes

    return run(x)


@tf.custom_gradient
def _others(x):
    """product_of_others along the last axis, differentiable any number of times, which cumprod is not."""

    def slopes(g):
        pairs = _others(_each_without_itself(x))
        pairs = tf.where(_diagonal(x), tf.zeros_like(pairs), pairs)
        return tf.reduce_sum(g[..., None] * pairs, -2)

    left = tf.math.cumprod(x, -1, exclusive=True)
    return left * tf.math.cumprod(x, -1, exclusive=True, reverse=True), slopes


def _each_without_itself(x):
    rows = x[..., None, :]
    return tf.where(_diagonal(x), tf.ones_like(rows), rows)


def _diagonal(x):
    index = tf.range(tf.shape(x)[-1])
    return tf.equal(index[:, None], index)


def _to_last(x, axis):
    return tf.transpose(x, _swapped(x, axis))


def _from_last(x, axis):
    return tf.transpose(x, _swapped(x, axis))


def _swapped(x, axis):
    """The order of axes in which `axis` and the last one have changed places."""
    order = list(range(x.shape.rank))
    order[axis], order[-1] = order[-1], order[axis]
    return order
