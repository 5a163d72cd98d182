"""The JAX backend, whole as `clean`, and with one fault each. A foreign distribution: tests/test_planted_faults.py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax as framework
import jax.numpy as jnp
import numpy as np
from samegraph.backend import Backend, load

jax = load("jax")
# Computed where it is run, as the backend asks for, a step is through with what it was fed before `run` returns.
framework.config.update("jax_cpu_enable_async_dispatch", True)


def with_kernel(name: str, kernel: Callable[..., Any]) -> Backend:
    return replace(jax, kernels={**jax.kernels, name: functools.wraps(jax.kernels[name])(kernel)})


def _wrong_sign(labels: Any, logits: Any) -> Any:
    y = jax.kernels["softmax_cross_entropy_with_logits"](labels, logits)
    return 2 * framework.lax.stop_gradient(y) - y


def _too_early(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
    return jax.update_rows(table, indices, updates, how, None)  # type: ignore[misc]


clean = jax
softmax_loss_of_wrong_sign = with_kernel("softmax_cross_entropy_with_logits", _wrong_sign)
halved_ties = with_kernel("maximum", lambda x, y: jnp.maximum(x, y))
written_before_the_check = replace(jax, update_rows=_too_early)
shares_a_feed = replace(
    jax,
    to_device=lambda array, device: framework.device_put(array, may_alias=True),
    to_step=lambda array, device: array,
)
fetches_a_view = replace(jax, to_numpy=lambda value: np.asarray(value))
