"""JAX kernels of samegraph.ops.arrays."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from samegraph.backend import reshaped, split_sizes


def identity(x):
    return x


def stack(*values, axis=0):
    return jnp.stack(values, axis)


def unstack(value, num, axis=0):
    return tuple(jnp.moveaxis(value, axis, 0))


def owned(x):
    return jnp.copy(x)


def reshape(x, shape):
    return x.reshape(reshaped(x.shape, shape))


def expand_dims(x, axis):
    return jnp.expand_dims(x, axis)


def squeeze(x, axis=None):
    axes = () if axis is None else (axis,) if isinstance(axis, int) else axis
    if any(x.shape[i] != 1 for i in axes):
        raise IndexError(f"axes {axes} of shape {x.shape} are not all of size 1")
    return jnp.squeeze(x, axis)


def concat(*values, axis):
    return jnp.concatenate(values, axis)


def split_like(x, *likes, axis):
    ends = np.cumsum([like.shape[axis] for like in likes])
    return tuple(jnp.split(x, ends[:-1], axis))


def split(value, num_or_size_splits, axis=0):
    sizes = split_sizes(value.shape[axis], num_or_size_splits)
    return tuple(jnp.split(value, np.cumsum(sizes)[:-1], axis))


def reverse(x, axis):
    return jnp.flip(x, axis)


def broadcast_to(x, shape):
    return jnp.broadcast_to(x, shape)


def cast(x, dtype):
    return x.astype(dtype)


def stop_gradient(x):
    return jax.lax.stop_gradient(x)


def check_numerics(x, message):
    return x


def all_finite(x):
    return jnp.isfinite(x).all()


def shape(x, out_type="int32"):
    return jnp.array(x.shape, out_type)


def size(x, out_type="int32"):
    return jnp.array(x.size, out_type)


def rank(x):
    return jnp.array(x.ndim, jnp.int32)
