"""Control flow before anything runs: the source that is generated, names, the graph it leaves, its picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph import drawing
from samegraph.backend import load
from samegraph.blocks import python_loops
from samegraph.graph import Graph
from samegraph.session import Session
from samegraph.writing.building import build


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


def test_a_cond_is_two_functions_and_a_line_in_the_users_names():
    q, x = tf.placeholder(tf.bool, [], name="q"), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(q, lambda: tf.exp(x, name="up"), lambda: tf.negative(x, name="down"), name="choice")
    p = build([y], [q, x], load("numpy"), native=False)
    assert p.source == (
        "def step(q, x):\n"
        "    def choice_true():\n"
        "        choice_up = exp(x)\n"
        "        return (choice_up,)\n"
        "    def choice_false():\n"
        "        choice_down = negative(x)\n"
        "        return (choice_down,)\n"
        "    (choice,) = cond(q, choice_true, choice_false)\n"
        "    return (choice,), (), 0\n"
    )
    assert p.lines[3].name == "choice/up" and p.lines[8].type == "Cond"


def test_loop_variables_are_called_as_the_body_calls_them():
    n = tf.placeholder(tf.int32, [], name="n")
    last = tf.while_loop(lambda i, total: i < n, lambda i, total: (i + 1, total + i), [0, 0])[1]
    source = build([last], [n], load("numpy"), native=False).source
    assert "def while_body(while_i, while_total):" in source and "return (while_total_1,), (), 0" in source


def nested(depth):
    q, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])

    def nest(k):
        return tf.cond(q, lambda: nest(k - 1) * x, lambda: x + k) if k else x * x

    return [nest(depth)], [q, x]


def chained(length):
    q, x = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
    y = x
    for _ in range(length):
        y = tf.cond(q, lambda y=y: y * x, lambda y=y: tf.foldl(lambda a, e: a * e, tf.constant([1.0, 2.0]), y))
    return tf.gradients(y, x), [q, x]


@pytest.mark.parametrize("make", [nested, chained])
def test_source_is_linear_in_the_graph(make):
    def lines(size):
        with Graph().as_default():
            return build(*make(size), load("numpy"), native=False).source.count("\n")

    ten, twenty, forty = lines(10), lines(20), lines(40)
    assert forty - twenty == 2 * (twenty - ten)


def test_names_follow_the_constructs():
    x = tf.constant([1.0])
    with tf.name_scope("net"):
        y = tf.cond(tf.constant(True), lambda: x + 1.0, lambda: x * 2.0)
        z = tf.map_fn(lambda e: e, x)
    loop = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])
    assert [t.op.name for t in (y, z, loop)] == ["net/cond", "net/map", "while"]
    assert [op.type for op in (y.op, z.op, loop.op)] == ["Cond", "Scan", "Scan"]
    names = {op.name for op in tf.get_default_graph().get_operations()}
    assert {"net/cond/add", "net/cond/mul", "while/add"} <= names
    assert x in y.op.inputs and len(y.op.inputs) == 2 + sum(t.op.type == "Const" for t in y.op.inputs[2:])


def test_a_finalized_graph_runs_what_it_holds():
    x, n = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [])
    w = tf.Variable(2.0)
    y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.map_fn(lambda e: e * w, a)), [0, x])[1]
    grads = tf.gradients(y, w)[0]
    init = tf.global_variables_initializer()
    tf.get_default_graph().finalize()
    s = Session(backend="numpy")
    s.run(init)
    np.testing.assert_allclose(s.run(y, {x: [1.0, 3.0], n: 3}), [8.0, 24.0])
    np.testing.assert_allclose(s.run(grads, {x: [1.0, 3.0], n: 3}), 48.0)
    with pytest.raises(RuntimeError, match="finalized"):
        tf.cond(tf.constant(True), lambda: 1, lambda: 2)


def test_a_body_that_raises_leaves_the_graph_as_it_was():
    graph = tf.get_default_graph()
    with pytest.raises(ZeroDivisionError):
        tf.cond(tf.constant(True), lambda: 1 // 0, lambda: 2)
    assert graph.block is None and graph.scope_name == ""


def test_a_picture_shows_a_construct_as_one_node():
    q, x = tf.placeholder(tf.bool, [], name="q"), tf.placeholder(tf.float32, [2], name="x")
    y = tf.cond(q, lambda: tf.exp(x, name="up"), lambda: tf.negative(x, name="down"), name="choice")
    for targets in (y, tf.get_default_graph()):
        picture = drawing.draw(targets)
        assert ">choice<" in picture and ">down<" not in picture


def test_a_backend_that_compiles_but_has_no_verb_runs_uncompiled():
    q = tf.placeholder(tf.bool, [])
    y = tf.cond(q, lambda: tf.constant(1.0), lambda: tf.constant(2.0))
    compiled = []

    def compile(step, donate):
        compiled.append(step)
        return step

    numpy = load("numpy")
    half = replace(numpy, compile=compile, ok_all=lambda flags: 0)
    s = Session(backend=half)
    assert s.run(y, {q: False}) == 2.0 and not compiled
    assert "the backend has no Cond for compiled steps" in s.explain(y)
    whole = replace(half, cond=python_loops.cond)
    assert Session(backend=whole).run(y, {q: False}) == 2.0 and compiled


def run(fetches, feeds=None):
    return Session(backend="numpy").run(fetches, feeds)


@pytest.mark.parametrize(
    ("test", "step", "start", "end"),
    [
        (lambda i: i < 7, lambda i: i + 2, 1, 7),
        (lambda i: i < 8, lambda i: i + 3, 1, 10),
        (lambda i: i <= 7, lambda i: i + 2, 1, 9),
        (lambda i: i <= 6, lambda i: i + 3, 1, 7),
        (lambda i: i < 7, lambda i: 2 + i, 1, 7),
        (lambda i: i < tf.constant(7), lambda i: i + tf.constant(2), 1, 7),
        (lambda i: i < 3, lambda i: i + 1, 9, 9),
        (lambda i: i < 3, lambda i: i + 1, tf.int64.max - 2, tf.int64.max - 2),
        (lambda i: tf.logical_and(i < 9, i <= 4), lambda i: i + 2, 1, 5),
        (lambda i: tf.logical_and(i < 4, i <= 9), lambda i: i + 2, 1, 5),
        (lambda i: tf.logical_and(tf.logical_and(i < 9, i < 4), i < 6), lambda i: i + 1, 1, 4),
    ],
)
def test_a_loop_that_counts_has_a_known_length(test, step, start, end):
    loop = tf.while_loop(test, step, [start])
    assert loop.op.type == "Scan" and run(loop) == end


@pytest.mark.parametrize(
    ("test", "step", "start", "end"),
    [
        (lambda i: tf.not_equal(i, 7), lambda i: i + 2, 1, 7),
        (lambda i: i > 3, lambda i: i + 1, 0, 0),
        (lambda i: i >= 3, lambda i: i + 1, 0, 0),
        (lambda i: tf.equal(i, 3), lambda i: i + 1, 0, 0),
        (lambda i: tf.less(7, tf.identity(i)), lambda i: i + 1, 1, 1),
        (lambda i: tf.less(7, i), lambda i: i + 1, 1, 1),
        (lambda i: i * i < 20, lambda i: i + 1, 1, 5),
        (lambda i: i < 10, lambda i: i * 2, 1, 16),
        (lambda i: i < 10, lambda i: i + i, 1, 16),
        (lambda i: i < 3, lambda i: i + 0, 5, 5),
        (lambda i: i < 3, lambda i: i + -1, 5, 5),
        (lambda i: i < 3, lambda i: i - 1, 5, 5),
        (lambda i: i < 2.0, lambda i: i + 0.5, 0.0, 2.0),
        (lambda i: tf.logical_or(i < 2, i < 4), lambda i: i + 1, 0, 4),
        (lambda i: tf.logical_and(i < 9, tf.not_equal(i, 4)), lambda i: i + 2, 0, 4),
        (lambda i: tf.cond(i < 5, lambda: i < 3, lambda: i < 9), lambda i: i + 1, 0, 3),
        (lambda i: i < tf.maximum(i, 3), lambda i: i + 1, 0, 3),
    ],
)
def test_a_loop_by_another_condition_or_step_runs_until_it_fails(test, step, start, end):
    loop = tf.while_loop(test, step, [start])
    assert loop.op.type == "While" and run(loop) == end


def test_loops_of_several_variables_run_as_long_as_their_conditions_hold():
    """Only what is counted by a constant, up to what does not change, is of known length."""
    fed = tf.placeholder(tf.int32, [])
    taken = tf.while_loop(lambda i, j: i < 10, lambda i, j: (2 + j, j + 3), [0, 1])
    nearing = tf.while_loop(lambda i, j: i < j, lambda i, j: (i + 1, j - 1), [0, 6])
    both = tf.while_loop(lambda i, j: tf.logical_and(i < 5, j < 3), lambda i, j: (i + 1, j + 2), [0, 0])
    by_fed = tf.while_loop(lambda i, j: i < 5, lambda i, j: (i + fed, j + 1), [0, 0])
    from_fed = tf.while_loop(lambda i, j: i < 5, lambda i, j: (i + 1, j + 1), [fed, 0])
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    eaten = tf.while_loop(lambda i, a: i < tf.size(a), lambda i, a: (i + 1, a[1:]), [0, tf.range(6)], shapes)
    same_size = tf.while_loop(lambda i, a: i < tf.size(a), lambda i, a: (i + 1, a * 2), [0, tf.range(3)])
    assert [loop[0].op.type for loop in (taken, nearing, both, by_fed, from_fed, eaten, same_size)] == (
        ["While", "While", "Scan", "While", "While", "While", "Scan"]
    )
    for limit in (fed, fed * 2, fed + tf.size(tf.placeholder(tf.float32, [None]))):
        assert tf.while_loop(lambda i: i < limit, lambda i: i + 1, [0]).op.type == "While"  # noqa: B023
    assert run([taken, nearing, both]) == [[12, 13], [3, 3], [2, 4]]
    assert run([by_fed, from_fed], {fed: 3}) == [[6, 2], [5, 2]]
    got = run([*eaten, *same_size])
    assert got[0] == 3 and got[1].tolist() == [3, 4, 5] and got[2] == 3 and got[3].tolist() == [0, 8, 16]


@pytest.mark.parametrize("dtype", ["int64", "uint8", "int8"])
def test_a_loop_counts_in_every_dtype_of_whole_numbers(dtype):
    loop = tf.while_loop(lambda i: i < 7, lambda i: i + 2, [tf.constant(1, dtype)])
    most = tf.while_loop(lambda i: i < 7, lambda i: i + 2, [tf.constant(1, dtype)], maximum_iterations=2)
    got = run([loop, most])
    assert got == [7, 5] and [v.dtype for v in got] == [dtype, dtype]


def test_a_length_is_counted_in_the_dtype_of_its_conditions():
    x = tf.placeholder(tf.float32, [None])
    n = tf.shape(x)[0]
    loop = tf.while_loop(lambda i, a: tf.logical_and(i < n, i < 9), lambda i, a: (i + 1, a * 2.0), [0, 1.0])[1]
    mixed = tf.while_loop(
        lambda i, j, a: tf.logical_and(i < n, j < 9),
        lambda i, j, a: (i + 1, j + 1, a * 2.0),
        [0, tf.constant(7, tf.int64), 1.0],
    )[2]
    assert loop.op.type == mixed.op.type == "Scan"
    assert loop.op.inputs[0].dtype == tf.int32 and mixed.op.inputs[0].dtype == tf.int64
    assert run([loop, mixed], {x: [1.0]}) == [2.0, 2.0]
    assert run([loop, mixed], {x: np.ones(12)}) == [512.0, 4.0]


def test_every_function_of_a_long_case_is_asked_once():
    """However many there are, each predicate decides where none before it holds."""
    for n in (1, 4, 5, 9):
        asked = []

        def answer(k, asked=asked):
            asked.append(k)
            return tf.constant(k)

        preds = [tf.placeholder(tf.bool, []) for _ in range(n)]
        picked = tf.case([(p, lambda k=k: answer(k)) for k, p in enumerate(preds)], default=lambda n=n: answer(n))
        last = tf.case([(p, lambda k=k: tf.constant(k)) for k, p in enumerate(preds)])
        assert sorted(asked) == list(range(n + 1))
        for k in range(n):
            holds = [i >= k and (i - k) % 2 == 0 for i in range(n)]
            assert run([picked, last], dict(zip(preds, holds, strict=True))) == [k, k]
        assert run(picked, dict.fromkeys(preds, False)) == n


def test_cases_may_come_as_a_dict():
    p, q = tf.placeholder(tf.bool, []), tf.placeholder(tf.bool, [])
    y = tf.case({p: lambda: [tf.constant(1)], q: lambda: [tf.constant(2)]}, default=lambda: [tf.constant(3)])
    assert run(y, {p: False, q: True}) == 2
    for n in (1, 9):
        strict = tf.case([(p, lambda: [tf.constant(1)])] * n, default=lambda: [tf.constant(3)], strict=True)
        assert isinstance(strict, list) and run(strict, {p: False}) == [3]


def test_structures_of_loop_variables():
    """One alone comes without its list; a list, a tuple and a dict come back as they were."""
    shape = tf.TensorShape([None])
    x = tf.placeholder(tf.int32, [2])
    alone = tf.while_loop(lambda a: tf.size(a) < 5, lambda a: tf.concat([a, a], 0), x, shape)
    listed = tf.while_loop(lambda a: tf.size(a) < 5, lambda a: tf.concat([a, a], 0), [x], [shape])
    kept = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], return_same_structure=True)
    most = {"maximum_iterations": 2}
    once = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], parallel_iterations=1, return_same_structure=True)
    assert isinstance(once, list)
    bounded = tf.while_loop(lambda i: i < 3, lambda i: i + 1, (0,), return_same_structure=True, **most)
    plain = tf.while_loop(lambda i: i < 3, lambda i: i + 1, 0, **most)
    grown = tf.while_loop(lambda a: tf.size(a) < 9, lambda a: tf.concat([a, a], 0), x, shape, **most)
    pair = tf.while_loop(lambda d, i: i < 3, lambda d, i: ({"a": d["a"] + i, "b": i}, i + 1), ({"b": 7, "a": 1}, 0))
    got = run([alone, listed, kept, bounded, plain, grown, pair], {x: [1, 2]})
    assert [g.tolist() for g in (got[0], got[1], got[5])] == [[1, 2] * 4] * 3
    assert isinstance(kept, list) and isinstance(bounded, tuple) and isinstance(plain, tf.Tensor)
    assert got[2:5] == [[3], (2,), 2] and got[6] == ({"a": 4, "b": 2}, 3)


def test_python_numbers_take_the_dtype_of_what_is_carried():
    wide, exact = tf.constant(5, tf.int64), tf.constant(0.5, tf.float64)
    loop = tf.while_loop(lambda i, a, b: i < 2, lambda i, a, b: (i + 1, 3, 0.1), [0, wide, exact])
    fold = tf.foldl(lambda a, e: 0.1, tf.constant([1.0, 2.0]), initializer=exact)
    first = tf.foldl(lambda a, e: 7, tf.constant([1, 2], tf.int64))
    got = run([*loop, fold, first])
    assert [v.dtype for v in got] == ["int32", "int64", "float64", "float64", "int64"]
    assert got == [2, 3, 0.1, 0.1, 7]


def test_a_table_is_known_behind_what_hands_it_on():
    """Its gradient is of the rows alone, however the branch or the body came by the table."""
    q, ids = tf.placeholder(tf.bool, []), tf.placeholder(tf.int32, [None])
    for hand in (lambda v: v, tf.identity, lambda v: v.read_value(), lambda v: tf.identity(tf.identity(v))):
        table, kept = tf.Variable(tf.ones([4, 2])), tf.Variable(tf.ones([4, 2]), trainable=False)
        rows, columns, still = hand(table), tf.gather(table, [1], axis=1), tf.gather(hand(kept), ids)
        branch = tf.cond(q, lambda: tf.reduce_sum(tf.gather(rows, ids)), lambda: 0.0)  # noqa: B023
        body = tf.map_fn(lambda i: tf.reduce_sum(tf.gather(rows, i)), ids, dtype=tf.float32)  # noqa: B023
        for y in (branch, body):
            assert isinstance(tf.gradients(y, table)[0], tf.IndexedSlices)
        assert isinstance(tf.gradients(columns, table)[0], tf.Tensor)
        gathered = {"cond/gathered", "cond_1/gathered"}
        before = {op.name for op in tf.get_default_graph().get_operations() if op.type == "Cond"}
        tf.cond(q, lambda: tf.gather(hand(kept), ids) + still, lambda: tf.zeros([1, 2]))  # noqa: B023
        after = {op.name for op in tf.get_default_graph().get_operations() if op.type == "Cond"}
        assert len(after - before) == 1 and not gathered & (after - before)


def refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_what_a_cond_refuses():
    yes, one = tf.constant(True), lambda: tf.constant(1)
    for make, error, words in (
        (lambda: tf.cond(yes, 1, one), TypeError, "'true_fn' must be callable"),
        (lambda: tf.cond(yes, one, 1), TypeError, "'false_fn' must be callable"),
        (lambda: tf.cond(yes, lambda: None, one), ValueError, "'true_fn' must have a return value"),
        (lambda: tf.cond(yes, one, lambda: None), ValueError, "'false_fn' must have a return value"),
        (lambda: tf.cond(yes, list, list), ValueError, "must return at least one result"),
        (lambda: tf.cond(yes, lambda: (1, 2), one), ValueError, r"first: \(1, 2\)\n  second: <tf.Tensor"),
        (lambda: tf.cond(yes, lambda: (1, 2), lambda: [1, 2]), TypeError, "sequence type: tuple and list"),
        (lambda: tf.cond(yes, lambda: {"a": 1}, lambda: {"b": 1}), ValueError, "first: {'a': 1}\n  second: {'b': 1}"),
        (lambda: tf.cond(yes, lambda: [1, (2, 3)], lambda: [1, (2,)]), ValueError, "same nested structure"),
        (
            lambda: tf.cond(yes, lambda: (1, 1), lambda: (1, 2.0)),
            ValueError,
            r"Received int32 from 'true_fn' \(.*\) and float32 from 'false_fn' \(.*\)",
        ),
        (
            lambda: tf.cond(tf.placeholder(tf.bool, [None]), one, one),
            ValueError,
            r"'pred' must be a scalar, got .*\(\?,\)",
        ),
    ):
        refused(make, error, words)
    assert tf.cond(tf.placeholder(tf.bool), one, one).op.type == "Cond"


def test_what_a_case_refuses():
    yes, one = tf.constant(True), lambda: tf.constant(1)
    for pairs in ([[yes, one]], [(yes, one), (yes, one, one)], [(yes,)], [(yes, 1)]):
        refused(lambda pairs=pairs: tf.case(pairs, one), TypeError, "must be a tuple")
    refused(lambda: tf.case([(yes, one)], 1), TypeError, "'default' must be callable")
    refused(lambda: tf.case([], one), ValueError, "holds no pair")
    refused(lambda: tf.case([(1, one)], one), TypeError, "case: a predicate must hold a bool")


def test_what_a_while_loop_refuses():
    def loop(body, init, **how):
        return lambda: tf.while_loop(how.pop("test", lambda i, *_: i < 3), body, init, **how)

    def up(i):
        return i + 1

    def both(i, a):
        return i + 1, a

    one, two = tf.TensorShape([]), tf.TensorShape([2])
    for make, error, words in (
        (loop(up, None), ValueError, "'loop_vars' must be provided"),
        (loop(1, [0]), TypeError, "'body' must be callable"),
        (loop(up, [0], test=1), TypeError, "'cond' must be callable"),
        (loop(up, [0], parallel_iterations=0), TypeError, "positive integer"),
        (loop(up, [0], parallel_iterations=2.0), TypeError, "positive integer"),
        (loop(up, [0], maximum_iterations=2.0), ValueError, "must be a scalar integer"),
        (loop(up, [0], maximum_iterations=[2]), ValueError, "must be a scalar integer"),
        (
            loop(both, [0, tf.zeros([2])], shape_invariants=[one]),
            ValueError,
            "do not have the structure of the loop var",
        ),
        (loop(both, [0, (1, 2)], shape_invariants=[one, one]), ValueError, "do not have the structure of the loop var"),
        (
            loop(both, [0, tf.zeros([3])], shape_invariants=[one, two]),
            ValueError,
            r"enters the loop with shape \(3,\), but the specified shape invariant is \(2,\)",
        ),
        (
            loop(lambda i, a: (i + 1, tf.placeholder_with_default([1.0], [None])), [0, tf.zeros([2])]),
            ValueError,
            r"enters the loop with shape \(2,\), but has shape \(\?,\) after one iteration",
        ),
        (
            loop(lambda i, a: (i + 1, tf.constant(0.5)), [0, 1]),
            TypeError,
            "enters the loop as int32, but is float32 after one",
        ),
        (loop(lambda i, a: (i + 1,), (0, (1, 2))), ValueError, "first: .*\n  second: "),
        (loop(lambda i, a: (i + 1, [a[0], 2]), (0, (1, 2))), TypeError, "sequence type: tuple and list"),
    ):
        refused(make, error, words)
    wide = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.zeros([2])), [0, tf.zeros([3])], [one, [None]])[1]
    assert wide.shape.as_list() == [None] and run(wide).tolist() == [0, 0]


def test_what_goes_through_elements_refuses():
    x = tf.constant([1.0, 2.0])
    for make, error, words in (
        (lambda: tf.map_fn(1, x), TypeError, "The provided function 1 is not callable"),
        (lambda: tf.scan(1, x), TypeError, "The provided function 1 is not callable"),
        (lambda: tf.map_fn(lambda e: e, []), ValueError, "elems holds no tensor"),
        (lambda: tf.foldl(lambda a, e: e, (x, tf.constant(1.0))), ValueError, "not scalars"),
        (lambda: tf.map_fn(lambda e: e, tf.placeholder(tf.float32)), ValueError, "the rank of .* is not known"),
        (lambda: tf.map_fn(lambda e: e, (x, tf.zeros([3]))), ValueError, "Dimensions 2 and 3 are not compatible"),
        (lambda: tf.map_fn(lambda e: (e, e), x, dtype=[x.dtype] * 2), TypeError, "sequence type: list and tuple"),
        (lambda: tf.map_fn(lambda e: (e, e), x), ValueError, r"first: <tf.Tensor.*\n  second: \(<tf.Tensor"),
        (lambda: tf.map_fn(lambda e: e, x, dtype=tf.int32), TypeError, "holds float32, but int32 is expected"),
        (lambda: tf.scan(lambda a, e: [a[0], e], x, initializer=(1.0, 2.0)), TypeError, "type: tuple and list"),
        (lambda: tf.scan(lambda a, e: tf.cast(a, tf.int32), x), TypeError, "as float32, but is int32 after one"),
    ):
        refused(make, error, words)


def test_names_of_bounded_loops_and_of_parameters_without_a_name():
    loop = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], maximum_iterations=2, name="mine")
    other = tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0], name="yours")
    assert loop.op.name == "mine" and other.op.name == "yours"
    for name, make in (("mapped", tf.map_fn), ("folded", tf.foldl), ("last", tf.foldr), ("scanned", tf.scan)):
        made = make(lambda a, e=0: a, tf.constant([1.0, 2.0]), name=name)
        assert made.op.name.split("/")[0] == name

    def inputs(body, init):
        made = tf.while_loop(lambda *_: tf.constant(False), body, init)[0].op
        return [[t.op.name.split("/")[-1].rstrip("_0123456789") for t in b.inputs] for b in made.attrs["blocks"]]

    assert inputs(lambda i, _total: (i, _total), [0, 1]) == [["cond_i", "cond_total"], ["i", "total"]]
    for body in (lambda i, _: (i, _), lambda *v: v, lambda i, a, b=0: (i, a), lambda i, *rest: (i, *rest)):
        assert inputs(body, [0, 1]) == [["cond_Var"] * 2, ["Var"] * 2]
    assert inputs(lambda i, a: (i, a), [0, (1, 2)]) == [["cond_Var"] * 3, ["Var"] * 3]


def test_folds_and_scans_go_their_way():
    x = tf.constant([1.0, 2.0, 5.0])

    def less(a, e):
        return e - 2.0 * a

    assert run([tf.foldl(less, x), tf.foldr(less, x)]) == [5, 17]
    assert run([tf.foldl(less, x, 10.0), tf.foldr(less, x, 10.0)]) == [-75, -63]
    assert run(tf.scan(less, x)).tolist() == [1, 0, 5]
    assert run(tf.scan(less, x, reverse=True)).tolist() == [17, -8, 5]
    for name, made in (
        ("map", tf.map_fn(tf.negative, x)),
        ("foldl", tf.foldl(less, x)),
        ("scan", tf.scan(less, x, 1.0)),
    ):
        assert made.op.name.split("/")[0].split("_")[0] == name
    assert tf.foldr(less, x).op.name.startswith("foldr")


@pytest.mark.parametrize("first", [True, False])
def test_rows_that_a_branch_did_not_pick_are_zeros_of_the_table(first):
    q, ids = tf.placeholder(tf.bool, []), tf.placeholder(tf.int32, [None])
    table = tf.Variable(tf.reshape(tf.cast(tf.range(12), tf.float64), [4, 3]))
    branches = (lambda: tf.reduce_sum(tf.gather(table, ids) * 2.0), lambda: tf.constant(0.0, tf.float64))
    g = tf.gradients(tf.cond(q, *(branches if first else branches[::-1])), table)[0]
    s = Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    picked, others = (s.run(g, {q: holds, ids: [3, 1]}) for holds in (first, not first))
    assert picked.values.dtype == others.values.dtype == np.float64
    assert picked.values.tolist() == [[2.0] * 3] * 2 and picked.indices.tolist() == [3, 1]
    assert others.values.tolist() == [[0.0] * 3] * 2
