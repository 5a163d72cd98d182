"""What `gradients` answers: structure, connection, tables, higher order, by both routes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]


def equal(backend: Backend, got: Any, want: Any, tolerance: float = 1e-5) -> None:
    np.testing.assert_allclose(got, want, rtol=tolerance, atol=tolerance)
    counted(backend.name, max(1, np.size(want)))


def started(session: Make) -> Session:
    s = session()
    s.run(tf.global_variables_initializer())
    return s


def test_sums_over_ys_and_elements(backend: Backend, session: Make) -> None:
    x = tf.constant(2.0)
    s = session()
    equal(backend, s.run(tf.gradients([x * x, 3.0 * x], x)[0]), 7.0)
    equal(backend, s.run(tf.gradients(tf.stack([x, 2.0 * x]), x)[0]), 3.0)
    weights = tf.constant([1.0, 10.0])
    equal(backend, s.run(tf.gradients(tf.stack([x, 2.0 * x]), x, grad_ys=weights)[0]), 21.0)


def test_a_value_is_differentiated_together_with_its_gradient(backend: Backend, session: Make) -> None:
    """What the inner differentiation computed on the way, and its result, vary with x as the gradient does."""
    x = tf.placeholder(tf.float64, [])
    inner = x * x
    y = inner * x
    (slope,) = tf.gradients(y, x)
    found = [tf.gradients(part * slope, x)[0] for part in (y, inner, y + inner)]
    equal(backend, session().run(found, {x: 2.0}), [15 * 2.0**4, 12 * 2.0**3, 15 * 2.0**4 + 12 * 2.0**3])


def test_slices_beside_one_another(backend: Backend, session: Make) -> None:
    """What they give back is put together again: with a gap, overlapping, in another order, along the second axis."""
    x = tf.constant(np.arange(24.0).reshape(4, 6))
    for axis, bounds in (
        (0, [(0, 1), (1, 3), (3, 4)]),
        (0, [(2, 4), (0, 2)]),
        (1, [(0, 2), (2, 5)]),
        (1, [(1, 4), (3, 6)]),
    ):
        want = np.zeros((4, 6))
        ys = []
        for weight, (low, high) in enumerate(bounds, 1):
            begin, size = [0, 0], [4, 6]
            begin[axis], size[axis] = low, high - low
            ys.append(weight * tf.reduce_sum(tf.square(tf.slice(x, begin, size))))
            where = tuple(slice(b, b + n) for b, n in zip(begin, size, strict=True))
            want[where] += 2 * weight * np.arange(24.0).reshape(4, 6)[where]
        equal(backend, session().run(tf.gradients(ys, x)[0]), want)


def test_unconnected_is_none(session: Make) -> None:
    x, z = tf.constant(1.0), tf.constant(2.0)
    assert tf.gradients(x * x, [x, z])[1] is None
    assert tf.gradients(tf.to_float(tf.argmax([x, z])), x) == [None]
    assert tf.gradients(tf.stop_gradient(x * z), [x, z]) == [None, None]
    assert tf.gradients(tf.to_float(tf.to_int32(x)), x) == [None]
    zero = tf.gradients(x * x, z, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0]
    assert session().run(zero) == 0.0


def test_stop_gradients(backend: Backend, session: Make) -> None:
    a = tf.constant(3.0)
    b = 2.0 * a
    whole, partial = tf.gradients(a + b, [a, b]), tf.gradients(a + b, [a, b], stop_gradients=[a, b])
    s = session()
    equal(backend, s.run(whole), [3.0, 1.0])
    equal(backend, s.run(partial), [1.0, 1.0])


def test_an_x_inside_the_path_of_another(backend: Backend, session: Make) -> None:
    w = tf.Variable([1.0, 2.0])
    h = tf.tanh(w * 3.0)
    y = tf.reduce_sum(h * w)
    t = np.tanh(3 * np.array([1.0, 2.0]))
    got = started(session).run(tf.gradients(y, [w, h]) + tf.gradients(y, [h]))
    equal(backend, got[0], t + np.array([1.0, 2.0]) * 3 * (1 - t * t))
    equal(backend, got[1], [1.0, 2.0])
    equal(backend, got[2], [1.0, 2.0])


def test_y_is_x(backend: Backend, session: Make) -> None:
    x = tf.constant([1.0, 2.0])
    equal(backend, session().run(tf.gradients(x, x)[0]), [1.0, 1.0])


def test_two_losses_share_a_part(backend: Backend, session: Make) -> None:
    w, u = tf.Variable([5.0, 6.0]), tf.Variable([0.5])
    c = w * u
    first, second = tf.reduce_sum(tf.tanh(c)), tf.reduce_sum(c * c)
    s = started(session)
    got = s.run([tf.gradients(first, w)[0], tf.gradients(second, u)[0], first, second, c])
    cv = np.array([2.5, 3.0])
    equal(backend, got[0], 0.5 * (1 - np.tanh(cv) ** 2))
    equal(backend, got[1], [np.sum(2 * cv * np.array([5.0, 6.0]))])
    equal(backend, got[4], cv)


def test_what_two_gradients_need_is_computed_once(backend: Backend, uncompiled: Backend, route: str) -> None:
    """The second begins at a value on the first one's way: a framework that ran it twice would take the time of two."""
    ran: list[int] = []

    def tanh(*args: Any, **options: Any) -> Any:
        ran.append(1)
        return backend.kernels["tanh"](*args, **options)

    x = tf.constant([0.5, 1.0], tf.float64)
    h = tf.tanh(x)
    first, second = tf.gradients(h * h, x)[0], tf.gradients(tf.exp(h), h)[0]
    watched = replace(uncompiled, kernels={**uncompiled.kernels, "tanh": tanh}, spelled={})
    got = Session(backend=watched, gradients=route).run([first, second])
    t = np.tanh([0.5, 1.0])
    equal(backend, got, [2 * t * (1 - t * t), np.exp(t)])
    assert len(ran) == 1


