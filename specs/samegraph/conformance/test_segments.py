"""Segments without a row, in every dtype: what no drawn case can say exactly."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session
from samegraph.types import NUMBERS

Make = Callable[..., Session]


def test_a_segment_of_nothing(backend: Backend, session: Make) -> None:
    """The limits of the dtype among unsorted ids, 0 among sorted ones, 1 for products; the rows there are stay exact."""
    ids = tf.constant([0, 0, 2])
    for dtype in (d for d in NUMBERS if d in backend.dtypes):
        x = tf.cast(tf.constant([3, 1, 2]), dtype)
        unsorted = [
            getattr(tf, f"unsorted_segment_{n}")(x, tf.constant([0, 0, -1]), 2) for n in ("max", "min", "prod", "sum")
        ]
        ordered = [getattr(tf, f"segment_{n}")(x, ids) for n in ("max", "min", "prod", "sum", "mean")]
        got = [v.astype(np.float64).tolist() for v in session().run(unsorted + ordered)]
        low, high = float(dtype.min), float(dtype.max)
        assert got[:4] == [[3.0, low], [1.0, high], [3.0, 1.0], [4.0, 0.0]], dtype
        assert got[4:8] == [[3.0, 0.0, 2.0], [1.0, 0.0, 2.0], [3.0, 1.0, 2.0], [4.0, 0.0, 2.0]], dtype
        assert got[8] == [2.0, 0.0, 2.0], dtype
        counted(backend.name, 9)
