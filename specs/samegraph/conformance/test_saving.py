"""Checkpoints and published graphs on the backend: every dtype and layout, and trainings that go on as if never stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import samegraph
import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session
from samegraph.types import EVERY, FLOATS, numpy_dtype

Make = Callable[..., Session]
LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "0-d": lambda a: a[1, 2],
    "empty": lambda a: a[:, :0],
    "transposed": lambda a: a.T,
    "negative stride": lambda a: a[::-1, ::-2],
}


def values(dtype: str) -> Any:
    """Twelve different elements (of a truth value: two), with what is not finite among the floats."""
    wanted = numpy_dtype(dtype)
    array = np.arange(1, 13).reshape(3, 4)
    made = array % 2 == 0 if dtype == "bool" else (array / 4 if dtype in FLOATS else array).astype(wanted)
    if dtype in FLOATS:
        made[0, 0], made[2, 3], made[1, 1] = np.nan, -np.inf, -0.0
    return made


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [d.name for d in EVERY])
def test_round_trip(backend: Backend, tmp_path: Path, dtype: str, layout: str) -> None:
    array = np.asarray(LAYOUTS[layout](values(dtype)))
    v = tf.Variable(tf.zeros(array.shape, tf.as_dtype(dtype)), name="v")
    saver = tf.train.Saver()
    first = Session(graph=tf.get_default_graph(), backend=backend)
    first.restore({v.op: array})
    prefix = saver.save(first, str(tmp_path / "m"))
    other = Session(graph=tf.get_default_graph(), backend=backend)
    saver.restore(other, str(prefix))
    for got in (other.run(v), tf.train.load_variable(str(prefix), "v")):
        got = np.asarray(got)
        assert (got.dtype, got.shape) == (array.dtype, array.shape)
        assert got.tobytes() == array.tobytes()
        counted(backend.name, max(1, array.size))


# Trainings --------------------------------------------------------------------------------------------------------------

STEPS = 4


def training(seed: int | None) -> tuple[Any, Any, Any]:
    """(step, what it draws and loses, feed) of a table with sampled classes and dropout, under Adam with a falling rate."""
    if seed is not None:
        tf.set_random_seed(seed)
    centre, context = (
        tf.placeholder(tf.int32, [None], name="centre"),
        tf.placeholder(tf.int32, [None, 1], name="context"),
    )
    table = tf.get_variable("table", [12, 4], initializer=tf.random_uniform_initializer(-1.0, 1.0))
    weights = tf.get_variable("weights", [12, 4], initializer=tf.truncated_normal_initializer())
    biases = tf.get_variable("biases", [12], initializer=tf.zeros_initializer())
    hidden = tf.nn.dropout(tf.nn.embedding_lookup(table, centre), keep_prob=0.7)
    loss = tf.reduce_mean(tf.nn.nce_loss(weights, biases, context, hidden, num_sampled=3, num_classes=12))
    count = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.1, count, 2, 0.5)
    rows = tf.train.GradientDescentOptimizer(rate).minimize(loss, var_list=[table])
    rest = tf.train.AdamOptimizer(rate).minimize(loss, global_step=count, var_list=[weights, biases])
    return tf.group(rows, rest, name="step"), {"hidden": hidden, "loss": loss}, (centre, context)


def steps(s: Session, made: Any, start: int, count: int) -> list[Any]:
    step, fetched, (centre, context) = made
    out = []
    for i in range(start, start + count):
        rng = np.random.default_rng(i)
        feed = {centre: rng.integers(0, 12, 6), context: rng.integers(0, 12, (6, 1))}
        out.append(s.run({**fetched, "step": step}, feed))
    return out


def assert_same(got: list[Any], want: list[Any], name: str) -> None:
    assert len(got) == len(want) > 0
    for g, w in zip(got, want, strict=True):
        assert np.isfinite(w["loss"])
        for key in ("hidden", "loss"):
            np.testing.assert_array_equal(g[key], w[key])
            counted(name, int(np.size(w[key])))


@pytest.mark.parametrize("seed", [None, 7], ids=["seedless", "seeded"])
def test_training_goes_on(backend: Backend, route: str, session: Make, tmp_path: Path, seed: int | None) -> None:
    """In another graph and session, which did something else before, with the same bits as if it had not been stopped."""
    made = training(seed)
    s = session()
    s.run(tf.global_variables_initializer())
    steps(s, made, 0, STEPS)
    prefix = tf.train.Saver().save(s, str(tmp_path / "m"), global_step=tf.train.get_global_step())
    want = steps(s, made, STEPS, STEPS)
    assert prefix is not None
    assert prefix == str(tmp_path / f"m-{STEPS}") == tf.train.latest_checkpoint(str(tmp_path))
    with tf.Graph().as_default():
        again = training(seed)
        resumed = session()
        resumed.run(tf.global_variables_initializer())
        steps(resumed, again, 0, 1)
        tf.train.Saver().restore(resumed, prefix)
        got = steps(resumed, again, STEPS, STEPS)
    assert_same(got, want, backend.name)


def test_imported_graph_goes_on(backend: Backend, route: str, session: Make, tmp_path: Path) -> None:
    """The graph that lies beside the checkpoint, without the code that built it."""
    made = training(3)
    s = session()
    s.run(tf.global_variables_initializer())
    steps(s, made, 0, 2)
    prefix = tf.train.Saver().save(s, str(tmp_path / "m"))
    want = steps(s, made, 2, STEPS)
    with tf.Graph().as_default() as g:
        saver = tf.train.import_meta_graph(f"{prefix}.meta")
        resumed = session()
        assert saver is not None and prefix is not None
        saver.restore(resumed, prefix)
        fetched = {k: g.get_tensor_by_name(t.name) for k, t in made[1].items()}
        got = steps(resumed, (g.get_operation_by_name("step"), fetched, ("centre:0", "context:0")), 2, STEPS)
        assert [v.name for v in tf.global_variables()] == [v.name for v in tf.get_collection("variables")]
        resumed.run(tf.global_variables_initializer())
    assert_same(got, want, backend.name)


def test_published_graph_goes_on(backend: Backend, route: str, session: Make, tmp_path: Path) -> None:
    """Its training step trains on, and its outputs are those of the session it came from."""
    step, fetched, (centre, context) = made = training(5)
    s = session()
    s.run(tf.global_variables_initializer())
    steps(s, made, 0, 2)
    samegraph.publish(None, s, str(tmp_path), inputs=[centre, context], outputs={**fetched, "step": step})
    want = steps(s, made, 2, STEPS)
    model = samegraph.load(str(tmp_path), backend=backend, gradients=route)
    got = steps(
        model.session,
        (model.outputs["step"], {k: model.outputs[k] for k in fetched}, (centre.name, context.name)),
        2,
        STEPS,
    )
    assert_same(got, want, backend.name)
    assert model.run("loss", {"centre": [1], "context": [[2]]}) > 0


def test_published_gradients_of_gradients(backend: Backend, route: str, session: Make, tmp_path: Path) -> None:
    x = tf.placeholder(tf.float32, [None], name="x")
    w = tf.Variable(1.5, name="w")
    first = tf.gradients(tf.reduce_sum(tf.tanh(w * x)), x)[0]
    penalty = tf.reduce_sum(tf.square(first))
    second = tf.gradients(penalty, [w, x], stop_gradients=[tf.identity(penalty)])
    s = session()
    s.run(w.initializer)
    points = np.array([0.25, -1.0, 2.0], np.float32)
    samegraph.publish(None, s, str(tmp_path), outputs={"first": first, "dw": second[0], "dx": second[1]})
    want = s.run([first, *second], {x: points})
    got = samegraph.load(str(tmp_path), backend=backend, gradients=route).run(["first", "dw", "dx"], {"x": points})
    for g, v in zip(got, want, strict=True):
        assert np.abs(v).max() > 1e-3
        np.testing.assert_array_equal(g, v)
        counted(backend.name, int(np.size(v)))


# Control flow -----------------------------------------------------------------------------------------------------------


def branching() -> dict[str, Any]:
    """A cond that assigns, picks rows of a table and draws values of a shape that its branch makes."""
    x, ids = tf.placeholder(tf.float32, [None], name="x"), tf.placeholder(tf.int32, [None], name="ids")
    table = tf.Variable(np.arange(12.0, dtype=np.float32).reshape(4, 3), name="table")
    count = tf.Variable(0, name="count")

    def picked() -> Any:
        noise = tf.random_uniform(tf.stack([tf.size(ids), 3]), seed=3)
        return tf.reduce_sum(tf.nn.embedding_lookup(table, ids) * noise) * x[0]

    positive = tf.reduce_sum(x) > 0
    chosen = tf.cond(positive, picked, lambda: tf.reduce_prod(x), name="chosen")
    counts = tf.cond(positive, lambda: count.assign_add(1), lambda: tf.identity(count))
    rows = tf.train.GradientDescentOptimizer(0.1).minimize(chosen, var_list=[table])
    with tf.control_dependencies([rows]):
        return {"chosen": chosen, "dx": tf.gradients(chosen, x)[0], "table": table.read_value(), "count": counts}


def looping() -> dict[str, Any]:
    """Loops of known and unknown length, one in the other, with gradients; one counts up to a size in its own condition."""
    x = tf.placeholder(tf.float32, [None], name="x")
    w = tf.Variable(1.25, name="w")
    _, doubled = tf.while_loop(
        lambda i, v: tf.reduce_sum(v) < 50.0, lambda i, v: (i + 1, v * w + 1.0), [0, tf.abs(x)], name="doubled"
    )
    _, counted_up = tf.while_loop(
        lambda i, v: i < tf.shape(x)[0] + 1,
        lambda i, v: (i + 1, tf.cond(tf.equal(i % 2, 0), lambda: v * w, lambda: v + x[0])),
        [0, x],
        name="counted",
    )
    mapped = tf.map_fn(lambda e: tf.foldl(lambda a, b: a * 0.5 + b * e, x) + tf.random_normal([], seed=1) * w, x)
    scanned = tf.scan(lambda a, e: tf.tanh(a + e), x, initializer=w, reverse=True)
    loss = tf.reduce_sum(doubled) + tf.reduce_sum(counted_up) + tf.reduce_sum(mapped) + tf.reduce_sum(scanned)
    dw, dx = tf.gradients(loss, [w, x])
    return {"doubled": doubled, "counted": counted_up, "mapped": mapped, "scanned": scanned, "dw": dw, "dx": dx}


CONTROL: dict[str, tuple[Callable[[], dict[str, Any]], list[dict[str, Any]]]] = {
    "branches": (
        branching,
        [{"x": [1.0, 2.0], "ids": [3, 1, 3]}, {"x": [-1.0, -2.0], "ids": [0]}, {"x": [1.0], "ids": [2, 2]}],
    ),
    "loops": (looping, [{"x": [0.5, -1.0, 2.0]}, {"x": [1.5]}, {"x": [0.25, 3.0]}]),
}


@pytest.mark.parametrize("kind", CONTROL)
def test_published_control_flow_goes_on(backend: Backend, route: str, session: Make, tmp_path: Path, kind: str) -> None:
    """What runs in a branch or loop gives the same after publishing, new gradients of it and a second publication included."""
    build, feeds = CONTROL[kind]
    made = build()
    s = session()
    s.run(tf.global_variables_initializer())
    s.run(made, {f"{k}:0": v for k, v in feeds[0].items()})
    samegraph.publish(None, s, str(tmp_path / "first"), outputs=made)
    model = samegraph.load(str(tmp_path / "first"), backend=backend, gradients=route)
    samegraph.publish(None, model.session, str(tmp_path / "second"), outputs=model.outputs)
    again = samegraph.load(str(tmp_path / "second"), backend=backend, gradients=route)
    for feed in feeds:
        want = s.run(made, {f"{k}:0": v for k, v in feed.items()})
        assert np.isfinite(want["dx"]).all() and np.abs(want["dx"]).max() > 1e-3
        for got in (model.run({k: k for k in made}, feed), again.run({k: k for k in made}, feed)):
            for key, value in want.items():
                np.testing.assert_array_equal(got[key], value)
                counted(backend.name, max(1, int(np.size(value))))
    y, x = ("chosen" if kind == "branches" else "doubled"), made["dx"].graph.get_tensor_by_name("x:0")
    want = s.run(tf.gradients(made[y], x)[0], {f"{k}:0": v for k, v in feeds[1].items()})
    with model.graph.as_default():
        anew = tf.gradients(model.outputs[y], model.inputs["x"])[0]
    got = model.session.run(anew, {model.inputs[k]: v for k, v in feeds[1].items()})
    assert np.abs(want).max() > 1e-3
    np.testing.assert_array_equal(got, want)


def test_published_host_operations_go_on(backend: Backend, session: Make, tmp_path: Path, capsys: Any) -> None:
    """Strings, messages, assertions, summaries and draws with computed parameters are data; a Python function is none."""
    x, words = tf.placeholder(tf.float32, [None], name="x"), tf.placeholder(tf.string, [None], name="words")
    y = tf.Print(x * 2.0, [x, "here"], "seen ", first_n=2)
    with tf.control_dependencies([tf.Assert(tf.reduce_min(x) > -5.0, ["too low:", x])]):
        y = y + 1.0
    made = {
        "y": y,
        "text": tf.string_join([words, tf.as_string(x, precision=1), tf.constant("!")], separator="="),
        "number": tf.string_to_number(words) + x,
        "raw": tf.decode_raw(words, tf.uint8),
        "drawn": tf.random_gamma([2], tf.abs(x) + 1.0, seed=4) + tf.random_poisson(tf.abs(x), [2], seed=5),
        "summary": tf.summary.merge([tf.summary.scalar("low", x[0]), tf.summary.histogram("all", x)]),
    }
    s = session()
    samegraph.publish(None, s, str(tmp_path), outputs=made)
    model = samegraph.load(str(tmp_path), backend=backend)
    feed = {"x": [0.5, 2.0], "words": ["1.5", "2e3"]}
    want, got = s.run(made, {f"{k}:0": v for k, v in feed.items()}), model.run({k: k for k in made}, feed)
    assert want["text"].tolist() == [b"1.5=0.5=!", b"2e3=2.0=!"] and want["raw"].shape == (2, 3)
    for key, value in want.items():
        np.testing.assert_array_equal(got[key], value)
        counted(backend.name, max(1, int(np.size(value))))
    assert capsys.readouterr().err.splitlines() == ["seen [0.5 2][here]"] * 2
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"assertion failed: \[too low:\] \[-6\]"):
        model.run("y", {"x": [-6.0]})
    doubled = tf.py_func(lambda a: a * 2, [x], tf.float32)
    with pytest.raises(ValueError, match=r"PyFunc.*cannot be written to a file.*made at .*test_saving\.py"):
        samegraph.publish(None, s, str(tmp_path), outputs=doubled)