def test_losses_that_need_each_other(backend: Backend, session: Make) -> None:
    """Two gradients whose inner parts use values from inside the other, as in adversarial training."""
    a, b = tf.Variable(0.5), tf.Variable(0.25)
    p, q = tf.tanh(a), tf.tanh(b)
    one, two = p * tf.sin(q), q * tf.cos(p)
    s = started(session)
    da, db, values = s.run([tf.gradients(one, a)[0], tf.gradients(two, b)[0], [one, two, p, q]])
    tp, tq = np.tanh(0.5), np.tanh(0.25)
    equal(backend, da, (1 - tp**2) * np.sin(tq))
    equal(backend, db, (1 - tq**2) * np.cos(tp))
    equal(backend, values, [tp * np.sin(tq), tq * np.cos(tp), tp, tq])


def test_third_order(backend: Backend, session: Make) -> None:
    x = tf.constant(0.7, tf.float64)
    g: Any = tf.tanh(x) * x * x
    derivatives = []
    for _ in range(3):
        g = tf.gradients(g, x)[0]
        derivatives.append(g)
    h = 1e-3

    def f(v: float) -> float:
        return float(np.tanh(v) * v * v)

    got = session().run(derivatives)
    equal(backend, got[0], (f(0.7 + h) - f(0.7 - h)) / (2 * h), 1e-4)
    equal(backend, got[1], (f(0.7 + h) - 2 * f(0.7) + f(0.7 - h)) / h**2, 1e-4)
    third = (f(0.7 + 2 * h) - 2 * f(0.7 + h) + 2 * f(0.7 - h) - f(0.7 - 2 * h)) / (2 * h**3)
    equal(backend, got[2], third, 1e-3)


def test_a_gradient_beside_the_gradient_of_it(backend: Backend, session: Make) -> None:
    """The first is used by the second, and fetched as well."""
    x = tf.constant([0.5, 1.0], tf.float64)
    first = tf.gradients(tf.reduce_sum(x * x * x), x)[0]
    second = tf.gradients(first * tf.constant([1.0, 2.0], tf.float64), x)[0]
    got = session().run([first, second])
    equal(backend, got, [[0.75, 3.0], [3.0, 12.0]])


def test_gradient_penalty(backend: Backend, session: Make) -> None:
    """The gradient of a gradient's norm with respect to a weight used by both."""
    x, w = tf.constant([[1.0, -2.0]], tf.float64), tf.Variable(tf.constant([[0.3], [0.4]], tf.float64))
    y = tf.reduce_sum(tf.tanh(tf.matmul(x, w)))
    inner = tf.gradients(y, x)[0]
    penalty = tf.reduce_sum(inner * inner)
    got = started(session).run(tf.gradients(penalty, w)[0])

    def value(v: np.ndarray[Any, Any]) -> float:
        return float(np.sum((v.T * (1 - np.tanh([1.0, -2.0] @ v) ** 2)) ** 2))

    base, h = np.array([[0.3], [0.4]]), 1e-6
    want = [[(value(base + h * e) - value(base - h * e)) / (2 * h)] for e in np.eye(2)[:, :, None]]
    equal(backend, got, want, 1e-6)


