"""Feeds in the middle of a graph, beside gradients and control dependencies, as TF1 takes them: a value fed for a tensor stands
for it wherever it is read, and takes nothing away from the graph. Each case was once found by random graphs or the machine."""

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


def equal(backend: Backend, got: Any, want: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)
    counted(backend.name, max(1, np.size(want)))


def test_gradients_flow_back_through_a_fed_tensor(backend: Backend, session: Make) -> None:
    """TF1's gradients are operations of the graph, which read the value that is fed: dy/dx = dy/dh(fed) * dh/da * da/dx."""
    shapes: tuple[Any, ...] = ([], None)
    for shape in shapes:
        x = tf.placeholder(tf.float64, shape)
        a = tf.tanh(x)
        h = tf.sin(a)
        y = h * h
        wanted = 2 * 3.0 * np.cos(np.tanh(0.5)) * (1 - np.tanh(0.5) ** 2)
        got = session().run([tf.gradients(y, x)[0], tf.gradients(y, h)[0], y, h], {x: 0.5, h: 3.0})
        equal(backend, got, [wanted, 6.0, 9.0, 3.0])


def test_a_fed_tensor_that_nothing_asked_for_needs_changes_nothing(backend: Backend, session: Make) -> None:
    """Beside a gradient, with shapes to be found in the run or not."""
    for shape in ([2], [None]):
        x = tf.placeholder(tf.float64, shape)
        aside = tf.reduce_max(x)
        (slope,) = tf.gradients(tf.tanh(x) * 2.0, x)
        want = 2 * (1 - np.tanh([0.5, 1.0]) ** 2)
        equal(backend, session().run(slope, {x: [0.5, 1.0], aside: 7.0}), want)


def test_a_gradient_can_be_fed(backend: Backend, session: Make) -> None:
    """It stands for the gradient in what is computed of it, and in gradients of that."""
    shapes: tuple[Any, ...] = ([], None)
    for shape in shapes:
        x = tf.placeholder(tf.float64, shape)
        g = tf.gradients(tf.sin(tf.tanh(x)), x)[0]
        t, s = np.tanh(0.5), 1 - np.tanh(0.5) ** 2
        slope = -np.sin(t) * s * s - 2 * np.cos(t) * t * s
        got = session().run([g * 2.0, tf.gradients(g * g, x)[0]], {x: 0.5, g: 3.0})
        equal(backend, got, [6.0, 2 * 3.0 * slope])


def test_one_of_two_equal_gradients_can_be_fed(backend: Backend, session: Make) -> None:
    """TF1 answers (5, 5) here, for its two gradients are one tensor by the way its rule of Add happens to be written."""
    a, b = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [])
    first, second = tf.gradients(a + b, [a, b])
    equal(backend, session().run([first, second], {a: 1.0, b: 2.0, first: 5.0}), [5.0, 1.0])


def test_one_of_several_outputs_can_be_fed(backend: Backend, session: Make) -> None:
    x = tf.constant([1.0, 2.0], tf.float64)
    first, second = tf.unstack(x)
    equal(backend, session().run([first, second, first * 10.0], {first: 7.0}), [7.0, 2.0, 70.0])


def test_control_dependencies_on_what_is_fed(backend: Backend, session: Make) -> None:
    """A fed operation does not run, so that what it is computed from need not be there."""
    x, n = tf.placeholder(tf.float64, []), tf.placeholder(tf.int32, [])
    missing = tf.placeholder(tf.float64, [])
    middle = missing * 2.0
    with tf.control_dependencies([x, middle]):
        y = tf.fill([n], tf.constant(1.0, tf.float64))
    s = session()
    equal(backend, s.run([y, middle], {x: 1.0, n: 2, middle: 4.0})[0], [1.0, 1.0])
    assert s.run(tf.group(x, middle), {x: 1.0, middle: 4.0}) is None


def test_control_dependencies_on_what_is_fed_beside_the_host(backend: Backend, session: Make) -> None:
    """As in a run of the backend alone; the operation of what is fed may be asked for as well."""
    x, missing = tf.placeholder(tf.float64, []), tf.placeholder(tf.float64, [])
    middle = missing * 2.0
    with tf.control_dependencies([x, middle]):
        heard = tf.py_func(lambda v: v + 1.0, [x], tf.float64)
        y = tf.identity(x * 3.0)
    got = session().run([heard, y, x.op, middle.op], {x: 1.0, middle: 4.0})
    equal(backend, got[:2], [2.0, 3.0])
    assert got[2:] == [None, None]


