"""Dtype promotion and defaults."""

from __future__ import annotations

import operator
from typing import Any

import jax.numpy as jnp
import numpy as np

SUMS = (
    "int32-plus-float32 int64-plus-float32 int32-plus-float64 float32-plus-float64 float16-plus-float32 uint8-plus-int8 "
    "int32-plus-int64 bool-plus-float32 float32-plus-float64-scalar"
)

TABLE: dict[str, Any] = {
    "float32-plus-python-float": lambda x: x + 1.5,
    "float32-plus-python-int": lambda x: x + 1,
    "int32-plus-python-float": lambda x: x + 1.5,
    "bool-plus-python-int": lambda x: x + 1,
    **dict.fromkeys(SUMS.split(), operator.add),
    "int8-plus-python-300": lambda x: (x + 300).dtype,
    "float16-plus-bfloat16": lambda: jnp.ones(1, jnp.float16) + jnp.ones(1, jnp.bfloat16),
    "python-float-dtype": lambda: jnp.asarray(1.5),
    "python-int-dtype": lambda: jnp.asarray(1),
    "numpy-float64-dtype": lambda: jnp.asarray(np.ones(1)),
    "arange-dtypes": lambda: (jnp.arange(3), jnp.arange(3.0)),
    "feed-float-into-int": lambda: jnp.asarray(1.7, jnp.int32),
    "python-int-beyond-int32": lambda: jnp.asarray(2**40),
    "concat-int-float": lambda: jnp.concatenate([jnp.array([1]), jnp.array([1.0])]),
    "where-int-float": lambda: jnp.where(jnp.array([True]), jnp.array([1]), jnp.array([1.0])),
}
