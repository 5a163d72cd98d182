"""The suite's own comparison notices what it is there for."""

from __future__ import annotations

import numpy as np
import pytest
from samegraph.conformance.checks import assert_close

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("got", "want"),
    [([0.0], [-INF]), ([INF], [-INF]), ([1e4], [INF]), ([NAN], [INF]), ([INF], [NAN]), ([1.0, 2.0], [1.0, INF]), ([INF], [1.0])],
)  # fmt: skip
def test_what_is_not_finite_must_be_the_same(got: list[float], want: list[float]) -> None:
    for dtype in (np.float16, np.float32, np.float64):
        with np.errstate(over="ignore"), pytest.raises(AssertionError):
            assert_close(np.array(got, dtype), np.array(want), 1e9, "nobody")


def test_the_same_is_close() -> None:
    for values in ([INF, -INF, NAN, 1.0], [INF], [NAN], []):
        assert assert_close(np.array(values, np.float32), np.array(values), 0.0, "nobody") == 0.0


def test_a_reference_that_the_dtype_does_not_hold_is_not_compared() -> None:
    assert assert_close(np.array([INF, 1.0], np.float16), np.array([1e6, 1.0]), 1.0, "nobody") == 0.0


def test_distance_and_dtype() -> None:
    assert assert_close(np.array([1.0 + 2**-23], np.float32), np.array([1.0]), 1.0, "nobody") == pytest.approx(1.0)
    with pytest.raises(AssertionError, match="ulps apart"):
        assert_close(np.array([1.0 + 2**-22], np.float32), np.array([1.0]), 1.0, "nobody")
    with pytest.raises(AssertionError):
        assert_close(np.array([1, 2]), np.array([1, 3]), 1e9, "nobody")
    with pytest.raises(AssertionError, match="shape"):
        assert_close(np.zeros(2), np.zeros(3), 1e9, "nobody")
