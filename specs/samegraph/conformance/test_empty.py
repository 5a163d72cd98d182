"""What is made of nothing in integers, and what stands for -1 beside a 0: no drawn case is sure to hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.registry import OPS
from samegraph.session import Session

Make = Callable[..., Session]
OF_NONE: dict[str, Callable[[Any], int]] = {
    "reduce_sum": lambda info: 0,
    "reduce_prod": lambda info: 1,
    "reduce_mean": lambda info: 0,
    "reduce_max": lambda info: info.min,
    "reduce_min": lambda info: info.max,
}


@pytest.mark.parametrize("name", list(OF_NONE))
@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
def test_reductions_of_no_integers(backend: Backend, session: Make, name: str, dtype: str) -> None:
    """Whole, and of rows without elements beside a number of them."""
    x = tf.placeholder(dtype, [None, None])
    want = OF_NONE[name](np.iinfo(dtype))
    whole, rows = session().run([OPS[name](x), OPS[name](x, axis=1)], {x: np.zeros((2, 0), dtype)})
    assert whole.dtype == rows.dtype == dtype
    assert whole == want and rows.tolist() == [want, want]


@pytest.mark.parametrize("name", ["reshape"])
@pytest.mark.parametrize(
    ("old", "wanted", "new"), [((2, 0), (0, -1, 1), (0, 2, 1)), ((0, 3), (-1, 0), (3, 0)), ((0, 3), (0, -1), (0, 3))]
)
def test_the_size_beside_a_0(session: Make, name: str, old: Any, wanted: Any, new: Any) -> None:
    """It is found among the sizes that are not 0, as TF1 does."""
    x = tf.placeholder(tf.float32, [None] * len(old))
    assert session().run(OPS[name](x, wanted), {x: np.zeros(old, np.float32)}).shape == new


@pytest.mark.parametrize("name", ["bitcast"])
def test_nothing_in_another_dtype(session: Make, name: str) -> None:
    """A wider dtype takes the last axis, a narrower one adds it, with no element there as well."""
    x = tf.placeholder(tf.int32, [None, 2])
    wide, narrow = session().run(
        [OPS[name](x, type="int64"), OPS[name](x, type="uint8")], {x: np.zeros((0, 2), np.int32)}
    )
    assert (wide.dtype, wide.shape) == ("int64", (0,)) and (narrow.dtype, narrow.shape) == ("uint8", (0, 2, 4))


@pytest.mark.parametrize(("size", "taken", "axis"), [((0, 0, 0), (0, 0), 2), ((2, 3, 0), (2,), 1), ((2, 3), (0,), 1)])
def test_the_gradient_of_nothing_gathered(session: Make, size: Any, taken: Any, axis: int) -> None:
    """Zeros of the table's shape, whichever axis is gathered along."""
    for static in (True, False):
        x = tf.placeholder(tf.float64, size if static else [None] * len(size))
        (slope,) = tf.gradients(tf.gather(x, np.zeros(taken, np.int64), axis=axis), x)
        got = session().run(slope, {x: np.ones(size)})
        assert got.shape == size and not got.any()
