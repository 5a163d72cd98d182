"""TensorFlow kernels of samegraph.ops.rearranging."""

from __future__ import annotations

import tensorflow as tf


def roll(x, shift, axis):
    return tf.roll(x, tf.constant(shift, tf.int32), tf.constant(axis, tf.int32))


def reverse_sequence(x, seq_lengths, seq_axis, batch_axis=0):
    rank = x.shape.rank
    return tf.reverse_sequence(x, seq_lengths, seq_axis=seq_axis % rank, batch_axis=batch_axis % rank)


def space_to_depth(x, block_size, data_format="NHWC"):
    # the CPU has it for NHWC alone
    if data_format == "NHWC":
        return tf.nn.space_to_depth(x, block_size)
    return _to_nchw(tf.nn.space_to_depth(_to_nhwc(x), block_size))


def depth_to_space(x, block_size, data_format="NHWC"):
    if data_format == "NHWC":
        return tf.nn.depth_to_space(x, block_size)
    return _to_nchw(tf.nn.depth_to_space(_to_nhwc(x), block_size))


def _to_nhwc(x):
    return tf.transpose(x, [0, 2, 3, 1])


def _to_nchw(x):
    return tf.transpose(x, [0, 3, 1, 2])