def test_what_a_gradient_is_fed_with(backend: Backend, session: Make) -> None:
    """As in TF1 it flows into the gradients of its call that are made of it, and not into a tensor that it happens to be."""
    x, g = tf.constant([1.0, 2.0]), tf.constant([7.0, 8.0]) * 1.0
    h = x * 3.0
    gx, gh = tf.gradients(tf.square(h), [x, h])
    equal(backend, session().run([gx * 1.0, gh * 1.0], {gh: [5.0, 6.0]}), [[15, 18], [5, 6]])
    equal(backend, session().run([gx * 1.0, gh * 1.0], {gx: [5.0, 6.0]}), [[5, 6], [6, 12]])
    (given,) = tf.gradients(tf.identity(x), [x], grad_ys=[g])
    equal(backend, session().run([g * 1.0, given * 1.0], {given: [5.0, 6.0]}), [[7, 8], [5, 6]])


def test_a_gathered_table_gets_slices(backend: Backend, session: Make) -> None:
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3))
    rows = tf.gather(table, [1, 1, 3])
    loss = tf.reduce_sum(rows * rows)
    g = tf.gradients(loss, table)[0]
    assert isinstance(g, tf.IndexedSlices)
    s = started(session)
    before = s.run(table)
    got = s.run(g)
    equal(backend, got.values, 2 * before[[1, 1, 3]])
    equal(backend, got.indices, [1, 1, 3])
    dense = np.zeros((4, 3), np.float32)
    np.add.at(dense, [1, 1, 3], 2 * before[[1, 1, 3]])
    equal(backend, s.run(tf.convert_to_tensor(g)), dense)


@pytest.mark.parametrize("axis", [0, -2])
def test_an_axis_counted_from_the_end_gathers_rows_too(backend: Backend, session: Make, axis: int) -> None:
    """Else a step on a few rows of a large table would make a gradient of the table's size."""
    table = tf.Variable(tf.ones([4, 2]))
    rows, columns = tf.gather(table, [1, 3], axis=axis), tf.gather(table, [1], axis=axis + 1)
    g, dense = tf.gradients(rows * 2.0, table)[0], tf.gradients(columns * 2.0, table)[0]
    assert isinstance(g, tf.IndexedSlices) and isinstance(dense, tf.Tensor)
    got = started(session).run([g, dense])
    equal(backend, got[0].values, [[2, 2], [2, 2]])
    equal(backend, got[1], [[0, 2]] * 4)


@pytest.mark.parametrize("row", [(2,), (0,)], ids=str)
@pytest.mark.parametrize("known", [[None], [None, 2], [2, 2], None], ids=str)
def test_rows_picked_by_fed_ids(backend: Backend, session: Make, known: Any, row: tuple[int, ...]) -> None:
    """Whatever is known of the ids before the step, one row of slices an id."""
    table = tf.Variable(np.ones((4, *row), np.float32))
    ids = tf.placeholder(tf.int32, known)
    g = tf.gradients(tf.gather(table, ids) * 2.0, table)[0]
    fed = np.array([2, 0, 2] if known == [None] else [[0, 1], [2, 2]])
    got = started(session).run(g, {ids: fed})
    assert got.values.shape == (fed.size, *row)
    equal(backend, got.values, np.full((fed.size, *row), 2.0))
    equal(backend, got.indices, fed.reshape(-1))


def test_several_gathers_are_concatenated(backend: Backend, session: Make) -> None:
    table = tf.Variable(np.arange(8, dtype=np.float32).reshape(4, 2))
    first, second = tf.gather(table, [[0, 1], [2, 0]]), tf.gather(table, [3])
    g = tf.gradients(tf.reduce_sum(first) + 5.0 * tf.reduce_sum(second), table)[0]
    assert isinstance(g, tf.IndexedSlices)
    s = started(session)
    equal(backend, s.run(tf.convert_to_tensor(g)), [[2, 2], [1, 1], [1, 1], [5, 5]])
    assert sorted(s.run(g.indices)) == [0, 0, 1, 2, 3]


