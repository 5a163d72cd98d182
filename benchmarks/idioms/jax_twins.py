"""The programs in JAX: one jitted step that is given its parameters to overwrite (donation), optax for dense ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial, wraps
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import lax

from .protocol import Arrays, Batch, owned

Tree = dict[str, jax.Array]
Losses = Callable[[Tree, Tree], tuple[jax.Array, jax.Array]]
"""From parameters and a batch: what is minimised, and what is reported."""


def linear_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Least squares; the protocol's page has the shapes. Raises RuntimeError for a device JAX does not have."""
    return _Twin(initial, dtype, device, *_descent(_squares, rate))


def softmax_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """One hidden layer, mean cross entropy of the logits. Raises RuntimeError for a device JAX does not have."""
    return _Twin(initial, dtype, device, *_descent(_cross_entropy, rate))


def softmax_textbook(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """The same with the lecture's log of softmax, summed. Raises RuntimeError for a device JAX does not have."""
    return _Twin(initial, dtype, device, *_descent(_textbook_cross_entropy, rate))


def mlp(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Two hidden layers, mean cross entropy of the logits. Raises RuntimeError for a device JAX does not have."""
    return _Twin(initial, dtype, device, *_descent(partial(_entropy_of, _three_layers), rate))


def cnn(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Two convolutions and a dense layer. Raises RuntimeError for a device JAX does not have."""
    return _Twin(initial, dtype, device, *_descent(partial(_entropy_of, _convolutions), rate))


def word2vec(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Twin:
    """Skip-gram with TF1's NCE loss, updating touched rows. Raises RuntimeError for a device JAX does not have."""
    return _Twin(initial, dtype, device, *_row_descent(rate))


class _Twin:
    """Parameters that live on the device, and the two compiled functions that read them."""

    def __init__(
        self, initial: Batch, dtype: str, device: str, train: Callable[..., Any], differentiate: Callable[..., Any]
    ) -> None:
        # Tracing and the conversion of feeds read the 64-bit setting. Only float64 needs it, and only within a call, so
        # that the process keeps its own; float32 stays float32 under either.
        self.scope = partial(jax.enable_x64, True) if dtype == "float64" else nullcontext
        platform, _, index = device.partition(":")
        with self.scope():
            place = jax.devices(platform)[int(index or 0)]
            self.values: Tree = {
                name: jax.device_put(owned(value).astype(dtype), place) for name, value in initial.items()
            }
        self.train, self.differentiate = train, differentiate

    def step(self, batch: Batch) -> float:
        with self.scope():
            self.values, loss = self.train(self.values, dict(batch))
        return float(loss.item())  # item() first: float() of a JAX array goes by way of NumPy, half of a small step

    def gradients(self, batch: Batch) -> Arrays:
        with self.scope():
            return {name: owned(value) for name, value in self.differentiate(self.values, dict(batch)).items()}

    def parameters(self) -> Arrays:
        # Copies, never views: a buffer that NumPy looks at cannot be donated, and the next step would copy the table.
        with self.scope():
            return {name: owned(value) for name, value in self.values.items()}

    def close(self) -> None:
        for value in self.values.values():
            value.delete()
        self.values = {}


def _descent(losses: Losses, rate: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The compiled step and gradient of a program whose parameters are all dense."""
    optimizer = optax.sgd(rate)
    value_and_grad = jax.value_and_grad(losses, has_aux=True)

    def train(values: Tree, batch: Tree) -> tuple[Tree, jax.Array]:
        (_, reported), gradients = value_and_grad(values, batch)
        # sgd without momentum has no state: what `init` answers is empty, and costs nothing inside the jit.
        updates, _ = optimizer.update(gradients, optimizer.init(values), values)
        return optax.apply_updates(values, updates), reported

    def differentiate(values: Tree, batch: Tree) -> Tree:
        gradients: Tree = value_and_grad(values, batch)[1]
        return gradients

    return jax.jit(_whole(train), donate_argnums=0), jax.jit(_whole(differentiate))


def _whole(traced: Callable[..., Any]) -> Callable[..., Any]:
    """By default a GPU rounds the operands of float32's products to 10 bits."""

    @wraps(traced)
    def call(*args: Any) -> Any:
        with jax.default_matmul_precision("highest"):
            return traced(*args)

    return call


def _squares(values: Tree, batch: Tree) -> tuple[jax.Array, jax.Array]:
    loss = jnp.mean((batch["x"] @ values["weights"] + values["bias"] - batch["y"]) ** 2)
    return loss, loss


def _logits(values: Tree, x: jax.Array) -> jax.Array:
    hidden = jax.nn.relu(x @ values["hidden_weights"] + values["hidden_bias"])
    return hidden @ values["output_weights"] + values["output_bias"]


def _three_layers(values: Tree, x: jax.Array) -> jax.Array:
    x = jax.nn.relu(x @ values["weights_1"] + values["bias_1"])
    x = jax.nn.relu(x @ values["weights_2"] + values["bias_2"])
    return x @ values["weights_3"] + values["bias_3"]


def _convolutions(values: Tree, x: jax.Array) -> jax.Array:
    side = math.isqrt(x.shape[1])
    x = x.reshape(-1, side, side, 1)
    for filters, bias in (("filters_1", "bias_1"), ("filters_2", "bias_2")):
        x = lax.conv_general_dilated(x, values[filters], (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = jax.nn.relu(x + values[bias])
        x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return x.reshape(x.shape[0], -1) @ values["weights"] + values["bias"]


def _entropy_of(
    logits: Callable[[Tree, jax.Array], jax.Array], values: Tree, batch: Tree
) -> tuple[jax.Array, jax.Array]:
    loss = optax.softmax_cross_entropy(logits(values, batch["x"]), batch["labels"]).mean()
    return loss, loss


_cross_entropy = partial(_entropy_of, _logits)


def _textbook_cross_entropy(values: Tree, batch: Tree) -> tuple[jax.Array, jax.Array]:
    prediction = jax.nn.softmax(_logits(values, batch["x"]))
    cross_entropy = -jnp.sum(batch["labels"] * jnp.log(prediction), axis=1)
    return cross_entropy.sum(), cross_entropy.mean()


def _row_descent(rate: float) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The compiled step and gradient of word2vec, by the rows that a batch reads."""

    def differentiate(values: Tree, batch: Tree) -> tuple[jax.Array, dict[str, tuple[jax.Array, jax.Array]]]:
        ids = jnp.concatenate([batch["labels"][:, 0], batch["sampled"]])
        read = {"embeddings": batch["inputs"], "nce_weights": ids, "nce_biases": ids}
        rows = {name: values[name][at] for name, at in read.items()}
        loss, by_row = jax.value_and_grad(_nce_loss)(rows, batch["true_expected"], batch["sampled_expected"])
        return loss, {name: (at, by_row[name]) for name, at in read.items()}

    def train(values: Tree, batch: Tree) -> tuple[Tree, jax.Array]:
        loss, rows = differentiate(values, batch)
        # Every gather before any scatter: a table still to be read would have to be copied before it is written.
        values, rows, loss = lax.optimization_barrier((values, rows, loss))
        return {name: values[name].at[at].add(-rate * by_row) for name, (at, by_row) in rows.items()}, loss

    def gradients(values: Tree, batch: Tree) -> Tree:
        rows = differentiate(values, batch)[1]
        return {name: jnp.zeros_like(values[name]).at[at].add(by_row) for name, (at, by_row) in rows.items()}

    return jax.jit(_whole(train), donate_argnums=0), jax.jit(_whole(gradients))


def _nce_loss(rows: Tree, true_expected: jax.Array, sampled_expected: jax.Array) -> jax.Array:
    """From the rows read: embeddings [B, D]; nce_weights, nce_biases of the B labels and then of the S sampled ids."""
    embed, weights, biases = rows["embeddings"], rows["nce_weights"], rows["nce_biases"]
    size = embed.shape[0]
    true = jnp.sum(embed * weights[:size], axis=1) + biases[:size] - jnp.log(true_expected[:, 0])
    noise = embed @ weights[size:].T + biases[size:] - jnp.log(sampled_expected)
    return (jax.nn.softplus(-true).sum() + jax.nn.softplus(noise).sum()) / size
