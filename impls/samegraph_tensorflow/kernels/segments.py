"""TensorFlow kernels of samegraph.ops.segments."""

from __future__ import annotations

import tensorflow as tf

from .indexing import gather_or_zeros, unsorted_segment_sum


def unsorted_segment_max(data, segment_ids, num_segments):
    return _extremum(tf.math.unsorted_segment_max, data, segment_ids, num_segments, -float("inf"))


def unsorted_segment_min(data, segment_ids, num_segments):
    return _extremum(tf.math.unsorted_segment_min, data, segment_ids, num_segments, float("inf"))


def _extremum(reduce, data, segment_ids, num_segments, infinity):
    data = tf.convert_to_tensor(data)
    if not data.dtype.is_floating:
        return reduce(data, segment_ids, num_segments)

    @tf.custom_gradient
    def run(data):
        def slopes(g):
            """Shared evenly between equal elements."""
            chosen = tf.equal(data, gather_or_zeros(out, segment_ids)) & _kept(segment_ids, data)
            chosen = tf.cast(chosen, data.dtype)
            count = gather_or_zeros(unsorted_segment_sum(chosen, segment_ids, num_segments), segment_ids)
            return chosen / tf.maximum(count, tf.ones_like(count)) * gather_or_zeros(g, segment_ids)

        out = _with_infinities(reduce(data, segment_ids, num_segments), data, segment_ids, num_segments, infinity)
        return out, slopes

    return run(data)


def _kept(segment_ids, data):
    ones = tf.ones([data.shape.rank - segment_ids.shape.rank], tf.int32)
    return tf.reshape(segment_ids >= 0, tf.concat([tf.shape(segment_ids), ones], 0))


def _with_infinities(out, data, segment_ids, num_segments, infinity):
    """TensorFlow starts from the dtype's largest finite number, which then stands for segments of infinities alone."""
    others = tf.cast(tf.not_equal(data, tf.cast(infinity, data.dtype)), tf.int32)
    all_others = tf.math.unsorted_segment_sum(others, segment_ids, num_segments)
    rows = tf.math.unsorted_segment_sum(tf.ones_like(others), segment_ids, num_segments)
    alone = (rows > 0) & tf.equal(all_others, 0)
    return tf.where(alone, tf.cast(infinity, out.dtype), out)


def unsorted_segment_prod(data, segment_ids, num_segments):
    data = tf.convert_to_tensor(data)
    if not data.dtype.is_floating:
        return tf.math.unsorted_segment_prod(data, segment_ids, num_segments)

    @tf.custom_gradient
    def run(data):
        """TensorFlow's own gradient has no derivative where an element is 0."""

        def slopes(g):
            is_zero = tf.equal(data, 0)
            others = tf.where(is_zero, tf.ones_like(data), data)
            zeros = tf.cast(is_zero, data.dtype)
            held = tf.where(is_zero, data, tf.zeros_like(data))  # 0 itself, not in its derivative
            other_zeros, other_held = (
                gather_or_zeros(unsorted_segment_sum(t, segment_ids, num_segments), segment_ids) - t
                for t in (zeros, held)
            )
            product = gather_or_zeros(unsorted_segment_prod(others, segment_ids, num_segments), segment_ids)
            rest = product / others
            slope = tf.where(tf.equal(other_zeros, 1), rest * other_held, tf.zeros_like(data))
            slope = tf.where(tf.equal(other_zeros, 0), rest, slope)
            return slope * gather_or_zeros(g, segment_ids)

        return tf.math.unsorted_segment_prod(data, segment_ids, num_segments), slopes

    return run(data)
