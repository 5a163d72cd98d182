"""PyTorch kernels of samegraph.ops.activations."""

from __future__ import annotations

import torch
from torch.nn import functional

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def relu(x):
    return torch.relu(x)


def relu6(x):
    return functional.relu6(x)


def leaky_relu(x, alpha):
    return functional.leaky_relu(x, alpha)


def elu(x):
    return functional.elu(x)


def selu(x):
    # functional.selu takes the slope on the left at 0, scale * alpha
    return _SELU_SCALE * torch.where(x < 0, _SELU_ALPHA * torch.expm1(x.clamp(max=0)), x)


def softsign(x):
    return functional.softsign(x)


def softmax(x, axis=-1):
    return torch.softmax(x, axis)


def log_softmax(x, axis=-1):
    return torch.log_softmax(x, axis)
