"""What a session does with a backend's step: memory it gives away, the form it keeps values in, failures it tells."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.session import Session
from samegraph.writing import building

from tests.compiling import COMPILED

PLAIN = load("numpy")
COPYING = replace(PLAIN, update_rows=None)
BACKENDS = pytest.mark.parametrize("backend", [PLAIN, COPYING, COMPILED], ids=["as it is", "copying", "compiled"])


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def started(backend: Any, **options: Any) -> Session:
    s = Session(backend=backend, **options)
    s.run(tf.global_variables_initializer())
    return s


def heard(x: Any) -> Any:
    """The value of `x` by way of the host, so that a run is made of turns."""
    y = tf.py_func(lambda a: a, [x], x.dtype)
    y.set_shape(x.shape)
    return y


def raising(error: Exception) -> Any:
    def kernel(*operands: Any, **attrs: Any) -> Any:
        raise error

    return kernel


# Memory -------------------------------------------------------------------------------------------------------------------


@BACKENDS
@pytest.mark.parametrize("turns", [False, True], ids=["in one step", "in turns"])
def test_what_a_step_is_given_away_is_not_read_again(backend: Any, turns: bool):
    """Values read, assigned, updated by rows and left alone, beside feeds and draws, also when a check fails."""
    x, ids = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.int32, [2], name="ids")
    a, b, c = (tf.Variable([v, v + 1.0]) for v in (1.0, 2.0, 3.0))
    table, whole = tf.Variable(tf.zeros([3, 2])), tf.Variable(tf.ones([3, 2]))
    noise = tf.random_uniform([2], seed=1)
    given = heard(x) if turns else x
    step = [
        tf.assign_add(a, tf.check_numerics(given, "given")),
        tf.assign(b, a + c),
        tf.scatter_add(table, ids, [[1.0, 2.0], [3.0, 4.0]]).op,
        tf.scatter_sub(whole, ids, [[1.0, 1.0], [1.0, 1.0]]),
        c * 2.0,
        noise,
    ]
    s, want = started(backend), {"a": np.array([1.0, 2.0]), "table": np.zeros((3, 2)), "whole": np.ones((3, 2))}
    for rows, value in (([0, 1], 1.0), ([1, 1], 1.0), ([0, 3], 1.0), ([1, 2], np.nan), ([2, 0], 1.0)):
        if 3 in rows or value != 1.0:
            with pytest.raises(tf.errors.InvalidArgumentError, match="no variable was changed"):
                s.run(step, {x: [1.0, value], ids: rows})
        else:
            before = want["a"].copy()
            want["a"] += 1.0
            np.add.at(want["table"], rows, [[1.0, 2.0], [3.0, 4.0]])
            np.subtract.at(want["whole"], rows, 1.0)
            got = s.run(step, {x: [1.0, 1.0], ids: rows})
            assert got[0].tolist() == want["a"].tolist() and got[1].tolist() == [before[0] + 3.0, before[1] + 4.0]
            assert np.array_equal(got[3], want["whole"]) and got[4].tolist() == [6.0, 8.0]
        for _ in range(2):
            found = s.run([a, b, c, table, whole])
            assert found[0].tolist() == want["a"].tolist() and found[2].tolist() == [3.0, 4.0]
            assert np.array_equal(found[3], want["table"]) and np.array_equal(found[4], want["whole"])


def test_what_a_compiled_step_is_given_away():
    """Old values that the step replaces; with a check only rows' tables; none of a part of a run."""
    x, ids = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.int32, [1], name="ids")
    a, b, read = (tf.Variable([1.0, 1.0], name=n) for n in ("a", "b", "read"))
    table, taken = tf.Variable(tf.zeros([3, 2]), name="table"), []

    def compile(step: Any, donate: Any) -> Any:
        taken.append(list(donate))
        return COMPILED.compile(step, donate)

    s = started(replace(COMPILED, compile=compile))
    noise = tf.random_uniform([2])
    for fetches, want in (
        ([tf.assign_add(a, x * read + noise), tf.assign_sub(b, x)], [4, 5]),
        ([tf.assign_add(a, tf.check_numerics(x, "x") + noise), read + 1.0], []),
        ([tf.assign_add(a, x + noise), tf.scatter_add(table, ids, [[1.0, 1.0]]).op], [3]),
        ([read + x], []),
        ([tf.assign_add(b, heard(x))], []),
    ):
        taken.clear()
        s.run(fetches, {x: [1.0, 1.0], ids: [0]})
        found = [donate for donate in taken if donate]
        assert found == ([want] if want else []), fetches


