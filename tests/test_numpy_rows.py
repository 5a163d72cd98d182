"""What NumPy's kernels do with rows in their own ways: the sums, the largest and the equal ids that NumPy itself would find."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph_numpy import rows as own

INF, NAN = np.inf, np.nan


def numbers(*shape, dtype="float32"):
    return np.random.default_rng(3).normal(size=shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize(
    "shape", [(3, 5), (70, 16), (70, 17), (2, 128), (2, 129), (5000, 2), (70000, 1), (0, 3), (3, 0)]
)
def test_sums_of_rows_and_columns(shape, dtype):
    x = numbers(*shape, dtype=dtype)
    wide, bound = x.astype("float64"), max(shape) * float(np.finfo(dtype).eps)
    for got, axis in ((own.row_sums(x), 1), (own.column_sums(x), 0)):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, wide.sum(axis), rtol=0, atol=bound * np.abs(wide).sum(axis).max(initial=0))
    assert np.array_equal(own.sums_of_last(x)[:, 0], own.row_sums(x))
    assert own.sums_of_last(x.reshape(1, *shape)).shape == (1, shape[0], 1)


@pytest.mark.parametrize("shape", [(64, 16), (63, 16), (64, 17), (2, 64, 3), (64, 0), (7,)])
def test_the_largest_of_rows(shape):
    x = numbers(*shape)
    x.reshape(-1)[:2] = [INF, NAN][: x.size]
    assert np.array_equal(own.largest_of_last(x), x.max(axis=-1, keepdims=True, initial=-INF), equal_nan=True)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("ids", [[], [4], [2, 2, 2], [7, -3, 7, 0, -3, 2**31 - 1, 7], list(range(9, 0, -1)) * 30])
def test_ids_in_order(ids, dtype):
    ids = np.array(ids, dtype)
    order = ids.argsort(kind="stable")
    found, places = own.sorted_places(ids)
    assert np.array_equal(found, ids[order]) and np.array_equal(places, order)


WAYS = {"by members": own._by_members, "by groups": own._by_groups, "NumPy's": own._by_reduceat}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("counts", [[1], [5], [2, 2, 2], [1, 4, 2, 9, 1]])
def test_sums_of_groups(way, counts):
    starts = np.cumsum([0, *counts[:-1]])
    for shape in ((), (3,), (2, 3)):
        x = numbers(sum(counts), *shape)
        want = [part.astype("float64").sum(0) for part in np.split(x, starts[1:])]
        np.testing.assert_allclose(way(x, starts, np.array(counts)), want, rtol=1e-5)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_what_is_not_finite_stays_in_its_group(way):
    x = np.ones((6, 2), "float32")
    x[0, 0], x[3, 1] = INF, NAN
    sums = way(x, np.array([0, 2, 4]), np.array([2, 2, 2]))
    assert np.array_equal(sums, [[INF, 2], [2, NAN], [2, 2]], equal_nan=True)


@pytest.mark.parametrize(
    ("counts", "width", "dtype", "way"),
    [
        ([2] * 64, 128, "float32", "by members"),
        ([40, 30, 20, 10], 128, "float32", "by groups"),
        ([2] * 64, 1, "float32", "NumPy's"),
        ([40, 30, 20, 10], 128, "float16", "NumPy's"),
    ],
)
def test_the_way_is_chosen_by_what_it_takes(monkeypatch, counts, width, dtype, way):
    taken = []
    for name, whole in WAYS.items():
        monkeypatch.setattr(
            own, whole.__name__, lambda *given, name=name, whole=whole: taken.append(name) or whole(*given)
        )
    starts = np.cumsum([0, *counts[:-1]])
    own.group_sums(np.ones((sum(counts), width), dtype), starts)
    assert taken == [way]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_or_zeros(dtype):
    """Where a condition puts zeros, nothing of what stood there is left: no sign, no infinity, no NaN."""
    x = tf.placeholder(dtype, [2, 6])
    y = tf.where(x > tf.constant(0.5, dtype), x * 1, tf.zeros_like(x))
    given = np.array([[INF, -INF, NAN, -0.0, 1.0, 0.5], [-1.0, 3.0, NAN, 2.0, -INF, INF]], dtype)
    with tf.Session() as session:
        assert f".view(np.{dtype})" in session.explain(y, {x: given})
        got = session.run(y, {x: given})
    assert np.array_equal(got, [[INF, 0, 0, 0, 1, 0], [0, 3, 0, 2, 0, INF]]) and not np.signbit(got).any()
