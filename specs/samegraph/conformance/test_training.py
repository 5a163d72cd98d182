"""Whole trainings on the backend, step by step against NumPy in float64 by the rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

STEPS = 40
Data = Callable[[np.random.Generator], tuple[Any, Any]]


def classifier(dtype: Any, rate: Any) -> Any:
    """A relu layer and a softmax, trained by descent."""
    rng = np.random.default_rng(0)
    x, y = tf.placeholder(dtype, [None, 6]), tf.placeholder(dtype, [None, 3])
    hidden = tf.Variable(tf.constant(rng.normal(size=(6, 8)) * 0.5, dtype))
    bias = tf.Variable(tf.zeros([8], dtype))
    out = tf.Variable(tf.constant(rng.normal(size=(8, 3)) * 0.5, dtype))
    logits = tf.matmul(tf.nn.relu(tf.matmul(x, hidden) + bias), out)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
    return x, y, loss, tf.train.GradientDescentOptimizer(rate).minimize(loss), [hidden, bias, out]


def rows(rng: np.random.Generator) -> tuple[Any, Any]:
    """Ten rows, each of the class of its greatest among the first three."""
    inputs = rng.normal(size=(10, 6))
    return inputs, np.eye(3)[np.argmax(inputs[:, :3], axis=1)]


def convolutional(dtype: Any, rate: Any) -> Any:
    """A convolution, a relu, a pooling and a softmax over images of 8 x 8, trained by descent."""
    rng = np.random.default_rng(0)
    x, y = tf.placeholder(dtype, [None, 8, 8, 1]), tf.placeholder(dtype, [None, 3])
    filters = tf.Variable(tf.constant(rng.normal(size=(3, 3, 1, 4)) * 0.3, dtype))
    bias = tf.Variable(tf.constant(np.full(4, 0.1), dtype))
    out = tf.Variable(tf.constant(rng.normal(size=(64, 3)) * 0.1, dtype))
    hidden = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, filters, [1, 1, 1, 1], "SAME"), bias))
    pooled = tf.nn.max_pool(hidden, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    logits = tf.matmul(tf.reshape(pooled, [-1, 64]), out)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=logits))
    return x, y, loss, tf.train.GradientDescentOptimizer(rate).minimize(loss), [filters, bias, out]


def bars(rng: np.random.Generator) -> tuple[Any, Any]:
    """Twelve images of a bar that lies, stands or runs aslant, with noise."""
    kinds, places = rng.integers(0, 3, 12), rng.integers(0, 8, 12)
    images = rng.normal(size=(12, 8, 8, 1)) * 0.3
    for image, kind, place in zip(images, kinds, places, strict=True):
        along = np.arange(8)
        fixed = np.full(8, place)
        image[((fixed, along), (along, fixed), (along, (along + place) % 8))[kind]] += 1.0
    return images, np.eye(3)[kinds]


PROGRAMS: dict[str, tuple[Callable[[Any, Any], Any], Data, float]] = {
    "classifier": (classifier, rows, 0.3),
    "convolutional": (convolutional, bars, 0.2),
}


def trajectory(program: str, dtype: Any, backend: str | Backend, route: str) -> tuple[list[float], list[Any]]:
    make, data, rate = PROGRAMS[program]
    with tf.Graph().as_default():
        x, y, loss, step, variables = make(dtype, rate)
        s = Session(graph=tf.get_default_graph(), backend=backend, gradients=route)
        s.run(tf.global_variables_initializer())
        rng = np.random.default_rng(1)
        losses = []
        for _ in range(STEPS):
            inputs, labels = data(rng)
            losses.append(float(s.run([step, loss], {x: inputs, y: labels})[1]))
        return losses, s.run(variables)


def follows_the_reference(program: str, backend: Backend, dtype: str, route: str) -> None:
    losses, parameters = trajectory(program, tf.as_dtype(dtype), backend, route)
    reference, want = trajectory(program, tf.float64, "numpy", "rules")
    bound = 1e-10 if dtype == "float64" else 2e-5
    assert np.isfinite(losses).all()
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    np.testing.assert_allclose(losses, reference, rtol=bound, atol=bound)
    for got, w in zip(parameters, want, strict=True):
        np.testing.assert_allclose(got, w, rtol=bound, atol=bound)
        counted(backend.name, got.size)
    counted(backend.name, len(losses))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_classifier(backend: Backend, dtype: str, route: str) -> None:
    follows_the_reference("classifier", backend, dtype, route)


@pytest.mark.samegraph_dtype("float64")
def test_convolutional(backend: Backend, route: str) -> None:
    follows_the_reference("convolutional", backend, "float64", route)