def test_fed_and_fetched_memory_is_the_callers():
    x, v = tf.placeholder(tf.float32, [2]), tf.Variable([0.0, 0.0])
    for backend in (PLAIN, COMPILED):
        s, value = started(backend), np.array([1.0, 2.0], np.float32)
        for fetch in (x, tf.identity(x), tf.reshape(x, [2, 1]), heard(x), tf.constant([5.0, 6.0]), v):
            for _ in range(2):
                got = s.run(fetch, {x: value})
                assert got.flags.writeable and not np.shares_memory(got, value)
                first = got.copy()
                got.fill(-1.0)
                assert np.array_equal(s.run(fetch, {x: value}), first)
        s.run(tf.assign(v, x), {x: value})
        value.fill(9.0)
        assert s.run(v).tolist() == [1.0, 2.0]
        s.run(tf.assign(v, heard(x)), {x: value})
        value.fill(3.0)
        assert s.run(v).tolist() == [9.0, 9.0]
        s.run([tf.assign(v, x), heard(x)], {x: value})
        value.fill(4.0)
        assert s.run(v).tolist() == [3.0, 3.0]


class Rows(np.ndarray):
    """The form in which this backend updates rows."""


def _in_form(value: Any, device: str, rows: bool) -> Any:
    found = np.array(value)
    return found.view(Rows) if rows else found


