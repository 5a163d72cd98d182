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
