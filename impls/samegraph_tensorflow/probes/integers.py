"""Integer arithmetic, casts, rounding."""

from __future__ import annotations

import operator
from typing import Any

import tensorflow as tf

TABLE: dict[str, Any] = {
    "floordiv-int": operator.floordiv,
    "mod-int": operator.mod,
    "truncatemod-int": tf.truncatemod,
    "truediv-int": operator.truediv,
    "v1-div-int": tf.compat.v1.div,
    "floordiv-int-by-0": operator.floordiv,
    "mod-int-by-0": operator.mod,
    "floordiv-float-by-0": operator.floordiv,
    "mod-float": operator.mod,
    "int32-overflow": operator.add,
    "abs-of-int-min": tf.abs,
    "uint8-overflow": operator.add,
    "int-pow-negative": tf.pow,
    "int-pow-0-0": tf.pow,
    "shift-too-far": tf.bitwise.left_shift,
    "cast-float-to-int32": lambda x: tf.cast(x, tf.int32),
    "cast-float-to-int64": lambda x: tf.cast(x, tf.int64),
    "cast-float-to-uint8": lambda x: tf.cast(x, tf.uint8),
    "cast-float-to-bool": lambda x: tf.cast(x, tf.bool),
    "round-half": tf.round,
    "bool-minus-bool": operator.sub,
    "bool-plus-bool": operator.add,
    "mean-of-int": tf.reduce_mean,
    "sum-of-int32": tf.reduce_sum,
    "sum-of-uint8": tf.reduce_sum,
    "sum-of-bool": tf.reduce_sum,
    "sum-of-float16": tf.reduce_sum,
    "sqrt-of-int": tf.sqrt,
    "argmax-dtype": tf.argmax,
    "size-dtype": tf.size,
}