def _update(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
    assert isinstance(table, Rows), "rows are updated in their form"
    if ok is None or ok:
        PLAIN.update_rows(table, indices, updates, how, None)


IN_FORMS = [replace(b, make_state=_in_form, update_rows=_update, enclosed=None) for b in (PLAIN, COMPILED)]
IN_FORMS[1] = replace(IN_FORMS[1], compile=lambda step, donate: step, run_steps=None)


@pytest.mark.parametrize("backend", IN_FORMS, ids=["as it is", "compiled"])
def test_a_table_is_kept_in_the_form_that_its_rows_are_updated_in(backend: Any):
    """From the first update on, by whatever it is assigned: a step, one of several turns, many steps, what is put back."""
    table, other = tf.Variable(tf.zeros([2, 1])), tf.Variable([[5.0], [5.0]])
    ids, x = tf.placeholder(tf.int32, [1]), tf.placeholder(tf.float32, [2, 1])
    update = tf.scatter_add(table, ids, [[1.0]]).op
    in_turns = tf.scatter_add(table, ids, heard(tf.constant([[1.0]]))).op
    if not backend.compile:
        first = started(backend)
        first.run(in_turns, {ids: [1]})
        assert first.run(table).tolist() == [[0.0], [1.0]] and first._engine.variables.forms == 1
    s = started(backend)
    kept = s._engine.variables
    assert not isinstance(kept.values[table.op], Rows)
    for run, want in (
        (update, [[1.0], [0.0]]),
        (in_turns, [[2.0], [0.0]]),
        (tf.assign(table, x + 1.0), [[4.0], [4.0]]),
        (update, [[5.0], [4.0]]),
        (tf.assign(table, heard(x)), [[3.0], [3.0]]),
        (in_turns, [[4.0], [3.0]]),
        (tf.assign_add(table, x), [[7.0], [6.0]]),
        (update, [[8.0], [6.0]]),
        (tf.assign(table, heard(x) * 3.0), [[9.0], [9.0]]),
        (update, [[10.0], [9.0]]),
        (tf.assign_sub(table, heard(x)), [[7.0], [6.0]]),
        (update, [[8.0], [6.0]]),
        (tf.assign(table, other), [[5.0], [5.0]]),
        (update, [[6.0], [5.0]]),
        (table.initializer, [[0.0], [0.0]]),
    ):
        for t in (run, table):
            got = s.run(t, {x: [[3.0], [3.0]], ids: [0]})
        assert got.tolist() == want and isinstance(kept.values[table.op], Rows)
    s.run_steps(update, {ids: [[0], [0]]})
    s.run_steps(tf.assign_add(table, x), {x: np.ones((2, 2, 1))})
    assert s.run(table).tolist() == [[4.0], [2.0]] and isinstance(kept.values[table.op], Rows)
    s.restore({table.op: np.float32([[1.0], [1.0]]), other.op: np.float32([[1.0], [1.0]])})
    assert isinstance(kept.values[table.op], Rows) and not isinstance(kept.values[other.op], Rows)
    s.run(update, {ids: [1]})
    assert s.run(table).tolist() == [[1.0], [2.0]]
    with pytest.raises(tf.errors.InvalidArgumentError):
        s.run(update, {ids: [2]})
    assert s.run(table).tolist() == [[1.0], [2.0]] and kept.forms == 1


def test_a_loop_is_handed_tables_in_the_form_that_their_rows_are_updated_in():
    table, ids = tf.Variable(tf.zeros([2, 1])), tf.placeholder(tf.int32, [1])
    update = tf.scatter_add(table, ids, [[1.0]]).op
    forms: list[Any] = []

    def run_steps(*made: Any) -> Any:
        many = COMPILED.run_steps(*made)
        return lambda count, *args: forms.append(type(args[-1])) or many(count, *args)

    s = started(replace(COMPILED, make_state=_in_form, run_steps=run_steps))
    s.run_steps(update, {ids: [[0], [1]]})
    assert forms == [Rows] and s.run(table).tolist() == [[1.0], [1.0]]


def test_a_table_that_was_not_there_when_its_update_was_prepared():
    table = tf.Variable(tf.zeros([2, 1]), name="table")
    update = tf.scatter_add(table, [1], [[1.0]]).op
    s = Session(backend=IN_FORMS[0])
    for _ in range(2):
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value table"):
            s.run(update)
    s.run(table.initializer)
    s.run(update)
    assert s.run(table).tolist() == [[0.0], [1.0]]


def test_functions_are_handed_arrays_of_their_own_in_rows():
    x, seen = tf.placeholder(tf.float32, [2, 3]), []
    fed = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    for t in (x, tf.transpose(x), tf.exp(x)):
        heard = tf.py_func(lambda a: seen.append(a) or 0.0, [t], tf.float64)
        Session(backend="numpy").run(heard, {x: fed})
    assert all(a.flags.c_contiguous and a.flags.writeable and not np.shares_memory(a, fed) for a in seen)
    assert np.array_equal(seen[0], fed) and np.array_equal(seen[1], fed.T)


def test_scalars_of_the_host_are_numpys_or_text():
    x = tf.placeholder(tf.float32, [])
    fetches = [
        heard(x),
        heard(x) * 2.0,
        x,
        tf.as_string(tf.cast(x, tf.int32)),
        tf.constant("word"),
        heard(tf.reshape(x, [1])),
    ]
    found = Session(backend="numpy").run(fetches, {x: 3.0})
    assert [type(v) for v in found] == [np.float32, np.float32, np.float32, bytes, bytes, np.ndarray]
    assert found[:5] == [3.0, 6.0, 3.0, b"3", b"word"]


def test_a_loop_that_answers_another_number_of_values_is_found_out():
    def short(*made: Any) -> Any:
        many = COMPILED.run_steps(*made)

        def run(*args: Any) -> Any:
            outs, *rest = many(*args)
            return (outs[:-1], *rest)

        return run

    x = tf.placeholder(tf.float32, [])
    with pytest.raises(ValueError, match="longer than"):
        Session(backend=replace(COMPILED, run_steps=short)).run_steps([x * 2.0, x * 3.0], {x: [1.0, 2.0]})


# Around a step ------------------------------------------------------------------------------------------------------------


def test_the_scope_that_a_step_runs_in():
    """That of wide dtypes where it holds one, once a step; what can be called from outside of it is, but for wide steps."""
    inside: list[str] = []
    entered: list[str] = []

    def scope(name: str) -> Any:
        @contextmanager
        def enter(device: str) -> Any:
            entered.append(f"{name} {device}")
            inside.append(name)
            yield
            inside.pop()

        return enter

    def tanh(x: Any) -> Any:
        assert inside, "a kernel runs inside of a scope"
        return np.tanh(x)

    base = replace(PLAIN, kernels={**PLAIN.kernels, "tanh": tanh}, scope=scope("scope"), enclosed=None, spelled={})
    narrow, wide = tf.tanh(tf.placeholder(tf.float32, [], "x")), tf.tanh(tf.placeholder(tf.float64, [], "y"))

    def scopes(backend: Any, fetch: Any) -> list[str]:
        s = Session(backend=backend)
        entered.clear()
        s.run(fetch, {fetch.op.inputs[0]: 1.0})
        first = list(entered)
        entered.clear()
        s.run(fetch, {fetch.op.inputs[0]: 1.0})
        assert entered == first[1:], "made in a scope, and run in one"
        return first

    assert scopes(base, narrow) == scopes(base, wide) == ["scope cpu"] * 2
    both = replace(base, wide=scope("wide"))
    assert scopes(both, narrow) == ["scope cpu"] * 2 and scopes(both, wide) == ["wide cpu"] * 2

    def enclosed(step: Any, device: str) -> Any:
        def run(*args: Any) -> Any:
            inside.append("enclosed")
            try:
                return step(*args)
            finally:
                inside.pop()

        return run

    assert scopes(replace(base, enclosed=enclosed), narrow) == scopes(replace(base, enclosed=enclosed), wide)
    assert scopes(replace(both, enclosed=enclosed), narrow) == ["scope cpu"]
    assert scopes(replace(both, enclosed=enclosed), wide) == ["wide cpu"] * 2
    a, b = tf.Variable(0.0), tf.Variable(0.0, dtype=tf.float64)
    s = Session(backend=both)
    for values, want in (
        ({a.op: np.float32(1.0)}, ["scope cpu"]),
        ({b.op: np.float64(1.0)}, ["wide cpu"]),
        ({a.op: np.float32(1.0), b.op: np.float64(1.0)}, ["wide cpu"]),
    ):
        entered.clear()
        s.restore(values)
        assert entered == want


def test_arguments_of_compiled_steps_are_handed_over_in_their_own_way():
    ways: list[str] = []

    def to(name: str) -> Any:
        return lambda array, device: ways.append(f"{name} {device}") or array

    x = tf.placeholder(tf.float32, [2])
    for backend, fetch, want in (
        (replace(COMPILED, to_step=to("step"), to_device=to("device")), x * x, "step cpu"),
        (replace(COMPILED, to_step=to("step"), to_device=to("device")), x, "device cpu"),
        (replace(COMPILED, to_device=to("device")), x * x, "device cpu"),
        (replace(PLAIN, to_step=to("step"), to_device=to("device")), x * x, "device cpu"),
    ):
        s = Session(backend=backend)
        s.run(fetch, {x: [1.0, 2.0]})
        ways.clear()
        s.run(fetch, {x: [1.0, 2.0]})
        assert ways == [want]


def counted(monkeypatch: Any) -> list[Any]:
    made: list[Any] = []
    whole = building.build
    monkeypatch.setattr(building, "build", lambda *args: made.append(args) or whole(*args))
    return made


def test_steps_are_kept_for_the_shapes_fed_last(monkeypatch):
    """64 of them: the one that was not fed for the longest time is made anew."""
    x = tf.placeholder(tf.float32, [None])
    flat = tf.reshape(x, [tf.size(x), 1])
    s, made = Session(backend="numpy"), counted(monkeypatch)
    for n in range(64):
        s.run(flat, {x: np.zeros(n)})
    assert len(made) == 64
    s._plan([flat], [x]).by_shape.move_to_end(((0,),))
    s.run(flat, {x: np.zeros(64)})
    assert len(made) == 65
    s.run(flat, {x: np.zeros(0)})
    s.run(flat, {x: np.zeros(2)})
    assert len(made) == 65
    s.run(flat, {x: np.zeros(1)})
    assert len(made) == 66


def test_how_many_programs_are_made(monkeypatch):
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [2])
    for backend, fetch, want in (
        (PLAIN, x * 2.0, 9),
        (COMPILED, x * 2.0, 1),
        (replace(PLAIN, value_and_vjp=lambda *_: None), x * 2.0, 1),
        (PLAIN, tf.reshape(x, [tf.size(x), 1]), 20),
        (PLAIN, tf.cast(heard(x), tf.float64), 1),
    ):
        s, made = Session(backend=backend), counted(monkeypatch)
        for n in range(20):
            s.run(fetch, {x: np.zeros(n)})
        assert len(made) == want, (backend, fetch)
    s, made, doubled = Session(backend="numpy"), counted(monkeypatch), y * 2.0
    for _ in range(3):
        s.run(doubled, {y: np.zeros(2)})
    assert len(made) == 1


