"""What is answered when a gradient is asked for."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def _second(fn):
    first = jax.grad(fn)
    return lambda x: (first(x), jax.grad(lambda x: first(x).sum())(x))


def _through_int(x):
    return x.astype(int).astype(jnp.float32)


def _segment_products(x):
    return jax.ops.segment_prod(x, jnp.array([0, 0, 1]), 2).sum()


TABLE: dict[str, Any] = {
    "gradient-unconnected": lambda x, z: jax.grad(lambda x, z: x * x, (0, 1))(x, z),
    "gradient-of-vector": lambda x: jax.grad(lambda v: jnp.stack([v, 2 * v]))(x),
    "gradient-of-int-twice": jax.grad(lambda x: x * x),
    "gradient-of-int": jax.grad(lambda x: x * x),
    "gradient-through-cast": lambda x: _through_int(x) * x,
    "gradient-of-cast-alone": _through_int,
    "gradient-of-table": jax.grad(lambda table: table[jnp.array([0, 0, 2])].sum()),
    "second-derivative-of-relu-squared": _second(lambda x: jax.nn.relu(x) ** 2),
    "second-derivative-of-product": _second(jnp.prod),
    "second-derivative-of-segment-product": _second(_segment_products),
    "second-derivative-of-segment-product-with-two-zeros": _second(_segment_products),
}
