"""Dtype promotion and defaults."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import tensorflow as tf

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
    "float16-plus-bfloat16": lambda: tf.constant([1], tf.float16) + tf.constant([1], tf.bfloat16),
    "python-float-dtype": lambda: tf.constant(1.5),
    "python-int-dtype": lambda: tf.constant(1),
    "numpy-float64-dtype": lambda: tf.constant(np.ones(1)),
    "arange-dtypes": lambda: (tf.range(3), tf.range(3.0)),
    "python-int-beyond-int32": lambda: tf.constant(2**40),
    "concat-int-float": lambda: tf.concat([tf.constant([1]), tf.constant([1.0])], 0),
    "where-int-float": lambda: tf.where([True], tf.constant([1]), tf.constant([1.0])),
}
