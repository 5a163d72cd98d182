"""Feeds, fetches, order and failure: what a session promises on every backend, by both gradient routes."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]
Pair = collections.namedtuple("Pair", "first second")


def table_and_train(rows: int = 4, rate: float = 0.1) -> Any:
    """A table, fed ids, and a step of gradient descent on the rows they pick."""
    table = tf.Variable(np.arange(rows * 3, dtype=np.float32).reshape(rows, 3), name="table")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    picked = tf.gather(table, ids)
    loss = tf.reduce_sum(picked * picked, name="loss")
    train = tf.train.GradientDescentOptimizer(rate).minimize(loss)
    return table, ids, loss, train


def started(session: Make, **options: Any) -> Session:
    s = session(**options)
    s.run(tf.global_variables_initializer())
    return s


def equal(backend: Backend, got: Any, want: Any, **kw: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6, **kw)
    counted(backend.name, max(1, np.size(want)))


def test_fetches_nest(backend: Backend, session: Make) -> None:
    a, b = tf.constant(1.0), tf.constant([2.0, 3.0])
    step = tf.no_op()
    got = session().run({"a": a, "rest": [b, (a, step)], "pair": Pair(a, b), "name": a.name})
    assert list(got) == ["a", "rest", "pair", "name"]
    assert isinstance(got["pair"], Pair) and isinstance(got["rest"][1], tuple)
    assert got["rest"][1][1] is None
    equal(backend, got["a"], 1.0)
    equal(backend, got["pair"].second, [2.0, 3.0])
    equal(backend, got["name"], 1.0)


def test_scalars_are_numpy_scalars(session: Make) -> None:
    got = session().run([tf.constant(1.5), tf.constant(2), tf.constant(True)])
    assert [type(v) for v in got] == [np.float32, np.int32, np.bool_]


def test_any_tensor_can_be_fed(backend: Backend, session: Make) -> None:
    a = tf.constant(1.0)
    b = a + 1.0
    c = b * 2.0
    s = session()
    equal(backend, s.run(c, {a: 10.0}), 22.0)
    equal(backend, s.run(c, {b: 7.0}), 14.0)
    equal(backend, s.run(c, {"add:0": 3.0}), 6.0)
    equal(backend, s.run(c, {c: 5.0}), 5.0)


def test_a_gradient_can_be_fed(backend: Backend, session: Make) -> None:
    x = tf.constant(3.0)
    (gradient,) = tf.gradients(x * x, [x])
    equal(backend, session().run([gradient * 2.0, gradient], {gradient: 5.0}), [10.0, 5.0])


def test_a_fed_placeholder_may_come_first(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([x]):
        y = tf.constant(1.0) + 1.0
    equal(backend, session().run(y, {x: 0.0}), 2.0)


def test_variables_and_draws_may_come_first(backend: Backend, session: Make) -> None:
    v = tf.Variable(2.0)
    with tf.control_dependencies([v, tf.random_uniform([])]):
        y = tf.assign_add(v, 1.0)
    equal(backend, started(session).run(y), 3.0)


def test_a_variable_is_initialised_and_read_in_one_run(backend: Backend, session: Make) -> None:
    v = tf.Variable(2.0)
    with tf.control_dependencies([v.initializer]):
        read = v.read_value()
    s = session()
    equal(backend, s.run(read * 2.0), 4.0)
    with tf.control_dependencies([tf.assign(v, 5.0)]):
        again = v.read_value()
    equal(backend, s.run([again, v]), [5.0, 2.0])


def test_feeds_are_cast_by_numpys_rules(backend: Backend, session: Make) -> None:
    x, n = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [])
    s = session()
    for value in ([1, 2], np.array([1.0, 2.0]), (1.0, 2.0), np.array([1, 2], np.int64)):
        got = s.run(x * 2.0, {x: value})
        assert got.dtype == np.float32
        equal(backend, got, [2.0, 4.0])
    assert s.run(n + 1, {n: 1.7}) == 2


@pytest.mark.parametrize("layout", ["transposed", "strided", "negative", "readonly", "fortran"])
def test_feeds_of_any_memory_layout(backend: Backend, session: Make, layout: str) -> None:
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    value = {
        "transposed": base.T,
        "strided": base[::2, ::3],
        "negative": base[::-1, ::-1],
        "readonly": np.array(base),
        "fortran": np.asfortranarray(base),
    }[layout]
    value.flags.writeable = layout != "readonly"
    x = tf.placeholder(tf.float32, [None, None])
    v = tf.Variable(tf.zeros(value.shape), validate_shape=True)
    s = started(session)
    equal(backend, s.run(x + 1.0, {x: value}), value + 1)
    s.run(tf.assign(v, x), {x: value})
    equal(backend, s.run(v), value)


def test_empty_tensors(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    w = tf.Variable(tf.ones([3, 2]))
    y = tf.reduce_sum(tf.matmul(x, w))
    grad = tf.gradients(y, [w])[0]
    s = started(session)
    total, g = s.run([y, grad], {x: np.zeros((0, 3))})
    equal(backend, total, 0.0)
    equal(backend, g, np.zeros((3, 2)))


def test_a_fed_array_may_be_overwritten_after_run(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [1024])
    v, total = tf.Variable(tf.zeros([1024])), tf.Variable(tf.zeros([1024]))
    keep = tf.group(tf.assign(v, x), tf.assign_add(total, x * 1.0))
    s = started(session)
    buffer = np.zeros(1024, np.float32)
    for i in range(20):
        buffer[:] = i
        s.run(keep, {x: buffer})
        buffer[:] = -1e6
    equal(backend, s.run(v), np.full(1024, 19.0))
    equal(backend, s.run(total), np.full(1024, 190.0))


def test_a_fed_array_may_be_overwritten_while_the_step_still_runs(backend: Backend, session: Make) -> None:
    """Long steps that read the feed at their very end; its memory is aligned, so that a framework could use it as it is."""
    n = 512
    x = tf.placeholder(tf.float32, [n, n])
    v = tf.Variable(tf.zeros([n, n]))
    y = x
    for _ in range(4):
        y = tf.matmul(y, tf.constant(np.eye(n, dtype=np.float32)))
    keep = tf.assign(v, y + x).op
    s = started(session)
    memory = np.zeros(4 * n * n + 64, np.uint8)
    start = -memory.ctypes.data % 64
    buffer = memory[start : start + 4 * n * n].view(np.float32).reshape(n, n)
    for i in range(5):
        buffer[:] = i
        s.run(keep, {x: buffer})
        buffer[:] = -1e6
        equal(backend, s.run(v), np.full((n, n), 2.0 * i))


def test_feeds_are_never_written_to(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [3])
    v = tf.Variable(tf.zeros([3]))
    s = started(session)
    value = np.array([1, 2, 3], np.float32)
    s.run(tf.assign(v, x), {x: value})
    s.run(tf.scatter_add(v, [0, 0], [5.0, 5.0]).op)
    s.run(tf.assign_add(v, tf.ones([3])))
    equal(backend, value, [1, 2, 3])
    equal(backend, s.run(v), [12, 3, 4])


def test_fetches_belong_to_the_caller(backend: Backend, session: Make) -> None:
    table, ids, _, train = table_and_train()
    s = started(session)
    held = s.run(table)
    again = s.run(table)
    copy = held.copy()
    for _ in range(3):
        s.run(train, {ids: [0, 1, 1]})
    equal(backend, held, copy)
    held[:] = -7
    again[:] = -7
    assert not np.any(s.run(table) == -7)
    constant = tf.constant([1.0, 2.0])
    s.run(constant)[:] = 9
    equal(backend, s.run(constant), [1.0, 2.0])


def test_the_old_value_is_fetched_beside_a_row_update(backend: Backend, session: Make) -> None:
    table, ids, _, train = table_and_train()
    s = started(session)
    before = s.run(table)
    seen, reshaped, _ = s.run([table, tf.reshape(table, [-1]), train], {ids: [1, 1]})
    equal(backend, seen, before)
    equal(backend, reshaped, before.reshape(-1))
    want = before.copy()
    want[1] -= 2 * 0.1 * 2 * before[1]
    equal(backend, s.run(table), want)


def test_reads_see_the_start_of_the_run_unless_ordered(backend: Backend, session: Make) -> None:
    n = tf.Variable(0.0)
    up = tf.assign_add(n, 1.0)
    with tf.control_dependencies([up]):
        after = tf.identity(n)
        also = n.read_value()
    s = started(session)
    equal(backend, s.run([n, after, also, up]), [0.0, 1.0, 1.0, 1.0])
    equal(backend, s.run([up, up]), [2.0, 2.0])
    equal(backend, s.run(n), 2.0)


def test_gradients_run_the_assignments_that_they_take(backend: Backend, session: Make) -> None:
    """As TF1: an assignment and a draw behind a y whose value no gradient takes do not run, by either route."""
    x, w = tf.placeholder(tf.float64, [2]), tf.constant([1.0, 2.0], tf.float64)
    n = tf.Variable(tf.zeros([2], tf.float64))
    with tf.control_dependencies([tf.assign_add(n, w)]):
        after = n.read_value()
    drawn = tf.random_uniform([2], dtype=tf.float64, seed=3)
    (untaken,) = tf.gradients(x * 3.0 + (after + drawn), x, grad_ys=w)
    (taken,) = tf.gradients(x * after, x, grad_ys=w)
    s, other = started(session), started(session)
    equal(backend, s.run(untaken, {x: [1, 1]}), [3.0, 6.0])
    equal(backend, s.run(n), [0.0, 0.0])
    equal(backend, s.run(drawn), other.run(drawn))
    equal(backend, s.run(taken, {x: [1, 1]}), [1.0, 4.0])
    equal(backend, s.run(n), [1.0, 2.0])


def test_weights_alone_do_not_change_the_route(session: Make, route: str) -> None:
    """The framework's autodiff computes a gradient with grad_ys too, where every draw and assignment is taken for sure."""
    x, w = tf.placeholder(tf.float32, [2]), tf.constant([1.0, 2.0])
    n = tf.Variable([0.0, 0.0])
    (plain,) = tf.gradients(tf.tanh(x), x, grad_ys=w)
    (drawn,) = tf.gradients(x * tf.random_uniform([2]), x, grad_ys=w)
    s = started(session)
    for fetches in (plain, drawn, [plain, tf.assign_add(n, w)]):
        assert f"gradients   {route}\n" in s.explain(fetches)