def test_values_that_shapes_are_made_of_tell_programs_apart(monkeypatch):
    n, m = tf.placeholder(tf.int32, [], name="n"), tf.placeholder(tf.int64, [None], name="m")
    x = tf.placeholder(tf.float32, [None])
    filled = tf.fill([n], 1.0) * tf.reduce_sum(x), tf.reshape(tf.range(6), m)
    s, made = Session(backend="numpy"), counted(monkeypatch)
    for count, shape, values in (
        (2, [3, 2], [1.0]),
        (2, [3, 2], [5.0]),
        (3, [3, 2], [1.0]),
        (2, [6], [1.0]),
        (3, [2, 3], [1.0]),
    ):
        found = s.run(filled, {n: count, m: shape, x: values})
        assert found[0].tolist() == [sum(values)] * count and found[1].shape == tuple(shape)
    assert len(made) == 4


def test_a_table_of_numbers_tells_no_programs_apart(monkeypatch):
    """Where a shape is made of what may be large, the step finds it out itself."""
    grid = tf.placeholder(tf.int32, [None, None])
    filled = tf.fill([tf.reduce_sum(grid)], 1.0)
    s, made = Session(backend="numpy"), counted(monkeypatch)
    for values in ([[1, 2]], [[3, 4]]):
        assert s.run(filled, {grid: values}).shape == (np.sum(values),)
    assert len(made) == 1


