"""Programs in which the size of a tensor depends on computed values: their answers, gradients, failures, by both routes."""

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
X = np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, 6.0]], np.float32)


def equal(backend: Backend, got: Any, want: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    counted(backend.name, max(1, np.size(want)))


@pytest.mark.parametrize("shape", [[2, 3], [None, 3], [None, None]])
def test_masked_elements_and_their_gradient(backend: Backend, session: Make, shape: Any) -> None:
    """One program, whatever the number of elements that are true; what follows takes the sizes as they come."""
    x = tf.placeholder(tf.float32, shape)
    kept = tf.boolean_mask(x, x > 0.0)
    column = tf.expand_dims(kept, 1) * [[1.0, 2.0]]
    y = tf.reduce_sum(column * column)
    assert kept.shape.as_list() == [None] and column.shape.as_list() == [None, 2]
    gradient = tf.gradients(y, x)[0]
    s = session()
    for value in (X, -X, np.zeros_like(X), np.ones((2, 3), np.float32)):
        got = s.run([kept, tf.shape(column), y, gradient], {x: value})
        positive = value[value > 0]
        equal(backend, got[0], positive)
        equal(backend, got[1], [len(positive), 2])
        equal(backend, got[2], 5 * np.sum(positive**2))
        equal(backend, got[3], 10 * np.maximum(value, 0))


def test_second_order_through_a_mask(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [2, 3])
    first = tf.gradients(tf.boolean_mask(x, x > 0.0) ** 3.0, x)[0]
    equal(backend, session().run(tf.gradients(first, x)[0], {x: X}), 6 * np.maximum(X, 0))


def test_partitions_go_apart_and_together(backend: Backend, session: Make) -> None:
    x, numbers = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    places = tf.dynamic_partition(tf.range(tf.shape(x)[0]), numbers, 2)
    low, high = tf.dynamic_partition(x, numbers, 2)
    whole = tf.dynamic_stitch(places, [low * 2.0, high * high])
    s = session()
    for ids in ([0, 1], [1, 1], [0, 0]):
        got, slope = s.run([whole, tf.gradients(whole, x)[0]], {x: X, numbers: ids})
        chosen = np.array(ids, bool)[:, None]
        equal(backend, got, np.where(chosen, X * X, X * 2))
        equal(backend, slope, np.where(chosen, 2 * X, 2))


def test_training_on_what_a_mask_leaves(backend: Backend, session: Make) -> None:
    x, label = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.float32, [None])
    w = tf.Variable([[0.5], [-0.25]])
    known = label >= 0.0
    error = tf.matmul(tf.boolean_mask(x, known), w)[:, 0] - tf.boolean_mask(label, known)
    step = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_mean(tf.square(error)))
    s = session()
    s.run(tf.global_variables_initializer())
    rng, want = np.random.default_rng(0), np.array([[0.5], [-0.25]])
    for count in (3, 1, 4):
        xs, labels = rng.normal(size=(5, 2)), np.where(np.arange(5) < count, rng.uniform(size=5), -1.0)
        s.run(step, {x: xs, label: labels})
        rest = xs[:count]
        want -= 0.1 * 2 * rest.T @ (rest @ want - labels[:count, None]) / count
    equal(backend, s.run(w), want)


def test_equal_ids_are_looked_up_once(backend: Backend, session: Make) -> None:
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3))
    ids = tf.placeholder(tf.int32, [None])
    different, place = tf.unique(ids)
    rows = tf.gather(tf.gather(table, different), place)
    gradient = tf.convert_to_tensor(tf.gradients(rows * rows, table)[0])
    s = session()
    s.run(tf.global_variables_initializer())
    value = np.arange(12).reshape(4, 3)
    for batch in ([3, 1, 3], [2], [0, 0, 0, 1]):
        found, slope = s.run([rows, gradient], {ids: batch})
        equal(backend, found, value[batch])
        equal(backend, slope, 2 * value * np.bincount(batch, minlength=4)[:, None])


def test_segments_as_many_as_computed_ids_say(backend: Backend, session: Make) -> None:
    x, steps = tf.placeholder(tf.float32, [4]), tf.placeholder(tf.int32, [4])
    largest = tf.segment_max(x, tf.cumsum(steps))
    s = session()
    for moves, want, slope in (
        ([0, 0, 1, 0], [3.0, 3.0], [0, 1, 0.5, 0.5]),
        ([0, 1, 2, 0], [1.0, 3.0, 0.0, 3.0], [1, 1, 0.5, 0.5]),
    ):
        got = s.run([largest, tf.gradients(largest, x)[0]], {x: [1.0, 3.0, 3.0, 3.0], steps: moves})
        equal(backend, got[0], want)
        equal(backend, got[1], slope)


