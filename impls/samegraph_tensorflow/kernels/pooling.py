"""TensorFlow kernels of samegraph.ops.pooling."""

from __future__ import annotations

import tensorflow as tf


def max_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return tf.raw_ops.MaxPool(input=x, **_how(ksize, strides, padding))


def max_pool_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    x, how = tf.stop_gradient(x), _how(ksize, strides, padding)
    return tf.raw_ops.MaxPoolGrad(orig_input=x, orig_output=tf.raw_ops.MaxPool(input=x, **how), grad=grad, **how)


def max_pool_grad_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    x, how = tf.stop_gradient(x), _how(ksize, strides, padding)
    return tf.raw_ops.MaxPoolGradGrad(orig_input=x, orig_output=tf.raw_ops.MaxPool(input=x, **how), grad=grad, **how)


def avg_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return tf.raw_ops.AvgPool(value=x, **_how(ksize, strides, padding))


def avg_pool_grad(input_sizes, grad, ksize, strides=(1, 1), padding="VALID"):
    sizes = tf.constant(input_sizes, tf.int32)
    return tf.raw_ops.AvgPoolGrad(orig_input_shape=sizes, grad=grad, **_how(ksize, strides, padding))


def _how(ksize, strides, padding):
    return {"ksize": [1, *ksize, 1], "strides": [1, *strides, 1], "padding": padding}