def test_a_shape_that_does_not_go_with_another_is_refused_by_the_operation():
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    s = Session(backend="numpy")
    for _ in range(2):
        with pytest.raises(tf.errors.OpError, match="numpy failed in line"):
            s.run(x + y, {x: np.zeros(2), y: np.zeros(3)})
    assert s.run(x + y, {x: np.zeros(2), y: np.ones(2)}).tolist() == [1.0, 1.0]


# Failures -----------------------------------------------------------------------------------------------------------------


class InvalidArgumentError(Exception):
    """As a framework calls it."""


def failing(op: str, error: Exception, backend: Any = PLAIN) -> Session:
    return Session(backend=replace(backend, kernels={**backend.kernels, op: raising(error)}, spelled={}))


def test_a_framework_failure_names_the_line_and_the_first_words():
    y = tf.sin(tf.tanh(tf.placeholder(tf.float32, [], "x"), name="wrong") + 1.0)
    s = failing("tanh", RuntimeError("  out of order\nand much more"))
    with pytest.raises(tf.errors.InternalError) as caught:
        s.run(y, {"x:0": 1.0})
    text = str(caught.value)
    assert "numpy failed in line 2 of the generated step: RuntimeError: out of order" in text and "more" not in text
    assert caught.value.op.name == "wrong" and "test_steps.py" in text
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize("error", [IndexError("far"), ValueError("odd"), InvalidArgumentError("bad")])
def test_what_a_kernel_refuses_is_told_as_the_check_of_its_operation(error):
    table, ids = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.int32, [1])
    picked, plain = tf.gather(table, ids, name="picked"), tf.tanh(table, name="plain")
    fed = {table: [1.0, 2.0, 3.0], ids: [0]}
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Gather.*; no variable was changed") as caught:
        failing("gather", error).run([plain, picked], fed)
    assert caught.value.op.name == "picked"
    with pytest.raises(tf.errors.InternalError, match=f"{type(error).__name__}: {error}") as caught:
        failing("tanh", error).run([plain, picked], fed)
    assert caught.value.op.name == "plain"
    with pytest.raises(tf.errors.InternalError, match="RuntimeError: broken"):
        failing("gather", RuntimeError("broken")).run(picked, fed)


