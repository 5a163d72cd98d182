"""The programs in plain NumPy: gradients derived by hand, whole arrays, in place wherever the old value dies."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .protocol import Arrays, Batch, owned

Array = NDArray[Any]
Differentiate = Callable[[Arrays, Batch], tuple[float, Arrays]]


def linear_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """Least squares; the protocol's page has the shapes. Raises ValueError for a device other than 'cpu'."""
    return _Dense(initial, rate, dtype, device, _squares)


def softmax_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """One hidden layer, mean cross entropy of the logits. Raises ValueError for a device other than 'cpu'."""
    return _Dense(initial, rate, dtype, device, _cross_entropy)


def softmax_textbook(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """The same with the lecture's log of softmax, summed. Raises ValueError for a device other than 'cpu'."""
    return _Dense(initial, rate, dtype, device, _textbook_cross_entropy)


def mlp(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """Two hidden layers, mean cross entropy of the logits. Raises ValueError for a device other than 'cpu'."""
    return _Dense(initial, rate, dtype, device, _three_layers)


def cnn(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """Two convolutions and a dense layer. Raises ValueError for a device other than 'cpu'."""
    return _Dense(initial, rate, dtype, device, _convolutions)


def word2vec(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Word2Vec:
    """Skip-gram with TF1's NCE loss, updating touched rows. Raises ValueError for a device other than 'cpu'."""
    return _Word2Vec(initial, rate, dtype, device)


class _Parameters:
    def __init__(self, initial: Batch, rate: float, dtype: str, device: str) -> None:
        if device != "cpu":
            raise ValueError(f"NumPy computes on the CPU only, not on {device!r}")
        self.rate = rate
        self.values = {name: owned(value).astype(dtype, copy=False) for name, value in initial.items()}

    def parameters(self) -> Arrays:
        return {name: value.copy() for name, value in self.values.items()}

    def close(self) -> None:
        self.values = {}


class _Dense(_Parameters):
    """Every parameter moves in every step."""

    def __init__(self, initial: Batch, rate: float, dtype: str, device: str, differentiate: Differentiate) -> None:
        super().__init__(initial, rate, dtype, device)
        self.differentiate = differentiate

    def step(self, batch: Batch) -> float:
        loss, gradients = self.differentiate(self.values, batch)
        for name, gradient in gradients.items():
            gradient *= self.rate
            self.values[name] -= gradient
        return loss

    def gradients(self, batch: Batch) -> Arrays:
        return self.differentiate(self.values, batch)[1]


def _squares(values: Arrays, batch: Batch) -> tuple[float, Arrays]:
    x = batch["x"]
    residual = x @ values["weights"]
    residual += values["bias"]
    residual -= batch["y"]
    flat = residual.ravel()
    loss = float(flat @ flat) / flat.size
    residual *= 2 / flat.size
    return loss, {"weights": x.T @ residual, "bias": residual.sum(axis=0)}


def _forward(values: Arrays, x: Array) -> tuple[Array, Array]:
    """The hidden layer [B, H], and the logits [B, C] less their largest in each row, so that exp cannot overflow."""
    hidden = x @ values["hidden_weights"]
    hidden += values["hidden_bias"]
    np.maximum(hidden, 0, out=hidden)
    logits = hidden @ values["output_weights"]
    logits += values["output_bias"]
    logits -= logits.max(axis=1, keepdims=True)
    return hidden, logits


def _backward(values: Arrays, x: Array, hidden: Array, by_logits: Array) -> Arrays:
    by_hidden = by_logits @ values["output_weights"].T
    by_hidden *= hidden > 0
    return {
        "hidden_weights": x.T @ by_hidden,
        "hidden_bias": by_hidden.sum(axis=0),
        "output_weights": hidden.T @ by_logits,
        "output_bias": by_logits.sum(axis=0),
    }


def _cross_entropy(values: Arrays, batch: Batch) -> tuple[float, Arrays]:
    hidden, logits = _forward(values, batch["x"])
    loss, by_logits = _entropy(logits, batch["labels"])
    return loss, _backward(values, batch["x"], hidden, by_logits)


def _entropy(logits: Array, labels: Array) -> tuple[float, Array]:
    """The mean cross entropy and its gradient by the logits [B, C], of which the largest in each row is 0."""
    by_logits = np.exp(logits)
    total = by_logits.sum(axis=1, keepdims=True)
    loss = (float(np.log(total).sum()) - float(np.vdot(labels, logits))) / len(logits)
    by_logits /= total
    by_logits -= labels
    by_logits /= len(logits)
    return loss, by_logits


def _affine(x: Array, weights: Array, bias: Array) -> Array:
    out = x @ weights
    out += bias
    return out


def _three_layers(values: Arrays, batch: Batch) -> tuple[float, Arrays]:
    x, last = batch["x"], 3
    into = [x]
    for i in range(1, last):
        hidden = _affine(into[-1], values[f"weights_{i}"], values[f"bias_{i}"])
        into.append(np.maximum(hidden, 0, out=hidden))
    logits = _affine(into[-1], values[f"weights_{last}"], values[f"bias_{last}"])
    logits -= logits.max(axis=1, keepdims=True)
    loss, by_out = _entropy(logits, batch["labels"])
    gradients: Arrays = {}
    for i in range(last, 0, -1):
        gradients[f"weights_{i}"] = into[i - 1].T @ by_out
        gradients[f"bias_{i}"] = by_out.sum(axis=0)
        if i > 1:
            by_out = by_out @ values[f"weights_{i}"].T
            by_out *= into[i - 1] > 0
    return loss, gradients


def _convolutions(values: Arrays, batch: Batch) -> tuple[float, Arrays]:
    size, pixels = batch["x"].shape
    side = math.isqrt(pixels)
    first = _Convolution(batch["x"].reshape(size, side, side, 1), values["filters_1"], values["bias_1"])
    second = _Convolution(first.out, values["filters_2"], values["bias_2"])
    flat = second.out.reshape(size, -1)
    logits = _affine(flat, values["weights"], values["bias"])
    logits -= logits.max(axis=1, keepdims=True)
    loss, by_logits = _entropy(logits, batch["labels"])
    by_second = (by_logits @ values["weights"].T).reshape(second.out.shape)
    by_filters_2, by_bias_2, by_first = second.backward(by_second)
    by_filters_1, by_bias_1, _ = first.backward(by_first, by_input=False)
    return loss, {
        "filters_1": by_filters_1,
        "bias_1": by_bias_1,
        "filters_2": by_filters_2,
        "bias_2": by_bias_2,
        "weights": flat.T @ by_logits,
        "bias": by_logits.sum(axis=0),
    }


class _Convolution:
    """A 3 x 3 convolution with zeros around, ReLU, and the largest of each 2 x 2; images are [B, S, S, C].

    One matrix product over all windows at once, which are laid out as rows of `columns` [B * S * S, 9 * C].
    """

    def __init__(self, images: Array, filters: Array, bias: Array) -> None:
        self.filters = filters
        size, side, _, channels = images.shape
        padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
        self.columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 9 * channels)
        hidden = _affine(self.columns, filters.reshape(9 * channels, -1), bias)
        np.maximum(hidden, 0, out=hidden)
        half = side // 2
        squares = hidden.reshape(size, half, 2, half, 2, -1).transpose(0, 1, 3, 5, 2, 4)
        self.squares = squares.reshape(size, half, half, -1, 4)
        self.chosen = self.squares.argmax(axis=-1)[..., np.newaxis]
        self.out = np.take_along_axis(self.squares, self.chosen, axis=-1)[..., 0]

    def backward(self, by_out: Array, *, by_input: bool = True) -> tuple[Array, Array, Array]:
        """The gradients by filters, bias and images; the last is empty where it is not asked for."""
        size, half, _, made = by_out.shape
        by_squares = np.zeros_like(self.squares)
        np.put_along_axis(by_squares, self.chosen, (by_out * (self.out > 0))[..., np.newaxis], axis=-1)
        by_hidden = by_squares.reshape(size, half, half, made, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(-1, made)
        by_filters = (self.columns.T @ by_hidden).reshape(self.filters.shape)
        by_bias = by_hidden.sum(axis=0)
        if not by_input:
            return by_filters, by_bias, np.empty(0)
        side, channels = 2 * half, self.filters.shape[2]
        by_columns = (by_hidden @ self.filters.reshape(-1, made).T).reshape(size, side, side, 3, 3, channels)
        padded = np.zeros((size, side + 2, side + 2, channels), by_out.dtype)
        for row in range(3):
            for column in range(3):
                padded[:, row : row + side, column : column + side] += by_columns[:, :, :, row, column]
        return by_filters, by_bias, padded[:, 1:-1, 1:-1]


def _textbook_cross_entropy(values: Arrays, batch: Batch) -> tuple[float, Arrays]:
    x, labels = batch["x"], batch["labels"]
    with np.errstate(all="ignore"):  # log 0 and 0 / 0 are what this program is here to show
        hidden, logits = _forward(values, x)
        prediction = np.exp(logits)
        prediction /= prediction.sum(axis=1, keepdims=True)
        cross_entropy = -np.sum(labels * np.log(prediction), axis=1)
        by_prediction = -labels / prediction
        inner = np.sum(by_prediction * prediction, axis=1, keepdims=True)
        by_logits = (by_prediction - inner) * prediction
        return float(cross_entropy.mean()), _backward(values, x, hidden, by_logits)


class _Word2Vec(_Parameters):
    """Only the rows that a batch touches are read and written."""

    def step(self, batch: Batch) -> float:
        loss, by_embed, by_rows, by_biases = self._differentiate(batch)
        for gradient in (by_embed, by_rows, by_biases):
            gradient *= self.rate
        _subtract_rows(batch["inputs"], (self.values["embeddings"], by_embed))
        ids = _read_ids(batch)
        _subtract_rows(ids, (self.values["nce_weights"], by_rows), (self.values["nce_biases"], by_biases))
        return loss

    def gradients(self, batch: Batch) -> Arrays:
        _, *by_table = self._differentiate(batch)
        ids = _read_ids(batch)
        dense = {name: np.zeros_like(self.values[name]) for name in ("embeddings", "nce_weights", "nce_biases")}
        for table, read, gradient in zip(dense.values(), (batch["inputs"], ids, ids), by_table, strict=True):
            np.add.at(table, read, gradient)
        return dense

    def _differentiate(self, batch: Batch) -> tuple[float, Array, Array, Array]:
        """The loss and its gradients by the rows that were read: [B, D] of embeddings, then by `_read_ids`."""
        ids, size = _read_ids(batch), len(batch["inputs"])
        embed = self.values["embeddings"].take(batch["inputs"], axis=0)
        rows, biases = self.values["nce_weights"].take(ids, axis=0), self.values["nce_biases"].take(ids)
        true = np.einsum("bd,bd->b", embed, rows[:size])
        true += biases[:size] - np.log(batch["true_expected"][:, 0])
        noise = embed @ rows[size:].T
        noise += biases[size:] - np.log(batch["sampled_expected"])
        true_loss, by_true = _softplus(-true)
        noise_loss, by_noise = _softplus(noise)
        by_true /= -size
        by_noise /= size

        by_embed = by_noise @ rows[size:]
        by_embed += by_true[:, np.newaxis] * rows[:size]
        by_rows = np.empty_like(rows)
        np.multiply(by_true[:, np.newaxis], embed, out=by_rows[:size])
        np.matmul(by_noise.T, embed, out=by_rows[size:])
        by_biases = np.concatenate([by_true, by_noise.sum(axis=0)])
        return (true_loss + noise_loss) / size, by_embed, by_rows, by_biases


def _read_ids(batch: Batch) -> Array:
    """The rows of nce_weights and nce_biases that a batch reads: its labels, then its sampled ids."""
    return np.concatenate([batch["labels"][:, 0], batch["sampled"]])


def _softplus(x: Array) -> tuple[float, Array]:
    """The sum of log(1 + exp(x)), and the derivative by x; exp of what is never positive cannot overflow."""
    small = np.exp(-np.abs(x))
    total = 1 + small
    # log1p, which NumPy computes one number at a time: the rounding of 1 + small is put back to first order.
    lost = (small - (total - 1)) / total
    loss = float(np.log(total).sum()) + float(lost.sum()) + float(np.maximum(x, 0).sum())
    return loss, np.where(x >= 0, 1, small) / total


def _subtract_rows(ids: Array, *updates: tuple[Array, Array]) -> None:
    """table[ids] -= rows for every (table, rows), where ids may repeat: their rows add up.

    Most ids of a batch stand in it once and need no sum: `add.reduceat` over the others alone takes about half the
    time of reducing all, and a third of `subtract.at`'s.
    """
    order = ids.argsort(kind="stable")
    ordered = ids[order]
    edges = np.ones(ids.size + 1, dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=edges[1:-1])
    first = edges[:-1]
    once = first & edges[1:]
    alone, repeated = order[once], order[~once]
    starts = first[~once].nonzero()[0]
    alone_ids, repeated_ids = ids[alone], ids[repeated[starts]]
    for table, rows in updates:
        table[alone_ids] -= rows[alone]
        if starts.size:
            table[repeated_ids] -= np.add.reduceat(rows[repeated], starts, axis=0)
