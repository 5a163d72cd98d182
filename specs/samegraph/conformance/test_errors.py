"""A failure inside a backend reaches the user as samegraph's own error, naming the user's line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.session import Session


def broken(*operands: Any, **attrs: Any) -> Any:
    raise RuntimeError("out of order")


def test_a_kernel_that_raises(backend: Backend) -> None:
    faulty = replace(backend, kernels={**backend.kernels, "tanh": broken})
    v = tf.Variable(1.0)
    step = tf.assign_add(v, tf.tanh(tf.constant(2.0), name="wrong"))
    s = Session(graph=tf.get_default_graph(), backend=faulty)
    s.run(v.initializer)
    with pytest.raises(tf.errors.InternalError) as error:
        s.run(step)
    text = str(error.value)
    assert "out of order" in text and "'wrong'" in text and "test_errors.py" in text
    assert error.value.__cause__ is not None
    assert s.run(v) == 1.0


def test_a_kernel_that_raises_between_operations_of_the_host(backend: Backend) -> None:
    """Such a run is made of parts, and the framework's error in one is told as in a whole step."""
    faulty = replace(backend, kernels={**backend.kernels, "tanh": broken})
    given = tf.py_func(lambda: np.float32(2.0), [], tf.float32)
    taken = tf.py_func(lambda v: v, [tf.tanh(given, name="wrong")], tf.float32)
    with pytest.raises(tf.errors.InternalError) as error:
        Session(graph=tf.get_default_graph(), backend=faulty).run(taken)
    text = str(error.value)
    assert "out of order" in text and "'wrong'" in text and "test_errors.py" in text


def test_a_missing_kernel(backend: Backend) -> None:
    less = replace(backend, kernels={k: v for k, v in backend.kernels.items() if k != "tanh"})
    with pytest.raises(tf.errors.UnimplementedError, match="no kernel for tanh"):
        Session(graph=tf.get_default_graph(), backend=less).run(tf.tanh(tf.constant(1.0)))


def test_a_wrong_dtype(backend: Backend) -> None:
    wrong = replace(backend, kernels={**backend.kernels, "tanh": lambda x: backend.kernels["cast"](x, dtype="float16")})
    with pytest.raises(tf.errors.InternalError, match="float16"):
        Session(graph=tf.get_default_graph(), backend=wrong).run(tf.tanh(tf.constant(1.0)))