@pytest.mark.parametrize("checked", [True, False])
def test_what_a_compiled_step_refuses_is_told_as_its_first_check(checked):
    """Its exceptions come from no line of the step."""
    table, ids = tf.placeholder(tf.float32, [3]), tf.placeholder(tf.int32, [1])
    fetch = tf.gather(table, ids, name="picked") if checked else tf.tanh(table)
    fed = {table: [1.0, 2.0, 3.0], ids: [0]}
    for error in (InvalidArgumentError("bad"), ValueError("odd")):
        s = Session(backend=replace(COMPILED, compile=lambda step, donate, error=error: raising(error)))
        told = checked and isinstance(error, InvalidArgumentError)
        kind = tf.errors.InvalidArgumentError if told else tf.errors.InternalError
        with pytest.raises(kind) as caught:
            s.run(fetch, fed)
        if told:
            assert caught.value.op.name == "picked"
        else:
            assert caught.value.op is None and f"numpy failed: {type(error).__name__}: {error}" in str(caught.value)


@pytest.mark.parametrize("many", [False, True], ids=["run", "run_steps"])
def test_variables_that_a_framework_took_with_it_are_lost(many: bool):
    """Those that cannot be read any more; initialised or restored, they are as before."""
    gone: list[Any] = []

    def to_numpy(value: Any) -> Any:
        if any(value is g for g in gone):
            raise RuntimeError("deleted")
        return np.array(value)

    def broken(step: Any, *_: Any) -> Any:
        def run(*args: Any) -> Any:
            gone.append(args[-1])
            raise RuntimeError("out of memory")

        return run

    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    step = [tf.assign_add(a, 1.0), tf.assign_add(b, 1.0)]
    backend = replace(COMPILED, to_numpy=to_numpy, hand_over=None)
    s = started(replace(backend, run_steps=broken) if many else replace(backend, compile=broken, run_steps=None))
    with pytest.raises(tf.errors.InternalError, match="out of memory"):
        s.run_steps(step, steps=3) if many else s.run(step)
    assert s.run(a) == 1.0
    with pytest.raises(
        tf.errors.FailedPreconditionError, match="the session lost variable b when the framework failed"
    ):
        s.run(b)
    with pytest.raises(tf.errors.FailedPreconditionError, match="the session lost variable b"):
        s.run(step)
    s.run(b.initializer)
    assert s.run([a, b]) == [1.0, 2.0]
    s.restore({b.op: np.float32(5.0)})
    assert s.run(b) == 5.0


def test_a_failure_before_a_value_is_told_as_the_missing_value():
    v = tf.Variable(1.0, name="v")
    for backend in (PLAIN, COMPILED):
        for fetch in (v + 1.0, tf.assign_add(v, heard(v * 2.0))):
            with pytest.raises(tf.errors.FailedPreconditionError) as caught:
                Session(backend=backend).run(fetch)
            assert str(caught.value).startswith(
                "Attempting to use uninitialized value v: run tf.global_variables_initializer() (or v.initializer) in this "
                "session first"
            )


def test_an_assertion_of_the_user_is_told_before_what_it_guards():
    """Also where the rows that are updated last are checked at its side."""
    ids, table = tf.placeholder(tf.int32, [1], name="ids"), tf.Variable(tf.zeros([3, 1]))
    later = heard(tf.cast(ids, tf.float32) * 2.0)
    asserted = tf.Assert(tf.reduce_all(later < 6.0), [ids, "are too large"])
    update = tf.scatter_add(table, ids, tf.reshape(later, [1, 1])).op
    s = started(PLAIN)
    for fetches, text in (([asserted, update], "are too large"), ([update], "indices outside of the table")):
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            s.run(fetches, {ids: [5]})
        s.run(fetches, {ids: [1]})
    assert s.run(table).tolist() == [[0.0], [4.0], [0.0]]


