"""Gather, scatter, one_hot, shapes."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

_IDS, _VALUES = jnp.array([0, 0, 2]), jnp.array([1.0, 2.0, 3.0])


def _convolved(x, w):
    return jax.lax.conv_general_dilated(x, w, (2,), "SAME", dimension_numbers=("NWC", "WIO", "NWC"))


TABLE: dict[str, Any] = {
    "gather-scalar-outside": lambda x, i: x[i],
    "gather-outside": jnp.take,
    "embedding-outside": lambda table, i: table[i],
    "gather-outside-compiled": jax.jit(lambda x, i: x[i]),
    "gather-negative": jnp.take,
    "slice-outside": lambda x: x[1:10],
    "slice-of-a-size-outside": lambda x: jax.lax.dynamic_slice(x, (2,), (2,)),
    "slice-negative-step": lambda x: x[::-1],
    "scatter-update-repeated": lambda: jnp.zeros(3).at[_IDS].set(_VALUES),
    "scatter-nd-repeated": lambda i, v: jnp.zeros(3).at[i[:, 0]].add(v),
    "scatter-add-repeated": lambda: jnp.zeros(3).at[_IDS].add(_VALUES),
    "scatter-outside": lambda i, v: jnp.zeros(3).at[i[:, 0]].set(v),
    "one-hot-outside": lambda i: jax.nn.one_hot(i, 3),
    "one-hot-dtype": lambda i: jax.nn.one_hot(i, 3),
    "segment-sum-negative": lambda x, i: jax.ops.segment_sum(x, i, 2),
    "segment-sum-of-none": lambda x: jax.ops.segment_sum(x, jnp.array([-1, -1]), 0),
    "segment-max-empty": lambda x, i: jax.ops.segment_max(x, i, 2),
    "matmul-vectors": jnp.matmul,
    "matmul-matrix-vector": jnp.matmul,
    "matmul-batch-shape": lambda x, y: list(jnp.matmul(x, y).shape),
    "matmul-inner-0": jnp.matmul,
    "matmul-int32": jnp.matmul,
    "matmul-0-inf": jnp.matmul,
    "conv-same-stride-2": _convolved,
    "reshape-empty-minus-1": lambda x: list(x.reshape(-1, 0).shape),
    "assign-broadcasts": lambda: jnp.zeros(3).at[:].set(5.0),
    "transpose-default": lambda x: list(jnp.transpose(x).shape),
    "einsum-diagonal": lambda x: jnp.einsum("ii->i", x),
    "where-broadcasts": lambda c, y: jnp.where(c, 1.0, y),
    "equal-of-other-shape": lambda x, y: x == y,
    "squeeze-of-axis-of-2": lambda x: list(jnp.squeeze(x, 0).shape),
    "tile-or-repeat": lambda x: jnp.repeat(x, 2),
    "segment-min-empty": lambda x, i: jax.ops.segment_min(x, i, 2),
}