def test_no_gradient_goes_through_an_assignment(backend: Backend, session: Make) -> None:
    """As TF1: also where the value assigned is on the path from an x to another y."""
    x, v = tf.placeholder(tf.float64, []), tf.Variable(np.float64(1.5))
    between = x * 3.0
    assigned = tf.assign(v, between)
    with tf.control_dependencies([assigned]):
        after = v.read_value()
    one = tf.constant(1.0, tf.float64)
    (of_assigned,) = tf.gradients([between * between, assigned], x, grad_ys=[one, one])
    (of_read,) = tf.gradients([between * between, after], x, grad_ys=[one, one])
    s = started(session)
    for gradient in (of_assigned, of_read):
        equal(backend, s.run([gradient, assigned, after], {x: 2.0}), [36.0, 6.0, 6.0])


def test_two_assignments_in_order(backend: Backend, session: Make) -> None:
    v = tf.Variable([1.0, 2.0])
    first = tf.assign(v, v * 10.0)
    with tf.control_dependencies([first]):
        second = tf.assign_sub(v, [1.0, 1.0])
    s = started(session)
    equal(backend, s.run(second), [9.0, 19.0])
    equal(backend, s.run(v), [9.0, 19.0])


def test_a_scatter_after_an_assignment(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.zeros([3, 2]))
    filled = tf.assign(v, tf.ones([3, 2]))
    with tf.control_dependencies([filled]):
        scattered = tf.scatter_add(v, [2, 2], tf.ones([2, 2]))
    s = started(session)
    equal(backend, s.run(scattered), [[1, 1], [1, 1], [3, 3]])
    equal(backend, s.run(v), [[1, 1], [1, 1], [3, 3]])


