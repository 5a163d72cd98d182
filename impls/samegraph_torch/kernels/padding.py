"""PyTorch kernels of samegraph.ops.padding."""

from __future__ import annotations

import torch
from samegraph.backend import pad_pairs, tile_counts


def tile(x, multiples):
    counts = tile_counts(x.shape, multiples)
    return x.tile(counts) if counts else x.clone()


def sum_tiles_like(x, multiples, like):
    tiles = x.reshape([n for pair in zip(multiples, like.shape, strict=True) for n in pair])
    axes = tuple(range(0, tiles.ndim, 2))
    return tiles.sum(axes, dtype=x.dtype) if axes else x.clone()


def pad(x, paddings, mode="CONSTANT", constant_values=0):
    pairs = pad_pairs(tuple(x.shape), paddings, mode)
    if mode == "CONSTANT":
        return torch.nn.functional.pad(x, [n for pair in reversed(pairs) for n in pair], value=constant_values)
    gap = 1 if mode == "REFLECT" else 0
    for axis, (before, after) in enumerate(pairs):
        n = x.shape[axis]
        head = x.narrow(axis, gap, before).flip(axis)
        tail = x.narrow(axis, n - gap - after, after).flip(axis)
        x = torch.cat((head, x, tail), axis)
    return x


def unmirror_like(x, paddings, like, mode):
    gap = 1 if mode == "REFLECT" else 0
    for axis, (before, after) in enumerate(pad_pairs(tuple(like.shape), paddings, mode)):
        n = like.shape[axis]
        core = x.narrow(axis, before, n).clone()
        core.narrow(axis, gap, before).add_(x.narrow(axis, 0, before).flip(axis))
        core.narrow(axis, n - gap - after, after).add_(x.narrow(axis, before + n, after).flip(axis))
        x = core
    return x