def test_control_dependencies_on_a_variable_and_on_a_gradient(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.constant(2.0, tf.float64))
    g = tf.gradients(v * v, v)[0]
    with tf.control_dependencies([v, g]):
        y = tf.identity(v * 3.0)
    s = session()
    s.run(v.initializer)
    equal(backend, s.run(y), 6.0)
    assert s.run(g.op) is None


def test_a_read_after_an_assignment_needs_no_value_before(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.constant(0.0, tf.float64))
    with tf.control_dependencies([tf.assign(v, 3.0)]):
        after = v.read_value()
    equal(backend, session().run(after * 2.0), 6.0)


def test_a_read_after_what_is_fed_sees_the_value_before(backend: Backend, session: Make) -> None:
    """The assignment that it would come after does not run."""
    v = tf.Variable(tf.constant(1.0, tf.float64))
    middle = tf.assign(v, 5.0) * 2.0
    with tf.control_dependencies([middle]):
        read = v.read_value() * 3.0
    s = session()
    s.run(v.initializer)
    equal(backend, [s.run(read, {middle: 0.0}), s.run(v)], [3.0, 1.0])
    equal(backend, [s.run(read), s.run(v)], [15.0, 5.0])


def test_a_gradient_that_depends_on_the_tensor_it_flows_through(backend: Backend, session: Make) -> None:
    """d tanh is 1 - a * a of the tensor a itself, so TF1's gradient with respect to a sees it; recomputing a would not."""
    x = tf.placeholder(tf.float64, [])
    a = tf.tanh(x)
    g = tf.gradients(a, x)[0]
    equal(backend, session().run(tf.gradients([g, a], a)[0], {x: 0.5}), 1 - 2 * np.tanh(0.5))


def test_gradients_with_respect_to_a_read_and_its_variable(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.constant([1.0, 2.0], tf.float64))
    read = v.read_value()
    s = session()
    s.run(v.initializer)
    equal(backend, s.run(tf.gradients(read * read, [read, v])), [[2.0, 4.0], [2.0, 4.0]])


def test_gradients_with_respect_to_a_gradient_and_what_it_is_of(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float64, [])
    g = tf.gradients(x * x * x, x)[0]
    equal(backend, session().run(tf.gradients(g * g, [g, x]), {x: 2.0}), [24.0, 288.0])


def test_gradients_with_respect_to_a_value_and_what_it_is_assigned_to(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.constant(1.0, tf.float64))
    x = tf.placeholder(tf.float64, [])
    assigned = tf.assign(v, x)
    got = session().run(tf.gradients([assigned * 3.0, x * 2.0], [x, assigned]), {x: 5.0})
    equal(backend, got, [2.0, 3.0])


def test_gradients_of_one_call_are_computed_from_each_other(backend: Backend, session: Make) -> None:
    """As in TF1: of one call, the gradient at x is made of that at h, so its derivative with respect to that is dh/dx."""
    x = tf.placeholder(tf.float64, [])
    h = 3.0 * x
    dh, dx = tf.gradients(h * h, [h, x])
    apart = tf.gradients(h * h, x)[0]
    got = session().run([tf.gradients([dh, dx], dh)[0], dx, apart], {x: 2.0})
    equal(backend, got, [4.0, 36.0, 36.0])
    assert tf.gradients(apart, dh) == [None]


def test_row_updates_of_rows_without_elements(backend: Backend, session: Make) -> None:
    v = tf.Variable(np.zeros([3, 0]))
    s = session()
    s.run(v.initializer)
    for scatter in (tf.scatter_add, tf.scatter_sub, tf.scatter_update):
        assert s.run(scatter(v, [0, 1], np.zeros([2, 0]))).shape == (3, 0)
        counted(backend.name)


def test_indices_that_are_fed_are_checked_whatever_they_would_be_put_together_from(
    backend: Backend, session: Make
) -> None:
    """A check of all the parts says as much as one of the whole, but not where another value stands for the whole."""
    table = tf.Variable(np.ones((5, 2)))
    first, second = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
    both = tf.concat([first, second], 0)
    fetches = [
        tf.gather(table, first),
        tf.gather(table, second),
        tf.scatter_sub(table, both, tf.ones([4, 2], tf.float64)),
    ]
    sess = session()
    sess.run(table.initializer)
    good, bad = np.array([0, 1]), np.array([2, 9])
    for feeds in ({first: good, second: bad}, {first: good, second: good, both: [0, 1, 2, 9]}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="indices outside of the table"):
            sess.run(fetches, feeds)
    equal(backend, sess.run(table), np.ones((5, 2)))
    sess.run(fetches, {first: good, second: good})
    equal(backend, sess.run(table), [[-1, -1], [-1, -1], [1, 1], [1, 1], [1, 1]])
