"""Whole trainings on the backend, step by step against NumPy in float64 by the rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

STEPS = 40


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


def trajectory(dtype: Any, backend: str | Backend, route: str) -> tuple[list[float], list[Any]]:
    with tf.Graph().as_default():
        x, y, loss, step, variables = classifier(dtype, 0.3)
        s = Session(graph=tf.get_default_graph(), backend=backend, gradients=route)
        s.run(tf.global_variables_initializer())
        rng = np.random.default_rng(1)
        losses = []
        for _ in range(STEPS):
            inputs = rng.normal(size=(10, 6))
            labels = np.eye(3)[np.argmax(inputs[:, :3], axis=1)]
            losses.append(float(s.run([step, loss], {x: inputs, y: labels})[1]))
        return losses, s.run(variables)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_classifier(backend: Backend, dtype: str, route: str) -> None:
    if dtype not in backend.dtypes:
        pytest.skip(f"{backend.name} has no {dtype}")
    losses, parameters = trajectory(tf.as_dtype(dtype), backend, route)
    reference, want = trajectory(tf.float64, "numpy", "rules")
    bound = 1e-10 if dtype == "float64" else 2e-5
    assert np.isfinite(losses).all()
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    np.testing.assert_allclose(losses, reference, rtol=bound, atol=bound)
    for got, w in zip(parameters, want, strict=True):
        np.testing.assert_allclose(got, w, rtol=bound, atol=bound)
        counted(backend.name, got.size)
    counted(backend.name, len(losses))
