"""JAX asked raw, with its default of 32 bits: its answers to the divergence ledger, without samegraph's kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from samegraph.divergences import Probe, Probes

from . import dtypes, indexing, integers, kinks, protocol, reductions, singular


def plain(value: Any) -> Any:
    """Arrays as NumPy arrays, dtypes as their names."""
    if isinstance(value, jax.Array):
        return np.asarray(value)
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value


def value_and_gradients(fn: Probe, inputs: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    return fn(*inputs), jax.grad(lambda *xs: fn(*xs).sum(), argnums=tuple(range(len(inputs))))(*inputs)


probes = Probes(
    framework="jax",
    version=jax.__version__,
    table={
        **kinks.TABLE,
        **singular.TABLE,
        **protocol.TABLE,
        **integers.TABLE,
        **dtypes.TABLE,
        **reductions.TABLE,
        **indexing.TABLE,
        "first-normals": lambda: jax.random.normal(jax.random.key(0), (2,)),
    },
    native=jnp.asarray,
    plain=plain,
    value_and_gradients=value_and_gradients,
)
