"""cond, case, while_loop, scan, map_fn and folds: values, gradients, guards, state and shapes, on every backend and route."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

Make = Callable[..., Session]
X = np.array([0.3, 0.7, -0.4])
W = np.array(0.8)


def started(session: Make) -> Session:
    s = session()
    s.run(tf.global_variables_initializer())
    return s


def equal(backend: Backend, got: Any, want: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(got, want, rtol=rtol, atol=1e-6)
    counted(backend.name, max(1, np.size(want)))


def truth() -> Any:
    return tf.placeholder(tf.bool, [], name="truth")


def count() -> Any:
    return tf.placeholder(tf.int32, [], name="count")


# Values -----------------------------------------------------------------------------------------------------------------


def test_cond_answers_in_the_structure_of_its_branches(backend: Backend, session: Make) -> None:
    q, x = truth(), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(q, lambda: {"a": x + 1.0, "b": (x, 7)}, lambda: {"a": x * 3.0, "b": (x - 1.0, 8)})
    s = session()
    for value, a, b in ((True, [2.0, 3.0], ([1.0, 2.0], 7)), (False, [3.0, 6.0], ([0.0, 1.0], 8))):
        got = s.run(y, {q: value, x: [1.0, 2.0]})
        equal(backend, got["a"], a)
        equal(backend, got["b"][0], b[0])
        assert got["b"][1] == b[1] and got["b"][1].dtype == np.int32


def test_a_single_tensor_comes_without_its_list_unless_strict(session: Make) -> None:
    q, one, two = truth(), tf.constant(1), tf.constant(2)
    loose = tf.cond(q, lambda: [one], lambda: [two])
    strict = tf.cond(q, lambda: [one], lambda: [two], strict=True)
    assert isinstance(strict, list) and session().run([loose, strict], {q: False}) == [2, [2]]


def test_nested_conds_use_what_is_around_every_level(backend: Backend, session: Make) -> None:
    p, q, x = truth(), truth(), tf.placeholder(tf.float32, [], name="x")
    v = tf.Variable(10.0)
    z = x * 2.0

    def outer() -> Any:
        u = z + v
        return tf.cond(q, lambda: u * x, lambda: u + tf.cond(x > 0.0, lambda: u - v, lambda: z))

    y = tf.cond(p, outer, lambda: v - z)
    s = started(session)
    for left, right, x_value, want in ((1, 1, 3.0, 48.0), (1, 0, 3.0, 22.0), (1, 0, -1.0, 6.0), (0, 1, 3.0, 4.0)):
        equal(backend, s.run(y, {p: bool(left), q: bool(right), x: x_value}), want)


@pytest.mark.parametrize(("first", "second", "want"), [(True, True, 1), (False, True, 2), (False, False, 3)])
def test_case_takes_the_first_that_holds(session: Make, first: bool, second: bool, want: int) -> None:
    p, q = truth(), truth()
    y = tf.case([(p, lambda: tf.constant(1)), (q, lambda: tf.constant(2))], default=lambda: tf.constant(3))
    assert session().run(y, {p: first, q: second}) == want


def test_case_fails_where_no_predicate_or_too_many_hold(session: Make) -> None:
    p, q = truth(), truth()
    pairs = [(p, lambda: tf.constant(1)), (q, lambda: tf.constant(2))]
    some, alone = tf.case(pairs), tf.case(pairs, default=lambda: tf.constant(3), exclusive=True)
    s = session()
    assert s.run([some, alone], {p: False, q: True}) == [2, 2]
    assert s.run(alone, {p: False, q: False}) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="no predicate holds"):
        s.run(some, {p: False, q: False})
    with pytest.raises(tf.errors.InvalidArgumentError, match="several predicates hold"):
        s.run(alone, {p: True, q: True})


@pytest.mark.parametrize("n", [0, 1, 5, 1000])
def test_while_loop_runs_as_often_as_is_fed(backend: Backend, session: Make, n: int) -> None:
    limit, x = count(), tf.placeholder(tf.float32, [], name="x")
    i, total = tf.while_loop(lambda i, total: i < limit, lambda i, total: (i + 1, total * 0.5 + x), [0, 1.0])
    got = session().run([i, total], {limit: n, x: 3.0})
    assert got[0] == n
    equal(backend, got[1], 6.0 - 5.0 * 0.5**n)


def test_while_loop_by_a_computed_condition(session: Make) -> None:
    x = tf.placeholder(tf.int32, [], name="x")
    collatz = tf.while_loop(
        lambda n, steps: tf.not_equal(n, 1),
        lambda n, steps: (tf.cond(tf.equal(n % 2, 0), lambda: n // 2, lambda: 3 * n + 1), steps + 1),
        [x, 0],
    )
    s = session()
    assert [s.run(collatz[1], {x: n}) for n in (1, 6, 27)] == [0, 8, 111]


def test_a_most_of_another_dtype_than_the_counter(backend: Backend, session: Make) -> None:
    x, most = tf.constant(2.0), tf.constant(3, tf.int64)
    for n in (2, 5):
        i, y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, 1.0], maximum_iterations=most)  # noqa: B023
        runs = min(n, 3)
        equal(backend, session().run([i, y, tf.gradients(y, x)[0]]), [runs, 2.0**runs, runs * 2.0 ** (runs - 1)])


def test_maximum_iterations(session: Make) -> None:
    most = count()
    y = tf.while_loop(lambda i: i < 100, lambda i: i + 1, [0], maximum_iterations=7)
    shapes = [tf.TensorShape([]), tf.TensorShape(None)]
    z = tf.while_loop(lambda i, j: i < 5, lambda i, j: (i + 1, j + 2), [0, 0], shapes, maximum_iterations=most)
    s = session()
    assert s.run([y, *z], {most: 3}) == [7, 3, 6]
    assert s.run(z, {most: 9}) == [5, 10]


def test_loops_in_loops(session: Make) -> None:
    n = count()

    def row(i: Any, total: Any) -> Any:
        return i + 1, tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + i * j), [0, total])[1]

    total = tf.while_loop(lambda i, total: i < n, row, [0, 0])[1]
    assert session().run(total, {n: 6}) == sum(i * j for i in range(6) for j in range(i))


def test_map_fn_over_several_tensors(backend: Backend, session: Make) -> None:
    x, k = tf.placeholder(tf.float32, [None, 2], name="x"), tf.placeholder(tf.int32, [None], name="k")
    y = tf.map_fn(lambda e: (e[0] * 2.0, e[1] + 1), (x, k))
    total = tf.map_fn(lambda e: tf.reduce_sum(e[0]) * tf.cast(e[1], tf.float32), (x, k), dtype=tf.float32)
    s = session()
    value = np.arange(6, dtype=np.float32).reshape(3, 2)
    got = s.run([*y, total], {x: value, k: [1, 2, 3]})
    equal(backend, got[0], value * 2)
    equal(backend, got[1], [2, 3, 4])
    equal(backend, got[2], value.sum(1) * [1, 2, 3])


def test_folds_and_scans(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None], name="x")

    def less(a: Any, e: Any) -> Any:
        return e - 2.0 * a  # e - a would answer the same in both directions

    made = [
        tf.foldl(less, x),
        tf.foldr(less, x),
        tf.foldl(less, x, initializer=10.0),
        tf.foldr(less, x, initializer=10.0),
        tf.scan(less, x),
        tf.scan(less, x, reverse=True),
        tf.scan(less, x, initializer=10.0),
        tf.scan(less, x, initializer=10.0, reverse=True),
    ]
    got = session().run(made, {x: [1.0, 2.0, 5.0]})
    want: list[Any] = [5 - 2 * 0, 1 + 2 * 8, 5 - 2 * 40, 1 - 2 * 32]
    want += [[1, 2 - 2 * 1, 5 - 2 * 0], [1 + 2 * 8, 2 - 2 * 5, 5]]
    want += [[1 - 2 * 10, 2 + 2 * 19, 5 - 2 * 40], [1 - 2 * 32, 2 + 2 * 15, 5 - 2 * 10]]
    for g, w in zip(got, want, strict=True):
        equal(backend, g, w)


def test_scan_carries_a_structure(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None], name="x")
    fibonacci = tf.scan(lambda a, e: (a[1], a[0] + a[1] * e), x, initializer=(1.0, 1.0))
    got = session().run(fibonacci, {x: np.ones(6)})
    equal(backend, got[0], [1, 2, 3, 5, 8, 13])
    equal(backend, got[1], [2, 3, 5, 8, 13, 21])


def test_no_elements(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(2.0)
    mapped, folded = tf.map_fn(lambda e: e * w, x), tf.foldl(lambda a, e: a + e, x, initializer=tf.ones([3]))
    scanned = tf.scan(lambda a, e: a + w * tf.reduce_sum(e), x, initializer=0.0)
    grads = tf.gradients(tf.reduce_sum(mapped) + tf.reduce_sum(folded) * w + tf.reduce_sum(scanned), [w, x])
    got = started(session).run([mapped, folded, scanned, *grads], {x: np.zeros((0, 3))})
    assert [g.shape for g in got] == [(0, 3), (3,), (0,), (), (0, 3)]
    equal(backend, got[1], np.ones(3))
    equal(backend, got[3], 3.0)


# Gradients --------------------------------------------------------------------------------------------------------------


def by_cond(x: Any, w: Any, q: Any, n: Any) -> Any:
    z = x * w
    return tf.cond(q, lambda: tf.reduce_sum(tf.sin(z) * w), lambda: tf.reduce_sum(x * x * tf.exp(w)))


def by_nested_cond(x: Any, w: Any, q: Any, n: Any) -> Any:
    z = x * w

    def outer() -> Any:
        u = tf.exp(z)
        return tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.reduce_sum(u * x), lambda: tf.reduce_sum(z * u))

    return tf.cond(q, outer, lambda: tf.reduce_sum(z * z)) * tf.reduce_sum(w * w)


def by_counted_loop(x: Any, w: Any, q: Any, n: Any) -> Any:
    return tf.reduce_sum(tf.while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, tf.tanh(a * w) + x), [0, x])[1])


def by_loop(x: Any, w: Any, q: Any, n: Any) -> Any:
    return tf.reduce_sum(tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.tanh(a * w) + x), [0, x])[1])


def by_cond_in_loop(x: Any, w: Any, q: Any, n: Any) -> Any:
    def body(i: Any, a: Any) -> Any:
        return i + 1, tf.cond(tf.equal(i % 2, 0), lambda: tf.sin(a * w), lambda: a * x)

    return tf.reduce_sum(tf.while_loop(lambda i, a: i < n, body, [0, x])[1])


def by_loop_in_cond(x: Any, w: Any, q: Any, n: Any) -> Any:
    def loop() -> Any:
        return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.sin(a) * w + x), [0, x])[1]

    return tf.reduce_sum(tf.cond(q, loop, lambda: x * w))


def by_scan(x: Any, w: Any, q: Any, n: Any) -> Any:
    first = tf.reduce_sum(x) * w
    return tf.reduce_sum(tf.square(tf.scan(lambda a, e: tf.tanh(a * w + e), x, initializer=first)))


def by_scan_backwards(x: Any, w: Any, q: Any, n: Any) -> Any:
    return tf.reduce_sum(tf.square(tf.scan(lambda a, e: tf.tanh(a * e + w), x, reverse=True)))


def by_map(x: Any, w: Any, q: Any, n: Any) -> Any:
    return tf.reduce_sum(tf.map_fn(lambda e: tf.sin(e[0] * w) * e[1] * e[0], (x, x * x), dtype=x.dtype))


def by_folds(x: Any, w: Any, q: Any, n: Any) -> Any:
    def outer(a: Any, e: Any) -> Any:
        return a + tf.foldr(lambda b, f: tf.sin(b * f + e * w), x, initializer=a)

    return tf.foldl(outer, x, initializer=tf.constant(0.5, x.dtype))


LOOPS = [by_counted_loop, by_loop, by_cond_in_loop, by_loop_in_cond]
ANY_ORDER = [by_cond, by_nested_cond, by_scan, by_scan_backwards, by_map, by_folds]


def differences(s: Session, t: Any, feeds: dict[Any, Any], x: Any) -> Any:
    """Central differences of sum(t) with respect to x."""
    value = np.asarray(feeds[x], np.float64)
    found = np.zeros(value.shape)
    for at in np.ndindex(*value.shape):
        step = np.zeros(value.shape)
        step[at] = 1e-5
        ends = [np.sum(s.run(t, {**feeds, x: value + d})) for d in (step, -step)]
        found[at] = (ends[0] - ends[1]) / 2e-5
    return found


def inputs() -> list[Any]:
    return [tf.placeholder(tf.float64, X.shape, name="x"), tf.placeholder(tf.float64, [], name="w"), truth(), count()]


EITHER = [(f, True) for f in (*LOOPS, *ANY_ORDER)] + [(f, False) for f in (by_cond, by_nested_cond, by_loop_in_cond)]


@pytest.mark.parametrize(("make", "holds"), EITHER, ids=lambda v: getattr(v, "__name__", str(v)))
def test_gradients_are_the_differences(backend: Backend, session: Make, make: Any, holds: bool) -> None:
    x, w, q, n = inputs()
    y = make(x, w, q, n)
    grads = tf.gradients(y, [x, w])
    s, feeds = session(), {x: X, w: W, q: holds, n: 3}
    for got, to in zip(s.run(grads, feeds), (x, w), strict=True):
        equal(backend, got, differences(s, y, feeds, to), rtol=1e-5)


@pytest.mark.parametrize("make", ANY_ORDER, ids=lambda f: f.__name__)
def test_second_derivatives_are_the_differences(backend: Backend, session: Make, make: Any) -> None:
    x, w, q, n = inputs()
    first = tf.gradients(make(x, w, q, n), [x, w])
    length = tf.reduce_sum(tf.square(first[0])) + tf.square(first[1])
    second = tf.gradients(length, [x, w])
    s, feeds = session(), {x: X, w: W, q: True, n: 3}
    for got, to in zip(s.run(second, feeds), (x, w), strict=True):
        equal(backend, got, differences(s, length, feeds, to), rtol=1e-4)


@pytest.mark.parametrize("n", [0, 1, 1000])
def test_the_gradient_of_a_power(backend: Backend, session: Make, n: int) -> None:
    x, times = tf.placeholder(tf.float64, [], name="x"), count()
    y = tf.while_loop(lambda i, a: i < times, lambda i, a: (i + 1, a * x), [0, tf.constant(1.0, tf.float64)])[1]
    got = session().run([y, tf.gradients(y, x)[0]], {x: 1.001, times: n})
    equal(backend, got, [1.001**n, n * 1.001 ** (n - 1)])


def test_the_gradient_of_a_loop_has_none_itself() -> None:
    x, n = tf.constant(2.0), count()
    for limit in (n, 3):
        y = tf.while_loop(lambda i, a: i < limit, lambda i, a: (i + 1, a * x), [0, 1.0])[1]  # noqa: B023
        g = tf.gradients(y, x)[0]
        with pytest.raises(TypeError, match="Second-order gradient for while loops not supported"):
            tf.gradients(g, x)
        assert tf.gradients(g * x, x, stop_gradients=[g])[0] is not None


def test_what_no_gradient_flows_through() -> None:
    x, q = tf.constant(2.0), truth()
    stopped = tf.cond(q, lambda: tf.stop_gradient(x), lambda: tf.stop_gradient(x) * 2.0)
    loop = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, 1.0], back_prop=False)[1]
    most = tf.while_loop(
        lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, 1.0], back_prop=False, maximum_iterations=2
    )
    both = tf.cond(q, lambda: (x, 1.0), lambda: (2.0, 3.0))
    assert tf.gradients(stopped, x) == [None] and tf.gradients(loop, x) == [None] and tf.gradients(both[1], x) == [None]
    assert tf.gradients(most[1], x) == [None]
    assert tf.gradients(both[0], x)[0] is not None


def test_a_state_that_the_body_does_not_take(backend: Backend, session: Make) -> None:
    """Without an iteration the start is the answer, and its gradient 1; one iteration forgets it."""
    x, n = tf.placeholder(tf.float32, [], name="x"), count()
    elems, more = tf.placeholder(tf.float32, [None]), tf.constant([[2.0], [3.0]])
    loop = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.constant(3.0)), [0, x])[1]
    fold = tf.foldl(lambda a, e: e * 2.0, elems, initializer=x)
    pairs = tf.foldl(lambda a, e: e[0] + e[1][0], (elems, more[: tf.size(elems)]), initializer=x)
    s = session()
    for y in (loop, fold, pairs):
        gradient = tf.gradients(y, x)[0]
        equal(backend, s.run(gradient, {x: 1.0, n: 0, elems: []}), 1.0)
        equal(backend, s.run(gradient, {x: 1.0, n: 2, elems: [5.0, 6.0]}), 0.0)


def test_with_respect_to_what_a_construct_answers(backend: Backend, session: Make) -> None:
    w, q = tf.Variable(3.0), truth()
    h = tf.cond(q, lambda: w * w, lambda: w)
    k = tf.foldl(lambda a, e: a * e + h, tf.constant([2.0, 3.0]), initializer=w)
    s = started(session)
    # k = 6 w + 4 h and h = w * w, so k h has the slopes h by k, k + 4 h by h, and 6 h + 2 w (k + 4 h) by w
    for y in (k * h, tf.cond(q, lambda: k * h, lambda: h)):
        equal(backend, s.run(tf.gradients(y, [w, h, k]), {q: True}), [594.0, 90.0, 9.0])


def test_a_gradient_inside_a_body(backend: Backend, session: Make) -> None:
    w, n = tf.Variable(3.0), count()

    def descend(i: Any, x: Any) -> Any:
        return i + 1, x - 0.25 * tf.gradients(tf.square(x - w), x)[0]

    found = tf.while_loop(lambda i, x: i < n, descend, [0, 1.0])[1]
    fixed = tf.while_loop(lambda i, x: i < 4, descend, [0, 1.0])[1]
    s = started(session)
    equal(backend, s.run(found, {n: 4}), 3.0 - 2.0 * 0.5**4)
    equal(backend, s.run(fixed), 3.0 - 2.0 * 0.5**4)


def test_a_gradient_flows_through_what_is_fetched_too(backend: Backend, session: Make) -> None:
    w = tf.Variable(2.0)
    i, y = tf.while_loop(lambda i, a: i < 5, lambda i, a: (i + 1, tf.check_numerics(a * w, "too large")), [0, 1.0])
    got = started(session).run([i, y, tf.gradients(y, w)[0]])
    equal(backend, got, [5.0, 32.0, 80.0])


def test_a_table_gathered_in_a_branch_has_indexed_slices(backend: Backend, session: Make) -> None:
    q, ids = truth(), tf.placeholder(tf.int32, [None], name="ids")
    table = tf.Variable(np.arange(8, dtype=np.float32).reshape(4, 2))
    kept = tf.Variable(np.ones((4, 2), np.float32), trainable=False)

    def rows() -> Any:
        picked = tf.nn.embedding_lookup(table, ids)
        return tf.reduce_sum(picked * tf.cond(picked[0, 0] > 1.0, lambda: picked * 0.5, lambda: tf.gather(kept, ids)))

    y = tf.cond(q, rows, lambda: tf.constant(1.0))
    grad = tf.gradients(y, table)[0]
    dense = tf.gradients(tf.cond(q, lambda: tf.reduce_sum(tf.gather(table, ids) * table[:2]), lambda: 0.0), table)[0]
    assert isinstance(grad, tf.IndexedSlices) and isinstance(dense, tf.Tensor)
    s = started(session)
    got = s.run(grad, {q: True, ids: [3, 1]})
    equal(backend, got.values, [[6, 7], [2, 3]])
    assert got.indices.tolist() == [3, 1]
    equal(backend, s.run(tf.convert_to_tensor(grad), {q: False, ids: [9, 9]}), np.zeros((4, 2)))
    skipped = s.run(grad, {q: False, ids: [9, 9, 9]})
    equal(backend, skipped.values, np.zeros((3, 2)))
    equal(backend, skipped.indices, np.zeros(3))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(y)
    s.run(step, {q: True, ids: [3, 1]})
    equal(backend, s.run(table), [[0, 1], [1, 1.5], [4, 5], [3, 3.5]])
    s.run(step, {q: False, ids: [9, 9]})
    equal(backend, s.run(table), [[0, 1], [1, 1.5], [4, 5], [3, 3.5]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="outside of the table"):
        s.run(step, {q: True, ids: [9, 9]})
    equal(backend, s.run(table), [[0, 1], [1, 1.5], [4, 5], [3, 3.5]])


def test_a_table_gathered_by_the_element_has_indexed_slices(backend: Backend, session: Make) -> None:
    ids = tf.placeholder(tf.int32, [None, 2], name="ids")
    table = tf.Variable(np.arange(8, dtype=np.float32).reshape(4, 2))
    mapped = tf.map_fn(lambda i: tf.reduce_sum(tf.square(tf.gather(table, i))), ids, dtype=tf.float32)
    scanned = tf.scan(lambda a, i: a + tf.reduce_sum(tf.nn.embedding_lookup(table, i)), ids, initializer=0.0)
    grads = [tf.gradients(y, table)[0] for y in (mapped, scanned)]
    assert all(isinstance(g, tf.IndexedSlices) for g in grads)
    got = started(session).run([*grads, mapped, scanned], {ids: [[0, 1], [1, 3]]})
    equal(backend, got[0].values.reshape(-1, 2), [[0, 2], [4, 6], [4, 6], [12, 14]])
    equal(backend, got[1].values.reshape(-1, 2), [[2, 2], [2, 2], [1, 1], [1, 1]])
    equal(backend, got[2], [14, 98])
    equal(backend, got[3], [6, 24])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_dtypes_stay(backend: Backend, session: Make, dtype: str) -> None:
    x = tf.placeholder(dtype, [None], name="x")
    y = tf.scan(lambda a, e: a * e, x)
    got = session().run([y, tf.gradients(y, x)[0]], {x: [2.0, 3.0, 4.0]})
    assert [g.dtype for g in got] == [dtype, dtype]
    equal(backend, got[0], [2, 6, 24])
    equal(backend, got[1], [16, 10, 6])


# Guards, state and random values ----------------------------------------------------------------------------------------


def test_only_the_branch_taken_fails(backend: Backend, session: Make) -> None:
    q, ids = truth(), tf.placeholder(tf.int32, [None], name="ids")
    table, v = tf.constant([1.0, 2.0, 3.0]), tf.Variable(5.0)
    picked = tf.cond(q, lambda: tf.reduce_sum(tf.gather(table, ids)), lambda: tf.constant(-1.0))
    step = tf.assign(v, picked)
    s = started(session)
    equal(backend, s.run(step, {q: False, ids: [7]}), -1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no variable was changed") as caught:
        s.run(step, {q: True, ids: [7]})
    assert "test_control_flow.py" in str(caught.value)
    equal(backend, s.run(v), -1.0)
    equal(backend, s.run(step, {q: True, ids: [0, 2]}), 4.0)


@pytest.mark.parametrize("known", [True, False])
def test_a_body_that_fails_changes_no_variable(backend: Backend, session: Make, known: bool) -> None:
    x, n, v = tf.placeholder(tf.float32, [], name="x"), count(), tf.Variable(1.0)
    limit = 3 if known else n

    def body(i: Any, a: Any) -> Any:
        return i + 1, tf.check_numerics(a / x, "a quotient")

    step = tf.assign(v, tf.while_loop(lambda i, a: i < limit, body, [0, 1.0])[1])
    s = started(session)
    equal(backend, s.run(step, {x: 2.0, n: 3}), 0.125)
    with pytest.raises(tf.errors.InvalidArgumentError, match="a quotient"):
        s.run(step, {x: 0.0, n: 3})
    equal(backend, s.run(v), 0.125)


def test_a_condition_that_fails(session: Make) -> None:
    table, first = tf.constant([3, 2, 1, 0]), tf.placeholder(tf.int32, [], name="first")
    y = tf.while_loop(lambda i: tf.gather(table, i) > 0, lambda i: i + 1, [first])
    endless = tf.while_loop(lambda i: tf.gather(table, i) > -1, lambda i: i + 1, [first])
    s = session()
    assert s.run(y, {first: 1}) == 3
    for fetch, start in ((y, 7), (endless, 1)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="outside of the table"):
            s.run(fetch, {first: start})


def test_a_condition_and_a_body_that_may_fail(backend: Backend, session: Make) -> None:
    """Both are checked in every iteration: a chain is followed to its end, unless it leads outside."""
    after, cost = tf.placeholder(tf.int32, [4]), tf.placeholder(tf.int32, [None])
    place, paid = tf.while_loop(
        lambda i, _: tf.gather(after, i) > i,
        lambda i, sum: (tf.gather(after, i), sum + tf.gather(cost, i)),
        [tf.constant(0), tf.constant(0)],
    )
    s = session()
    assert s.run([place, paid], {after: [2, 0, 3, 3], cost: [1, 10, 100, 1000]}) == [3, 101]
    counted(backend.name, 2)
    for bad in ({after: [2, 0, 9, 3], cost: [1, 10, 100, 1000]}, {after: [2, 0, 3, 3], cost: [1]}):
        with pytest.raises(tf.errors.InvalidArgumentError, match="ndices"):
            s.run(paid, bad)


def test_assignment_in_a_branch(backend: Backend, session: Make) -> None:
    q, v = truth(), tf.Variable(5.0)
    y = tf.cond(q, lambda: tf.assign_add(v, 1.0), lambda: v)
    with tf.control_dependencies([y]):
        after = v.read_value() * 2.0
    s = started(session)
    equal(backend, s.run([y, after], {q: True}), [6.0, 12.0])
    equal(backend, s.run([y, after], {q: False}), [6.0, 12.0])
    equal(backend, s.run(v), 6.0)


def test_a_table_read_after_its_assignment_in_a_branch(backend: Backend, session: Make) -> None:
    q, v = truth(), tf.Variable([1.0, 2.0])

    def branch() -> Any:
        with tf.control_dependencies([tf.assign(v, [5.0, 6.0])]):
            return tf.gather(v, [1])

    y = tf.cond(q, branch, lambda: tf.gather(v, [0]))
    s = started(session)
    equal(backend, s.run(y, {q: False}), [1.0])
    equal(backend, s.run(y, {q: True}), [6.0])
    equal(backend, s.run(v), [5.0, 6.0])


def test_rows_updated_in_a_branch(backend: Backend, session: Make) -> None:
    q, ids, v = truth(), tf.placeholder(tf.int32, [None], name="ids"), tf.Variable(tf.zeros([3]))
    y = tf.cond(q, lambda: tf.scatter_add(v, ids, [1.0, 1.0]), lambda: v)
    s = started(session)
    equal(backend, s.run(y, {q: True, ids: [1, 1]}), [0, 2, 0])
    with pytest.raises(tf.errors.InvalidArgumentError):
        s.run(y, {q: True, ids: [0, 9]})
    equal(backend, s.run(y, {q: False, ids: [0, 9]}), [0, 2, 0])


@pytest.mark.parametrize("optimizer", ["GradientDescentOptimizer", "AdamOptimizer"])
def test_a_train_step_in_a_branch(backend: Backend, session: Make, optimizer: str) -> None:
    q, x = truth(), tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 1]))
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
    step = tf.cond(q, lambda: getattr(tf.train, optimizer)(0.1).minimize(loss), lambda: tf.no_op())
    s, feed = started(session), {x: np.ones((2, 3))}
    assert not s.run(step, {q: False, **feed})
    equal(backend, s.run(w), np.ones((3, 1)))
    assert s.run(step, {q: True, **feed})
    equal(backend, s.run(w), np.full((3, 1), 0.9 if optimizer == "AdamOptimizer" else 0.4))


@pytest.mark.parametrize("known", [True, False])
def test_assignment_in_a_loop(session: Make, known: bool) -> None:
    n, v = count(), tf.Variable(0)
    limit = 5 if known else n
    i = tf.while_loop(lambda i: i < limit, lambda i: i + 1 + 0 * tf.assign_add(v, v + 1), [0])
    s = started(session)
    assert s.run(i, {n: 5}) == 5 and s.run(v) == 31
    if not known:
        assert s.run(i, {n: 0}) == 0 and s.run(v) == 31


def test_variables_made_in_a_branch_belong_to_the_graph(backend: Backend, session: Make) -> None:
    q = truth()
    y = tf.cond(q, lambda: tf.get_variable("a", [], initializer=tf.ones_initializer()) + tf.Variable(1.0), lambda: 1.0)
    equal(backend, started(session).run(y, {q: True}), 2.0)


def test_every_iteration_draws_anew(backend: Backend, session: Make) -> None:
    tf.set_random_seed(1)
    x, n = tf.placeholder(tf.float32, [None, 2], name="x"), count()
    mapped = tf.map_fn(lambda e: e * tf.random_uniform(tf.shape(e)), x)
    looped = tf.while_loop(
        lambda i, a: i < 4, lambda i, a: (i + 1, (a + tf.random_uniform([], seed=5)) / 2.0), [0, 0.0]
    )[1]
    alone = tf.random_uniform([], seed=5)
    grad = tf.gradients(tf.square(mapped), x)[0]
    s, other = session(), session()
    first, g = s.run([mapped, grad], {x: np.ones((3, 2))})
    assert len(np.unique(first)) == 6
    equal(backend, g, 2 * first * first)
    again = s.run(mapped, {x: np.ones((3, 2))})
    assert not np.intersect1d(first, again).size
    equal(backend, other.run(mapped, {x: np.ones((3, 2))}), first)
    drawn = [s.run(alone) for _ in range(4)]
    equal(backend, s.run(looped), (((drawn[0] / 2 + drawn[1]) / 2 + drawn[2]) / 2 + drawn[3]) / 2)
    with pytest.raises(ValueError, match="number of iterations is not known"):
        tf.while_loop(lambda i: i < n, lambda i: i + tf.cast(tf.random_uniform([]), tf.int32), [0])


# Feeds, shapes and mistakes ---------------------------------------------------------------------------------------------


def test_feeds_cut_around_a_branch(backend: Backend, session: Make) -> None:
    q, x = truth(), tf.constant(1.0)
    z = x * 2.0
    y = tf.cond(q, lambda: z + 1.0, lambda: z - 1.0)
    s = session()
    equal(backend, s.run(y, {q: True, z: 10.0}), 11.0)
    equal(backend, s.run(y * 2.0, {y: 3.0}), 6.0)
    n = tf.constant(5)
    powers = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), [0, 1.0])[1]
    equal(backend, [s.run(powers, {n: 3}), s.run(powers), s.run(powers, {n: 0})], [8.0, 32.0, 1.0])


@pytest.mark.parametrize("most", [None, 3])
def test_a_loop_as_long_as_a_shape(backend: Backend, session: Make, most: int | None) -> None:
    x, w = tf.placeholder(tf.float32, [None], name="x"), tf.Variable(2.0)

    def powers(e: Any) -> Any:
        ends = [0, 1.0]
        limit = tf.shape(x)[0] * 2
        return tf.while_loop(
            lambda i, a: tf.logical_and(i <= tf.shape(x)[0], i < limit),
            lambda i, a: (i + 2, a * w * e),
            ends,
            maximum_iterations=most,
        )[1]

    y = tf.map_fn(powers, x)
    s = started(session)
    for n in (1, 3, 9):
        times = min((n + 2) // 2, most or n, n)
        value = np.linspace(0.5, 1.5, n)
        got = s.run([y, tf.gradients(y, w)[0]], {x: value})
        equal(backend, got[0], (2.0 * value) ** times, rtol=1e-5)
        equal(backend, got[1], np.sum(times * value**times * 2.0 ** (times - 1)), rtol=1e-5)
    assert "a loop of unknown length" not in s.explain(tf.gradients(y, w), {x: [1.0]})


def test_branches_of_different_shapes(backend: Backend, session: Make) -> None:
    q, x = truth(), tf.placeholder(tf.float32, [None], name="x")
    y = tf.cond(q, lambda: x, lambda: tf.concat([x, x * x], 0))
    assert y.shape.as_list() == [None]
    grad = tf.gradients(y, x)[0]
    s = session()
    for value, want, slope in ((True, [1, 2, 3], [1, 1, 1]), (False, [1, 2, 3, 1, 4, 9], [3, 5, 7])):
        got = s.run([y, grad], {q: value, x: [1.0, 2.0, 3.0]})
        equal(backend, got[0], want)
        equal(backend, got[1], slope)


@pytest.mark.parametrize("known", [True, False])
def test_a_loop_variable_that_grows(backend: Backend, session: Make, known: bool) -> None:
    x, n = tf.placeholder(tf.float32, [None], name="x"), count()
    limit = 2 if known else n
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    loop = tf.while_loop(lambda i, a: i < limit, lambda i, a: (i + 1, tf.concat([a, a], 0)), [0, x], shapes)
    grad = tf.gradients(tf.square(loop[1]), x)[0]
    got = session().run([loop[1], grad], {x: [1.0, 2.0], n: 2})
    equal(backend, got[0], [1, 2] * 4)
    equal(backend, got[1], [8, 16])


def test_shapes_inside_follow_the_feeds(backend: Backend, session: Make) -> None:
    x = tf.placeholder(tf.float32, [None, None], name="x")
    y = tf.map_fn(lambda row: tf.reshape(row, [tf.shape(row)[0] // 2, 2]), x)
    s = session()
    for shape in ((2, 4), (3, 6)):
        value = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        equal(backend, s.run(y, {x: value}), value.reshape(shape[0], -1, 2))


def mistakes() -> list[tuple[type[Exception], str, Callable[[], Any]]]:
    yes, one = tf.constant(True), tf.constant(1)
    not_callable: Any = (1, 2)

    def looped(body: Callable[..., Any], *init: Any, **kw: Any) -> Callable[[], Any]:
        return lambda: tf.while_loop(lambda i, *_: i < 3, body, list(init), **kw)

    return [
        (TypeError, "must not be a Python bool", lambda: tf.cond(True, lambda: 1, lambda: 2)),
        (TypeError, "must be callable", lambda: tf.cond(yes, *not_callable)),
        (TypeError, "'false_fn' argument required", lambda: tf.cond(yes, lambda: 1)),
        (TypeError, "must hold a bool", lambda: tf.cond(one, lambda: 1, lambda: 2)),
        (ValueError, "must be a scalar", lambda: tf.cond(tf.constant([True]), lambda: 1, lambda: 2)),
        (ValueError, "must have a return value", lambda: tf.cond(yes, lambda: None, lambda: 2)),
        (ValueError, "must have the same type", lambda: tf.cond(yes, lambda: 1, lambda: 2.0)),
        (ValueError, "same nested structure", lambda: tf.cond(yes, lambda: (1, 2), lambda: 2)),
        (ValueError, "'loop_vars' must be provided", looped(lambda i: i)),
        (ValueError, "same nested structure", looped(lambda i, x: (i + 1,), 0, 1)),
        (ValueError, "after one iteration", looped(lambda i, x: (i + 1, tf.concat([x, x], 0)), 0, tf.zeros([1]))),
        (TypeError, "is float32 after one iteration", looped(lambda i: tf.cast(i, tf.float32) + 1.0, 0)),
        (ValueError, "shape invariant", looped(lambda i: i + 1, 0, shape_invariants=[tf.TensorShape([1])])),
        (TypeError, "must hold a bool", lambda: tf.while_loop(lambda i: i, lambda i: i, [0])),
        (ValueError, "not scalars", lambda: tf.map_fn(lambda e: e, 1.0)),
        (TypeError, "float32 is expected", lambda: tf.map_fn(lambda e: tf.cast(e, tf.int32), tf.zeros([2]))),
        (
            ValueError,
            "not compatible",
            lambda: tf.map_fn(lambda e: e[0], (tf.zeros([1]), tf.zeros([2])), dtype=tf.float32),
        ),
        (ValueError, "same nested structure", lambda: tf.scan(lambda a, e: (a, e), tf.zeros([2]))),
    ]


def test_mistakes_are_told_where_they_are_made() -> None:
    for kind, words, make in mistakes():
        with pytest.raises(kind, match=words):
            make()


def test_what_lies_inside_stays_inside(session: Make) -> None:
    kept: list[Any] = []

    def branch() -> Any:
        kept.append(tf.constant(1.0) * 2.0)
        return kept[0]

    y = tf.cond(tf.constant(True), branch, lambda: 1.0)
    s = session()
    with pytest.raises(ValueError, match="runs only inside the cond or loop it was made in"):
        kept[0] + 1.0
    with pytest.raises(ValueError, match="runs only inside"):
        tf.group(kept[0].op)
    with pytest.raises(ValueError, match="cannot be fetched"):
        s.run(kept[0])
    with pytest.raises(ValueError, match="may not be fed"):
        s.run(y, {kept[0]: 1.0})
    assert s.run(y) == 2.0


def test_a_case_of_many(backend: Backend, session: Make) -> None:
    k, w = count(), tf.Variable(1.0)
    pairs = [(tf.equal(k, i), lambda i=i: w * float(i)) for i in range(40)]
    y = tf.case(pairs, default=lambda: w * 1000.0)
    s = started(session)
    for i, want in ((0, 0.0), (21, 21.0), (39, 39.0), (40, 1000.0)):
        equal(backend, s.run(y, {k: i}), want)


def test_control_flow_nests_only_so_deep() -> None:
    def nest(depth: int) -> Any:
        return tf.cond(tf.constant(True), lambda: nest(depth - 1), lambda: 1.0) if depth else 2.0

    assert nest(80).shape == ()
    with pytest.raises(tf.errors.UnimplementedError, match="80 deep"):
        nest(81)


def test_strings_stay_on_their_side() -> None:
    yes, words = tf.constant(True), tf.placeholder(tf.string, [])
    for make in (lambda: tf.constant("a"), lambda: tf.string_join([words, "b"])):
        with pytest.raises(tf.errors.UnimplementedError, match="strings, which cannot enter or leave a cond or loop"):
            tf.cond(yes, make, lambda: tf.constant("b"))
    with pytest.raises(tf.errors.UnimplementedError, match="strings, which cannot enter or leave a cond or loop"):
        tf.cond(yes, lambda: tf.string_to_number(words), lambda: 1.0)
    with pytest.raises(tf.errors.UnimplementedError, match="strings, which cannot enter or leave a cond or loop"):
        tf.map_fn(tf.string_to_number, tf.constant(["1"]), dtype=tf.float32)


def test_explain_says_what_is_not_compiled(backend: Backend, session: Make, route: str) -> None:
    x, n = tf.placeholder(tf.float32, [], name="x"), count()
    loop = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x), [0, 1.0])[1]
    text = session().explain(tf.gradients(loop, x), {x: 2.0, n: 3})
    assert "while_body" in text and "while_cond" in text
    if backend.compile is not None and (route == "rules" or "while_loop_vjp" in backend.lacks):
        assert "compiled    no: " in text and "a loop of unknown length" in text
    plain: Sequence[str] = session().explain(loop).splitlines()
    assert backend.compile is None or "compiled    yes" in plain
