"""Operations of the host among a backend's: values, order and failure are those of one step, whatever the parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]


class Broken(Exception):
    """What a Python function of these tests raises."""


def started(session: Make) -> Session:
    s = session()
    s.run(tf.global_variables_initializer())
    return s


def equal(backend: Backend, got: Any, want: Any) -> None:
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-6)
    counted(backend.name, max(1, np.size(want)))


def same(x: Any) -> Any:
    """`x`, by way of Python."""
    y = tf.py_func(lambda a: a, [x], x.dtype)
    y.set_shape(x.shape)
    return y


def raising(*inputs: Any) -> Any:
    def broken(*values: Any) -> Any:
        raise Broken("on purpose")

    return tf.py_func(broken, list(inputs), [])


def table_and_train(rate: float = 0.5) -> Any:
    """A table, fed ids, a loss, and gradient descent on the rows they pick."""
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3), name="table")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    loss = tf.reduce_sum(tf.square(tf.gather(table, ids)), name="loss")
    return table, ids, loss, tf.train.GradientDescentOptimizer(rate).minimize(loss)


# Python functions -------------------------------------------------------------------------------------------------------


@pytest.mark.samegraph_dtype("bfloat16")
def test_functions_are_handed_every_float(backend: Backend, session: Make) -> None:
    """A framework's own bfloat16 is not NumPy's."""
    seen: list[Any] = []

    def kept(a: Any) -> Any:
        seen.append(a)
        return a

    y = tf.py_func(kept, [tf.constant([0.5, -2.0], tf.bfloat16) * 2], tf.bfloat16)
    got = session().run(tf.cast(y, tf.float32))
    assert isinstance(seen[0], np.ndarray) and seen[0].dtype == tf.bfloat16.as_numpy_dtype
    equal(backend, got, [1.0, -4.0])


def test_answers_flow_on_and_count_as_constants(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, 2])
    w = tf.Variable([[1.0, -2.0], [3.0, 4.0]])
    calls = []

    def both(a: Any, scale: Any) -> Any:
        calls.append((a.copy(), scale))
        return a * scale, np.int64(a.shape[0])

    hidden = tf.nn.relu(tf.matmul(x, w))
    scaled, rows = tf.py_func(both, [hidden, tf.constant(2.0)], [tf.float32, tf.int64])
    scaled.set_shape([None, 2])
    loss = tf.reduce_sum(hidden * scaled) / tf.cast(rows, tf.float32)
    (gradient,) = tf.gradients(loss, [w])
    assert tf.gradients(scaled, [w]) == [None]
    s = started(session)
    value = np.array([[1.0, 2.0], [0.0, -1.0], [1.0, 1.0]], np.float32)
    got_loss, got, count, seen = s.run([loss, gradient, rows, hidden], {x: value})
    h = np.maximum(value @ [[1.0, -2.0], [3.0, 4.0]], 0)
    equal(backend, seen, h)
    equal(backend, got_loss, np.sum(2 * h * h) / 3)
    equal(backend, got, value.T @ ((h > 0) * 2 * h) / 3)
    assert count == 3 and type(count) is np.int64
    assert len(calls) == 1 and type(calls[0][1]) is np.float32
    equal(backend, calls[0][0], h)


def test_training_through_python(backend: Backend, session: Make) -> None:
    """Steps whose loss goes through a function are those whose loss does not."""
    runs = []
    for through in (False, True):
        with tf.Graph().as_default() as graph:
            tf.set_random_seed(3)
            x = tf.placeholder(tf.float32, [None, 4])
            w, b = tf.Variable(tf.random_normal([4, 3])), tf.Variable(tf.zeros([3]))
            hidden = tf.nn.dropout(tf.tanh(tf.matmul(x, w) + b), keep_prob=0.75)
            target = tf.stop_gradient(tf.sin(hidden))
            loss = tf.reduce_mean(tf.square(hidden - (same(target) if through else target)))
            train = tf.train.AdamOptimizer(0.05).minimize(loss)
            s = session()
            assert s.graph is graph
            s.run(tf.global_variables_initializer())
            feed = {x: np.random.default_rng(0).normal(size=(8, 4))}
            losses = [s.run([loss, train], feed)[0] for _ in range(4)]
            runs.append([*losses, s.run(w)])
    for got, want in zip(*runs[::-1], strict=True):
        np.testing.assert_allclose(got, want, rtol=2e-5, atol=1e-6)
        counted(backend.name, np.size(want))


def test_second_derivatives_across_parts(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float64, [3])
    y = tf.sin(x) * x
    factor = same(y)
    (first,) = tf.gradients(tf.reduce_sum(y * factor), [x])
    (second,) = tf.gradients(first, [x])
    value = np.array([0.5, -1.0, 2.0])
    got = session().run([first, second], {x: value})
    f, d1 = np.sin(value) * value, np.cos(value) * value + np.sin(value)
    equal(backend, got[0], f * d1)
    equal(backend, got[1], f * (2 * np.cos(value) - np.sin(value) * value))


def test_a_gradient_of_an_earlier_part_is_differentiated(backend: Backend, session: Make) -> None:
    """One of several that were taken together, by what lies behind all of it or by a factor beside it."""
    x, w = tf.placeholder(tf.float64, [3]), tf.Variable(np.float64(2.0))
    y = tf.sin(x) * x
    slope, _ = tf.gradients(y * y * w, [x, w])
    steepness = tf.reduce_sum(tf.square(slope) + same(slope) * slope)
    (curve,), (weight,) = tf.gradients(steepness, [x]), tf.gradients(steepness, [w])
    value = np.array([0.5, -1.0, 2.0])
    got = started(session).run([slope, curve], {x: value})
    bent = started(session).run(weight, {x: value})
    f, d1 = np.sin(value) * value, np.cos(value) * value + np.sin(value)
    d2 = 2 * np.cos(value) - np.sin(value) * value
    first, second = 4 * f * d1, 4 * (d1 * d1 + f * d2)
    equal(backend, got[0], first)
    equal(backend, got[1], 3 * first * second)
    equal(backend, bent, np.sum(3 * first * first / 2))


def test_shapes_that_python_decides(backend: Backend, session: Make) -> None:
    n = tf.placeholder(tf.int32, [])
    made = tf.py_func(lambda k: np.arange(2 * k, dtype=np.float32), [n], tf.float32)
    assert made.shape.ndims is None
    made.set_shape([None])
    pairs = tf.reshape(made, [tf.shape(made)[0] // 2, 2])
    total = tf.reduce_sum(pairs, axis=1)
    s = session()
    for count in (1, 4, 2):
        equal(backend, s.run(total, {n: count}), np.arange(2 * count).reshape(count, 2).sum(1))
    made.set_shape([6])
    with pytest.raises(tf.errors.InvalidArgumentError, match="has shape"):
        session().run(made, {n: 1})


def test_sixty_four_bits_cross(backend: Backend, session: Make) -> None:
    big = tf.constant(2**40, tf.int64) + 1
    through = same(big) + big
    fine = same(tf.constant(1.0, tf.float64) + 1e-12) * 2.0
    got = session().run([through, fine, tf.constant([1.0])])
    assert got[0] == 2**41 + 2 and got[0].dtype == np.int64
    assert got[1] == 2 * (1.0 + 1e-12) and got[2].dtype == np.float32
    counted(backend.name, 2)


def test_python_may_keep_and_change_what_it_gets(backend: Backend, session: Make) -> None:
    v = tf.Variable([1.0, 2.0])
    x = tf.placeholder(tf.float32, [2])
    kept: list[Any] = []

    def spoil(*arrays: Any) -> Any:
        for a in arrays:
            a[:] = -7
        kept.extend(arrays)
        return arrays[0]

    spoiled = tf.py_func(spoil, [v, x, tf.constant([5.0, 6.0])], tf.float32)
    s = started(session)
    value = np.array([3.0, 4.0], np.float32)
    got = s.run(spoiled, {x: value})
    got[:] = 9
    equal(backend, kept, np.full((3, 2), -7.0))
    equal(backend, s.run(v), [1.0, 2.0])
    equal(backend, value, [3.0, 4.0])


def test_functions_that_share_a_buffer(backend: Backend, session: Make) -> None:
    buffer = np.zeros(2, np.float32)

    def fill(value: Any) -> Any:
        buffer[:] = value
        return buffer

    first, second = (tf.py_func(fill, [tf.constant(v)], tf.float32) for v in (1.0, 2.0))
    equal(backend, session().run([first + 10.0 * second, first]), [[21.0, 21.0], [1.0, 1.0]])


# Order ------------------------------------------------------------------------------------------------------------------


def test_assignments_and_reads_around_python(backend: Backend, session: Make) -> None:
    v, seen = tf.Variable(1.0), []

    def look(a: Any) -> Any:
        seen.append(float(a))
        return a * np.float32(10)

    first = tf.assign_add(v, 1.0)
    with tf.control_dependencies([first]):
        looked = tf.py_func(look, [v.read_value()], tf.float32)
    looked.set_shape([])
    second = tf.assign_add(v, looked)  # ordered after the first by its value
    with tf.control_dependencies([second]):
        last = v.read_value()
    s = started(session)
    equal(backend, s.run([last, v, first, looked]), [22.0, 1.0, 2.0, 20.0])
    equal(backend, s.run(v), 22.0)
    assert seen == [2.0]


def test_initialised_read_and_said_in_one_run(backend: Backend, session: Make) -> None:
    v = tf.Variable(2.0)
    with tf.control_dependencies([v.initializer]):
        first = same(v.read_value())
    with tf.control_dependencies([tf.assign(v, first + 1.0)]):
        second = v.read_value()
    s = session()
    equal(backend, s.run([second, first]), [3.0, 2.0])
    equal(backend, s.run(v), 3.0)


def test_a_read_after_a_message_after_an_assignment(backend: Backend, session: Make, capsys: Any) -> None:
    v = tf.Variable(1.0)
    up = tf.assign(v, 5.0)
    with tf.control_dependencies([up]):
        said = tf.Print(v.read_value(), [v.read_value()], "v is ")
    with tf.control_dependencies([said]):
        after = v.read_value() + same(said)
    s = started(session)
    equal(backend, s.run([after, v]), [10.0, 1.0])
    assert capsys.readouterr().err == "v is [5]\n"


def test_the_start_of_the_run_is_read_in_every_part(backend: Backend, session: Make) -> None:
    v = tf.Variable([1.0, 2.0])
    up = tf.assign(v, v * 10.0)
    late = same(up) + v
    scattered = tf.scatter_add(v, [0], same(tf.constant([1.0])))
    s = started(session)
    equal(backend, s.run([late, up]), [[11.0, 22.0], [10.0, 20.0]])
    equal(backend, s.run([v, late]), [[10.0, 20.0], [110.0, 220.0]])
    equal(backend, s.run([scattered, v]), [[101.0, 200.0], [100.0, 200.0]])


def test_rows_are_read_in_a_later_part(backend: Backend, session: Make) -> None:
    """They are updated in an earlier one then, and kept back all the same when a function raises."""
    table, x = tf.Variable(tf.zeros([3, 2])), tf.placeholder(tf.float32, [])
    update = tf.scatter_add(table, [1, 1], tf.ones([2, 2]))
    late = same(x) + 1.0
    with tf.control_dependencies([update, late]):
        seen = table.read_value()
    grown = seen - table * late  # the new value and the old one, in one part
    s = started(session)
    equal(backend, s.run([seen, table], {x: 0.0}), [[[0, 0], [2, 2], [0, 0]], np.zeros((3, 2))])
    equal(backend, s.run(grown, {x: 0.0}), [[0, 0], [2, 2], [0, 0]])
    with pytest.raises(tf.errors.UnknownError):
        s.run(raising(seen), {x: 0.0})
    equal(backend, s.run(table), [[0, 0], [4, 4], [0, 0]])


def test_rows_that_do_not_exist_are_found_before_the_hosts_turn(backend: Backend, session: Make, capsys: Any) -> None:
    table, ids = tf.Variable(tf.zeros([3, 2])), tf.placeholder(tf.int32, [2])
    update = tf.scatter_add(table, ids, tf.ones([2, 2]))
    said = tf.Print(tf.constant(1.0), [ids], "ids ")
    s = started(session)
    with pytest.raises(tf.errors.InvalidArgumentError, match="outside of the table"):
        s.run([update.op, said], {ids: [0, 3]})
    assert capsys.readouterr().err == ""
    equal(backend, s.run(table), np.zeros((3, 2)))
    s.run([update.op, said], {ids: [0, 2]})
    assert capsys.readouterr().err == "ids [0 2]\n"
    equal(backend, s.run(table), [[1, 1], [0, 0], [1, 1]])


def test_functions_run_in_control_order(backend: Backend, session: Make) -> None:
    said: list[str] = []

    def say(word: str) -> Any:
        return tf.py_func(lambda: said.append(word), [], [])

    one = say("one")
    with tf.control_dependencies([one]):
        between = tf.constant(1.0) + 1.0
    with tf.control_dependencies([between]):
        two = say("two")
    with tf.control_dependencies([two]):
        three = tf.group(say("three"))
    assert session().run(three) is None
    assert said == ["one", "two", "three"]


def test_draws_are_made_once_a_run(backend: Backend, session: Make) -> None:
    tf.set_random_seed(1)
    noise, numbers = tf.random_normal([4]), tf.random_uniform([4], 0, 1000, tf.int32)
    difference, rest = same(noise * 2.0) - 2.0 * noise, same(numbers) - numbers
    s = session()
    first, second = (s.run([difference, rest, noise, numbers]) for _ in range(2))
    for found in (first, second):
        equal(backend, found[0], np.zeros(4))
        equal(backend, found[1], np.zeros(4))
    assert not np.array_equal(first[2], second[2]) and not np.array_equal(first[3], second[3])


# Failure ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_python_that_raises_changes_no_variable(backend: Backend, session: Make, when: str) -> None:
    table, ids, loss, train = table_and_train()
    w, other = tf.Variable([1.0, 2.0]), tf.Variable(1.0)
    up = tf.assign_add(w, [1.0, 1.0])
    if when == "before":
        failing = raising(tf.cast(ids, tf.float32))
    elif when == "between":
        with tf.control_dependencies([up, tf.assign(other, same(loss))]):
            failing = raising(other.read_value())
    else:
        with tf.control_dependencies([train, up]):
            failing = raising(loss)
    s = started(session)
    before = s.run([table, w, other])
    for fetch in ([failing, train, up], [train, failing, up, loss]):
        with pytest.raises(tf.errors.UnknownError, match=r"(?s)Broken in broken: on purpose.*test_host.py") as error:
            s.run(fetch, {ids: [0, 1, 1]})
        assert isinstance(error.value.__cause__, Broken)
        for got, want in zip(s.run([table, w, other]), before, strict=True):
            equal(backend, got, want)
    s.run([train, up], {ids: [0, 1, 1]})
    assert not np.array_equal(s.run(table), before[0])


def test_a_part_that_fails_changes_no_variable(backend: Backend, session: Make, capsys: Any) -> None:
    """Rows, checked before the host's turn; numbers, checked after it: nothing is assigned, nothing is said."""
    table, ids, loss, train = table_and_train()
    w, x = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    early = tf.assign_add(w, 1.0)
    late = tf.assign_add(w, same(early) * tf.check_numerics(tf.log(same(x)), "late"))
    said = tf.Print(loss, [loss], "loss ")
    s = started(session)
    before = s.run([table, w])
    for feed in ({ids: [0, 9], x: 1.0}, {ids: [0, 1], x: 0.0}):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"outside of the table|late"):
            s.run([train, late, said], feed)
        after = s.run([table, w])
        equal(backend, after[0], before[0])
        equal(backend, after[1], before[1])
    assert capsys.readouterr().err == ""
    s.run([train, late, said], {ids: [0, 1], x: float(np.e)})
    equal(backend, s.run(w), 4.0)
    assert capsys.readouterr().err.startswith("loss [")


