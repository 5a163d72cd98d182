"""What a session prepares once and answers: structures of fetches, callables, many steps in one call, steps by shape."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.graph import Graph
from samegraph.running import runners
from samegraph.session import Session

from tests.compiling import COMPILED


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


def counting(rows: int = 1) -> tuple[Any, Any, Any]:
    """What is fed, a train op that subtracts it from a variable, and the sum of what the variable was."""
    x = tf.placeholder(tf.float32, [rows], name="x")
    total = tf.Variable(tf.zeros([rows]), name="total")
    return x, tf.assign_sub(total, x), tf.reduce_sum(total)


def started(**options: Any) -> Session:
    s = Session(backend=options.pop("backend", "numpy"), **options)
    s.run(tf.global_variables_initializer())
    return s


# Callables ----------------------------------------------------------------------------------------------------------------


def test_a_callable_runs_what_run_runs():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = x * 2.0
    s = Session(backend="numpy")
    double = s.make_callable([y, y.op, {"again": y}], [x])
    found = double([1.0, 2.0])
    assert found[0].tolist() == [2.0, 4.0] and found[1] is None and found[2]["again"].tolist() == [2.0, 4.0]
    assert s.make_callable(y.op, [x])([1.0, 2.0]) is None
    with pytest.raises(TypeError, match="takes 1 values, got 2"):
        double(1, 2)
    with pytest.raises(TypeError, match="list or tuple"):
        s.make_callable(y, x)
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        double([1.0])
    with pytest.raises(TypeError, match="options"):
        double([1.0, 2.0], options=None)
    assert s.make_callable(y, [x], accept_options=True)([1, 2], options=None, run_metadata=None).tolist() == [2.0, 4.0]
    s.close()
    with pytest.raises(RuntimeError, match="closed"):
        double([1.0, 2.0])


def test_structures_are_told_apart():
    """Keys of the cache that are equal as tuples are, but not of one type, are not one."""
    a, b = tf.constant(1), tf.constant(2)
    pair, other = namedtuple("pair", "a b"), namedtuple("other", "a b")
    s = Session(backend="numpy")
    for fetches in (
        (a, b),
        [a, b],
        pair(a, b),
        other(a, b),
        (a, b),
        [(a, b)],
        [pair(a, b)],
        [[a], b],
        {"a": a, "b": b},
    ):
        for _ in range(2):
            found = s.run(fetches)
            assert type(found) is type(fetches)
            if isinstance(fetches, list) and isinstance(fetches[0], (list, tuple)):
                assert type(found[0]) is type(fetches[0])
    assert s.run([a, b]) == [1, 2] and s.run((b, a)) == (2, 1) and s.run("Const:0") == 1


def test_any_structure_is_prepared_once(monkeypatch):
    """But for a structure with something in it that is equal to more than itself or its name."""
    table = tf.Variable(tf.ones([3, 2]))
    (slices,) = tf.gradients(tf.gather(table, [0, 2]), [table])
    a, b = tf.constant(1), tf.constant(2)
    pair, s, made = namedtuple("pair", "a b"), started(), []
    whole = runners._made
    monkeypatch.setattr(runners, "_made", lambda *args: made.append(args) or whole(*args))
    structures = [
        a,
        "Const:0",
        [a, b],
        (a, [b]),
        {"a": a, "b": {"c": [b]}},
        {1: a},
        OrderedDict(a=a),
        pair(a, b),
        slices,
    ]
    for fetches in structures:
        s.run(fetches)
    before, kinds = len(made), [type(f) for f in structures[2:8]]
    for _ in range(3):
        found = [s.run(fetches) for fetches in structures]
        assert len(made) == before and [type(f) for f in found[2:8]] == kinds
    with monkeypatch.context() as patched:
        patched.setattr(Session, "_prepare", lambda *_: pytest.fail("flat fetches are looked up at once"))
        s.run("Const:0")
        assert s.run(a) == 1 and s.run([a, b]) == [1, 2]
    assert found[4] == {"a": 1, "b": {"c": [2]}} and found[5] == {1: 1} and found[8].indices.tolist() == [0, 2]
    for key in (True, 1.0):
        ((answered, _),) = s.run({key: a}).items()
        assert answered is key, "1 is another"


def test_the_last_of_two_keys_for_one_tensor_counts():
    x = tf.placeholder(tf.float32, [], name="x")
    s = Session(backend="numpy")
    for _ in range(2):
        assert s.run(x + 0.0, {x: 1.0, "x:0": 2.0}) == 2.0


# Many steps in one call ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [load("numpy"), COMPILED], ids=["step by step", "one loop"])
@pytest.mark.parametrize("stacked", [True, False])
def test_many_steps_are_steps_one_after_another(backend: Any, stacked: bool):
    tf.set_random_seed(3)
    x, train, total = counting(3)
    noise = tf.random_normal([2])
    values = np.arange(300, dtype=np.float32).reshape(100, 3)
    one, many = started(backend=backend), started(backend=backend)
    want = [one.run([train.op, total, {"noise": noise}], {x: v}) for v in values]
    feeds = {x: values} if stacked else ({x: v} for v in values)
    done, found, drawn = many.run_steps([train.op, total, {"noise": noise}], feeds, steps=100)
    assert done is None
    assert np.array_equal(found, [w[1] for w in want]) and np.array_equal(drawn["noise"], [w[2]["noise"] for w in want])
    assert np.array_equal(many.run(noise), one.run(noise))
    assert many.run(total) == one.run(total)


@pytest.mark.parametrize("backend", [load("numpy"), COMPILED], ids=["step by step", "one loop"])
@pytest.mark.parametrize("stacked", [True, False])
def test_a_step_that_fails_ends_the_loop_with_the_values_before_it(backend: Any, stacked: bool):
    tf.set_random_seed(3)
    x, train, total = counting()
    noise = tf.random_normal([2])
    with tf.control_dependencies([tf.check_numerics(x, "not a number")]):
        checked = tf.group(train, noise)
    values = np.array([[1], [2], [4], [np.nan], [8]], np.float32)
    s, other = started(backend=backend), started(backend=backend)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not a number"):
        s.run_steps(checked, {x: values} if stacked else [{x: v} for v in values])
    for v in values[:3]:
        other.run(checked, {x: v})
    with pytest.raises(tf.errors.InvalidArgumentError):
        other.run(checked, {x: values[3]})
    assert s.run(total) == other.run(total) == -7
    assert np.array_equal(s.run(noise), other.run(noise))


def test_how_many_steps_is_said_or_fed():
    x, train, total = counting()
    s = started()
    assert s.run_steps(total, steps=3).tolist() == [0, 0, 0]
    assert s.run_steps([total], {x: np.zeros([0, 1])})[0].shape == (0,)
    with pytest.raises(ValueError, match="how many steps"):
        s.run_steps(total)
    with pytest.raises(ValueError, match=r"so 3; its shape is \(2, 1\)"):
        s.run_steps(train, {x: np.ones([2, 1])}, steps=3)
    with pytest.raises(ValueError, match="ended after 2 of 3"):
        s.run_steps(train, [{x: [1]}] * 2, steps=3)
    assert s.run(total) == -2
    endless = iter(lambda: {x: [1]}, None)
    assert s.run_steps(train, endless, steps=4).shape == (4, 1) and s.run(total) == -6


def test_an_iterable_that_raises_has_run_what_came_before():
    x, train, total = counting()

    def feeds():
        yield {x: [1]}
        yield {x: [2]}
        raise OSError("no more files")

    for backend in (load("numpy"), COMPILED):
        s = started(backend=backend)
        with pytest.raises(OSError, match="no more files"):
            s.run_steps(train, feeds())
        assert s.run(total) == -3


def test_fetches_whose_shape_differs_are_a_list():
    x = tf.placeholder(tf.float32, [None])
    found = Session(backend="numpy").run_steps(x * 2.0, [{x: [1]}, {x: [1, 2]}])
    assert [f.tolist() for f in found] == [[2], [2, 4]]


# Steps -----------------------------------------------------------------------------------------------------------------


def test_a_step_is_written_for_eight_sets_of_shapes_and_then_for_all():
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.reduce_mean(x)
    s = Session(backend="numpy")
    for n in [*range(1, 20), 3]:
        assert s.run(y, {x: np.full(n, n)}) == n
    plan = next(iter(s._plans.values()))
    assert len({id(step) for step in plan.by_shape.values()}) == 9


def test_memory_that_is_written_over_is_nobody_elses():
    """Fetched, assigned, fed and viewed values stay what they were."""
    x = tf.placeholder(tf.float32, [4], name="x")
    a = tf.add(x, 1.0)
    seen = tf.reshape(a, [2, 2])
    b = tf.multiply(a, 2.0)
    c = tf.subtract(b, a)
    v = tf.Variable(tf.zeros([4]))
    kept = tf.assign(v, c)
    d = tf.negative(c)
    s = started()
    fed = np.arange(4, dtype=np.float32)
    for fetches in ([d], [a, d], [seen, d], [kept, d], [c, d, b], [kept.op, seen, d]):
        found = dict(zip(fetches, s.run(fetches, {x: fed}), strict=True))
        want = {a: fed + 1, seen: (fed + 1).reshape(2, 2), b: 2 * fed + 2, c: fed + 1, kept: fed + 1, d: -fed - 1}
        for t, value in found.items():
            if value is not None:
                assert np.array_equal(value, want[t]), t
                value[:] = 77
    assert np.array_equal(s.run(v), fed + 1) and np.array_equal(fed, np.arange(4))