def test_the_host_is_called_in_one_order_inside_of_constructs():
    """As the run asks for it: what something is to come after comes before what it is computed from."""
    q, said = tf.placeholder(tf.bool, []), []

    def telling(name: str) -> Any:
        return tf.cond(q, lambda: tf.py_func(lambda: said.append(name) or np.float32(1.0), [], tf.float32), lambda: 0.0)

    value, before = telling("value"), telling("before")
    with tf.control_dependencies([before]):
        y = tf.exp(value)
    chosen = tf.cond(q, lambda: y + telling("inside"), lambda: y)
    s = Session(backend="numpy")
    for fetch, want in ((y, ["before", "value"]), (chosen, ["before", "value", "inside"])):
        said.clear()
        s.run(fetch, {q: True})
        assert said == want


def test_a_missing_value_is_told_before_the_host_does_anything():
    v, ran = tf.Variable(1.0, name="v"), []
    first = tf.py_func(lambda: ran.append(1) or np.float32(2.0), [], tf.float32)
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
        Session(backend="numpy").run(v * first)
    assert not ran


def test_a_turn_is_specialised_where_its_shapes_need_it():
    """So that it can be compiled; where they do not, one step is made for all shapes."""
    x, made = tf.placeholder(tf.float32, [None]), []

    def compile(step: Any, donate: Any) -> Any:
        made.append(step)
        return COMPILED.compile(step, donate)

    other = tf.py_func(lambda a: a, [x], tf.float32)
    other.set_shape([None])
    for fetch, anew in ((tf.reshape(other * 2.0, [tf.size(x), 1]), True), (other * 2.0, False)):
        s = Session(backend=replace(COMPILED, compile=compile))
        counts = []
        for n in (2, 3, 2):
            made.clear()
            assert s.run(fetch, {x: np.ones(n)}).size == n
            counts.append(len(made))
        assert counts[0] > 0 and (counts[1] > 0) == anew and counts[2] == 0


def test_what_a_backend_has_no_kernel_for():
    less = {k: v for k, v in PLAIN.kernels.items() if k not in ("tanh", "sin")}
    s = Session(backend=replace(PLAIN, kernels=less, lacks={"sin": "waves are hard"}))
    x = tf.placeholder(tf.float32, [], "x")
    with pytest.raises(tf.errors.UnimplementedError) as caught:
        s.run(tf.sin(tf.tanh(tf.tanh(x, name="first"))), {x: 1.0})
    assert "backend 'numpy' has no kernel for tanh, sin (waves are hard)" in str(caught.value)
    assert s.run(tf.cos(x), {x: 0.0}) == 1.0


def test_a_draw_whose_shape_is_computed():
    x = tf.placeholder(tf.float32, [None])
    drawn = tf.random_uniform(tf.shape(tf.boolean_mask(x, x > 0.0)), name="drawn")
    with pytest.raises(
        tf.errors.UnimplementedError, match="the shape of a random operation depends on computed values"
    ):
        Session(backend="numpy").run([drawn], {x: [1.0, -1.0]})


def test_a_placeholder_that_is_not_fed_is_named():
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    t = tf.as_string(x)
    for fetch in (x, x * 2.0, tf.gradients(x * x, x), t, heard(x)):
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            Session(backend="numpy").run(fetch)
        assert str(caught.value).startswith(
            "You must feed a value for placeholder tensor 'x:0' with dtype float32 and shape (?, 2)"
        )
        assert caught.value.op is x.op


@BACKENDS
def test_a_kernel_of_another_dtype_is_found_out(backend: Any):
    wrong = replace(backend, kernels={**backend.kernels, "tanh": lambda x: np.float64(x)}, spelled={})
    y = tf.tanh(tf.placeholder(tf.float32, [], "x"), name="y")
    for run in (lambda s: s.run(y, {"x:0": 1.0}), lambda s: s.run_steps(y, {"x:0": [1.0]})):
        with pytest.raises(
            tf.errors.InternalError, match="backend 'numpy' computed float64 for y:0, which holds float32"
        ):
            run(Session(backend=wrong))
