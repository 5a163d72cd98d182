"""TensorFlow kernels of samegraph.ops.activations."""

from __future__ import annotations

import tensorflow as tf


def relu(x):
    return tf.nn.relu(x)


def relu6(x):
    return tf.nn.relu6(x)


def leaky_relu(x, alpha):
    # tf.nn.leaky_relu rounds alpha to float32, whatever the dtype of x
    return tf.where(x > 0, x, alpha * x)


def elu(x):
    return tf.nn.elu(x)


def selu(x):
    return tf.nn.selu(x)


def softsign(x):
    # tf.nn.softsign has no second derivative
    return x / (tf.abs(x) + 1)


def softmax(x, axis=-1):
    return tf.nn.softmax(x, axis)


def log_softmax(x, axis=-1):
    return tf.nn.log_softmax(x, axis)
