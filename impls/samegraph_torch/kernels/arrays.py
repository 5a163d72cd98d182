"""PyTorch kernels of samegraph.ops.arrays."""

from __future__ import annotations

import torch
from samegraph.backend import reshaped, split_sizes


def identity(x):
    return x


def stack(*values, axis=0):
    return torch.stack(values, axis)


def unstack(value, num, axis=0):
    return torch.unbind(value, axis)


def owned(x):
    return x.clone()


def reshape(x, shape):
    try:
        return x.reshape(shape)
    except RuntimeError:
        return x.reshape(reshaped(tuple(x.shape), shape))


def expand_dims(x, axis):
    return x.unsqueeze(axis)


def squeeze(x, axis=None):
    if axis is None:
        return x.squeeze()
    axes = (axis,) if isinstance(axis, int) else axis
    if any(x.shape[i] != 1 for i in axes):
        raise IndexError(f"axes {axes} of shape {tuple(x.shape)} are not all of size 1")
    return x.squeeze(axes)


def concat(*values, axis):
    return torch.cat(values, axis)


def split_like(x, *likes, axis):
    return torch.split_with_sizes(x, [like.shape[axis] for like in likes], axis)


def split(value, num_or_size_splits, axis=0):
    return torch.split_with_sizes(value, split_sizes(value.shape[axis], num_or_size_splits), axis)


def reverse(x, axis):
    return x.flip(axis)


def broadcast_to(x, shape):
    # PyTorch says RuntimeError, as for a fault of the kernel itself
    if len(shape) < x.ndim or any(n not in (1, m) for n, m in zip(x.shape[::-1], shape[::-1], strict=False)):
        raise ValueError(f"{tuple(x.shape)} does not broadcast to {shape}")
    return x.broadcast_to(shape)


def cast(x, dtype):
    return x.to(getattr(torch, dtype))


def stop_gradient(x):
    return x.detach()


def check_numerics(x, message):
    return x


def all_finite(x):
    return torch.isfinite(x).all()


def shape(x, out_type="int32"):
    return torch.tensor(x.shape, dtype=getattr(torch, out_type), device=x.device)


def size(x, out_type="int32"):
    return torch.tensor(x.numel(), dtype=getattr(torch, out_type), device=x.device)


def rank(x):
    return torch.tensor(x.ndim, dtype=torch.int32, device=x.device)