def test_rows_updated_twice_in_place(backend: Backend, session: Make) -> None:
    v = tf.Variable(tf.zeros([3, 2]))
    first = tf.scatter_add(v, [0, 1], tf.ones([2, 2]))
    with tf.control_dependencies([first]):
        second = tf.scatter_sub(v, [1, 2], tf.fill([2, 2], 0.25))
    s = started(session)
    assert "in place    Variable" in s.explain(second.op)
    s.run(second.op)
    equal(backend, s.run(v), [[1, 1], [0.75, 0.75], [-0.25, -0.25]])


@pytest.mark.parametrize("rows_of", [lambda t: t, lambda t: tf.reshape(t, [2, 2])], ids=["itself", "a view"])
def test_row_updates_take_old_rows(backend: Backend, session: Make, rows_of: Any) -> None:
    """What an update takes from a table that is updated in place as well, itself or another, is as at the run's start."""
    a, b = tf.Variable([[1.0, 2.0], [3.0, 4.0]]), tf.Variable([[5.0, 6.0], [7.0, 8.0]])
    ids = tf.placeholder(tf.int32, [2])
    swap = tf.group(tf.scatter_update(a, ids, rows_of(b)), tf.scatter_update(b, ids, rows_of(a)))
    itself = tf.scatter_add(a, ids, rows_of(a)).op
    s = started(session)
    assert "in place    Variable, Variable_1" in s.explain(swap, {ids: [1, 0]})
    s.run(swap, {ids: [1, 0]})
    equal(backend, s.run(a), [[7.0, 8.0], [5.0, 6.0]])
    equal(backend, s.run(b), [[3.0, 4.0], [1.0, 2.0]])
    s.run(itself, {ids: [1, 0]})
    equal(backend, s.run(a), [[12.0, 14.0], [12.0, 14.0]])


