"""The source that a session generates: straight-line, in the user's names, nested where gradients are."""

from __future__ import annotations

import gc
import linecache
import weakref

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.graph import Graph
from samegraph.session import Session
from samegraph.writing.building import build
from samegraph.writing.naming import Names


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


def regression():
    x, y = tf.placeholder(tf.float32, [None, 3], name="x"), tf.placeholder(tf.float32, [None, 1], name="y")
    w = tf.Variable(tf.zeros([3, 1]), name="w")
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y), name="loss")
    return x, y, w, loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)


def test_source_is_in_the_users_names():
    x, y, _, loss, train = regression()
    p = build([train, loss], [x, y], load("numpy"), native=True)
    assert "\ndef step(x, y, w):\n" in p.source
    assert "    loss = reduce_mean(" in p.source
    assert p.source.rstrip().endswith("return (loss,), (new_w,), 0")
    assert p.route == "rules"


def test_a_matrix_keeps_its_capital():
    """But a word starts small, as names of values do."""
    big, word = tf.placeholder(tf.float32, [2], name="W"), tf.placeholder(tf.float32, [2], name="Weights")
    source = build([big * word], [big, word], load("numpy"), native=False).source
    assert "def step(W, weights):" in source, source


@pytest.mark.parametrize(
    ("name", "want"),
    [
        ("x", "x"),
        ("X", "X"),
        ("XY", "xY"),
        ("É", "É"),
        ("in/Weights", "in_Weights"),
        ("a.b-c", "a_b_c"),
        ("2nd", "t_2nd"),
        ("class", "t_class"),
        ("Class", "t_class"),
        ("_private", "t__private"),
        ("", "t_"),
        ("step", "step_1"),
        ("abs", "abs_1"),
        ("tanh", "tanh_1"),
        ("np", "np_1"),
        ("inf", "inf_1"),
        ("update_rows", "update_rows_1"),
    ],
)
def test_any_name_becomes_one_of_the_source(name, want):
    """Like the user's, and nobody else's: no keyword, builtin or kernel, and no two are one."""
    names = Names(load("numpy"))
    assert names.fresh(name) == want and names.fresh(name) != want


def test_names_that_are_taken_are_numbered_on():
    names = Names(load("numpy"))
    assert [names.fresh(n) for n in ("a", "a", "a_1", "A", "a", "b_1", "b", "b")] == [
        "a",
        "a_1",
        "a_1_1",
        "A",
        "a_2",
        "b_1",
        "b",
        "b_2",
    ]


def test_each_of_several_results_has_its_number():
    x = tf.placeholder(tf.float32, [4], name="x")
    source = build(tf.split(x, 2, name="halves"), [x], load("numpy"), native=False).source
    assert "(halves_0, halves_1,) = " in source, source


def test_the_one_result_of_a_branch_has_its_operations_name():
    """What is checked inside of a branch comes out of it beside its results, of which there is one here."""
    row, table = tf.placeholder(tf.int32, [], name="row"), tf.placeholder(tf.float32, [2], name="table")
    y = tf.cond(row > 0, lambda: tf.check_numerics(table, "bad"), lambda: -table, name="chosen")
    assert len(y.op.outputs) > 1
    source = build([y], [row, table], load("numpy"), native=True).source
    assert "(chosen, chosen_1,) = cond(" in source and "return (chosen,), (), failed" in source, source


def test_nothing_unneeded_is_computed():
    x, y, _, loss, _train = regression()
    p = build([loss], [x, y], load("numpy"), native=True)
    assert "new_w" not in p.source and "assign" not in p.source


def test_a_failing_line_is_shown_with_its_source():
    x, y, _, loss, _ = regression()
    p = build([loss], [x, y], load("numpy"), native=False)
    p.load(load("numpy"), "cpu")
    assert linecache.getlines(p.filename) == p.source.splitlines(keepends=True)


