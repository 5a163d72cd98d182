"""Convolutions, poolings and normalisations in programs: channels first, unknown batches, second derivatives, layers that train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]

FIRST, LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def equal(backend: Backend, got: Any, want: Any, tolerance: float = 1e-11) -> None:
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    counted(backend.name, max(1, np.size(want)))


def floats(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


CHANNELS_FIRST: dict[str, Callable[[Any, str, Callable[[list[int]], list[int]]], Any]] = {
    "conv2d": lambda x, form, order: tf.nn.conv2d(
        x, floats(2, 3, 3, 2), order([1, 2, 1, 1]), "SAME", data_format=form, dilations=order([1, 1, 2, 1])
    ),
    "conv2d_transpose": lambda x, form, order: tf.nn.conv2d_transpose(
        x, floats(3, 3, 2, 3), order([2, 9, 8, 2]), order([1, 2, 2, 1]), "SAME", form
    ),
    "depthwise": lambda x, form, order: tf.nn.depthwise_conv2d(
        x, floats(2, 2, 3, 2), order([1, 2, 2, 1]), "VALID", data_format=form
    ),
    "max_pool": lambda x, form, order: tf.nn.max_pool(x, order([1, 3, 2, 1]), order([1, 2, 1, 1]), "SAME", form),
    "avg_pool": lambda x, form, order: tf.nn.avg_pool(x, order([1, 3, 2, 1]), order([1, 2, 1, 1]), "SAME", form),
    "fused_batch_norm": lambda x, form, order: tf.nn.fused_batch_norm(
        x, floats(3), floats(3, seed=1), data_format=form
    )[0],
}


@pytest.mark.parametrize("name", CHANNELS_FIRST)
def test_channels_first(backend: Backend, session: Make, name: str) -> None:
    """Value and gradient are those of channels last, their axes exchanged."""
    x = floats(2, 5, 4, 3)
    last, first = tf.constant(x), tf.constant(x.transpose(FIRST))
    make = CHANNELS_FIRST[name]
    a, b = make(last, "NHWC", list), make(first, "NCHW", lambda four: [four[i] for i in FIRST])
    s = session()
    ya, ga, yb, gb = s.run([a, *tf.gradients(a * a, last), b, *tf.gradients(b * b, first)])
    assert b.shape.as_list() == list(yb.shape)
    equal(backend, yb.transpose(LAST), ya)
    equal(backend, gb.transpose(LAST), ga)


def test_a_batch_of_any_size(backend: Backend, session: Make) -> None:
    """One graph, fed batches of several sizes, gives each image what it gives it alone."""
    x, w = tf.placeholder(tf.float64, [None, 6, 6, 2]), tf.constant(floats(3, 3, 2, 3))
    deep = tf.nn.avg_pool(tf.nn.max_pool(tf.nn.conv2d(x, w, 2, "SAME"), 2, 1, "SAME"), 2, 2, "SAME")
    back = tf.nn.conv2d_transpose(deep, floats(2, 2, 1, 3), [tf.shape(x)[0], 4, 4, 1], 2)
    y = tf.reduce_sum(tf.square(back), [1, 2, 3])
    grads = tf.gradients(y, [x, w])
    images = floats(3, 6, 6, 2, seed=1)
    s = session()
    whole, by_image, by_filter = s.run([y, *grads], {x: images})
    parts = [s.run([y, *grads], {x: images[i : i + 1]}) for i in range(3)]
    equal(backend, np.concatenate([p[0] for p in parts]), whole)
    equal(backend, np.concatenate([p[1] for p in parts]), by_image)
    equal(backend, sum(p[2] for p in parts), by_filter)


EMPTY: dict[str, tuple[Callable[[Any], Any], list[int]]] = {
    "conv2d": (lambda x: tf.nn.conv2d(x, floats(3, 3, 2, 3), 2, "SAME"), [0, 3, 3, 3]),
    "depthwise": (lambda x: tf.nn.depthwise_conv2d(x, floats(2, 2, 2, 3), [1, 1, 1, 1], "VALID"), [0, 4, 4, 6]),
    "max_pool": (lambda x: tf.nn.max_pool(x, 2, 2, "SAME"), [0, 3, 3, 2]),
    "avg_pool": (lambda x: tf.nn.avg_pool(x, 3, 1, "VALID"), [0, 3, 3, 2]),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_batch_of_no_images(backend: Backend, session: Make, name: str) -> None:
    make, shape = EMPTY[name]
    x = tf.placeholder(tf.float32, [None, 5, 5, 2])
    y = make(x)
    found = session().run([y, tf.gradients(y, x)[0]], {x: np.zeros((0, 5, 5, 2))})
    assert [list(v.shape) for v in found] == [shape, [0, 5, 5, 2]]
    counted(backend.name, 2)


def test_a_gradient_penalty_through_a_convolution(backend: Backend, session: Make) -> None:
    """The derivative of the norm of an image's gradient, along a direction, against differences of the norm."""
    image, direction = floats(1, 5, 5, 2), floats(3, 3, 2, 2, seed=2)
    w = tf.placeholder(tf.float64, [3, 3, 2, 2])
    x = tf.constant(image)
    pooled = tf.nn.avg_pool(tf.tanh(tf.nn.conv2d(x, w, 1, "SAME")), 2, 2, "SAME")
    inner = tf.gradients(tf.reduce_sum(pooled * pooled), x)[0]
    penalty = tf.reduce_sum(inner * inner)
    slope = tf.gradients(penalty, w)[0]
    s, at, h = session(), floats(3, 3, 2, 2, seed=1), 1e-5
    sides = [s.run(penalty, {w: at + step * direction}) for step in (h, -h)]
    equal(backend, np.sum(s.run(slope, {w: at}) * direction), (sides[0] - sides[1]) / (2 * h), 1e-7)