@pytest.mark.parametrize("read", [False, True], ids=["assigned", "read after it"])
def test_what_was_assigned_from_a_table_is_as_it_was(backend: Backend, session: Make, read: bool) -> None:
    """The table is updated in place in the same run: the value fetched is the old one, as is the other variable's."""
    kept, table = tf.Variable([[1.0], [1.0]]), tf.Variable([[0.0], [0.0]])
    ids = tf.placeholder(tf.int32, [1])
    took = tf.assign(kept, table)
    if read:
        with tf.control_dependencies([took]):
            took = kept.read_value()
    s = started(session)
    fetched, _ = s.run([took, tf.scatter_add(table, ids, [[2.0]]).op], {ids: [1]})
    equal(backend, fetched, [[0.0], [0.0]])
    equal(backend, s.run(kept), [[0.0], [0.0]])
    equal(backend, s.run(table), [[0.0], [2.0]])


def test_variables_swap(backend: Backend, session: Make) -> None:
    a, b = tf.Variable([1.0]), tf.Variable([2.0])
    swap = tf.group(tf.assign(a, b), tf.assign(b, a))
    s = started(session)
    for _ in range(3):
        s.run(swap)
    equal(backend, s.run([a, b]), [[2.0], [1.0]])
    s.run(tf.assign_add(a, [1.0]))
    equal(backend, s.run([a, b]), [[3.0], [1.0]])


def test_sessions_share_nothing(backend: Backend, session: Make) -> None:
    v = tf.Variable(1.0)
    one, two = started(session), started(session)
    one.run(tf.assign(v, 5.0))
    equal(backend, [one.run(v), two.run(v)], [5.0, 1.0])


def test_the_graph_grows_after_the_first_run(backend: Backend, session: Make) -> None:
    v = tf.Variable([[1.0, 2.0]])
    s = started(session)
    equal(backend, s.run(v), [[1.0, 2.0]])
    s.run(tf.scatter_add(v, [0], [[1.0, 1.0]]))
    w = tf.Variable(v.initialized_value() * 2.0)
    s.run(w.initializer)
    equal(backend, s.run(v + w), [[4.0, 7.0]])


def test_what_is_not_needed_does_not_run(session: Make) -> None:
    x = tf.placeholder(tf.float32)
    unused = x * 2.0
    assert unused is not None
    assert session().run(tf.constant(1.0)) == 1.0


