"""Rows that are put into a table where several are meant for one place: the last wins, as on a CPU."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp


def last_of_equal(flat: Any, rows: Any) -> Any:
    """Each row replaced by the last that is meant for the same place: but on a CPU it is chance which of them is written last."""
    return jax.lax.platform_dependent(flat, rows, cpu=lambda flat, rows: rows, default=_last_of_equal)


def _last_of_equal(flat: Any, rows: Any) -> Any:
    order = jnp.argsort(flat, stable=True)
    return rows[order[jnp.searchsorted(flat[order], flat, side="right") - 1]]
