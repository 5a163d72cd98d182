"""Classes, orders and places drawn at random: the same on every backend, and compiled like any step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]


def same_as_numpy(backend: Backend, session: Make, fetches: list[Any], feed: Any = None) -> list[Any]:
    """What the backend answers twice in a row, which NumPy must answer too: integers equal, floats to their last digits."""
    s, numpy = session(), Session(graph=tf.get_default_graph(), backend="numpy")
    for one in (s, numpy):
        one.run(tf.global_variables_initializer())
    for _ in range(2):
        found = s.run(fetches, feed)
        for got, want in zip(found, numpy.run(fetches, feed), strict=True):
            assert got.dtype == want.dtype and got.shape == want.shape
            np.testing.assert_allclose(got, want, rtol=1e-6 if got.dtype.kind == "f" else 0)
            counted(backend.name, max(1, got.size))
    return found


def test_classes(backend: Backend, session: Make) -> None:
    tf.set_random_seed(2)
    fed = tf.placeholder(tf.float32, [None, None])
    logits = tf.constant([[0.0, 1.0, 2.0], [0.0, -np.inf, 5.0]])
    made = [tf.multinomial(logits, 50), tf.random.categorical(fed, 40, dtype=tf.int32)]
    first, second = same_as_numpy(backend, session, made, {fed: [[-1e30, 0.0, -1e30]]})
    assert first.dtype == np.int64 and first.shape == (2, 50) and 1 not in first[1]
    assert second.dtype == np.int32 and np.all(second == 1)


@pytest.mark.parametrize("unique", [True, False])
def test_candidates(backend: Backend, session: Make, unique: bool) -> None:
    tf.set_random_seed(2)
    labels = tf.placeholder(tf.int64, [None, 1])
    weights = [4.0, 0.0, 2.0, 1.0, 1.0]
    made = [
        *tf.nn.uniform_candidate_sampler(labels, 1, 4, unique, 6),
        *tf.nn.fixed_unigram_candidate_sampler(labels, 1, 4, unique, 6, unigrams=weights, num_reserved_ids=1),
        *tf.nn.log_uniform_candidate_sampler(labels, 1, 4, unique, 6),
        *tf.nn.all_candidate_sampler(labels, 1, 4, unique),
    ]
    found = same_as_numpy(backend, session, made, {labels: [[1], [2], [0]]})
    assert not {0, 2} & set(found[3].tolist())
    assert found[10].tolist() == [[1.0], [1.0], [1.0]]


def test_orders_and_places(backend: Backend, session: Make) -> None:
    tf.set_random_seed(2)
    x = tf.placeholder(tf.float32, [None, 3])
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3))
    weight = np.arange(12, dtype=np.float32).reshape(4, 3) ** 2
    shuffled = tf.random_shuffle(table)
    (slices,) = tf.gradients(shuffled * weight, [table])
    made = [tf.random_shuffle(x), tf.random_crop(table, [2, 2]), shuffled, tf.convert_to_tensor(slices)]
    value = np.arange(21, dtype=np.float32).reshape(7, 3)
    order, crop, rows, gradient = same_as_numpy(backend, session, made, {x: value})
    np.testing.assert_array_equal(np.sort(order, axis=0), value)
    np.testing.assert_array_equal(crop - crop[0, 0], [[0, 1], [3, 4]])
    where = (rows[:, 0] / 3).astype(int)
    np.testing.assert_array_equal(gradient[where], weight)
