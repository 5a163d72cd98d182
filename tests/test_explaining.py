"""What `Session.explain` says, row by row, of a backend that runs steps as they are and of one that compiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.session import Session

from tests.compiling import COMPILED

PLAIN = load("numpy")


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def rows(text: str) -> dict[str, str]:
    """The rows before the source, by their names."""
    head = text.split("\n\n")[0]
    return {line[:12].strip(): line[12:] for line in head.splitlines()}


def train():
    """A step that updates rows of one variable and adds what is drawn to another; a check is made."""
    table, v = tf.Variable(tf.zeros([4, 2]), name="table"), tf.Variable([1.0, 2.0], name="v")
    ids = tf.placeholder(tf.int32, [3], name="ids")
    update = tf.scatter_add(table, ids, tf.ones([3, 2]), name="update")
    return ids, update, tf.assign_add(v, tf.random_uniform([2], name="noise"), name="up")


def test_a_step_that_is_run_as_it_is():
    _, update, up = train()
    s = Session(backend="numpy")
    assert rows(s.explain([update.op, up])) == {
        "backend": f"numpy {np.__version__} on cpu",
        "gradients": "rules",
        "compiled": "no: this backend runs steps as they are",
        "64 bit": "no",
        "specialised": "no",
        "in place": "table",
        "donated": "nothing: the step is not compiled",
        "checked": "ScatterAdd (update)",
        "many steps": "one after another: the backend has no loop of its own",
    }
    text = s.explain([update.op, up])
    assert "\n\n\n" not in text and text.endswith("return (new_v,), (new_table, new_v,), failed\n")


def test_a_step_that_is_compiled():
    _, update, up = train()
    s = Session(backend=COMPILED)
    found = rows(s.explain([update.op, up]))
    assert (found["compiled"], found["in place"], found["many steps"]) == ("yes", "table", "one compiled loop")
    assert found["donated"] == "table; not v, whose old value counts if a check fails"
    assert rows(s.explain(up))["donated"] == "v" and rows(s.explain(up))["checked"] == "nothing"
    assert rows(s.explain(tf.random_uniform([])))["donated"] == "nothing"
    down = tf.assign_sub(tf.Variable([1.0, 2.0], name="w"), [1.0, 1.0])
    assert rows(s.explain([up, down]))["donated"] == "v, w"
    assert rows(s.explain([down, up]))["donated"] == "w, v"
    both = rows(s.explain([tf.check_numerics(tf.placeholder(tf.float32, [2]), "odd", name="one"), update]))
    assert both["checked"] == "odd : Tensor had NaN or Inf values (one), ScatterAdd (update)"


def test_why_steps_are_not_compiled_or_not_repeated_in_one_loop():
    _, update, up = train()
    s = Session(backend=COMPILED)
    constant = rows(s.explain(tf.constant(1.0)))
    assert constant["compiled"] == "no: the step computes nothing"
    assert constant["many steps"] == "one after another: the step is not compiled"
    x = tf.placeholder(tf.float32, [3])
    dynamic = rows(s.explain(tf.boolean_mask(x, x > 0.0)))
    assert dynamic["compiled"] == "no: a shape depends on computed values"
    assert dynamic["donated"] == "nothing: the step is not compiled"
    new = rows(s.explain(tf.assign(tf.Variable([0.0] * 3, name="w"), x + 1.0)))
    assert new["many steps"] == "one after another: the step takes no old value of w" and new["donated"] == "nothing"
    raising = Session(backend=replace(COMPILED, raises=True))
    assert rows(raising.explain(update))["many steps"] == (
        "one after another: the backend's kernels raise where a check fails, and would leave the loop half-way"
    )
    assert rows(raising.explain(up))["many steps"] == "one compiled loop"
    alone = Session(backend=replace(COMPILED, run_steps=None))
    assert rows(alone.explain(up))["many steps"] == "one after another: the backend has no loop of its own"


@pytest.mark.parametrize("backend", [PLAIN, COMPILED], ids=["as it is", "compiled"])
def test_wide_steps(backend):
    s = Session(backend=backend)
    assert rows(s.explain(tf.constant(1.0) + 2.0))["64 bit"] == "no"
    for dtype in (tf.float64, tf.int64, tf.uint64):
        x = tf.placeholder(dtype, [])
        assert rows(s.explain(tf.cast(x, tf.float32)))["64 bit"] == "yes"
        assert rows(s.explain(x))["64 bit"] == rows(s.explain(tf.constant(1, dtype)))["64 bit"] == "yes"
        assert rows(s.explain(tf.cast(tf.constant(1.0) + 1.0, dtype)))["64 bit"] == "yes"


def test_what_a_step_is_specialised_by():
    x, n = tf.placeholder(tf.float32, [None, 2]), tf.placeholder(tf.int32, [], name="n")
    plain, compiled = Session(backend="numpy"), Session(backend=COMPILED)
    fed = {x: np.zeros((3, 2))}
    faster = "by the shapes of the feeds, to be faster; from the 9th set of shapes on, one program for all"
    assert rows(plain.explain(x * 2.0))["specialised"] == "no"
    assert rows(plain.explain(x * 2.0, fed))["specialised"] == faster
    assert rows(compiled.explain(x * 2.0, fed))["specialised"] == "no"
    y = tf.placeholder(tf.float32, [])
    assert rows(plain.explain(x * y, {x: None, y: 1.0}))["specialised"] == "no", "of None the shape is not known"
    flat, filled = tf.reshape(x, [tf.shape(x)[0] * 2, 1]), tf.fill([n], 1.0)
    for s in (plain, compiled):
        assert rows(s.explain(flat, fed))["specialised"] == "by the shapes of the feeds"
        text = s.explain(filled, {"n:0": 3})
        assert rows(text)["specialised"] == "by the shapes of the feeds and by values that shapes are made of"
        assert "fill((3,)" in text
        for fetches in (flat, filled, [filled, flat]):
            assert s.explain(fetches) == (
                "this program is specialised by the shapes of its feeds; give feed_dict to see its source"
            )


def test_many_shapes_are_warned_of():
    x = tf.placeholder(tf.float32, [None])
    flat, doubled = tf.reshape(x, [tf.shape(x)[0], 1]), x * 2.0
    s = Session(backend="numpy")
    for n in range(1, 10):
        text = s.explain(flat, {x: np.zeros(n)})
        assert ("warning" in text) == (n > 8)
        assert "warning" not in s.explain(doubled, {x: np.zeros(n)})
    assert (
        "\nwarning     9 shapes were fed so far, and each is a program of its own; pad the feeds to a few shapes\n\n"
        in text
    )


def test_the_route_that_was_asked_for():
    """A program that a framework cannot differentiate is differentiated by the rules."""
    native = Session(backend=replace(PLAIN, value_and_vjp=lambda *_: pytest.fail("nothing is run")))
    x = tf.placeholder(tf.float32, [2])
    h = tf.tanh(x)
    (slope,) = tf.gradients(h * h, x)
    assert native.route == "native" and Session(backend="numpy", gradients="native").route == "rules"
    assert rows(native.explain(slope))["gradients"] == "native"
    assert rows(native.explain(slope, {x: [0.0, 0.0], h: [1.0, 1.0]}))["gradients"] == "rules (asked for: native)"


def test_runs_of_backend_and_host_in_turns():
    x = tf.placeholder(tf.float32, [2], name="x")
    v = tf.Variable([0.0, 0.0], name="v")
    heard = tf.py_func(lambda a: a, [x * 2.0], tf.float32, name="heard")
    heard.set_shape([2])
    s = Session(backend="numpy")
    text = s.explain(tf.assign(v, heard + tf.constant(1.0)))
    first, *rest = text.split("backend's part\n\n")
    assert first == "" and len(rest) == 2 and rest[0].startswith("backend     numpy ")
    assert rest[0].endswith("\n\nhost's part\n    PyFunc (heard)\n\n") and "mul" in rest[0]
    assert (
        rest[1].endswith("\n\nvariables take their new values when all parts are through\n") and "(heard, " in rest[1]
    )
    only = tf.py_func(lambda: np.float32(1.0), [], tf.float32, name="only")
    assert (
        s.explain(only)
        == "host's part\n    PyFunc (only)\n\nvariables take their new values when all parts are through\n"
    )
    free = tf.py_func(lambda a: a, [x], tf.float32)
    assert "backend's part\n\nspecialised by the shapes of its feeds" in s.explain(tf.reshape(x, tf.shape(free)))