@pytest.mark.parametrize("bad", [[9], [0, 4], [-1], [1, -5]])
def test_ids_outside_a_table_change_nothing(backend: Backend, session: Make, bad: list[int]) -> None:
    table, ids, loss, train = table_and_train()
    other = tf.Variable([1.0])
    both = tf.group(train, tf.assign_add(other, [1.0]))
    s = started(session)
    s.run(both, {ids: [0, 1]})
    before, seen = s.run([table, other])
    with pytest.raises(tf.errors.InvalidArgumentError, match="outside of the table"):
        s.run([both, loss], {ids: bad})
    equal(backend, s.run(table), before)
    equal(backend, s.run(other), seen)
    s.run(both, {ids: [2]})
    equal(backend, s.run(other), [3.0])


def test_computed_ids_outside_a_table_change_nothing(backend: Backend, session: Make) -> None:
    table = tf.Variable(tf.ones([4, 2]))
    ids = tf.placeholder(tf.int32, [None])
    update = tf.scatter_sub(table, ids * 2, tf.ones([2, 2]))
    s = started(session)
    s.run(update.op, {ids: [0, 1]})
    before = s.run(table)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        s.run(update.op, {ids: [1, 2]})
    assert "made at" in str(error.value) and "test_sessions.py" in str(error.value)
    equal(backend, s.run(table), before)


def test_a_step_that_fails_half_way_changes_nothing(backend: Backend, session: Make) -> None:
    v, table = tf.Variable([1.0, 2.0]), tf.Variable(tf.ones([3, 2]))
    x = tf.placeholder(tf.float32, [2])
    checked = tf.check_numerics(tf.log(x), "log")
    step = tf.group(tf.assign_add(v, checked), tf.scatter_add(table, [1], [[1.0, 1.0]]), tf.assign_sub(v, [1.0, 1.0]))
    s = started(session)
    s.run(step, {x: [1.0, 1.0]})
    before = s.run([v, table])
    with pytest.raises(tf.errors.InvalidArgumentError, match="log"):
        s.run(step, {x: [0.0, 1.0]})
    after = s.run([v, table])
    equal(backend, after[0], before[0])
    equal(backend, after[1], before[1])


def test_uninitialised_variables_are_named(session: Make) -> None:
    v = tf.Variable([1.0], name="never_set")
    with pytest.raises(tf.errors.FailedPreconditionError) as error:
        session().run(v + 1.0)
    assert "never_set" in str(error.value) and "test_sessions.py" in str(error.value)


def test_rows_that_were_updated_before_there_were_any(backend: Backend, session: Make) -> None:
    """A run that came too early leaves nothing behind: the same run is right once the variable has its value."""
    table = tf.Variable(tf.zeros([2, 1]))
    update = tf.scatter_add(table, [1], [[1.0]]).op
    s = session()
    with pytest.raises(tf.errors.FailedPreconditionError, match="Variable"):
        s.run(update)
    s.run(table.initializer)
    s.run(update)
    equal(backend, s.run(table), [[0.0], [1.0]])


def test_missing_and_wrong_feeds(session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.reduce_sum(x)
    s = session()
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value for placeholder tensor 'x:0'"):
        s.run(y)
    with pytest.raises(ValueError, match=r"Cannot feed value of shape \(3, 2\) for Tensor 'x:0'.*transpose"):
        s.run(y, {x: np.zeros((3, 2))})
    with pytest.raises(ValueError, match="Cannot feed"):
        s.run(y, {x: [["a", "b", "c"]]})
    with pytest.raises(TypeError, match="Cannot interpret feed_dict key"):
        s.run(y, {"nothing:0": 1.0})
    with pytest.raises(TypeError, match=r"cannot be a tf.Tensor object"):
        s.run(y, {x: tf.ones([1, 3])})
    with tf.Graph().as_default():
        stranger = tf.constant(1.0)
    with pytest.raises(ValueError, match="not an element of this graph"):
        s.run(stranger)
    with pytest.raises(TypeError, match="Fetch argument"):
        s.run(None)


def test_shapes_that_depend_on_feeds(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, 6])
    n = tf.placeholder(tf.int32, [])
    flat = tf.reshape(x, [tf.shape(x)[0] * 2, 3])
    assert flat.shape.as_list() == [None, 3]
    grid = tf.fill([n, 2], 1.5)
    w = tf.Variable(tf.ones([3, 1]))
    grad = tf.gradients(tf.reduce_sum(tf.matmul(flat, w)), [w])[0]
    s = started(session)
    for rows in (1, 4, 2, 4):
        value = np.arange(rows * 6, dtype=np.float32).reshape(rows, 6)
        equal(backend, s.run(flat, {x: value}), value.reshape(-1, 3))
        equal(backend, s.run(grad, {x: value}), value.reshape(-1, 3).sum(0)[:, None])
        equal(backend, s.run(grid, {n: rows}), np.full((rows, 2), 1.5))


