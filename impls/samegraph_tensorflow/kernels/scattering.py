"""TensorFlow kernels of samegraph.ops.scattering."""

from __future__ import annotations

import tensorflow as tf

from .indexing import _put_slices


def tensor_scatter_add(tensor, indices, updates):
    return _put_slices(tf.tensor_scatter_nd_add, tensor, indices, updates)


def tensor_scatter_sub(tensor, indices, updates):
    return _put_slices(tf.tensor_scatter_nd_sub, tensor, indices, updates)


def tensor_scatter_update(tensor, indices, updates):
    return _put_slices(tf.tensor_scatter_nd_update, tensor, indices, updates)
