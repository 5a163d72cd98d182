"""The programs in TensorFlow as it was written for version 1: placeholders, tf.train, a session. The oracle's style.

Each twin builds in a graph of its own, inside which TensorFlow 2 behaves like 1: no global switch is touched.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from .protocol import Arrays, Batch, owned

tf.config.experimental.enable_tensor_float_32_execution(False)  # else a GPU rounds float32's operands to 10 bits

tf1 = tf.compat.v1

Build = Callable[[dict[str, Any], dict[str, Any]], tuple[Any, Any]]
"""From variables and placeholders: what is minimised, and what is reported."""

Logits = Callable[[dict[str, Any], Any], Any]
"""From variables and pixels to logits."""

Feeds = dict[str, tuple[str, tuple[int | None, ...]]]
"""By name, the dtype and shape of a placeholder."""


def linear_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Least squares; the protocol's page has the shapes. Raises ValueError for a device TensorFlow does not have."""
    feeds: Feeds = {"x": (dtype, (None, len(initial["weights"]))), "y": (dtype, (None, 1))}
    return _Twin(initial, feeds, squares, rate, dtype, device)


def softmax_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """One hidden layer, mean cross entropy of the logits. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, _classes(initial, dtype), cross_entropy, rate, dtype, device)


def softmax_textbook(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """The same with the lecture's log of softmax, summed. Raises ValueError for a device TensorFlow does not have."""
    return _Twin(initial, _classes(initial, dtype), textbook_cross_entropy, rate, dtype, device)