def test_what_is_missing_is_said_before_anything_runs(session: Make) -> None:
    x, called = tf.placeholder(tf.float32, [], name="x"), []

    def call(a: Any) -> Any:
        called.append(1)
        return a

    y = tf.py_func(call, [tf.constant(1.0)], tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="You must feed a value for placeholder tensor 'x:0'"):
        session().run(y * x)
    with pytest.raises(tf.errors.FailedPreconditionError, match="never_set"):
        session().run(tf.Variable(1.0, name="never_set") + y)
    assert not called


def test_rows_are_updated_beside_the_hosts_operations(backend: Backend, session: Make, capsys: Any) -> None:
    table, ids, loss, train = table_and_train()
    said = tf.Print(loss, [tf.shape(ids)], "rows ")
    s, plain = started(session), started(session)
    for picked in ([1, 1], [0, 3, 3], [2]):
        got = s.run([table, said, train], {ids: picked})
        want = plain.run([table, loss, train], {ids: picked})
        equal(backend, got[0], want[0])
        equal(backend, got[1], want[1])
    equal(backend, s.run(table), plain.run(table))
    assert capsys.readouterr().err == "rows [2]\nrows [3]\nrows [1]\n"


# Inside of branches and loops -------------------------------------------------------------------------------------------


def halved(seen: list[Any], x: Any) -> Any:
    """Half of `x`, by a Python function that notes what it is called with."""

    def half(a: Any) -> Any:
        seen.append(np.array(a))
        a = np.asarray(a)
        a /= 2  # it is its own
        return a

    y = tf.py_func(half, [x], tf.float32)
    y.set_shape(x.shape)
    return y