def test_second_order_slices(backend: Backend, session: Make) -> None:
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3))
    rows = tf.gather(table, [1, 1])
    g = tf.gradients(tf.reduce_sum(rows * rows * rows), table)[0]
    h = tf.gradients(tf.reduce_sum(g.values * g.values), table)[0]
    assert isinstance(h, tf.IndexedSlices)
    s = started(session)
    equal(backend, s.run(h.values), 36 * s.run(table)[[1, 1]] ** 3)


def test_second_derivatives_of_segment_products_with_zeros(backend: Backend, session: Make) -> None:
    """Segments with no, one, two and three zeros, and an element of no segment: products of all others but two."""
    value = np.array([2, 3, 0, 2, 3, 0, 0, 5, 0, 0, 0, 7], np.float32)
    ids = np.array([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, -1], np.int32)
    weights = np.arange(1, 13, dtype=np.float32)
    x = tf.placeholder(tf.float32, [12])
    first = tf.gradients(tf.unsorted_segment_prod(x, ids, 4), x)[0]
    second = tf.gradients(first * weights, x)[0]
    want = np.zeros((2, 12))
    for i in range(11):
        others = [j for j in range(12) if ids[j] == ids[i] and j != i]
        want[0, i] = np.prod(value[others])
        want[1, i] = sum(weights[j] * np.prod(value[[k for k in others if k != j]]) for j in others)
    got = session().run([first, second], {x: value})
    equal(backend, got[0], want[0])
    equal(backend, got[1], want[1])


def test_used_densely_as_well_is_dense(backend: Backend, session: Make) -> None:
    table = tf.Variable(tf.ones([3, 2]))
    g = tf.gradients(tf.reduce_sum(tf.gather(table, [0])) + tf.reduce_sum(table * 2.0), table)[0]
    assert isinstance(g, tf.Tensor)
    equal(backend, started(session).run(g), [[3, 3], [2, 2], [2, 2]])


def test_an_assignment_between_what_is_differentiated(backend: Backend, session: Make) -> None:
    """A y that is assigned after another assignment, which needs a value on the way to the other y: the order holds."""
    v = tf.Variable(np.array([-2.0, 0.5]))
    x = tf.gather(tf.constant([-0.5, 0.25], tf.float64), [0])
    inside = tf.reshape(x, [])
    first = tf.scatter_sub(v, 0, inside)
    with tf.control_dependencies([first]):
        second = tf.assign_sub(v, [2.0, -0.75])
    with tf.control_dependencies([second]):
        third = tf.scatter_update(v, [0, 1], [-1.0, -1.0])
    slope = tf.gradients([tf.reshape(inside, [1]), third], x)[0]
    s = started(session)
    got = s.run([first, second, third, slope])
    for value, want in zip(got, ([-1.5, 0.5], [-3.5, 1.25], [-1.0, -1.0], [1.0]), strict=True):
        equal(backend, value, want)
    equal(backend, s.run(v), [-1.0, -1.0])


@pytest.mark.parametrize("update", [tf.assign_add, tf.assign_sub, tf.assign, tf.scatter_add], ids=lambda f: f.__name__)
def test_a_branch_that_waits_for_an_assignment_of_what_it_takes(backend: Backend, session: Make, update: Any) -> None:
    """A gradient flows through the branch, which takes what is assigned before it: the assignment is made once."""
    x, v = tf.placeholder(tf.float64, [2]), tf.Variable(np.array([1.0, 2.0]))
    h = x * 3.0
    updated = update(v, [0, 1], h) if update is tf.scatter_add else update(v, h)
    with tf.control_dependencies([updated]):
        y = tf.cond(h[0] > 0.0, lambda: h * h, lambda: h)
    s = started(session)
    gradient, _ = s.run([tf.gradients(y, x)[0], updated], {x: [1.0, 2.0]})
    equal(backend, gradient, [18.0, 36.0])
    want = {tf.assign: [3.0, 6.0], tf.assign_sub: [-2.0, -4.0]}.get(update, [4.0, 8.0])
    equal(backend, s.run(v), want)


