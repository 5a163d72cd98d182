"""PyTorch kernels of samegraph.ops.diagonals."""

from __future__ import annotations

import torch


def matrix_diag(diagonal, k=0):
    return torch.diag_embed(diagonal, k)


def matrix_diag_part(x, k=0):
    return torch.diagonal(x, k, -2, -1).clone()


def matrix_set_diag(x, diagonal, k=0):
    return torch.diagonal_scatter(x, diagonal, k, -2, -1)


def matrix_band_part(x, num_lower, num_upper):
    rows = torch.arange(x.shape[-2], device=x.device).unsqueeze(1)
    columns = torch.arange(x.shape[-1], device=x.device)
    outside = torch.zeros(x.shape[-2:], dtype=torch.bool, device=x.device)
    if num_lower >= 0:
        outside |= rows - columns > num_lower
    if num_upper >= 0:
        outside |= columns - rows > num_upper
    return torch.where(outside, torch.zeros((), dtype=x.dtype, device=x.device), x)