def test_functions_inside_of_branches_and_loops(backend: Backend, session: Make) -> None:
    """Each is called where its branch is taken, once an iteration and in their order; shapes may be fed, gradients pass by."""
    x, seen = tf.placeholder(tf.float32, [None], name="x"), list[Any]()
    _, shrunk = tf.while_loop(
        lambda i, a: tf.reduce_sum(a) > 1.0,
        lambda i, a: (i + 1, tf.map_fn(lambda e: tf.cond(e > 1.0, lambda: halved(seen, e), lambda: e), a)),
        [0, x],
    )
    taken = tf.map_fn(lambda e: e * e + halved(seen, e), tf.stop_gradient(shrunk) * 0.0 + x)
    (gradient,) = tf.gradients(tf.reduce_sum(taken), [x])
    s = session()
    for value, calls in ([4.0, 1.0], [4.0, 2.0]), ([0.25, 0.5, 0.125], []), ([8.0], [8.0, 4.0, 2.0]):
        x_value = np.array(value, np.float32)
        if len(value) == 2:
            x_value[1] = 0.0
        got = s.run([shrunk, taken, gradient], {x: x_value})
        want = x_value.copy()
        while want.sum() > 1.0:
            want = np.where(want > 1.0, want / 2, want)
        equal(backend, got[0], want)
        equal(backend, got[1], x_value * x_value + x_value / 2)
        equal(backend, got[2], 2 * x_value)
        assert [float(a) for a in seen] == [*calls, *x_value]
        seen.clear()