def test_every_function_that_is_made_is_shown_with_its_source():
    """Doors and runners too, in tracebacks and debuggers."""
    x = tf.placeholder(tf.float32, [2], name="shown")
    Session(backend="numpy").run(tf.exp(x, name="of_shown"), {x: [1.0, 2.0]})
    (door,) = (lines for name, lines in linecache.cache.items() if name == "<samegraph door of of_shown:0>")
    runners = [lines for name, lines in linecache.cache.items() if name.startswith("<runner of samegraph step ")]
    for _, _, lines, _ in (door, *runners):
        assert lines[0].startswith("def run(") and all(line.endswith("\n") for line in lines)


def test_a_cached_run_builds_no_program(monkeypatch):
    x, y, _w, loss, train = regression()
    s = Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    feed = {x: np.ones((2, 3)), y: np.ones((2, 1))}
    s.run([train, loss], feed)
    monkeypatch.setattr("samegraph.writing.building.build", None)
    for _ in range(3):
        s.run([train, loss], feed)


def test_programs_are_specialised_only_by_shapes_that_matter():
    x = tf.placeholder(tf.float32, [None, 4], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    s = Session(backend="numpy")
    assert "specialised no" in s.explain(tf.reduce_sum(x))
    flat = tf.reshape(x, [tf.shape(x)[0] * 2, 2])
    assert "specialised by the shapes" in s.explain(flat, {x: np.zeros((3, 4))})
    assert "x.reshape((6, 2))" in s.explain(flat, {x: np.zeros((3, 4))})
    assert "(5,)" in s.explain(tf.fill(tf.reshape(n, [1]), 1.0), {n: 5})


def test_the_shape_cache_is_bounded():
    x = tf.placeholder(tf.float32, [None])
    y = tf.reshape(x, [tf.size(x), 1])
    s = Session(backend="numpy")
    for n in range(1, 100):
        assert s.run(y, {x: np.zeros(n)}).shape == (n, 1)
    plan = next(iter(s._plans.values()))
    assert len(plan.by_shape) <= 64


def test_a_closed_session_holds_no_program():
    """Also while something still holds the session: the memory of what it compiled is given back."""
    x = tf.placeholder(tf.float32, [None])
    s = Session(backend="numpy")
    s.run(x * 2.0, {x: [1.0]})
    held = [weakref.ref(plan) for plan in s._plans.values()]
    s.close()
    gc.collect()
    assert held and all(plan() is None for plan in held)


def test_only_what_may_share_memory_is_copied():
    """A variable has memory of its own once rows of it were changed: a step does not copy it again."""
    x, v = tf.placeholder(tf.float32, [2]), tf.Variable([1.0, 2.0])
    taken = tf.assign(v, x)
    with tf.control_dependencies([taken]):
        changed = tf.scatter_add(v, [0], [1.0])
    assert build([taken], [x], load("numpy"), native=False).copied == {v.op}
    assert build([changed], [x], load("numpy"), native=False).copied == set()


def test_row_updates_come_last_and_are_checked():
    table = tf.Variable(tf.zeros([10, 2]), name="table")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    loss = tf.reduce_sum(tf.gather(table, ids))
    train = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
    lines = build([train, loss], [ids], load("numpy"), native=False).source.splitlines()
    update = next(i for i, line in enumerate(lines) if "update_rows" in line)
    assert "stop_if(failed)" in "\n".join(lines[:update]) and update == len(lines) - 2


def test_what_other_checks_say_is_not_checked_again():
    """Of two tables of equally many rows one check is enough, and of ids put together those of the parts."""
    tables = [tf.Variable(tf.zeros([10, 2])), tf.Variable(tf.zeros([10]))]
    left, right = tf.placeholder(tf.int32, [3], name="left"), tf.placeholder(tf.int32, [4], name="right")
    gathers = [tf.gather(t, ids) for t in tables for ids in (left, right)]
    update = tf.scatter_sub(tables[0], tf.concat([right, left], 0), tf.ones([7, 2]))
    text = build([*gathers, update], [left, right], load("numpy"), native=False).source
    assert text.count("indices_in_range(") == 2
    smaller = tf.gather(tf.Variable(tf.zeros([9])), left)
    text = build([*gathers, update, smaller], [left, right], load("numpy"), native=False).source
    assert text.count("indices_in_range(") == 3


def test_work_that_several_ops_need_is_done_once():
    x, labels = tf.placeholder(tf.float32, [None, 5], name="x"), tf.constant(np.eye(5, dtype=np.float32))
    loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=x)
    together = build([loss, tf.gradients(loss, x)[0]], [x], load("numpy"), native=False).source
    assert together.count("powers(x, -1)") == 1 and "softmax_of(shared)" in together, together
    assert together.index("cross_entropy_of(shared") < together.index("del shared") or together.endswith("del shared")
    alone = build([loss, tf.nn.softmax(x, 0)], [x], load("numpy"), native=False).source
    assert "powers" not in alone and "softmax_cross_entropy_with_logits(" in alone, "other axes have other work"


