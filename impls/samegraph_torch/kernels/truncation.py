"""PyTorch kernels of samegraph.ops.truncation."""

from __future__ import annotations

import torch

from .maths import _not_zero


def truncatediv(x, y):
    return torch.div(x, _not_zero(y), rounding_mode="trunc")


def truncatemod(x, y):
    return torch.fmod(x, y if x.is_floating_point() else _not_zero(y))
