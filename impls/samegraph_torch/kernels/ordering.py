"""PyTorch kernels of samegraph.ops.ordering."""

from __future__ import annotations

import torch


def argsort(x, descending=False):
    return torch.argsort(x, dim=-1, descending=descending, stable=True).to(torch.int32)


def searchsorted(sorted_sequence, values, side="left", out_type="int32"):
    found = torch.searchsorted(sorted_sequence.contiguous(), values.contiguous(), side=side)
    return found.to(getattr(torch, out_type))


def unique(x, out_idx="int32"):
    return unique_with_counts(x, out_idx)[:2]


def unique_with_counts(x, out_idx="int32"):
    found, place, count = torch.unique(x, return_inverse=True, return_counts=True)
    numbers = torch.arange(x.shape[0], device=x.device)
    first = torch.full_like(count, x.shape[0]).scatter_reduce(0, place, numbers, "amin")
    order = torch.argsort(first)
    rank = torch.argsort(order)
    kind = getattr(torch, out_idx)
    return found[order], rank[place].to(kind), count[order].to(kind)


def setdiff1d(x, y, out_idx="int32"):
    places = torch.nonzero(~(x[:, None] == y).any(1))[:, 0]
    return x.detach()[places], places.to(getattr(torch, out_idx))  # no gradient, as TF1's