def test_what_the_host_does_inside_comes_in_order(backend: Backend, session: Make, capsys: Any) -> None:
    """Messages from before a loop, of its condition and body, and from after it, and a variable that the body assigns."""
    x, v = tf.placeholder(tf.float32, [], name="x"), tf.Variable(0.0, name="v")

    def body(i: Any, a: Any) -> Any:
        a = tf.Print(a, [i], "body ")
        with tf.control_dependencies([v.assign_add(a)]):
            sum_now = tf.Print(v.read_value(), [tf.as_string(v.read_value(), shortest=True)], "sum ", first_n=2)
        with tf.control_dependencies([sum_now]):
            return i + 1, tf.Print(a + 1.0, [a], "then ")

    start = tf.Print(x, [x], "before ")
    _, y = tf.while_loop(lambda i, a: tf.Print(a, [a], "test ") < 2.5, body, [0, start])
    end = tf.Print(y, [y], "after ")
    s = started(session)
    equal(backend, s.run(end, {x: 0.5}), 2.5)
    said = [
        "before 0.5",
        "test 0.5",
        "body 0",
        "sum 0.5",
        "then 0.5",
        "test 1.5",
        "body 1",
        "sum 2",
        "then 1.5",
        "test 2.5",
    ]
    assert [line.replace("[", "").replace("]", "") for line in capsys.readouterr().err.splitlines()] == [
        *said,
        "after 2.5",
    ]
    equal(backend, s.run(v), 2.0)
    s.run(y, {x: 1.5})
    assert "sum" not in capsys.readouterr().err  # two runs of it have said so


