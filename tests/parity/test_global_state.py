"""A run leaves the frameworks' settings of the user's as they were, also one that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load

from tests.parity.conftest import needed


def of_torch() -> Any:
    torch = needed("torch")
    return (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_inference_mode_enabled(),
    )


def of_jax() -> Any:
    config = needed("jax").config
    return config.jax_enable_x64, config.jax_default_device, config.jax_debug_nans, config.jax_default_matmul_precision


def of_numpy() -> Any:
    return np.geterr()


def of_tensorflow() -> Any:
    tensorflow = needed("tensorflow")
    return (
        tensorflow.executing_eagerly(),
        tensorflow.config.optimizer.get_jit(),
        tensorflow.config.get_soft_device_placement(),
    )


STATES: dict[str, Callable[[], Any]] = {
    "numpy": of_numpy,
    "torch": of_torch,
    "tensorflow": of_tensorflow,
    "jax": of_jax,
}


@pytest.mark.parametrize("gradients", ["rules", "native"])
@pytest.mark.parametrize("backend", STATES)
def test_a_run_changes_no_setting(backend: str, gradients: str) -> None:
    state = STATES[backend]
    before = state()
    ids = tf.placeholder(tf.int64, [None])
    table = tf.Variable(tf.ones([4, 2], tf.float64))
    loss = tf.reduce_sum(tf.log(tf.gather(table, ids)) / 0.0)  # what NumPy would warn of
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    session = tf.Session(backend=backend) if backend == "numpy" else tf.Session(backend=backend, gradients=gradients)
    with session:
        session.run(table.initializer)
        assert state() == before
        session.run([train, loss], {ids: [0, 1]})
        assert state() == before
        with pytest.raises(tf.errors.InvalidArgumentError, match="indices outside of the table"):
            session.run([train, loss], {ids: [9]})
        assert state() == before


def test_a_setting_holds_inside_and_only_there():
    """The suite asks every op under it: without this, it could ask twice the same."""
    jax = needed("jax")
    made = []
    for name, on in (("x64", True), ("x32", False)):
        if name in load("jax").settings:
            with load("jax").settings[name]():
                made.append((jax.numpy.ones(2).dtype.itemsize == 8) == on)
    assert made and all(made) and jax.numpy.ones(2).dtype == "float32"
