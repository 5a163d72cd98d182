"""Reductions, ordering, NaN, empties."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logsumexp


def _is_stable(x):
    return bool((np.asarray(jnp.argsort(x)) == np.argsort(np.asarray(x), kind="stable")).all())


TABLE: dict[str, Any] = {
    "argmax-ties": jnp.argmax,
    "argmin-ties": jnp.argmin,
    "argmax-nan": jnp.argmax,
    "argmax-all-nan": jnp.argmax,
    "max-pool-nan": lambda x: jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID"),
    "reduce-max-nan-value": jnp.max,
    "reduce-min-nan-value": jnp.min,
    "maximum-nan-either-side": lambda x: (jnp.maximum(x, 1.0), jnp.maximum(1.0, x)),
    "sort-nan": jnp.sort,
    "argsort-64-equal": _is_stable,
    "argsort-alternating": _is_stable,
    "top-k-order": lambda x: jax.lax.top_k(x, 2)[1],
    "unique-order": jnp.unique,
    "sum-of-empty": jnp.sum,
    "prod-of-empty": jnp.prod,
    "max-of-empty": jnp.max,
    "max-of-empty-axis": lambda x: jnp.max(x, 0),
    "argmax-of-empty": jnp.argmax,
    "mean-of-empty": jnp.mean,
    "logsumexp-of-empty": logsumexp,
    "sum-over-no-axis": lambda x: jnp.sum(x, axis=()),
    "variance-default": jnp.var,
    "std-default": jnp.std,
    "variance-of-one": jnp.var,
    "cumsum-dtype": jnp.cumsum,
    "cumsum-default-axis": jnp.cumsum,
    "argmax-default-axis": jnp.argmax,
    "softmax-default-axis": jax.nn.softmax,
    "cumsum-inf": jnp.cumsum,
    "nan-equals-nan": lambda x: (x == x, x != x),
    "sum-of-a-million": jnp.sum,
    "cumsum-of-a-million": lambda x: jnp.cumsum(x)[-1],
    "denormal": lambda x: x * jnp.float32(1.0),
    "denormal-compiled": jax.jit(lambda x: x * 1.000001),
    "all-of-ints": jnp.all,
    "segment-max-of-minus-inf": lambda x: jax.ops.segment_max(x, jnp.array([0]), 1),
    "segment-min-of-inf": lambda x: jax.ops.segment_min(x, jnp.array([0]), 1),
}