def test_unknown_rank(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32)
    w = tf.Variable(2.0)
    loss = tf.reduce_mean(tf.square(x * w - 1.0))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    for value in (3.0, [1.0, 2.0], [[1.0], [2.0]]):
        s = started(session)
        s.run(train, {x: value})
        a = np.asarray(value)
        equal(backend, s.run(w), 2.0 - 0.1 * np.mean(2 * a * (2 * a - 1)))


def test_sixty_four_bits_survive(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float64, [2])
    n = tf.constant(2**40, tf.int64)
    v = tf.Variable(tf.constant([1.0, 1.0], tf.float64))
    s = started(session)
    s.run(tf.assign_add(v, x), {x: [1e-12, 0.0]})
    got, big = s.run([v, n + 1])
    assert got.dtype == np.float64 and got[0] == 1.0 + 1e-12
    assert big == 2**40 + 1
    counted(backend.name, 2)


def test_random_values_are_the_same_everywhere(backend: Backend, session: Make) -> None:
    tf.set_random_seed(3)
    ops = [
        tf.random_normal([2, 3]),
        tf.random_uniform([4]),
        tf.truncated_normal([3], seed=5),
        tf.random_uniform([5], 0, 9, tf.int32),
    ]
    s, numpy = session(), Session(graph=tf.get_default_graph(), backend="numpy")
    for _ in range(70):
        for got, want in zip(s.run(ops), numpy.run(ops), strict=True):
            np.testing.assert_array_equal(got, want)
            counted(backend.name, got.size)
    assert not np.array_equal(s.run(ops[0]), s.run(ops[0]))


def test_same_bits_twice(backend: Backend, session: Make) -> None:
    tf.set_random_seed(1)
    w = tf.Variable(tf.random_normal([20, 5]))
    x = tf.placeholder(tf.float32, [None, 20])
    loss = tf.reduce_mean(tf.tanh(tf.matmul(x, w)))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    feed = {x: np.random.default_rng(0).normal(size=(16, 20))}
    results = []
    for _ in range(2):
        s = started(session)
        for _ in range(5):
            s.run(train, feed)
        results.append(s.run(w))
    np.testing.assert_array_equal(*results)
    counted(backend.name, results[0].size)


@pytest.mark.parametrize("rows", [False, True], ids=["dense", "rows"])
def test_many_steps_in_one_call(backend: Backend, session: Make, rows: bool) -> None:
    """The numbers of step by step, also up to a step that fails: variables then have the values that the one before left."""
    ids = tf.placeholder(tf.int64, [2])
    table = tf.Variable(np.arange(8.0).reshape(4, 2))
    scale = tf.Variable(1.0, dtype=tf.float64)
    taken = tf.gather(table if rows else tf.constant(np.arange(8.0).reshape(4, 2)), ids)
    loss = tf.reduce_sum(tf.square(taken) * scale)
    train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    good = np.array([[0, 1], [1, 1], [3, 0], [2, 2], [1, 3]])
    bad = good.copy()
    bad[3, 1] = 4
    by_step, at_once, failing = session(), session(), session()
    for s in (by_step, at_once, failing):
        s.run(tf.global_variables_initializer())
    losses, held = [], []
    for row in good:
        held.append(by_step.run([table, scale]))
        losses.append(by_step.run([loss, train], {ids: row})[0])
    equal(backend, at_once.run_steps([loss, train], {ids: good})[0], losses)
    for got, want in zip(at_once.run([table, scale]), by_step.run([table, scale]), strict=True):
        equal(backend, got, want)
    with pytest.raises(tf.errors.InvalidArgumentError, match="indices outside of the table"):
        failing.run_steps([loss, train], {ids: bad})
    for got, want in zip(failing.run([table, scale]), held[3], strict=True):
        equal(backend, got, want)