def test_what_fails_inside_changes_no_variable(backend: Backend, session: Make) -> None:
    """An assertion and a Python function, after assignments in and around the loop; each names its own line."""
    x, v, w = tf.placeholder(tf.float32, [], name="x"), tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    up = w.assign_add(1.0)

    def body(i: Any, a: Any) -> Any:
        with tf.control_dependencies([v.assign_add(1.0), tf.Assert(a < 8.0, ["too much:", a])]):
            return i + 1, tf.check_numerics(tf.log(7.5 - a), "too large") * 0.0 + a * 2.0

    asserted = tf.while_loop(lambda i, a: i < 3, body, [0, x])[1]
    raised = tf.cond(x > 1.0, lambda: raising_answer(v.assign_add(1.0)), lambda: x)
    s = started(session)
    equal(backend, s.run([asserted, raised, up], {x: 0.5})[:2], [4.0, 0.5])
    for fetch, kind, words in (
        (asserted, tf.errors.InvalidArgumentError, r"(?s)assertion failed: \[too much:\] \[8\].*Assert.*test_host.py"),
        (raised, tf.errors.UnknownError, r"(?s)Broken in broken: on purpose.*PyFunc.*test_host.py"),
    ):
        before = s.run([v, w])
        with pytest.raises(kind, match=words):
            s.run([up, fetch], {x: 2.0})
        equal(backend, s.run([v, w]), before)


