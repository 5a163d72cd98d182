"""Convolutions and poolings before anything runs: how windows lie, static shapes, and what is refused in which words."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.shapes import window_counts, window_pads


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.mark.parametrize(
    ("size", "window", "stride", "dilation", "pads", "count"),
    [
        (4, 3, 2, 1, (0, 1), 2),
        (5, 3, 2, 1, (1, 1), 3),
        (5, 2, 1, 1, (0, 1), 5),
        (6, 1, 3, 1, (0, 0), 2),
        (5, 3, 1, 2, (2, 2), 5),
        (1, 4, 4, 1, (1, 2), 1),
    ],
)
def test_same_pads_the_odd_element_after(size, window, stride, dilation, pads, count):
    how = (size,), (window,), (stride,), "SAME", (dilation,)
    assert window_pads(*how) == [pads] and window_counts(*how) == (count,)
    reach = (count - 1) * stride + (window - 1) * dilation + 1
    assert sum(pads) == max(reach - size, 0)


def images(*shape, dtype=tf.float32):
    return tf.placeholder(dtype, shape)


@pytest.mark.parametrize(
    ("build", "shape"),
    [
        (
            lambda: tf.nn.conv2d(images(None, 28, 28, 1), tf.zeros([5, 5, 1, 32]), [1, 1, 1, 1], "SAME"),
            (None, 28, 28, 32),
        ),
        (lambda: tf.nn.conv2d(images(None, None, 9, 1), tf.zeros([3, 2, 1, 4]), 2, "VALID"), (None, None, 4, 4)),
        (
            lambda: tf.nn.conv2d(images(2, 3, 8, 8), tf.zeros([3, 3, 3, 4]), 1, "VALID", data_format="NCHW"),
            (2, 4, 6, 6),
        ),
        (
            lambda: tf.nn.depthwise_conv2d(images(2, 8, 8, 3), tf.zeros([3, 3, 3, 2]), [1, 2, 2, 1], "SAME"),
            (2, 4, 4, 6),
        ),
        (lambda: tf.nn.max_pool(images(None, 7, 7, 2), [1, 2, 2, 1], [1, 2, 2, 1], "SAME"), (None, 4, 4, 2)),
        (lambda: tf.nn.avg_pool(images(None, 7, 7, 2), 2, 2, "VALID"), (None, 3, 3, 2)),
        (lambda: tf.nn.conv1d(images(None, 10, 2), tf.zeros([3, 2, 4]), 2, "SAME"), (None, 5, 4)),
        (lambda: tf.layers.conv2d_transpose(images(4, 5, 5, 2), 3, 4, 2), (4, 12, 12, 3)),
        (lambda: tf.layers.flatten(images(None, 4, 4, 2)), (None, 32)),
    ],
)
def test_static_shapes(build, shape):
    assert tuple(build().shape.as_list()) == shape


def conv(x=(2, 6, 6, 3), w=(3, 3, 3, 4), strides=1, padding="SAME", **how):
    return lambda: tf.nn.conv2d(images(*x), tf.zeros(w), strides, padding, **how)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (conv(w=(3, 3, 2, 4)), "the image has 3 channels and filters of shape (3, 3, 2, 4) take 2"),
        (conv(x=(6, 6, 3)), "must have shape [batch, rows, columns, channels]"),
        (conv(w=(3, 3, 4)), "filters must have shape [rows, columns, in, out]"),
        (
            conv(x=(2, 2, 6, 3), padding="VALID"),
            "a window that reaches over 3 elements does not fit into the 2 of an axis",
        ),
        (conv(padding="same"), 'padding is "SAME", "VALID" or'),
        (conv(strides=[1, 2, 2, 2]), "strides must be 1 along the batch and the channels"),
        (conv(strides=[1, 2, 2]), "strides should be of length 1, 2 or 4 but was 3"),
        (conv(strides=0), "strides are two whole numbers of 1 or more"),
        (conv(padding=[[0, 0], [1, 1], [1, 1], [0, 1]]), "explicit paddings must be (0, 0) along the batch"),
        (conv(data_format="HWNC"), "data_format must be 'NHWC' or 'NCHW'"),
        (lambda: tf.nn.conv2d(images(1, 4, 4, 1), None, 1, "SAME"), "filter must be given"),
        (lambda: tf.nn.conv2d(images(1, 4, 4, 1), 1.0, 1, "SAME", filters=1.0), "Cannot specify both"),
        (
            lambda: tf.nn.depthwise_conv2d(images(1, 4, 4, 1), tf.zeros([2, 2, 1, 1]), [1, 1, 2, 1], "SAME"),
            "one stride",
        ),
        (lambda: tf.nn.max_pool(images(1, 4, 4, 1), 5, 1, "VALID"), "reaches over 5 elements"),
        (lambda: tf.nn.max_pool(images(1, 4, 4, 2), [1, 1, 1, 2], 1, "SAME"), "ksize must be 1 along the batch"),
        (
            lambda: tf.nn.conv2d_transpose(images(1, 3, 3, 2), tf.zeros([2, 2, 1, 2]), [1, 9, 6, 1], 2),
            "is not of the shape (1, 5, 3, 2) of this convolution",
        ),
        (lambda: tf.layers.conv2d(images(None, 8, 8, None), 4, 3), "The channel dimension"),
        (lambda: tf.layers.batch_normalization(images(None, 8), renorm=True), "has no renorm"),
        (lambda: tf.nn.fused_batch_norm(images(1, 2, 2, 1), [1.0], [0.0], [0.0], [1.0]), "must be `None`"),
        (lambda: tf.nn.fused_batch_norm(images(1, 2, 2, 1), [1.0], [0.0], is_training=False), "must be given"),
    ],
)
def test_what_is_refused(build, text):
    with pytest.raises(ValueError) as caught:
        build()
    assert text in str(caught.value)


def test_integers_are_refused():
    with pytest.raises(
        TypeError, match="holds int32, which this op does not take; it takes float16, bfloat16, float32, float64"
    ):
        tf.nn.max_pool(images(1, 4, 4, 1, dtype=tf.int32), 2, 2, "SAME")


def test_a_fed_image_that_does_not_fit_names_the_line():
    x = tf.placeholder(tf.float32, [None, None, None, 1])
    y = tf.nn.avg_pool(x, 3, 1, "VALID")
    grad = tf.gradients(y, x)[0]
    with tf.Session() as session, pytest.raises(tf.errors.OpError) as caught:
        session.run(grad, {x: np.zeros((1, 2, 5, 1))})
    assert "test_images.py" in str(caught.value)


def test_types_are_tensorflow_1s():
    x, w = images(1, 4, 4, 1), tf.zeros([2, 2, 1, 1])
    made = [
        tf.nn.conv2d(x, w, 1, "SAME"),
        tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME"),
        tf.nn.conv2d_transpose(x, w, [1, 4, 4, 1], 1),
        tf.nn.max_pool(x, 2, 2, "SAME"),
        tf.nn.avg_pool(x, 2, 2, "SAME"),
    ]
    assert [t.op.type for t in made] == ["Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MaxPool", "AvgPool"]
    assert [t.op.name for t in made] == ["Conv2D", "depthwise", "conv2d_transpose", "MaxPool", "AvgPool"]


def test_on_numpy_the_gradient_of_a_window_with_a_nan_goes_to_it():
    """Which of several, the specification leaves open; the windows beside it are as ever."""
    x = tf.placeholder(tf.float32, [1, 2, 6, 1])
    (slope,) = tf.gradients(tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"), x)
    given = np.array([[1, np.nan, 3, 4, np.nan, 0], [5, 2, 0, 1, 0, np.nan]], "float32").reshape(1, 2, 6, 1)
    with tf.Session(backend="numpy") as session:
        found = session.run(slope, {x: given}).reshape(2, 6)
    assert np.array_equal(found, [[0, 1, 0, 1, 1, 0], [0, 0, 0, 0, 0, 0]])
