"""Dtype promotion and defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..point import Point, Section, arrays, asks

NEVER = "TensorFlow 1 decides: two tensors are never converted silently; the user writes the cast"
ADOPTS = "TensorFlow 1 decides: a Python number takes the tensor's dtype, if it is one of its kind"
DEFAULT = "TensorFlow 1 decides: Python numbers are float32 and int32, arrays keep their own dtype"


def _sum(id: str, asked: str, dtypes: Sequence[str], **more: Any) -> Point:
    """The dtype of a sum of two ones."""
    return asks(
        id, asked, [[1]] * len(dtypes), lambda x, y: x + y, dtypes, dtype=True, op="add", **{"why": NEVER, **more}
    )


def _with(id: str, asked: str, dtype: str, number: Any, **more: Any) -> Point:
    """The dtype of a one plus a Python number."""
    return asks(id, asked, [[1]], lambda x: x + number, dtype, dtype=True, op="add", **{"why": ADOPTS, **more})


def _default(id: str, asked: str, make: Any, why: str = DEFAULT, **more: Any) -> Point:
    """Something made of Python or NumPy values, and its dtype."""
    return asks(id, asked, [], make, dtype=True, why=why, **more)


SECTION = Section(
    "dtypes",
    "Dtype promotion and defaults",
    (
        _with("float32-plus-python-float", "float32 + 1.5", "float32", 1.5),
        _with("float32-plus-python-int", "float32 + 1", "float32", 1),
        _with("int32-plus-python-float", "int32 + 1.5", "int32", 1.5),
        _with("bool-plus-python-int", "bool + 1", "bool", 1),
        _sum("int32-plus-float32", "int32 + float32", ["int32", "float32"]),
        _sum(
            "int64-plus-float32", "int64 + float32 (JAX in its default makes the int64 an int32)", ["int64", "float32"]
        ),
        _sum(
            "int32-plus-float64",
            "int32 + float64 (JAX in its default makes the float64 a float32)",
            ["int32", "float64"],
        ),
        _sum("float32-plus-float64", "float32 + float64", ["float32", "float64"]),
        _sum("float16-plus-float32", "float16 + float32", ["float16", "float32"]),
        _sum("uint8-plus-int8", "uint8 + int8", ["uint8", "int8"]),
        _sum("int32-plus-int64", "int32 + int64", ["int32", "int64"]),
        _sum("bool-plus-float32", "bool + float32", ["bool", "float32"]),
        Point(
            "int8-plus-python-300",
            "the dtype of int8 + 300",
            arrays([[1]], "int8"),
            lambda x: (x + 300).dtype.name,
            op="add",
            why="a Python number takes the tensor's dtype; what does not fit is an error where it is written",
        ),
        Point(
            "float32-plus-float64-scalar",
            "float32 + a 0-d float64 array",
            arrays([[1.0], 1.5], ["float32", "float64"]),
            lambda x, y: x + y,
            dtype=True,
            op="add",
            why=NEVER,
        ),
        _default(
            "float16-plus-bfloat16",
            "float16 + bfloat16",
            lambda: tf.cast([1.0], tf.float16) + tf.cast([1.0], tf.bfloat16),
            why=NEVER,
            op="add",
        ),
        _default("python-float-dtype", "a tensor of 1.5", lambda: tf.constant(1.5)),
        _default("python-int-dtype", "a tensor of 1", lambda: tf.constant(1)),
        _default("numpy-float64-dtype", "a tensor of a float64 array", lambda: tf.constant(np.ones(1))),
        _default("arange-dtypes", "range(3) and range(3.0)", lambda: (tf.range(3), tf.range(3.0)), op="range"),
        Point(
            "feed-float-into-int",
            "1.7 fed into an int32 placeholder",
            program=lambda tf, session: _fed(tf, session, tf.int32, [], 1.7),
            why="TensorFlow 1 decides: feeds are cast by NumPy's rules",
        ),
        Point(
            "feed-of-wrong-shape",
            "two elements fed into a placeholder of three",
            program=lambda tf, session: _fed(tf, session, tf.float32, [3], [1.0, 2.0]),
            why="TensorFlow 1 decides: raises before anything runs",
        ),
        _default(
            "python-int-beyond-int32",
            "a tensor of 2^40",
            lambda: tf.constant(2**40),
            why="TensorFlow 1 decides: what does not fit into int32 becomes int64",
        ),
        _default(
            "concat-int-float",
            "concat of an int32 and a float32",
            lambda: tf.concat([tf.constant([1]), tf.constant([1.0])], 0),
            why=NEVER,
            op="concat",
        ),
        _default(
            "where-int-float",
            "where(c, int32, float32)",
            lambda: tf.where([True], tf.constant([1]), tf.constant([1.0])),
            why=NEVER,
            op="where",
        ),
    ),
)


def _fed(tf: Any, session: Any, dtype: Any, shape: Any, value: Any) -> Any:
    placeholder = tf.placeholder(dtype, shape)
    return session().run(placeholder, {placeholder: value})