def test_many_steps_that_check_nothing(backend: Backend, session: Make) -> None:
    """What a compiled loop takes: fed and drawn numbers, variables assigned, only read, and fetched, the last two steps by another call."""
    x, z = tf.placeholder(tf.float64, [3]), tf.placeholder(tf.float64, [])
    weights, kept = tf.Variable(np.array([1.0, 2.0, 3.0])), tf.Variable(2.0, dtype=tf.float64, trainable=False)
    number = tf.Variable(0, trainable=False)
    noise = tf.random_uniform([3], seed=1, dtype=tf.float64)
    loss = tf.reduce_sum(tf.square(weights * x - kept + noise)) - z
    train = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
    fetches = [loss, x * 2.0, kept, train, tf.assign_add(number, 2)]
    rng = np.random.default_rng(0)
    xs, zs = rng.random((5, 3)), rng.random(5)
    by_step, at_once = session(), session()
    for s in (by_step, at_once):
        s.run(tf.global_variables_initializer())
    want = [by_step.run(fetches, {x: xs[i], z: zs[i]}) for i in range(5)]
    found = [at_once.run_steps(fetches, {x: xs[i:j], z: zs[i:j]}) for i, j in ((0, 3), (3, 5))]
    for k in (0, 1, 2, 4):
        equal(backend, np.concatenate([f[k] for f in found]), [w[k] for w in want])
    for got, expected in zip(at_once.run(tf.global_variables()), by_step.run(tf.global_variables()), strict=True):
        equal(backend, got, expected)


def test_feeds_that_end_before_the_steps(backend: Backend, session: Make) -> None:
    """Too few feeds are told, after the steps that they make: no training is shorter than its program says."""
    x, total = tf.placeholder(tf.float32, []), tf.Variable(0.0)
    step = tf.assign_add(total, x)
    s = started(session)
    with pytest.raises(ValueError, match="the feeds ended after 3 of 5 steps"):
        s.run_steps(step, ({x: float(i)} for i in range(3)), steps=5)
    equal(backend, s.run(total), 3.0)


def test_a_closed_session_runs_nothing(session: Make) -> None:
    """What ran before, what never did and what does not exist: a program that goes on after `close` is told that."""
    v = tf.Variable(2.0)
    s = started(session)
    s.run(v)
    s.close()
    for fetch in (v, v + 1.0, "nothing:0"):
        with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
            s.run(fetch)


def test_thousands_of_chained_operations(backend: Backend, session: Make, request: pytest.FixtureRequest) -> None:
    """Builds, differentiates and runs without recursion, of which Python allows a thousand levels.

    Ten thousand; by default fewer where the framework traces and compiles every one, for up to 4 milliseconds each.
    """
    compiled = backend.compile is not None and not request.config.getoption("--samegraph-thorough")
    count = 2_000 if compiled else 10_000
    x = tf.placeholder(tf.float64, [])
    y = x
    for _ in range(count):
        y = y + 0.25
    value, slope = session().run([y, tf.gradients(y * y, x)[0]], {x: 1.0})
    equal(backend, [value, slope], [1.0 + count / 4, 2.0 + count / 2])


def test_a_constant_runs_after_what_it_was_made_to_wait_for(session: Make) -> None:
    """As TF1's: whoever runs it, or what is made of it, runs that too."""
    count = tf.Variable(0.0)
    with tf.control_dependencies([count.assign_add(1.0)]):
        made = [tf.constant(3.0, name="three"), tf.zeros([2]), tf.ones([2], tf.int32), tf.fill([2], 7)]
    made.append(made[0] + 1.0)
    assert made[0].name == "three:0"
    wanted: list[Any] = [3, [0, 0], [1, 1], [7, 7], 4]
    sess = session()
    sess.run(tf.global_variables_initializer())
    for i, (t, want) in enumerate(zip(made, wanted, strict=True)):
        assert np.array_equal(sess.run(t), want) and sess.run(count) == i + 1
