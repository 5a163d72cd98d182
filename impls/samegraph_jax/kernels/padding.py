"""JAX kernels of samegraph.ops.padding."""

from __future__ import annotations

import jax.numpy as jnp
from samegraph.backend import pad_pairs, tile_counts


def tile(x, multiples):
    return jnp.tile(x, tile_counts(x.shape, multiples))


def sum_tiles_like(x, multiples, like):
    tiles = x.reshape([n for pair in zip(multiples, like.shape, strict=True) for n in pair])
    return tiles.sum(tuple(range(0, tiles.ndim, 2)), dtype=x.dtype)


def pad(x, paddings, mode="CONSTANT", constant_values=0):
    pairs = pad_pairs(x.shape, paddings, mode)
    if not pairs:
        return x
    if mode == "CONSTANT":
        return jnp.pad(x, pairs, constant_values=jnp.asarray(constant_values, x.dtype))
    return jnp.pad(x, pairs, mode.lower())


def unmirror_like(x, paddings, like, mode):
    gap = 1 if mode == "REFLECT" else 0
    for axis, (before, after) in enumerate(pad_pairs(like.shape, paddings, mode)):
        n = like.shape[axis]
        rows = jnp.moveaxis(x, axis, 0)
        core = rows[before : before + n]
        core = core.at[gap : gap + before].add(rows[:before][::-1])
        core = core.at[n - gap - after : n - gap].add(rows[before + n :][::-1])
        x = jnp.moveaxis(core, 0, axis)
    return x
