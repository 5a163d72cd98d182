"""What a session prepares once and answers: structures of fetches, callables, many steps in one call, steps by shape."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, namedtuple
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import BackendError, load
from samegraph.graph import Graph, session_stack
from samegraph.running import runners
from samegraph.running.fetches import parse
from samegraph.session import Session

from tests.compiling import COMPILED

EACH = pytest.mark.parametrize("backend", [load("numpy"), COMPILED], ids=["step by step", "one loop"])


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g
    session_stack().clear()  # a test that fails leaves the others nothing


def counting(rows: int = 1) -> tuple[Any, Any, Any]:
    """What is fed, a train op that subtracts it from a variable, and the sum of what the variable was."""
    x = tf.placeholder(tf.float32, [rows], name="x")
    total = tf.Variable(tf.zeros([rows]), name="total")
    return x, tf.assign_sub(total, x), tf.reduce_sum(total)


def started(**options: Any) -> Session:
    s = Session(backend=options.pop("backend", "numpy"), **options)
    s.run(tf.global_variables_initializer())
    return s


# Where it runs, and until when --------------------------------------------------------------------------------------------


def test_a_backend_is_named_by_argument_configuration_or_environment(monkeypatch):
    monkeypatch.setenv("SAMEGRAPH_BACKEND", "nowhere")
    with pytest.raises(BackendError, match="no backend named 'nowhere'"):
        Session()
    assert Session(backend="numpy").backend is load("numpy")
    configured = tf.ConfigProto(backend="numpy")
    assert Session(config=configured).backend is load("numpy")
    assert Session(config=configured, backend=COMPILED).backend is COMPILED
    with pytest.raises(BackendError, match="nowhere"):
        Session(config=tf.ConfigProto())
    monkeypatch.setenv("SAMEGRAPH_BACKEND", "")
    assert Session().backend is load("numpy")
    with pytest.raises(
        ValueError, match=r"target must be empty, got 'grpc://there' \(name a backend with backend=\.\.\.\)"
    ):
        Session("grpc://there")


def test_a_device_and_a_route_are_named_by_argument_or_environment(monkeypatch):
    native = replace(load("numpy"), value_and_vjp=lambda *_: None)
    assert Session(backend="numpy").device == "cpu" and Session(backend=native).route == "native"
    assert Session(backend=replace(native, default_route="rules")).route == "rules"
    assert Session(backend=native, gradients="rules").route == "rules"
    assert Session(backend="numpy", gradients="native").route == "rules", "where there is no other"
    monkeypatch.setenv("SAMEGRAPH_GRADIENTS", "rules")
    assert Session(backend=native).route == "rules" and Session(backend=native, gradients="native").route == "native"
    monkeypatch.setenv("SAMEGRAPH_GRADIENTS", "by hand")
    with pytest.raises(ValueError, match="gradients must be one of native, rules, got 'by hand'"):
        Session(backend="numpy")
    monkeypatch.delenv("SAMEGRAPH_GRADIENTS")
    monkeypatch.setenv("SAMEGRAPH_DEVICE", "abacus")
    with pytest.raises(ValueError, match="numpy has no device 'abacus' here; present: cpu"):
        Session(backend="numpy")
    assert Session(backend="numpy", device="/CPU:0").device == "cpu"


def test_compiling_is_what_the_backend_does_or_what_is_asked():
    plain, asked = (
        load("numpy"),
        replace(load("numpy"), if_compiling={"compile": COMPILED.compile, "ok_all": COMPILED.ok_all}),
    )
    assert Session(backend=plain).backend is plain and Session(backend=COMPILED, compile=True).backend is COMPILED
    without = Session(backend=COMPILED, compile=False).backend
    assert (without.compile, without.ok_all, without.barrier, without.run_steps) == (None,) * 4
    assert Session(backend=asked).backend.compile is None
    found = Session(backend=asked, compile=True).backend
    assert (found.compile, found.ok_all) == (COMPILED.compile, COMPILED.ok_all)
    with pytest.raises(ValueError, match="backend 'numpy' compiles nothing; leave compile out"):
        Session(backend=plain, compile=True)


def test_a_session_is_of_the_default_graph_or_of_the_one_given(graph):
    other = Graph()
    assert Session(backend="numpy").graph is graph is Session(backend="numpy").graph_def
    s = Session(graph=other, backend="numpy")
    with s as entered:
        assert entered is s is tf.get_default_session() and tf.get_default_graph() is other
        one = tf.constant(1.0)
        assert one.eval() == 1.0
    assert tf.get_default_session() is None and tf.get_default_graph() is graph
    with pytest.raises(RuntimeError, match="closed"):
        s.run(one)
    assert repr(s).startswith("<samegraph.Session on numpy ") and repr(s).endswith(" (cpu), gradients by rules>")


def test_default_sessions_nest():
    """Also one inside of itself, and where an error leaves one: what was the default before is the default again."""
    v = tf.Variable(0.0)
    one, two = started(), started()
    one.run(tf.assign(v, 1.0))
    two.run(tf.assign(v, 2.0))
    with one.as_default() as same:
        assert same is one and v.eval() == 1.0
        with two.as_default():
            with one.as_default():
                assert v.eval() == 1.0
            assert v.eval() == 2.0 and tf.get_default_session() is two
            with pytest.raises(KeyError), one.as_default():
                raise KeyError
            assert tf.get_default_session() is two
        assert tf.get_default_session() is one
    assert tf.get_default_session() is None and one.run(v) == 1.0


def test_contexts_of_one_session_nest():
    s = Session(graph=Graph(), backend="numpy")
    with s.graph.as_default():
        v = tf.Variable(3.0)
        s.run(v.initializer)
    with s.as_default(), s:
        assert s.run(v) == 3.0
    assert tf.get_default_session() is None


def test_an_interactive_session_is_the_default_until_it_is_closed():
    first = tf.InteractiveSession(backend="numpy")
    second = tf.InteractiveSession(backend="numpy", gradients="rules")
    assert tf.get_default_session() is second
    first.close()
    assert tf.get_default_session() is second
    second.close()
    second.close()
    assert tf.get_default_session() is None
    with pytest.raises(RuntimeError, match="closed"):
        first.run(tf.constant(1.0))


@EACH
def test_a_closed_session_keeps_nothing(backend: Any):
    v, x = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    s = started(backend=backend)
    door = s.make_callable(v + x, [x])
    assert door(1.0) == 2.0 and s.run_steps(v, steps=1).tolist() == [1.0]
    s.close()
    for call in (
        lambda: door(1.0),
        lambda: s.run_steps(v, steps=1),
        lambda: s.run_steps(v + x, {x: [1.0]}),
        lambda: s.run_steps(x * 2.0, {x: [1.0]}),
        lambda: s.run_steps(x * 2.0, [{x: 1.0}]),
        lambda: s.snapshot([v.op]),
        lambda: s.restore({v.op: np.float32(1.0)}),
    ):
        with pytest.raises(RuntimeError, match="Attempted to use a closed Session"):
            call()


def test_values_and_draws_are_kept_and_put_back():
    v, wide = tf.Variable([1.0, 2.0]), tf.Variable(np.array([1.0, 2.0]))
    noise, never = tf.random_normal([3], seed=1), tf.Variable(0.0, name="never")
    s = Session(backend="numpy")
    s.run([v.initializer, wide.initializer])
    s.run(noise)
    values, draws = s.snapshot([v.op, wide.op])
    assert [values[o].tolist() for o in (v.op, wide.op)] == [[1.0, 2.0], [1.0, 2.0]]
    second = s.run(noise)
    s.run([tf.assign_add(v, [1.0, 1.0]), tf.assign_add(wide, [1.0, 1.0])])
    values[v.op][0] += 10.0
    assert s.run(v).tolist() == [2.0, 3.0], "the arrays are the caller's own"
    s.restore(values)
    assert s.run(v).tolist() == [11.0, 2.0] and s.run(wide).dtype == np.float64
    values[v.op][0] = -1.0
    assert s.run(v).tolist() == [11.0, 2.0]
    assert not np.array_equal(s.run(noise), second), "draws go on where nothing is said of them"
    s.restore({}, draws)
    assert np.array_equal(s.run(noise), second) and s.random.state() == s.snapshot([])[1]
    with pytest.raises(tf.errors.FailedPreconditionError, match="never"):
        s.snapshot([never.op])


@pytest.mark.parametrize("held", [0.005, 0.1], ids=["shortly", "for long"])
def test_a_run_waits_for_another_threads_run(held: float):
    """However long it takes: their effects come one after another, and whoever comes later runs at once."""
    inside, said = threading.Event(), []

    def slow() -> Any:
        said.append("begins")
        inside.set()
        time.sleep(held)
        said.append("ends")
        return np.float32(0.0)

    s = Session(backend="numpy")
    heard, constant = tf.py_func(slow, [], tf.float32), tf.constant(1.0)
    assert s.run(constant) == 1.0
    first = threading.Thread(target=s.run, args=(heard,), daemon=True)
    second = threading.Thread(target=lambda: (inside.wait(10), said.append(s.run(constant))), daemon=True)
    for t in (first, second):
        t.start()
    for t in (first, second):
        t.join(10)
        assert not t.is_alive()
    assert said == ["begins", "ends", 1.0]
    third = threading.Thread(target=lambda: said.append(s.run(constant)), daemon=True)
    third.start()
    third.join(10)
    assert said[3:] == [1.0] and s.run(constant) == 1.0


# Fetches and feeds --------------------------------------------------------------------------------------------------------


def test_structures_come_back_as_they_were_asked_for():
    a, b = tf.constant(1, name="a"), tf.constant(2, name="b")
    pair = namedtuple("pair", "first second")

    class Mine(list):
        pass

    s = Session(backend="numpy")
    for fetches, want in (
        ([], []),
        ((), ()),
        ({}, {}),
        ([[]], [[]]),
        ((a,), (1,)),
        (((a,), [b, ()]), ((1,), [2, ()])),
        ([a, [b, a], {"k": (b,)}], [1, [2, 1], {"k": (2,)}]),
        ([a.op, b], [None, 2]),
        ((b, a.op), (2, None)),
        ({"x": [a, a.op], 1: "b:0"}, {"x": [1, None], 1: 2}),
        (pair(a, pair([b], a)), pair(1, pair([2], 1))),
        (["a", "b:0"], [None, 2]),
    ):
        for _ in range(2):
            found = s.run(fetches)
            assert found == want and type(found) is type(want)
            assert s.make_callable(fetches)() == want
    assert type(s.run(Mine([a, b]))) is list and s.run(Mine([a, b])) == [1, 2]
    ordered = s.run(OrderedDict([("z", a), ("y", b)]))
    assert type(ordered) is OrderedDict and list(ordered.items()) == [("z", 1), ("y", 2)]


def test_slices_of_a_gradient_come_back_as_slices():
    table = tf.Variable(np.arange(6.0).reshape(3, 2))
    (slices,) = tf.gradients(tf.gather(table, [2, 0]) * 3.0, [table])
    s = started()
    for fetches in ([slices, slices.indices], [slices, [slices]], {"s": slices, "i": slices.indices}):
        for _ in range(2):
            found = s.run(fetches)
            alone = found["s"] if isinstance(found, dict) else found[0]
            assert isinstance(alone, tf.IndexedSlices) and alone.like is slices.like
            assert alone.indices.tolist() == [2, 0] and alone.values.tolist() == [[3.0, 3.0], [3.0, 3.0]]


@pytest.mark.parametrize(
    ("fetches", "kind", "text"),
    [
        (None, TypeError, "Fetch argument None has invalid type <class 'NoneType'>"),
        ([None], TypeError, "Fetch argument None has invalid type <class 'NoneType'>"),
        (3, TypeError, "Fetch argument 3 cannot be interpreted as a Tensor. (Can not convert a int into"),
        ({"k": 1.5}, TypeError, "Fetch argument 1.5 cannot be interpreted as a Tensor."),
        ("nothing", ValueError, "Fetch argument 'nothing' cannot be interpreted as a Tensor."),
        (["nothing:0"], ValueError, "Fetch argument 'nothing:0' cannot be interpreted as a Tensor."),
    ],
)
def test_what_cannot_be_fetched(fetches, kind, text):
    with pytest.raises(kind) as caught:
        Session(backend="numpy").run(fetches)
    assert str(caught.value).startswith(text)


def test_what_lies_inside_a_branch_is_neither_fetched_nor_fed():
    x, inside = tf.placeholder(tf.float32, []), []
    y = tf.cond(x > 0.0, lambda: inside.append(x * 2.0) or inside[0] + 1.0, lambda: x)
    s = Session(backend="numpy")
    for fetch in (inside[0], inside[0].op):
        with pytest.raises(
            ValueError, match="lies inside a cond or loop and cannot be fetched; return it from the branch"
        ):
            s.run([y, fetch], {x: 1.0})
    with pytest.raises(
        ValueError, match=r"Tensor .* may not be fed: it lies inside a cond or loop, made at .*test_session"
    ):
        s.run(y, {x: 1.0, inside[0]: 3.0})


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("x", "Cannot interpret feed_dict key as Tensor: 'x': 'x' is the name of an operation"),
        ("y:0", "Cannot interpret feed_dict key as Tensor: 'y:0': "),
        (3, "Cannot interpret feed_dict key as Tensor: 3: Can not convert a int into"),
        (None, "Cannot interpret feed_dict key as Tensor: None: "),
    ],
)
def test_what_cannot_be_fed_for(key, text):
    x = tf.placeholder(tf.float32, [], name="x")
    with pytest.raises(TypeError) as caught:
        Session(backend="numpy").run(x, {x: 1.0, key: 1.0})
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(
    ("wanted", "given", "hint"),
    [
        ([2, 3], (3, 2), "; its transpose would fit"),
        ([None, 3], (3, 5), "; its transpose would fit"),
        ([2, 3], (3, 3), ""),
        ([2, 3, 4], (4, 3, 2), ""),
        ([None, 1], (5,), "; value.reshape(-1, 1) or value[:, None] would fit"),
        ([None, 2, 1], (5, 2), "; value[..., None] would fit"),
        ([1, None], (5,), "; value[None] would fit"),
        ([1, 2, 3], (2, 3), "; value[None] would fit"),
        ([None, 3], (5,), ""),
        ([2], (3,), ""),
        ([], (3,), ""),
        ([3], (3, 1), ""),
        ([1], (), "; value[..., None] would fit"),
        ([None, None, 1, 1], (2, 2), ""),
    ],
)
def test_a_shape_that_cannot_be_fed_and_what_would_fit(wanted, given, hint):
    x = tf.placeholder(tf.float32, wanted, name="x")
    with pytest.raises(ValueError) as caught:
        Session(backend="numpy").run(x, {x: np.zeros(given)})
    first, second = str(caught.value).split("\n")
    assert first == f"Cannot feed value of shape {given} for Tensor 'x:0', which has shape '{x.shape}'{hint}"
    assert second.startswith("  made at ") and "test_session.py" in second
    with pytest.raises(ValueError, match="Cannot feed value of shape"):
        Session(backend="numpy").run([x, tf.py_func(lambda: 1, [], tf.int64)], {x: np.zeros(given)})


def test_a_value_that_cannot_be_fed_is_described():
    x = tf.placeholder(tf.float32, name="x")
    s = Session(backend="numpy")
    for value, described in (
        ("word", "'word'"),
        ("w" * 58, repr("w" * 58)),
        ("w" * 59, "a str"),
        (["w" * 60], "a list"),
    ):
        with pytest.raises(ValueError) as caught:
            s.run(x, {x: value})
        assert str(caught.value).startswith(f"Cannot feed {described} for Tensor 'x:0', which holds float32: could not")
        assert "\n  made at " in str(caught.value) and "test_session.py" in str(caught.value)
    for value in (x, x.op):
        with pytest.raises(TypeError, match=r"It was fed for x:0; run x(:0)? first and feed its value"):
            s.run(x, {x: value})


def test_text_is_fed_as_it_is():
    x = tf.placeholder(tf.string, [None])
    s = Session(backend="numpy")
    for _ in range(2):
        for value in (["a", b"b"], np.array(["a", "b"]), np.array([b"a", "b"], object)):
            assert s.run(x, {x: value}).tolist() == [b"a", b"b"]


def test_only_the_last_of_several_keys_for_one_tensor_counts_in_a_callable_too():
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [], name="y")
    s = Session(backend="numpy")
    assert s.make_callable([x, y], [x, y, "x:0"])(1.0, 2.0, 3.0) == [3.0, 2.0]
    assert s.run(x - y, {"y:0": 5.0, x: 1.0, y: 2.0}) == -1.0


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


def test_flat_structures_are_written_into_the_run(graph):
    """A list or tuple of single fetches is the answer as it is, with nothing called to put it together."""
    a = tf.constant(1)
    assert parse(graph, [a, "Const:0", a.op])[1] is list and parse(graph, (a,))[1] is tuple
    for other in (a, [a, [a]], ([a],), [(a, a)], {"a": a}, namedtuple("pair", "a")(a)):
        assert parse(graph, other)[1] not in (list, tuple)


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
    s.run((a, b))
    before, kinds = len(made), [type(f) for f in structures[2:8]]
    for _ in range(3):
        found = [s.run(fetches) for fetches in structures]
        again = tf.IndexedSlices(slices.values, slices.indices, like=slices.like)
        assert s.run(again).indices.tolist() == [0, 2], "of the same parts as others"
        assert len(made) == before and [type(f) for f in found[2:8]] == kinds
    with monkeypatch.context() as patched:
        patched.setattr(Session, "_prepare", lambda *_: pytest.fail("flat fetches are looked up at once"))
        s.run("Const:0")
        assert s.run(a) == 1 and s.run([a, b]) == [1, 2] and s.run((a, b)) == (1, 2)
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


@EACH
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


@EACH
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


@EACH
@pytest.mark.parametrize("steps", [1, 256, 257, 600])
def test_dicts_of_any_number_are_steps(backend: Any, steps: int):
    """A compiled loop makes 256 of them at once."""
    x, train, total = counting()
    many, taken = started(backend=backend), []
    feeds = ({x: [float(taken.append(i) or i)]} for i in range(1000))
    found = many.run_steps([train, total], feeds, steps=steps)
    want = -np.cumsum(np.arange(steps, dtype=np.float32))
    assert np.array_equal(found[0][:, 0], want) and found[1].shape == (steps,) and len(taken) == steps
    assert np.array_equal(found[1][1:], want[:-1]) and many.run(total) == want[-1]


@EACH
def test_steps_that_differ_in_what_they_are_fed(backend: Any):
    """By keys, by shape, by dtype or by nothing at all: the answers are those of step by step."""
    x, y = tf.placeholder_with_default([1.0], [None], "x"), tf.placeholder_with_default(2.0, [], "y")
    total = tf.Variable(0.0)
    fetches = [x * y, tf.assign_add(total, tf.reduce_sum(x) * y)]
    for feeds, shapes in (
        ([{x: [3.0]}, {y: 5.0}, {}], [(1,)] * 3),
        ([{x: [3.0], y: 1.0}, {y: 1.0, x: [4.0]}], [(1,)] * 2),
        ([None, {x: [1.0, 2.0]}, None], [(1,), (2,), (1,)]),
        ([{x: [1, 2]}, {x: [1.5, 2.5]}], [(2,)] * 2),
        ([{x: np.float64([1, 2])}, {x: np.float32([1, 2])}], [(2,)] * 2),
        ([{}, {}], [(1,)] * 2),
        ([{x: [float(n)]} for n in range(256)] + [{x: [1.0, 2.0]}], [(1,)] * 256 + [(2,)]),
        ([{x: [1.0, 2.0]}] + [{x: [float(n)]} for n in range(300)], [(2,)] + [(1,)] * 300),
    ):
        one, many = started(backend=backend), started(backend=backend)
        want = [one.run(fetches, f) for f in feeds]
        found = many.run_steps(fetches, iter(feeds))
        assert [v.shape for v in found[0]] == shapes and isinstance(found[0], list) == (len(set(shapes)) > 1)
        assert all(np.array_equal(f, w[0]) for f, w in zip(found[0], want, strict=True))
        assert isinstance(found[1], np.ndarray) and found[1].tolist() == [w[1] for w in want]


@EACH
def test_no_steps_at_all(backend: Any):
    x, n = tf.placeholder(tf.float64, [None, 3], name="x"), tf.placeholder(tf.int32)
    s = started(backend=backend)
    for feeds, steps in (({x: np.zeros((0, 2, 3))}, None), ([], None), ([], 0), (iter([{x: np.zeros((2, 3))}]), 0)):
        found, none, whole = s.run_steps([x * 2.0, x.op, {"text": tf.as_string(x)}], feeds, steps)
        assert (found.shape, found.dtype, none) == ((0, 0, 3), np.float64, None)
        assert whole["text"].shape == (0, 0, 3) and whole["text"].dtype == object
    assert (
        s.run_steps(n, {n: np.zeros((0, 5))}).shape == (0,) and s.run_steps(tf.constant(1), steps=0).dtype == np.int32
    )


@EACH
def test_operations_of_the_host_and_text_in_many_steps(backend: Any):
    x, total = tf.placeholder(tf.float32, [], name="x"), tf.Variable(0.0)
    said = tf.py_func(lambda v: np.float32(v * 2), [x], tf.float32)
    fetches = [tf.as_string(tf.cast(x, tf.int32)), tf.assign_add(total, said)]
    for feeds in ({x: [1.0, 2.0, 30.0]}, [{x: 1.0}, {x: 2.0}, {x: 30.0}]):
        text, sums = started(backend=backend).run_steps(fetches, feeds)
        assert text.tolist() == [b"1", b"2", b"30"] and text.dtype == object and sums.tolist() == [2.0, 6.0, 66.0]


@EACH
def test_shapes_made_of_values_in_many_steps(backend: Any):
    n = tf.placeholder(tf.int32, [], name="n")
    s = started(backend=backend)
    for feeds in ({n: [2, 3, 2]}, [{n: 2}, {n: 3}, {n: 2}]):
        found = s.run_steps(tf.fill([n], 1.5), feeds)
        assert [f.tolist() for f in found] == [[1.5] * 2, [1.5] * 3, [1.5] * 2]
    assert s.run_steps(tf.fill([n], 1.5), {n: [2, 2]}).shape == (2, 2)


@EACH
def test_a_step_that_fails_has_drawn_what_step_by_step_would_have(backend: Any):
    """Also the first one, and in the second of several calls."""
    x, total = tf.placeholder(tf.float32, [], name="x"), tf.Variable(0.0)
    first, second = tf.random_uniform([], seed=1), tf.random_normal([2], seed=2)
    step = [tf.assign_add(total, tf.check_numerics(x, "odd") + first), second]
    for good in range(3):
        one, many = started(backend=backend), started(backend=backend)
        values = np.array([1.0] * good + [np.nan, 1.0], np.float32)
        for s in (one, many):
            s.run(step, {x: 1.0})
        for v in values[: good + 1]:
            with suppress(tf.errors.InvalidArgumentError):
                one.run(step, {x: v})
        with pytest.raises(tf.errors.InvalidArgumentError, match="odd"):
            many.run_steps(step, {x: values})
        assert many.run(total) == one.run(total) and many.random.counts == one.random.counts
        assert np.array_equal(many.run(second), one.run(second))


@pytest.mark.parametrize(
    ("feeds", "steps", "text"),
    [
        (
            {"x:0": 1.0},
            None,
            "the value fed for 'x:0' must hold one value for each of the steps along its first axis; its shape is ()",
        ),
        (
            {"x:0": [1.0]},
            2,
            "the value fed for 'x:0' must hold one value for each of the steps along its first axis, so 2; its shape is (1,)",
        ),
        (
            {"x:0": [1.0], "y:0": [1.0, 2.0]},
            None,
            "the value fed for 'y:0' must hold one value for each of the steps along its first axis, so 1; its shape is (2,)",
        ),
        ({}, None, "how many steps? Without feeds, or with an endless iterable of them, say run_steps(..., steps=n)"),
        (None, None, "how many steps? Without feeds, or with an endless iterable of them, say run_steps(..., steps=n)"),
        (None, -1, "steps must not be negative, got -1"),
        ([{"x:0": 1.0}], 2, "the feeds ended after 1 of 2 steps"),
    ],
)
def test_numbers_of_steps_that_do_not_fit(feeds, steps, text):
    x, y = tf.placeholder(tf.float32, [], name="x"), tf.placeholder(tf.float32, [], name="y")
    for backend in (load("numpy"), COMPILED):
        with pytest.raises(ValueError) as caught:
            Session(backend=backend).run_steps([x, y] if feeds and "y:0" in feeds else tf.constant(1.0), feeds, steps)
        assert str(caught.value) == text
    with pytest.raises(ValueError, match="the value fed for 'x:0' must hold"):
        Session(backend="numpy").run_steps(x, {x: 1.0})


def test_a_compiled_loop_is_made_once_for_a_step_and_not_where_it_cannot_be():
    x, total, fixed = tf.placeholder(tf.float32, [None], name="x"), tf.Variable([0.0]), tf.Variable([2.0])
    made: list[Any] = []
    counts: list[int] = []

    def run_steps(*args: Any) -> Any:
        made.append(args[1:])
        many = COMPILED.run_steps(*args)
        return lambda count, *values: counts.append(count) or many(count, *values)

    s = started(backend=replace(COMPILED, run_steps=run_steps))
    step = tf.assign_add(total, tf.reduce_sum(x) * fixed + tf.random_uniform([1]))
    for _ in range(2):
        s.run_steps(step, {x: np.ones((2, 3))})
        s.run_steps(step, [{x: np.ones(3)}] * 300)
    assert [(given, sorted(carried, key=str)) for given, carried, _ in made] == [(2, [0, None])]
    assert counts == [2, 256, 44] * 2
    for fetch in (tf.boolean_mask(x, x > 0.0), tf.py_func(lambda v: v, [x], tf.float32), tf.assign(total, x[:1])):
        s.run_steps(fetch, {x: np.ones((2, 3))})
    assert len(made) == 1


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
