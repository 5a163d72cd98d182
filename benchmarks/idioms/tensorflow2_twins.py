"""The programs in TensorFlow as it is written today: tf.Variable, GradientTape, one tf.function a step.

Dense programs are compiled by XLA. word2vec is not: XLA would copy the tables, of which only rows are written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from . import tensorflow_twins as version_1
from .protocol import Arrays, Batch, owned


def linear_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Least squares; the protocol's page has the shapes. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, version_1.squares, rate, dtype, device)


def softmax_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """One hidden layer, mean cross entropy of the logits. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, version_1.cross_entropy, rate, dtype, device)


def softmax_textbook(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """The same with the lecture's log of softmax, summed. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, version_1.textbook_cross_entropy, rate, dtype, device)


def mlp(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Two hidden layers, mean cross entropy of the logits. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, version_1.mlp_entropy, rate, dtype, device)


def cnn(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Two convolutions and a dense layer. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, version_1.cnn_entropy, rate, dtype, device)


def word2vec(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Skip-gram with TF1's NCE loss, updating touched rows. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, version_1.nce_loss, rate, dtype, device, compiled=False)


class _Twin:
    """Variables and the function of one step over them."""

    def __init__(
        self,
        initial: Batch,
        losses: version_1.Build,
        rate: float,
        dtype: str,
        device: str,
        *,
        compiled: bool = True,
    ) -> None:
        self.place = version_1.device_name(device)
        with tf.device(self.place):
            self.variables = {name: tf.Variable(value.astype(dtype), name=name) for name, value in initial.items()}
        self.losses, self.rate = losses, rate
        self._step: Callable[..., Any] = tf.function(self._train, jit_compile=compiled or None, autograph=False)
        self._gradients: Callable[..., Any] = tf.function(self._differentiated, autograph=False)

    def _taped(self, batch: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        with tf.GradientTape() as tape:
            minimised, reported = self.losses(self.variables, batch)
        return reported, tape.gradient(minimised, self.variables)

    def _train(self, batch: dict[str, Any]) -> Any:
        loss, gradients = self._taped(batch)
        for name, gradient in gradients.items():
            variable = self.variables[name]
            if isinstance(gradient, tf.IndexedSlices):
                variable.scatter_sub(tf.IndexedSlices(self.rate * gradient.values, gradient.indices))
            else:
                variable.assign_sub(self.rate * gradient)
        return loss

    def _differentiated(self, batch: dict[str, Any]) -> Any:
        return {name: tf.convert_to_tensor(g) for name, g in self._taped(batch)[1].items()}

    def step(self, batch: Batch) -> float:
        with tf.device(self.place):
            return float(self._step({name: tf.constant(value) for name, value in batch.items()}))

    def gradients(self, batch: Batch) -> Arrays:
        with tf.device(self.place):
            found = self._gradients({name: tf.constant(value) for name, value in batch.items()})
        return {name: owned(value.numpy()) for name, value in found.items()}

    def parameters(self) -> Arrays:
        return {name: owned(variable.numpy()) for name, variable in self.variables.items()}

    def close(self) -> None:
        self.variables = {}
