"""Integer arithmetic, casts, rounding."""

from __future__ import annotations

import operator
from typing import Any

import jax
import jax.numpy as jnp

TABLE: dict[str, Any] = {
    "floordiv-int": operator.floordiv,
    "mod-int": operator.mod,
    "truncatemod-int": jnp.fmod,
    "truediv-int": operator.truediv,
    "v1-div-int": jax.lax.div,
    "floordiv-int-by-0": operator.floordiv,
    "mod-int-by-0": operator.mod,
    "floordiv-float-by-0": operator.floordiv,
    "mod-float": operator.mod,
    "int32-overflow": operator.add,
    "abs-of-int-min": jnp.abs,
    "int-min-floordiv-minus-1": operator.floordiv,
    "uint8-overflow": operator.add,
    "int-pow-negative": jnp.power,
    "int-pow-0-0": jnp.power,
    "shift-too-far": jnp.left_shift,
    "cast-float-to-int32": lambda x: x.astype(jnp.int32),
    "cast-float-to-int64": lambda x: x.astype(jnp.int64),
    "cast-float-to-uint8": lambda x: x.astype(jnp.uint8),
    "cast-float-to-bool": lambda x: x.astype(bool),
    "round-half": jnp.round,
    "bool-minus-bool": operator.sub,
    "bool-plus-bool": operator.add,
    "mean-of-int": jnp.mean,
    "sum-of-int32": jnp.sum,
    "sum-of-uint8": jnp.sum,
    "sum-of-bool": jnp.sum,
    "sum-of-float16": jnp.sum,
    "sqrt-of-int": jnp.sqrt,
    "argmax-dtype": jnp.argmax,
    "size-dtype": lambda x: jnp.asarray(x.size),
}
