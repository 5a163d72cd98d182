"""TensorFlow kernels of samegraph.ops.convolution.

TensorFlow's CPU kernels know no dilations in gradients, so dilated filters are spread out, with zeros between. With oneDNN
they answer a batch of no images in a wrong shape (TensorFlow 2.21), so a batch that may be empty gets one image more.
"""

from __future__ import annotations

import tensorflow as tf


def conv2d(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    how = _how(strides, padding)
    return _as_many(tf.raw_ops.Conv2D(input=_some(input), filter=_spread(filters, dilations), **how), input)


def conv2d_backprop_input(input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    if input_sizes[0] == 0:
        return tf.zeros(input_sizes, out_backprop.dtype)
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=tf.constant(input_sizes, tf.int32),
        filter=_spread(filters, dilations),
        out_backprop=out_backprop,
        **_how(strides, padding),
    )


def conv2d_backprop_filter(input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    grad = tf.raw_ops.Conv2DBackpropFilter(
        input=_some(input),
        filter_sizes=_spread_sizes(filter_sizes, dilations),
        out_backprop=_some(out_backprop),
        **_how(strides, padding),
    )
    return grad[:: dilations[0], :: dilations[1]]


def depthwise_conv2d_native(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    how = _how(strides, padding)
    made = tf.raw_ops.DepthwiseConv2dNative(input=_some(input), filter=_spread(filters, dilations), **how)
    return _as_many(made, input)


def depthwise_conv2d_native_backprop_input(
    input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    if input_sizes[0] == 0:
        return tf.zeros(input_sizes, out_backprop.dtype)
    return tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
        input_sizes=tf.constant(input_sizes, tf.int32),
        filter=_spread(filters, dilations),
        out_backprop=out_backprop,
        **_how(strides, padding),
    )


def depthwise_conv2d_native_backprop_filter(
    input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    grad = tf.raw_ops.DepthwiseConv2dNativeBackpropFilter(
        input=_some(input),
        filter_sizes=_spread_sizes(filter_sizes, dilations),
        out_backprop=_some(out_backprop),
        **_how(strides, padding),
    )
    return grad[:: dilations[0], :: dilations[1]]


def _some(images):
    """With an image of zeros more, unless there is known to be one already."""
    return images if images.shape[0] else tf.pad(images, [[0, 1], [0, 0], [0, 0], [0, 0]])


def _as_many(made, images):
    """Without what comes of the image that _some added to `images`."""
    return made if images.shape[0] else made[:-1]


def _how(strides, padding):
    how = {"strides": [1, *strides, 1], "padding": padding}
    if not isinstance(padding, str):
        how |= {"padding": "EXPLICIT", "explicit_paddings": [0, 0, *padding[0], *padding[1], 0, 0]}
    return how


def _spread_sizes(sizes, dilations):
    reach = [(k - 1) * d + 1 for k, d in zip(sizes[:2], dilations, strict=True)]
    return tf.constant([*reach, *sizes[2:]], tf.int32)


def _spread(filters, dilations):
    for axis, gap in enumerate(dilations):
        if gap > 1:
            sizes = tf.shape(filters)
            apart = tf.pad(tf.expand_dims(filters, axis + 1), [[0, (gap - 1) * (i == axis + 1)] for i in range(5)])
            joined = tf.concat([sizes[:axis], sizes[axis : axis + 1] * gap, sizes[axis + 1 :]], 0)
            reach = (sizes[axis] - 1) * gap + 1
            filters = tf.reshape(apart, joined)
            filters = filters[:reach] if axis == 0 else filters[:, :reach]
    return filters