def test_a_failed_check_changes_nothing(session: Make) -> None:
    """The verdict of a guard counts where a program is not compiled, too."""
    x, ids = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.int32, [3])
    v = tf.Variable(1.0)
    kept = tf.boolean_mask(ids, x > 0.0)
    step = tf.assign_add(v, tf.reduce_sum(tf.gather([1.0, 2.0], kept + 0)))
    s = session()
    s.run(tf.global_variables_initializer())
    with pytest.raises(tf.errors.InvalidArgumentError, match="indices outside of the table"):
        s.run(step, {x: [1.0, 1.0, 1.0], ids: [0, 1, 2]})
    assert s.run(v) == 1.0
    assert s.run(step, {x: [1.0, 1.0, -1.0], ids: [0, 1, 2]}) == 4.0


@pytest.mark.parametrize("computed", [False, True])
def test_a_shape_that_is_ensured(session: Make, computed: bool) -> None:
    """The kernel itself compares, and what it says of another shape is the specification's word; nothing changes."""
    x = tf.placeholder(tf.float32, [None, 3])
    v = tf.Variable(1.0)
    pair = tf.ensure_shape(tf.boolean_mask(x, x[:, 0] > 0.0) if computed else x, [2, None])
    step = tf.assign_add(v, tf.reduce_sum(pair))
    s = session()
    s.run(tf.global_variables_initializer())
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"another shape than \(2, None\)"):
        s.run(step, {x: np.ones((3, 3))})
    assert s.run(v) == 1.0 and s.run(step, {x: np.ones((2, 3))}) == 7.0


@pytest.mark.parametrize(("mode", "most"), [("REFLECT", 2), ("SYMMETRIC", 3)])
def test_a_mirror_is_as_large_as_what_it_shows(backend: Backend, session: Make, mode: str, most: int) -> None:
    """REFLECT leaves the border out, SYMMETRIC does not; more than there is to show is refused when a run computes it."""
    before = tf.placeholder(tf.int32, [])
    framed = tf.pad(tf.constant([1.0, 2.0, 3.0]), tf.reshape(tf.stack([before, 0]), [1, 2]), mode=mode)
    s = session()
    shown = [3.0, 2.0] if mode == "REFLECT" else [3.0, 2.0, 1.0]
    equal(backend, s.run(framed, {before: most}), [*shown, 1.0, 2.0, 3.0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        s.run(framed, {before: most + 1})


def test_computed_bounds_are_as_many_as_the_axes(backend: Backend, session: Make) -> None:
    """Bounds that a run computes: too few or too many are refused, where a part of them would give another answer."""
    x, row = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([5.0, 6.0])
    mask = tf.placeholder(tf.bool, [4])
    zeros, ones = (tf.boolean_mask([n] * 4, mask) for n in (0, 1))
    part = tf.slice(x, zeros, ones)
    framed = tf.pad(x, tf.boolean_mask([[1, 0]] * 4, mask))
    longer = tf.pad(row, tf.reshape(ones, [1, -1]))
    tiled, wide = tf.tile(x, ones), tf.broadcast_to(row, ones + 1)
    s = session()
    two = [True, True, False, False]
    equal(backend, s.run(part, {mask: two}), [[1.0]])
    equal(backend, s.run(framed, {mask: two}), [[0, 0, 0], [0, 1, 2], [0, 3, 4]])
    equal(backend, s.run(longer, {mask: two}), [0, 5, 6, 0])
    equal(backend, s.run(tiled, {mask: two}), [[1, 2], [3, 4]])
    equal(backend, s.run(wide, {mask: two}), [[5, 6], [5, 6]])
    for other in ([True, False, False, False], [True, True, True, False]):
        for y in (part, framed, longer, tiled):
            with pytest.raises(tf.errors.InvalidArgumentError):
                s.run(y, {mask: other})
    for y in (tf.tile(row, ones - 2), tf.broadcast_to(row, ones + 2), tf.broadcast_to(row, ones[1:])):
        with pytest.raises(tf.errors.InvalidArgumentError):
            s.run(y, {mask: [True, False, False, False]})


def test_explain_says_that_it_is_not_compiled(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [3])
    text = session().explain(tf.boolean_mask(x, x > 0.0))
    assert "compiled    no: a shape depends on computed values" in text
    assert ("compiled    yes" in session().explain(x * 2.0)) == (backend.compile is not None)
