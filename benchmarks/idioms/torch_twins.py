"""The programs in PyTorch: modules and torch.optim for dense gradients, autograd over the gathered rows of tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from .protocol import Arrays, Batch, owned

torch.backends.cudnn.allow_tf32 = False  # else a GPU's convolutions round float32's operands to 10 bits

Losses = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From a model's output and the target: what is minimised, and what is reported."""


def linear_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """Least squares; the protocol's page has the shapes. Raises RuntimeError for a device PyTorch does not have."""
    model = nn.Linear(*initial["weights"].shape)
    return _Dense(model, (("weights", "bias"),), "y", _squares).start(initial, rate, dtype, device)


def softmax_regression(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """One hidden layer, mean cross entropy of the logits. Raises RuntimeError for a device PyTorch does not have."""
    return _two_layers(initial, _cross_entropy).start(initial, rate, dtype, device)


def softmax_textbook(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """The same with the lecture's log of softmax, summed. Raises RuntimeError for a device PyTorch does not have."""
    return _two_layers(initial, _textbook_cross_entropy).start(initial, rate, dtype, device)


def mlp(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """Two hidden layers, mean cross entropy of the logits. Raises RuntimeError for a device PyTorch does not have."""
    names = [(f"weights_{i}", f"bias_{i}") for i in (1, 2, 3)]
    first, second, third = (nn.Linear(*initial[weights].shape) for weights, _ in names)
    model = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third)
    return _Dense(model, names, "labels", _cross_entropy).start(initial, rate, dtype, device)


def cnn(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Dense:
    """Two convolutions and a dense layer. Raises RuntimeError for a device PyTorch does not have."""
    names = [("filters_1", "bias_1"), ("filters_2", "bias_2"), ("weights", "bias")]
    first, second = (nn.Conv2d(*initial[filters].shape[2:], 3, padding=1) for filters, _ in names[:2])
    stages = (first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2))
    model = nn.Sequential(_Pixels(), *stages, _Flat(), nn.Linear(*initial["weights"].shape))
    return _Dense(model, names, "labels", _cross_entropy).start(initial, rate, dtype, device)


class _Pixels(nn.Module):
    """From [B, S * S] to [B, 1, S, S]."""

    def forward(self, x: Tensor) -> Tensor:
        side = math.isqrt(x.shape[1])
        return x.view(-1, 1, side, side)


class _Flat(nn.Module):
    """From [B, C, S, S] to [B, S * S * C], channels last, as the dense layer's rows are handed over."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


def word2vec(initial: Batch, *, rate: float, dtype: str = "float32", device: str = "cpu") -> _Word2Vec:
    """Skip-gram with TF1's NCE loss, updating touched rows. Raises RuntimeError for a device PyTorch does not have."""
    return _Word2Vec(initial, rate, dtype, device)


def _two_layers(initial: Batch, losses: Losses) -> _Dense:
    hidden, output = nn.Linear(*initial["hidden_weights"].shape), nn.Linear(*initial["output_weights"].shape)
    names = (("hidden_weights", "hidden_bias"), ("output_weights", "output_bias"))
    return _Dense(nn.Sequential(hidden, nn.ReLU(), output), names, "labels", losses)


def _squares(output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    loss = functional.mse_loss(output, target)
    return loss, loss


def _cross_entropy(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    loss = functional.cross_entropy(logits, labels)
    return loss, loss


def _textbook_cross_entropy(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    prediction = torch.softmax(logits, dim=1)
    cross_entropy = -torch.sum(labels * torch.log(prediction), dim=1)
    return cross_entropy.sum(), cross_entropy.mean()


class _Dense:
    """A module trained by torch.optim.SGD. nn.Linear holds its weights transposed, [out, in], and nn.Conv2d its filters as
    [out, in, 3, 3]; outside they are not.
    """

    def __init__(self, model: nn.Module, names: Sequence[tuple[str, str]], target: str, losses: Losses) -> None:
        self.model, self.target, self.losses = model, target, losses
        layers = [layer for layer in model.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
        self.named: dict[str, Tensor] = {}
        for layer, (weights, bias) in zip(layers, names, strict=True):
            self.named |= {weights: layer.weight, bias: layer.bias}

    def start(self, initial: Batch, rate: float, dtype: str, device: str) -> _Dense:
        self.device = torch.device(device)
        # Module.to moves parameters in place: the named ones are still the model's own.
        self.model.to(self.device, getattr(torch, dtype))
        with torch.no_grad():
            for name, parameter in self.named.items():
                parameter.copy_(torch.from_numpy(owned(_turned(initial[name], inwards=True))))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=rate)
        return self

    def step(self, batch: Batch) -> float:
        loss = self._backward(batch)
        self.optimizer.step()
        return loss.item()

    def gradients(self, batch: Batch) -> Arrays:
        self._backward(batch)
        return {name: _outside(parameter.grad) for name, parameter in self.named.items() if parameter.grad is not None}

    def _backward(self, batch: Batch) -> Tensor:
        x = torch.from_numpy(batch["x"]).to(self.device)
        target = torch.from_numpy(batch[self.target]).to(self.device)
        self.optimizer.zero_grad()
        minimised, reported = self.losses(self.model(x), target)
        torch.autograd.backward(minimised)
        return reported

    def parameters(self) -> Arrays:
        return {name: _outside(parameter) for name, parameter in self.named.items()}

    def close(self) -> None:
        self.named = {}
        self.model = nn.Identity()
        self.optimizer.param_groups.clear()
        self.optimizer.state.clear()


def _outside(value: Tensor) -> NDArray[Any]:
    return owned(_turned(value.detach().cpu().numpy(), inwards=False))


def _turned(value: NDArray[Any], *, inwards: bool) -> NDArray[Any]:
    """The axes in the order that a module has them in, or, outwards, that the protocol has."""
    if value.ndim < 4:
        return value.T
    return value.transpose(3, 2, 0, 1) if inwards else value.transpose(2, 3, 1, 0)


class _Word2Vec:
    """Tables as plain tensors: a gradient is taken by the gathered rows, and `index_add_` moves these rows alone."""

    def __init__(self, initial: Batch, rate: float, dtype: str, device: str) -> None:
        self.rate, self.device, kind = rate, torch.device(device), getattr(torch, dtype)
        self.tables = {name: torch.from_numpy(owned(value)).to(self.device, kind) for name, value in initial.items()}

    def step(self, batch: Batch) -> float:
        loss, rows = self._differentiate(batch)
        for name, (ids, gradient) in rows.items():
            self.tables[name].index_add_(0, ids, gradient, alpha=-self.rate)
        return loss.item()

    def gradients(self, batch: Batch) -> Arrays:
        _, rows = self._differentiate(batch)
        return {
            name: torch.zeros_like(self.tables[name]).index_add_(0, ids, gradient).cpu().numpy()
            for name, (ids, gradient) in rows.items()
        }

    def _differentiate(self, batch: Batch) -> tuple[Tensor, dict[str, tuple[Tensor, Tensor]]]:
        """The loss, and by table the ids that were read with the gradients of the rows read; ids may repeat."""
        inputs, labels, sampled, true_expected, sampled_expected = (
            torch.from_numpy(batch[name]).to(self.device)
            for name in ("inputs", "labels", "sampled", "true_expected", "sampled_expected")
        )
        ids = torch.cat((labels[:, 0], sampled))
        read = {"embeddings": inputs, "nce_weights": ids, "nce_biases": ids}
        rows = [self.tables[name].index_select(0, at).requires_grad_() for name, at in read.items()]
        loss = _nce_loss(rows, torch.log(true_expected[:, 0]), torch.log(sampled_expected))
        gradients = torch.autograd.grad(loss, rows)
        return loss, {name: (at, by_row) for (name, at), by_row in zip(read.items(), gradients, strict=True)}

    def parameters(self) -> Arrays:
        return {name: owned(table.cpu().numpy()) for name, table in self.tables.items()}

    def close(self) -> None:
        self.tables = {}


def _nce_loss(rows: list[Tensor], log_true: Tensor, log_sampled: Tensor) -> Tensor:
    """From the rows read: embeddings [B, D]; nce_weights, nce_biases of the B labels and then of the S sampled ids."""
    embed, weights, biases = rows
    sizes = [len(log_true), len(log_sampled)]
    true_rows, noise_rows = torch.split(weights, sizes)
    true_biases, noise_biases = torch.split(biases, sizes)
    true = (embed * true_rows).sum(dim=1) + true_biases - log_true
    noise = torch.addmm(noise_biases - log_sampled, embed, noise_rows.T)
    # Not softplus: beyond its threshold of 20 it answers its argument, which float64 can tell from the truth.
    return (functional.logsigmoid(true).sum() + functional.logsigmoid(-noise).sum()) / -sizes[0]
