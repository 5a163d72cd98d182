"""PyTorch kernels of samegraph.ops.filling."""

from __future__ import annotations

import numpy as np
import torch


def fill(dims, value):
    return value.expand(dims).clone()


def sequence(start, delta, count):
    return start + torch.arange(count, device=start.device).to(start.dtype) * delta


def linspace(start, stop, num):
    share = torch.tensor(np.linspace(0.0, 1.0, num), dtype=start.dtype, device=start.device)
    return start * (1 - share) + stop * share


def one_hot(indices, on_value, off_value, depth, axis=-1):
    at = axis % (indices.ndim + 1)
    places = torch.arange(depth, device=indices.device).reshape(depth, *(1,) * (indices.ndim - at))
    return torch.where(indices.unsqueeze(at) == places, on_value, off_value)
