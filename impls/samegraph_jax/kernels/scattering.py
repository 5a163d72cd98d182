"""JAX kernels of samegraph.ops.scattering."""

from __future__ import annotations


def tensor_scatter_add(tensor, indices, updates):
    return tensor.at[_places(indices)].add(updates)


def tensor_scatter_sub(tensor, indices, updates):
    return tensor.at[_places(indices)].add(-updates)


def tensor_scatter_update(tensor, indices, updates):
    return tensor.at[_places(indices)].set(updates)


def _places(indices):
    return tuple(indices[..., i] for i in range(indices.shape[-1]))