def mlp(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Two hidden layers, mean cross entropy of the logits. Raises ValueError for a device TensorFlow does not have."""
    feeds = _pixels(len(initial["weights_1"]), len(initial["bias_3"]), dtype)
    return _Twin(initial, feeds, mlp_entropy, rate, dtype, device)


def cnn(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Two convolutions and a dense layer. Raises ValueError for a device TensorFlow does not have."""
    pixels = 16 * len(initial["weights"]) // len(initial["bias_2"])
    feeds = _pixels(pixels, len(initial["bias"]), dtype)
    return _Twin(initial, feeds, cnn_entropy, rate, dtype, device)


def word2vec(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Skip-gram with TF1's NCE loss, updating touched rows. Raises ValueError for a device TensorFlow does not have."""
    feeds: Feeds = {
        "inputs": ("int32", (None,)),
        "labels": ("int32", (None, 1)),
        "sampled": ("int32", (None,)),
        "true_expected": (dtype, (None, 1)),
        "sampled_expected": (dtype, (None,)),
    }
    return _Twin(initial, feeds, nce_loss, rate, dtype, device)


def _classes(initial: Batch, dtype: str) -> Feeds:
    return _pixels(len(initial["hidden_weights"]), len(initial["output_bias"]), dtype)


def _pixels(features: int, classes: int, dtype: str) -> Feeds:
    return {"x": (dtype, (None, features)), "labels": (dtype, (None, classes))}


class _Twin:
    """A graph with its session: a step is one `Session.run` of the train op and the loss, fed by a dictionary."""

    def __init__(self, initial: Batch, feeds: Feeds, build: Build, rate: float, dtype: str, device: str) -> None:
        with tf.Graph().as_default() as graph, tf1.device(device_name(device)):
            # Fed, not constants: with large tables the graph would outgrow the two gigabytes of its format.
            starts = {name: tf1.placeholder(dtype, value.shape) for name, value in initial.items()}
            self.variables = {
                name: tf1.get_variable(name, initializer=start, use_resource=True) for name, start in starts.items()
            }
            self.feeds = {name: tf1.placeholder(kind, shape) for name, (kind, shape) in feeds.items()}
            minimised, self.loss = build(self.variables, self.feeds)
            # A Python number would be rounded to float32, whatever the variables are.
            optimizer = tf1.train.GradientDescentOptimizer(tf.constant(rate, dtype))
            pairs = optimizer.compute_gradients(minimised, list(self.variables.values()))
            self.train = optimizer.apply_gradients(pairs)
            self.dense = {name: tf.convert_to_tensor(g) for name, (g, _) in zip(self.variables, pairs, strict=True)}
            initializer = tf1.global_variables_initializer()
        # Soft placement: a GPU has no kernels for some integer ops of nce_loss.
        self.session = tf1.Session(graph=graph, config=tf1.ConfigProto(allow_soft_placement=True))
        self.session.run(initializer, {starts[name]: value for name, value in initial.items()})

    def _fed(self, batch: Batch) -> dict[Any, Any]:
        return {placeholder: batch[name] for name, placeholder in self.feeds.items()}

    def step(self, batch: Batch) -> float:
        return float(self.session.run([self.train, self.loss], self._fed(batch))[1])

    def gradients(self, batch: Batch) -> Arrays:
        return {name: owned(value) for name, value in self.session.run(self.dense, self._fed(batch)).items()}

    def parameters(self) -> Arrays:
        return {name: owned(value) for name, value in self.session.run(self.variables).items()}

    def close(self) -> None:
        self.session.close()


def device_name(device: str) -> str:
    if device.startswith("cuda") and not tf.config.list_physical_devices("GPU"):
        raise ValueError(f"TensorFlow finds no GPU for the device {device!r}")
    return "/" + device.replace("cuda", "GPU")


def squares(values: dict[str, Any], batch: dict[str, Any]) -> tuple[Any, Any]:
    loss = tf.reduce_mean(tf.square(tf.matmul(batch["x"], values["weights"]) + values["bias"] - batch["y"]))
    return loss, loss


def _logits(values: dict[str, Any], x: Any) -> Any:
    hidden = tf.nn.relu(tf.matmul(x, values["hidden_weights"]) + values["hidden_bias"])
    return tf.matmul(hidden, values["output_weights"]) + values["output_bias"]


def _three_layers(values: dict[str, Any], x: Any) -> Any:
    x = tf.nn.relu(tf.matmul(x, values["weights_1"]) + values["bias_1"])
    x = tf.nn.relu(tf.matmul(x, values["weights_2"]) + values["bias_2"])
    return tf.matmul(x, values["weights_3"]) + values["bias_3"]


def _convolutions(values: dict[str, Any], x: Any) -> Any:
    side = math.isqrt(x.shape[1])
    x = tf.reshape(x, [-1, side, side, 1])
    for filters, bias in (("filters_1", "bias_1"), ("filters_2", "bias_2")):
        x = tf.nn.conv2d(x, values[filters], strides=1, padding="SAME")
        x = tf.nn.max_pool2d(tf.nn.relu(x + values[bias]), 2, 2, "VALID")
    return tf.matmul(tf.reshape(x, [-1, values["weights"].shape[0]]), values["weights"]) + values["bias"]


def _entropy_of(logits: Logits, values: dict[str, Any], batch: dict[str, Any]) -> tuple[Any, Any]:
    by_logits = tf.nn.softmax_cross_entropy_with_logits(labels=batch["labels"], logits=logits(values, batch["x"]))
    loss = tf.reduce_mean(by_logits)
    return loss, loss


cross_entropy = partial(_entropy_of, _logits)
mlp_entropy = partial(_entropy_of, _three_layers)
cnn_entropy = partial(_entropy_of, _convolutions)


def textbook_cross_entropy(values: dict[str, Any], batch: dict[str, Any]) -> tuple[Any, Any]:
    prediction = tf.nn.softmax(_logits(values, batch["x"]))
    cross_entropy = -tf.reduce_sum(batch["labels"] * tf.math.log(prediction), axis=1)
    return cross_entropy, tf.reduce_mean(cross_entropy)


def nce_loss(values: dict[str, Any], batch: dict[str, Any]) -> tuple[Any, Any]:
    vocabulary = int(values["nce_weights"].shape[0])
    losses = tf1.nn.nce_loss(
        weights=values["nce_weights"],
        biases=values["nce_biases"],
        labels=batch["labels"],
        inputs=tf.nn.embedding_lookup(values["embeddings"], batch["inputs"]),
        num_sampled=1,  # of no effect where the sampled values are given
        num_classes=vocabulary,
        sampled_values=(batch["sampled"], batch["true_expected"], batch["sampled_expected"]),
        remove_accidental_hits=False,
    )
    loss = tf.reduce_mean(losses)
    return loss, loss
