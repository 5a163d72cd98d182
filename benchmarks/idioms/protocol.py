"""What all twins share: the programs, the names of their parameters and batches, and how a twin is driven.

The twins of one program are handed the same initial values and batches, so they must give the same numbers up to
rounding. They share no code with samegraph, nor one framework's with another's: that is what makes them a comparison of frameworks.

program              batch
linear_regression    x [B, D], y [B, 1]; the loss is the mean of the squared residuals
softmax_regression   x [B, I], labels [B, C] one-hot floats; one hidden ReLU layer, mean cross entropy of the logits
softmax_textbook     the same, as printed in the lecture: log of softmax, and the *sum* over the batch is minimised;
                     it runs into log 0 where the rate is the lecture's 0.5 and the weights are large
mlp                  x [B, I], labels [B, C] one-hot floats; two hidden ReLU layers, mean cross entropy of the logits
cnn                  x [B, S * S] pixels, labels [B, C] one-hot floats; twice a 3 x 3 convolution (zeros around), ReLU and
                     the largest of each 2 x 2, then a dense layer; mean cross entropy of the logits
word2vec             inputs [B] and labels [B, 1] int32, sampled [S] int32, true_expected [B, 1] and
                     sampled_expected [S] floats (expected counts): TF1's nce_loss, averaged over the batch

All are trained by plain gradient descent. Floating arrays of a batch are of the twin's dtype, and ids are in range.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

Batch = Mapping[str, NDArray[Any]]
Arrays = dict[str, NDArray[Any]]

PROGRAMS: dict[str, tuple[str, ...]] = {
    "linear_regression": ("weights", "bias"),
    "softmax_regression": ("hidden_weights", "hidden_bias", "output_weights", "output_bias"),
    "softmax_textbook": ("hidden_weights", "hidden_bias", "output_weights", "output_bias"),
    "mlp": ("weights_1", "bias_1", "weights_2", "bias_2", "weights_3", "bias_3"),
    "cnn": ("filters_1", "bias_1", "filters_2", "bias_2", "weights", "bias"),
    "word2vec": ("embeddings", "nce_weights", "nce_biases"),
}
"""The programs and their parameters: [D, 1], [1]; [I, H], [H], [H, C], [C]; the MLP's three layers likewise; filters as TF1
has them, [3, 3, in, out], and the dense layer's rows in the order row, column, channel; [V, D], [V, D], [V]."""

FRAMEWORKS = ("numpy", "tensorflow", "tensorflow2", "torch", "jax")
"""TensorFlow twice: as programs for version 1 were written, with a session, and as they are written for version 2."""


class Twin(Protocol):
    """A program with its parameters, in one framework."""

    def step(self, batch: Batch) -> float:
        """One training step; the loss before it. The softmax programs and word2vec return the mean over the batch."""

    def gradients(self, batch: Batch) -> Arrays:
        """Of what `step` minimises, at the present parameters: dense arrays by parameter name; changes nothing."""

    def parameters(self) -> Arrays:
        """The present parameters by name; the arrays are the caller's."""

    def close(self) -> None:
        """Give back what the framework holds. The twin is of no use afterwards; closing twice is harmless."""


def load(
    framework: str,
    program: str,
    initial: Batch,
    *,
    rate: float,
    dtype: str = "float32",
    device: str = "cpu",
) -> Twin:
    """The twin of `program` in `framework`, starting from `initial` (by parameter name), with learning rate `rate`.

    `dtype` is 'float32' or 'float64'; `device` is 'cpu' or 'cuda', for PyTorch, JAX and TensorFlow also 'cuda:1' and
    so on, where float32 is computed as such: twins do the arithmetic that samegraph specifies, not a GPU's TF32. Raises
    ValueError for a name that is not offered and ImportError where the framework is not installed.
    """
    for name, value, offered in (
        ("framework", framework, FRAMEWORKS),
        ("program", program, tuple(PROGRAMS)),
        ("dtype", dtype, ("float32", "float64")),
    ):
        if value not in offered:
            raise ValueError(f"{name} must be one of {', '.join(offered)}, not {value!r}")
    if set(initial) != set(PROGRAMS[program]):
        wanted, given = ", ".join(PROGRAMS[program]), ", ".join(initial) or "none"
        raise ValueError(f"{program} starts from the parameters {wanted}; given: {given}")
    module = importlib.import_module(f"{__package__}.{framework}_twins")
    return cast(Twin, getattr(module, program)(initial, rate=rate, dtype=dtype, device=device))


def owned(value: Any) -> NDArray[Any]:
    """A NumPy array in C order that shares memory with nothing."""
    return np.array(value, order="C", copy=True)
