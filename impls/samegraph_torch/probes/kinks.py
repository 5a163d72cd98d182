"""Subgradients at kinks and ties."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F


def _by_segment(x, start, how):
    return torch.full((2,), start).scatter_reduce(0, torch.tensor([0, 0, 1]), x, how)


TABLE: dict[str, Any] = {
    "relu-at-0": torch.relu,
    "relu-as-maximum": lambda x: torch.maximum(x, torch.tensor(0.0)),
    "clip-below-only": lambda x: torch.clamp(x, min=0.0),
    "relu6-at-ends": F.relu6,
    "relu-nan": torch.relu,
    "relu-negative-zero-and-inf": torch.relu,
    "abs-at-0": torch.abs,
    "abs-negative-zero-and-nan": torch.abs,
    "sign": torch.sign,
    "reduce-max-ties": torch.amax,
    "reduce-max-ties-whole": torch.max,
    "reduce-max-ties-axis": lambda x: torch.max(x, 0).values,
    "reduce-max-nan": torch.amax,
    "reduce-max-all-minus-inf": torch.amax,
    "reduce-min-ties": torch.amin,
    "maximum-tie": torch.maximum,
    "minimum-tie": torch.minimum,
    "maximum-nan": torch.maximum,
    "clip-at-bounds": lambda x: torch.clamp(x, -1.0, 1.0),
    "clip-crossed-bounds": lambda x: torch.clamp(x, 2.0, 1.0),
    "clip-nan": lambda x: torch.clamp(x, -1.0, 1.0),
    "leaky-relu-defaults": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "gelu-default": F.gelu,
    "hard-tanh": F.hardtanh,
    "max-pool-ties": lambda x: F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1),
    "floor": torch.floor,
    "round": torch.round,
    "float-modulo": lambda x: torch.remainder(x, 2.0),
    "top-k-ties": lambda x: torch.topk(x, 1)[0],
    "median-even": torch.median,
    "huber": lambda x: F.huber_loss(x, torch.zeros_like(x), reduction="none"),
    "segment-max-ties": lambda x: _by_segment(x, -torch.inf, "amax"),
    "segment-min-ties": lambda x: _by_segment(x, torch.inf, "amin"),
    "truncatemod-float": torch.fmod,
}