def raising_answer(x: Any) -> Any:
    def broken(value: Any) -> Any:
        raise Broken("on purpose")

    return tf.py_func(broken, [x], tf.float32)


def test_gradients_beside_functions_inside(backend: Backend, session: Make, capsys: Any) -> None:
    """A message is not written again; one that needs what a Python function answered is refused with the function's line."""
    x = tf.placeholder(tf.float32, [2])
    passing = tf.map_fn(lambda e: tf.Print(e * e, [e], "e "), x)
    needing = tf.map_fn(lambda e: e * halved([], e), x)
    s = session()
    equal(backend, s.run([passing, tf.gradients(passing, x)[0]], {x: [1.0, 2.0]}), [[1.0, 4.0], [2.0, 4.0]])
    assert capsys.readouterr().err == "e [1]\ne [2]\n"
    with pytest.raises(tf.errors.UnimplementedError, match=r"(?s)needs what .*PyFunc.* answered inside.*test_host.py"):
        s.run(tf.gradients(needing, x)[0], {x: [1.0, 2.0]})


def test_explain_says_what_the_host_does_inside(backend: Backend, session: Make) -> None:
    y = tf.cond(tf.placeholder(tf.bool, [], name="p"), lambda: halved([], tf.constant(1.0)), lambda: 2.0)
    text = session().explain(y, {"p:0": True})
    assert "call_cond_PyFunc(" in text
    assert backend.compile is None or "operations of the host lie inside of" in text


# Messages and assertions ------------------------------------------------------------------------------------------------


def test_messages(backend: Backend, session: Make, capsys: Any) -> None:
    x = tf.placeholder(tf.float32, [None, 2])
    said = tf.Print(x, [x, "text", tf.reduce_sum(x) > 0], "x: ", first_n=2, summarize=3)
    (gradient,) = tf.gradients(tf.reduce_sum(said * said), [x])
    s = session()
    value = np.array([[1.0, 0.1], [2.0, 3.0]], np.float32)
    for _ in range(3):
        equal(backend, s.run(gradient, {x: value}), 2 * value)
    assert capsys.readouterr().err == 2 * "x: [[1 0.1][2...]...][text][1]\n"
    equal(backend, s.run(x * 2.0, {x: value}), 2 * value)
    assert capsys.readouterr().err == ""