@pytest.mark.parametrize("rows", [False, True], ids=["dense", "rows"])
def test_gradients_wait_for_control_dependencies(backend: Backend, session: Make, rows: bool) -> None:
    """What is assigned before needs a value on the way to the loss, as a moving mean does; whoever asks for a gradient asks for it too."""
    v = tf.Variable(np.array([[1.0, 2.0], [3.0, 4.0]]))
    count, moving = tf.Variable(0), tf.Variable(np.zeros(2))
    h = tf.gather(v, [1]) if rows else v * 1.0
    loss = tf.reduce_sum(tf.square(h))
    with tf.control_dependencies([tf.assign_add(count, 1), tf.assign(moving, tf.reduce_mean(h, 0))]):
        slope = tf.gradients(loss, v)[0]
        train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    assert isinstance(slope, tf.IndexedSlices) == rows
    before, mean = [[1, 2], [3, 4]], [3, 4] if rows else [2, 3]
    s = started(session)
    equal(backend, s.run(loss), 25.0 if rows else 30.0)
    assert s.run(count) == 0
    got = s.run(slope)
    equal(backend, got.values if rows else got, 2.0 * np.array(before[1:] if rows else before))
    assert s.run(count) == 1
    equal(backend, s.run(moving), mean)
    s.run(train)
    assert s.run(count) == 2
    equal(backend, s.run(v), [[1, 2], [1.5, 2]] if rows else [[0.5, 1], [1.5, 2]])


SPARSE_AS_DENSE: dict[str, Callable[[float], Any]] = {
    "descent": lambda rate: tf.train.GradientDescentOptimizer(rate),
    "adam": lambda rate: tf.train.AdamOptimizer(rate),
    "adagrad": lambda rate: tf.train.AdagradOptimizer(rate),
    "proximal": lambda rate: tf.train.ProximalGradientDescentOptimizer(rate),
}
"""The optimizers whose sparse step is their dense one; the others leave the slots of rows without a gradient alone."""


@pytest.mark.parametrize("optimizer", SPARSE_AS_DENSE)
def test_sparse_is_dense_with_repeated_ids(backend: Backend, session: Make, optimizer: str) -> None:
    """The same training through gather and through a one-hot product; equal ids in a batch are summed first."""
    initial = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    ids = tf.placeholder(tf.int32, [None])
    results = []
    for sparse in (True, False):
        table = tf.Variable(initial)
        rows = tf.gather(table, ids) if sparse else tf.matmul(tf.one_hot(ids, 5), table)
        loss = tf.reduce_sum(tf.square(rows - 1.0))
        rate = 0.05
        results.append((table, SPARSE_AS_DENSE[optimizer](rate).minimize(loss, var_list=[table])))
    s = started(session)
    for batch in ([0, 0, 0, 1], [2, 2, 4, 4], [0, 1, 2, 3], [1, 1, 1, 1]):
        s.run([step for _, step in results], {ids: batch})
    got, want = s.run([table for table, _ in results])
    assert not np.allclose(got, initial)
    equal(backend, got, want, 2e-6)


def test_a_read_is_fetched_beside_its_gradient(backend: Backend, session: Make) -> None:
    v = tf.Variable([1.0, 2.0])
    read = v.read_value()
    (gradient,) = tf.gradients(tf.reduce_sum(read * read), [v])
    s = started(session)
    got = s.run([gradient, tf.tanh(read), read])
    np.testing.assert_allclose(got[0], [2.0, 4.0])
    np.testing.assert_allclose(got[1], np.tanh([1.0, 2.0]), rtol=1e-6)
    np.testing.assert_allclose(got[2], [1.0, 2.0])


def test_a_gradient_beside_an_assignment_of_what_is_differentiated(backend: Backend, session: Make) -> None:
    """An assignment between x and y is made once, not inside what a framework differentiates."""
    x, table = tf.constant([1.0, 2.0]), tf.Variable(tf.ones([2, 2]))
    row = x * 3.0
    update = tf.scatter_add(table, [1], tf.stack([row]))
    y = tf.reduce_sum(row * update[1])
    s = session()
    s.run(table.initializer)
    got, gradient = s.run([update, tf.gradients(y, [x])[0]])
    np.testing.assert_allclose(got, [[1.0, 1.0], [4.0, 7.0]])
    np.testing.assert_allclose(gradient, [12.0, 21.0])
    np.testing.assert_allclose(s.run(table), got)


def test_what_is_assigned_lets_no_gradient_through(backend: Backend, session: Make) -> None:
    """As in TF1, although an assignment answers the very value that it is given; nor does one read vary with another."""
    x = tf.placeholder(tf.float32, [])
    v = tf.Variable(2.0)
    assigned = tf.assign(v, x)
    first, second = v.read_value(), v.read_value()
    s = session()
    s.run(v.initializer)
    equal(backend, s.run(tf.gradients(first * second, first)[0]), 2.0)
    equal(backend, s.run(tf.gradients([assigned, x * 2.0], x)[0], {x: 3.0}), 2.0)
    assert tf.gradients(assigned, x) == [None]