def test_the_second_derivative_of_a_normalisation(backend: Backend, session: Make) -> None:
    """The Hessian of a variance of n numbers is 2 / n (identity - 1 / n)."""
    x = tf.constant(floats(4))
    variance = tf.nn.moments(x, [0])[1]
    gradient = tf.gradients(variance, x)[0]
    along = floats(4, seed=1)
    got = session().run(tf.gradients(tf.reduce_sum(gradient * along), x)[0])
    equal(backend, got, 0.5 * (along - along.mean()))


def test_layers_that_normalise_while_training(backend: Backend, session: Make) -> None:
    x, training = tf.placeholder(tf.float32, [None, 4, 4, 2]), tf.placeholder(tf.bool, [])
    y = tf.layers.batch_normalization(x, momentum=0.75, training=training)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    names = [v.name.split("/")[1] for v in tf.global_variables()]
    assert names == ["gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"]
    assert len(updates) == 2 and len(tf.trainable_variables()) == 2
    s = session()
    s.run(tf.global_variables_initializer())
    images = floats(3, 4, 4, 2).astype(np.float32) * 2 + 1
    flat = images.reshape(-1, 2).astype(np.float64)
    trained = s.run([y, updates], {x: images, training: True})[0]
    equal(backend, trained, (images - flat.mean(0)) / np.sqrt(flat.var(0) + 1e-3), 1e-5)
    mean, variance = s.run(tf.global_variables()[2:])
    equal(backend, mean, 0.25 * flat.mean(0), 1e-5)
    equal(backend, variance, 0.75 + 0.25 * flat.var(0, ddof=1), 1e-5)
    held = s.run([y, updates], {x: images, training: False})[0]
    equal(backend, held, (images - mean) / np.sqrt(variance + 1e-3), 1e-5)
    equal(backend, s.run(tf.global_variables()[2]), mean, 0.0)


def test_layers_make_their_variables(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, 8, 8, 1])
    h = tf.layers.conv2d(x, 4, 3, padding="same", activation=tf.nn.relu)
    h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.layers.average_pooling2d(tf.layers.conv2d(h, 2, [2, 2], use_bias=False), 3, 1)
    up = tf.layers.conv2d_transpose(h, 3, 2, strides=2, padding="same")
    line = tf.layers.conv1d(tf.reshape(up, [-1, 4, 3]), 5, 2)
    out = tf.layers.dense(tf.layers.dropout(tf.layers.flatten(up), training=True, seed=1), 3)
    assert [(v.name, v.shape.as_list()) for v in tf.trainable_variables()] == [
        ("conv2d/kernel:0", [3, 3, 1, 4]),
        ("conv2d/bias:0", [4]),
        ("conv2d_1/kernel:0", [2, 2, 4, 2]),
        ("conv2d_transpose/kernel:0", [2, 2, 3, 2]),
        ("conv2d_transpose/bias:0", [3]),
        ("conv1d/kernel:0", [2, 3, 5]),
        ("conv1d/bias:0", [5]),
        ("dense/kernel:0", [12, 3]),
        ("dense/bias:0", [3]),
    ]
    s = session()
    s.run(tf.global_variables_initializer())
    images = floats(2, 8, 8, 1)
    grads = tf.gradients(tf.reduce_sum(out * out) + tf.reduce_sum(line * line), tf.trainable_variables())
    found = s.run([out, line, *grads], {x: images})
    assert found[0].shape == (2, 3) and found[1].shape == (2, 3, 5)
    assert all(np.isfinite(g).all() and np.any(g) for g in found[2:])
    counted(backend.name, sum(np.size(g) for g in found))