def test_assertions(backend: Backend, session: Make) -> None:
    x, v = tf.placeholder(tf.float32, [2]), tf.Variable(1.0)
    positive = tf.Assert(tf.reduce_all(x > 0), ["x must be positive:", x], summarize=10)
    with tf.control_dependencies([positive]):
        log = tf.check_numerics(tf.log(x), "log of x")
    up = tf.assign_add(v, tf.reduce_sum(log))
    s = started(session)
    equal(backend, s.run(up, {x: [1.0, 1.0]}), 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        s.run(up, {x: [0.0, -1.5]})
    assert "assertion failed: [x must be positive:] [0 -1.5]" in str(error.value)
    assert "test_host.py" in str(error.value) and error.value.op is positive
    equal(backend, s.run(v), 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Condition x == y did not hold.*\[1 2\].*\[1 3\]"):
        s.run(tf.assert_equal(tf.cast(x, tf.int32), [1, 3]), {x: [1.0, 2.0]})


# Strings ----------------------------------------------------------------------------------------------------------------


def test_strings_are_fed_fetched_and_computed(backend: Backend, session: Make) -> None:
    words, x = tf.placeholder(tf.string, [None]), tf.placeholder(tf.float32, [])
    names = tf.string_join([words, tf.as_string(x, precision=1)], separator="=")
    fetches = [tf.constant("a"), words, names, tf.reshape(names, [-1, 1]), tf.gather(words, [1, 0]), tf.shape(words)]
    fetches += [tf.concat([words, ["z"]], 0), tf.equal(words, "b"), tf.where([True, False], words, ["y", "y"])]
    got = session().run(fetches, {words: ["é", b"b"], x: 1.25})
    assert got[0] == b"a" and got[1].tolist() == ["é".encode(), b"b"] and got[1].dtype == object
    assert got[2].tolist() == ["é=1.2".encode(), b"b=1.2"] and got[3].shape == (2, 1)
    assert got[4].tolist() == [b"b", "é".encode()] and got[5].tolist() == [2]
    assert got[6].tolist() == ["é".encode(), b"b", b"z"] and got[7].tolist() == [False, True]
    assert got[8].tolist() == ["é".encode(), b"y"]
    counted(backend.name, len(got))


def test_numbers_read_of_strings_go_on(backend: Backend, session: Make) -> None:
    text, w = tf.placeholder(tf.string, [None]), tf.Variable(3.0)
    numbers = tf.string_to_number(text)
    loss = tf.reduce_sum(tf.square(numbers * w))
    (gradient,) = tf.gradients(loss, [w])
    s = started(session)
    equal(backend, s.run([loss, gradient], {text: ["1.5", " -2 "]}), [56.25, 37.5])
    with pytest.raises(tf.errors.InvalidArgumentError, match="could not correctly convert string: two"):
        s.run(tf.assign(w, loss), {text: ["two"]})
    equal(backend, s.run(w), 3.0)


def test_summaries_beside_a_step(backend: Backend, session: Make) -> None:
    table, ids, loss, train = table_and_train()
    tf.summary.scalar("loss", loss)
    tf.summary.histogram("table", table)
    merged = tf.summary.merge_all()
    s, plain = started(session), started(session)
    for picked in ([1, 1], [0, 3]):
        _, text, value = s.run([train, merged, loss], {ids: picked})
        equal(backend, value, plain.run([train, loss], {ids: picked})[1])
        assert isinstance(text, bytes) and b"\x15" + np.float32(value).tobytes() in text
    equal(backend, s.run(table), plain.run(table))


# Draws with computed parameters -----------------------------------------------------------------------------------------


def test_draws_with_computed_parameters(backend: Backend, session: Make) -> None:
    tf.set_random_seed(5)
    a = tf.Variable([0.5, 3.0])
    drawn = tf.random_gamma([4], tf.square(a), beta=[[1.0], [10.0]])
    counts = tf.random_poisson(tf.square(a), [3], dtype=tf.int32)
    assert drawn.shape.as_list() == [4, 2, 2] and counts.shape.as_list() == [3, 2]
    up = tf.assign_add(a, tf.reduce_mean(drawn, axis=[0, 1]))
    s, numpy = started(session), Session(graph=tf.get_default_graph(), backend="numpy")
    numpy.run(tf.global_variables_initializer())
    for _ in range(3):
        for got, want in zip(s.run([drawn, counts, up]), numpy.run([drawn, counts, up]), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-5)
            assert got.dtype == want.dtype
            counted(backend.name, got.size)


def test_a_shape_that_an_earlier_part_computed(backend: Backend, session: Make) -> None:
    n = tf.placeholder(tf.int32, [])
    size = n * 2
    y = tf.fill([size], tf.cast(same(size), tf.float32))
    s = session()
    for count in (1, 3, 1):
        np.testing.assert_array_equal(s.run(y, {n: count}), np.full(2 * count, 2.0 * count))
        counted(backend.name, 2 * count)


def test_explain_shows_the_parts(session: Make) -> None:
    w = tf.Variable(1.0, name="w")
    s = session()
    text = s.explain(tf.assign(w, same(w * 2.0) + 1.0).op)
    product, total = (re.search(rf"= (\w+\.)?{name}\(", text) for name in ("mul\\w*", "add"))
    assert product is not None and total is not None
    assert product.start() < text.index("host's part\n    PyFunc (PyFunc)") < total.start()
    assert "when all parts are through" in text


# Any program ------------------------------------------------------------------------------------------------------------


class RandomProgram:
    """A program of assignments, reads, draws and gradients in a random but defined order; `through` stands on some edges."""

    def __init__(self, seed: int, through: Callable[[Any], Any], effect: Callable[[Any], Any]) -> None:
        self.rng, self.through, self.effect = np.random.default_rng(seed), through, effect
        self.x = tf.placeholder(tf.float64, [3])
        self.variables = [tf.Variable(np.array([0.5, -1.0, 2.0]) * (i + 1)) for i in range(2)]
        self.table = tf.Variable(np.arange(12.0).reshape(4, 3) / 8)
        self.ordered: dict[Any, list[Any]] = {v: [] for v in (*self.variables, self.table)}
        self.pool: list[Any] = [self.x * 1.0, self.variables[0] + 0.0, tf.random_uniform([3], dtype=tf.float64)]
        self.ran: list[Any] = []
        for _ in range(int(self.rng.integers(6, 14))):
            self.grow(int(self.rng.integers(0, 9)))

    def pick(self, items: Any) -> Any:
        return items[int(self.rng.integers(0, len(items)))]

    def grow(self, kind: int) -> None:
        a, b, v = self.pick(self.pool), self.pick(self.pool), self.pick(self.variables)
        if kind <= 2:
            made = [tf.tanh(a) + b, tf.nn.relu(a - 0.25) * b, tf.reverse(a, [0]) / 2 + b][kind]
        elif kind == 3:
            made = self.through(a)
        elif kind == 4:
            with tf.control_dependencies([*self.ordered[v], b]):
                made = v.read_value()
            self.ordered[v].append(made)
        elif kind == 5:
            with tf.control_dependencies(self.ordered[v]):
                made = self.pick([tf.assign, tf.assign_add])(v, tf.tanh(a))
            self.ordered[v] = [made]
        elif kind == 6:
            xs = [self.pick([*self.variables, self.x, self.pick(self.pool)]) for _ in range(2)]
            found = [g for g in tf.gradients(tf.reduce_sum(a * b), xs) if g is not None]
            made = tf.tanh(tf.convert_to_tensor(self.pick(found))) if found else a
        elif kind == 7:
            with tf.control_dependencies(self.ordered[self.table]):
                update = tf.scatter_add(self.table, [1, 1, int(self.rng.integers(0, 4))], tf.stack([a, b, a]) / 4)
            self.ordered[self.table] = [update]
            made = tf.gather(self.table, 1) if self.rng.random() < 0.5 else update[0]
            self.ran.append(update.op)
            made = made if self.rng.random() < 0.3 else a
        else:
            self.ran.append(self.effect(a))
            made = a
        self.pool.append(self.through(made) if self.rng.random() < 0.2 else made)

    def answers(self, session: Session) -> list[Any]:
        session.run(tf.global_variables_initializer())
        fetched = [*self.pool[-4:], self.pick(self.pool)]
        feed = {self.x: np.array([0.25, -0.5, 1.0])}
        first = [session.run([fetched, self.ran], feed)[0] for _ in range(2)]
        return [*first[0], *first[1], *session.run([*self.variables, self.table])]


def test_any_program_is_the_same_in_parts(backend: Backend, uncompiled: Backend, route: str) -> None:
    """Programs with Python functions on some edges, and effects, answer what they answer without."""
    parts = 0
    for seed in range(60):
        found = []
        for through, effect in (
            (tf.stop_gradient, tf.group),
            (same, lambda a: tf.py_func(lambda value: None, [a], [])),
        ):
            with tf.Graph().as_default():
                tf.set_random_seed(seed)
                made = RandomProgram(seed, through, effect)
                s = Session(graph=tf.get_default_graph(), backend=uncompiled, gradients=route)
                found.append(made.answers(s))
                parts += sum(len(plan.turns or ()) > 1 for plan in s._plans.values())
        for got, want in zip(*found, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12, err_msg=f"seed {seed}")
            counted(backend.name, np.size(want))
    assert parts > 20
