"""Normalisation, layers, initialisers, losses: defaults."""

from __future__ import annotations

import inspect
from typing import Any

import torch
import torch.nn.functional as F


def _batch_norm(x):
    layer = torch.nn.BatchNorm1d(1, momentum=0.1)
    y = layer.train()(x)
    return {"output": y.reshape(-1), "running variance": layer.running_var, "running mean": layer.running_mean}


def _batch_norm_defaults():
    layer = torch.nn.BatchNorm1d(1)
    return {"epsilon": layer.eps, "decay": 1 - layer.momentum}


def _first_normals():
    torch.manual_seed(0)
    return torch.randn(2)


def _clipped(slope):
    p = torch.nn.Parameter(torch.zeros(2))
    p.grad = slope
    torch.nn.utils.clip_grad_norm_([p], 1.0)
    return p.grad


def _dense():
    torch.manual_seed(0)
    layer = torch.nn.Linear(1000, 1)
    reach = float(layer.weight.abs().max()) * 1000**0.5
    return {"largest weight * sqrt(inputs)": round(reach, 1), "bias": "drawn" if layer.bias.any() else "zero"}


TABLE: dict[str, Any] = {
    "batch-norm-training-step": _batch_norm,
    "batch-norm-defaults": _batch_norm_defaults,
    "layer-norm-epsilon": lambda: torch.nn.LayerNorm(1).eps,
    "dense-initializer": _dense,
    "first-normals": _first_normals,
    "cross-entropy-reduction": lambda x, i: F.cross_entropy(x, i.long()),
    "l2-loss": lambda x: F.mse_loss(x, torch.zeros_like(x)),
    "clip-by-global-norm": lambda x: [_clipped(x)],
    "clip-by-global-norm-inf": lambda x: [_clipped(x)],
    "dropout-argument": lambda: {"rate": inspect.signature(F.dropout).parameters["p"].default},
}
