"""TensorFlow kernels of samegraph.ops.pooling.

With oneDNN the gradient of a max_pool of no images ends the process (TensorFlow 2.21), so a batch that may be empty gets one
image more.
"""

from __future__ import annotations

import math

import tensorflow as tf

from .convolution import _as_many, _some


def max_pool(x, ksize, strides=(1, 1), padding="VALID"):
    image, how = _some(x), _how(ksize, strides, padding)
    pooled = tf.raw_ops.MaxPool(input=image, **how)
    nan = tf.math.is_nan(image)

    def spread():
        return tf.raw_ops.MaxPool(input=tf.cast(nan, image.dtype), **how) > 0

    # TensorFlow's own passes over NaN on a CPU
    seen = tf.cond(tf.reduce_any(nan), spread, lambda: tf.zeros(tf.shape(pooled), tf.bool))
    return _as_many(tf.where(seen, tf.constant(math.nan, image.dtype), pooled), x)


def max_pool_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    return _through(tf.raw_ops.MaxPoolGrad, x, grad, _how(ksize, strides, padding))


def max_pool_grad_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    return _through(tf.raw_ops.MaxPoolGradGrad, x, grad, _how(ksize, strides, padding))


def _through(kernel, x, grad, how):
    image = tf.stop_gradient(_some(x))
    pooled = tf.raw_ops.MaxPool(input=image, **how)
    return _as_many(kernel(orig_input=image, orig_output=pooled, grad=_some(grad), **how), x)


def avg_pool(x, ksize, strides=(1, 1), padding="VALID"):
    return tf.raw_ops.AvgPool(value=x, **_how(ksize, strides, padding))


def avg_pool_grad(input_sizes, grad, ksize, strides=(1, 1), padding="VALID"):
    sizes = tf.constant(input_sizes, tf.int32)
    return tf.raw_ops.AvgPoolGrad(orig_input_shape=sizes, grad=grad, **_how(ksize, strides, padding))


def _how(ksize, strides, padding):
    return {"ksize": [1, *ksize, 1], "strides": [1, *strides, 1], "padding": padding}