def test_reshapes_back_and_forth_are_none():
    """What holds the elements of a tensor in its own shape is that tensor; in another, one reshape makes it."""
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    flat, wide, lone = tf.reshape(x, [6]), tf.expand_dims(x, 0), tf.reshape(x * 2.0, [3, 2])
    back, again, other = tf.reshape(flat, [2, 3]), tf.squeeze(wide, 0), tf.reshape(tf.expand_dims(flat, 1), [6])
    whole, given = [back + again, other * flat, lone], np.arange(6, dtype=np.float32).reshape(2, 3)
    session = Session(backend="numpy", gradients="rules")
    assert session.explain(whole, {x: given}).count("reshape(") == 2
    got = session.run([*whole, back, wide, other], {x: given})
    want = [given * 2, given.ravel() ** 2, given.reshape(3, 2) * 2, given, given[None], given.ravel()]
    for g, w in zip(got, want, strict=True):
        np.testing.assert_array_equal(g, w)
    got[3][:] = -1
    assert got[5][0] == 0, "what is fetched is nobody else's memory"
    fed = session.run([back, other], {x: given, flat: np.ones(6)})
    assert np.all(fed[0] == 1) and np.all(fed[1] == 1), "a tensor that is fed is not what makes it"


def test_tables_updated_at_the_same_rows_order_them_once():
    tables = [tf.Variable(tf.zeros([10, 2])), tf.Variable(tf.zeros([10])), tf.Variable(tf.zeros([10]))]
    ids, others = tf.placeholder(tf.int32, [3], name="ids"), tf.placeholder(tf.int32, [3], name="others")
    updates = [tf.scatter_sub(t, i, tf.ones([3, *t.shape[1:]])) for t, i in zip(tables, (ids, ids, others))]
    text = build([u.op for u in updates], [ids, others], load("numpy"), native=False).source
    assert text.count("order_rows(ids)") == 1 and text.count(", ids_order,") == 2 and "order_rows(others)" not in text


def test_slices_beside_one_another_are_joined_in_the_gradient():
    x = tf.Variable(tf.zeros([6, 2]))
    parts = [tf.slice(x, [0, 0], [2, 2]), tf.slice(x, [2, 0], [4, 2])]
    whole = tf.gradients([tf.square(p) for p in parts], x)
    text = build(whole, [], load("numpy"), native=False).source
    assert "np.concatenate((" in text and "put_like" not in text
    assert "[0:2]" in text and "[2:6]" in text


def test_explain_says_what_is_compiled_and_in_place():
    table = tf.Variable(tf.zeros([10, 2]), name="table")
    step = tf.scatter_add(table, [1], [[1.0, 1.0]])
    text = Session(backend="numpy").explain(step.op)
    assert "in place    table" in text and "compiled    no" in text and "def step" in text
