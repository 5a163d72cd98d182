"""Subgradients at kinks and ties."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def _max_pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


TABLE: dict[str, Any] = {
    "relu-at-0": jax.nn.relu,
    "relu-as-maximum": lambda x: jnp.maximum(x, 0.0),
    "clip-below-only": lambda x: jnp.clip(x, 0.0),
    "relu6-at-ends": jax.nn.relu6,
    "relu-nan": jax.nn.relu,
    "relu-negative-zero-and-inf": jax.nn.relu,
    "abs-at-0": jnp.abs,
    "abs-negative-zero-and-nan": jnp.abs,
    "sign": jnp.sign,
    "reduce-max-ties": jnp.max,
    "reduce-max-ties-whole": jnp.max,
    "reduce-max-ties-axis": lambda x: jnp.max(x, 0),
    "reduce-max-nan": jnp.max,
    "reduce-max-all-minus-inf": jnp.max,
    "reduce-min-ties": jnp.min,
    "maximum-tie": jnp.maximum,
    "minimum-tie": jnp.minimum,
    "maximum-nan": jnp.maximum,
    "clip-at-bounds": lambda x: jnp.clip(x, -1.0, 1.0),
    "clip-crossed-bounds": lambda x: jnp.clip(x, 2.0, 1.0),
    "clip-nan": lambda x: jnp.clip(x, -1.0, 1.0),
    "leaky-relu-defaults": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu-default": jax.nn.gelu,
    "hard-tanh": jax.nn.hard_tanh,
    "max-pool-ties": _max_pool,
    "floor": jnp.floor,
    "round": jnp.round,
    "float-modulo": lambda x: jnp.mod(x, 2.0),
    "top-k-ties": lambda x: jax.lax.top_k(x, 1)[0],
    "median-even": jnp.median,
    "huber": lambda x: jnp.where(jnp.abs(x) <= 1, 0.5 * x * x, jnp.abs(x) - 0.5),
    "segment-max-ties": lambda x: jax.ops.segment_max(x, jnp.array([0, 0, 1]), 2),
    "segment-min-ties": lambda x: jax.ops.segment_min(x, jnp.array([0, 0, 1]), 2),
    "truncatemod-float": jnp.fmod,
}
