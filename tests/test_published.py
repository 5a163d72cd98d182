"""publish and load: what is written, what is left out, and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import samegraph
import samegraph.tf1 as tf
from samegraph.backend import BackendError
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.saving import graphs


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def line():
    """A line fitted to points, and a session that holds it."""
    x, y = tf.placeholder(tf.float32, [None], name="x"), tf.placeholder(tf.float32, [None], name="y")
    w, b = tf.Variable(0.5, name="w"), tf.Variable(0.0, name="b")
    fitted = tf.add(w * x, b, name="fitted")
    loss = tf.reduce_mean(tf.square(fitted - y), name="loss")
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, name="train")
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    return s, fitted, loss, train


def started():
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    return s


def document(folder):
    return json.loads((folder / "graph.json").read_text())


def test_only_what_the_outputs_need(tmp_path):
    s, fitted, _, _ = line()
    samegraph.publish(None, s, str(tmp_path), outputs=fitted)
    found = document(tmp_path)
    assert [o["name"] for o in found["operations"]] == ["x", "w", "b", "mul", "fitted"]
    assert found["inputs"] == {"x": "x:0"} and found["outputs"] == {"fitted": "fitted:0"}
    model = samegraph.load(str(tmp_path), backend="numpy")
    assert model.run("fitted", {"x": [2.0, 4.0]}).tolist() == [1.0, 2.0]
    assert model.run({"a": "fitted"}, {"x": [2.0]}) == {"a": np.float32([1.0])}
    with pytest.raises(KeyError, match="'loss' is not among the 1 published outputs, such as fitted"):
        model.run("loss", {"x": [2.0]})
    with pytest.raises(
        tf.errors.InvalidArgumentError, match="You must feed a value for placeholder tensor 'x:0'"
    ) as told:
        model.run("fitted")
    assert f"{tmp_path}/graph.json:" in str(told.value) and '"name": "x"' in str(told.value)


def test_everything_by_default(tmp_path):
    s, _, _, _ = line()
    samegraph.publish(tf.get_default_graph(), s, str(tmp_path))
    model = samegraph.load(str(tmp_path))
    assert set(model.inputs) == {"x", "y"} and {"train", "loss", "w/Assign"} <= model.outputs.keys()
    points = {"x": [1.0, 2.0], "y": [3.0, 5.0]}
    losses = [model.run(["loss", "train"], points)[0] for _ in range(300)]
    assert losses[-1] < 0.01 * losses[0]
    with model.graph.as_default():
        w, b = tf.trainable_variables()
        assert [v.name for v in tf.global_variables()] == ["w:0", "b:0"]
        np.testing.assert_allclose(model.session.run([w, b]), [2.0, 1.0], atol=0.05)
        prefix = tf.train.Saver().save(model.session, str(tmp_path / "m"))
    assert tf.train.list_variables(prefix) == [("b", []), ("w", [])]


def test_published_again(tmp_path):
    """What was loaded can be published; the folder then holds the new one and nothing else."""
    s, _, loss, train = line()
    samegraph.publish(None, s, str(tmp_path), outputs={"loss": loss, "train": train})
    model = samegraph.load(str(tmp_path))
    points = {"x": [1.0, 2.0], "y": [3.0, 5.0]}
    model.run("train", points)
    samegraph.publish(None, model.session, str(tmp_path), outputs=model.outputs)
    assert len(os.listdir(tmp_path)) == 2
    again = samegraph.load(str(tmp_path))
    assert again.run("loss", points) == model.run("loss", points)
    with again.graph.as_default():
        for refused in (tf.global_variables_initializer, lambda: tf.trainable_variables()[0].load(1.0, again.session)):
            with pytest.raises(ValueError, match="was published with its value; it has no initializer"):
                refused()


def test_a_process_without_the_code(tmp_path):
    s, fitted, _, _ = line()
    samegraph.publish(None, s, str(tmp_path), outputs=fitted)
    code = "import samegraph, sys; print(samegraph.load(sys.argv[1]).run('fitted', {'x': [6.0]}))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[3.]", done.stderr


def test_rows_shapes_and_literals(tmp_path):
    """Row updates, control inputs, unknown shapes, attributes that are tuples, dtypes and not finite."""
    table = tf.Variable(tf.ones([4, 2]), name="table")
    ids = tf.placeholder(tf.int32, [None], name="ids")
    anything = tf.placeholder(tf.float32, None, name="anything")
    update = tf.scatter_sub(table, ids, tf.ones_like(tf.gather(table, ids)), name="update")
    with tf.control_dependencies([update]):
        after = table.read_value()
    outputs = {
        "after": after,
        "back": tf.transpose(tf.reshape(anything, [-1, 2]), [1, 0]),
        "far": tf.constant([np.inf, np.nan, 1.0]) * 2.0,
        "cast": tf.cast(tf.clip_by_value(ids, 0, 2), tf.int64),
        "default": tf.placeholder_with_default([1, 2], [None], name="default"),
    }
    outputs["narrow"] = anything * 2.0
    outputs["narrow"].set_shape([6])
    s = tf.Session(backend="numpy")
    s.run(table.initializer)
    samegraph.publish(None, s, str(tmp_path), outputs=outputs)
    feeds = {"ids": [1, 1, 3], "anything": np.arange(6.0)}
    model = samegraph.load(str(tmp_path))
    got = model.run({n: n for n in outputs}, feeds)
    assert {n: t.type for n, t in model.outputs.items()} == {n: t.type for n, t in outputs.items()}
    want = s.run(outputs, {f"{k}:0": v for k, v in feeds.items()})
    assert want["after"].tolist() == [[1, 1], [-1, -1], [1, 1], [0, 0]]
    for name in outputs:
        np.testing.assert_array_equal(got[name], want[name])
        assert got[name].dtype == want[name].dtype


def test_what_is_of_unknown_rank(tmp_path):
    """Ids, rows, what is assigned, and the shape of a draw."""
    table = tf.Variable(tf.ones([4, 2]), name="table")
    ids, rows, shape = (
        tf.placeholder(t, None, name=n) for t, n in ((tf.int32, "ids"), (tf.float32, "rows"), (tf.int32, "shape"))
    )
    made = {
        "loose": tf.scatter_add(table, ids, rows),
        "fixed": tf.scatter_sub(table, ids, tf.zeros([3, 2])),
        "known": tf.scatter_update(table, [0], rows),
        "assigned": tf.assign(table, rows),
        "drawn": tf.random_normal(shape, seed=1),
        "gradient": tf.gradients(rows * rows, [rows], rows)[0],
    }
    s = started()
    samegraph.publish(None, s, str(tmp_path), outputs=made)
    model = samegraph.load(str(tmp_path), backend="numpy")
    assert {n: t.type for n, t in model.outputs.items()} == {n: t.type for n, t in made.items()}
    assert model.run("loose", {"ids": [3], "rows": [[1.0, 2.0]]})[3].tolist() == [2.0, 3.0]
    assert model.run("drawn", {"shape": [2]}).tolist() == s.run(made["drawn"], {shape: [2]}).tolist()


def test_control_flow_in_the_file(tmp_path):
    """What a row says of blocks; what no branch answers is left out, and so is a branch that was never finished."""
    x = tf.placeholder(tf.float32, [], name="x")

    def branch():
        tf.negative(x, name="unused")
        return tf.square(x, name="used")

    with pytest.raises(ZeroDivisionError):
        tf.cond(x > 0, lambda: tf.abs(x, name="lost") / (1 // 0), branch, name="broken")
    y = tf.cond(x > 0, branch, lambda: x * 2.0, name="y")
    s = tf.Session(backend="numpy")
    samegraph.publish(None, s, str(tmp_path))
    rows = {o["name"]: o for o in document(tmp_path)["operations"]}
    assert document(tmp_path)["blocks"] == [None, None]
    assert "y/used" in rows and not {"y/unused", "broken/lost"} & rows.keys()
    made = y.op.name
    assert rows["y/used"]["block"] == 0 and len(rows[made]["inputs"]) == 1  # not x, which it captures
    assert rows[made]["attrs"]["blocks"] == {
        "tuple": [{"graph": {"block": 0, "outputs": ["y/used:0"]}}, {"graph": {"block": 1, "outputs": ["y/mul:0"]}}]
    }
    model = samegraph.load(str(tmp_path), backend="numpy")
    assert "y/used" not in model.outputs and model.run(made, {"x": 3.0}) == 9.0 and model.run(made, {"x": -3.0}) == -6.0
    with pytest.raises(ValueError, match="y/used"):
        model.session.run("y/used:0", {"x:0": 1.0})


def test_a_loop_in_the_file_has_its_results_alone(tmp_path):
    """Not the states that it keeps for its gradients, which a reader makes anew."""
    x = tf.placeholder(tf.float32, [], name="x")
    _, y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, 1.0])
    assert len(y.op.outputs) > 2
    samegraph.publish(None, tf.Session(backend="numpy"), str(tmp_path))
    (row,) = (o for o in document(tmp_path)["operations"] if o["name"] == y.op.name)
    assert row["outputs"] == [["int32", []], ["float32", []]]


def test_only_the_control_flow_that_the_outputs_need(tmp_path):
    """The variables, constants and shapes that its blocks use come along, captured or known before the run; others do not."""
    x, other = tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.float32, [], name="other")
    w, unused = tf.Variable(2.0, name="w"), tf.Variable(3.0, name="unused")
    tf.cond(other > 0, lambda: unused.assign_add(1.0), lambda: other, name="else")
    _, total = tf.while_loop(
        lambda i, v: i < 3,
        lambda i, v: (
            i + 1,
            tf.while_loop(lambda u: tf.reduce_sum(u) < 40.0, lambda u: u * w, [tf.reshape(v, tf.shape(x))]),
        ),
        [0, x],
    )
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    samegraph.publish(None, s, str(tmp_path), outputs={"total": total})
    names = {o["name"] for o in document(tmp_path)["operations"]}
    assert {"x", "w"} <= names and not {"other", "unused", "else/AssignAdd"} & names
    model, fed = samegraph.load(str(tmp_path), backend="numpy"), np.ones((2, 3), np.float32)
    assert list(model.inputs) == ["x"]
    np.testing.assert_array_equal(model.run("total", {"x": fed}), s.run(total, {x: fed}))
    assert model.run("total", {"x": fed}).sum() == 48.0


def test_a_loop_up_to_the_size_of_its_variable(graph):
    """Its length is not known before it runs where that size is not, and was taken for a placeholder then."""
    x = tf.placeholder(tf.float32, [None], name="x")
    _, grown = tf.while_loop(
        lambda i, v: i < tf.shape(v)[0],
        lambda i, v: (i + 2, tf.concat([v, v[:1]], 0)),
        [0, x],
        shape_invariants=[(), [None]],
    )
    known = tf.while_loop(lambda i, v: i < tf.shape(v)[0], lambda i, v: (i + 1, v * 2.0), [0, tf.ones([3])])[1]
    s = tf.Session(backend="numpy")
    # i = 0, 2, 4, 6 against sizes 3, 4, 5, 6
    assert s.run(grown, {x: [1.0, 2.0, 3.0]}).tolist() == [1, 2, 3, 1, 1, 1]
    assert s.run(known).tolist() == [8, 8, 8] and known.op.type == "Scan" and grown.op.type == "While"


def test_what_cannot_be_published(tmp_path, graph):
    s, fitted, _, _ = line()
    with pytest.raises(ValueError, match=r"the outputs need placeholder 'y'.*made at .*test_published.py"):
        samegraph.publish(None, s, str(tmp_path), inputs=["x:0"], outputs="loss:0")
    with pytest.raises(ValueError, match="another graph than the one given"):
        samegraph.publish(tf.Graph(), s, str(tmp_path))
    with pytest.raises(KeyError, match="refers to a Tensor which does not exist"):
        samegraph.publish(None, s, str(tmp_path), outputs="nothing:0")
    graph.add("PyFunc", (), [fitted.type], {"function": print}, name="py")
    with pytest.raises(
        ValueError, match=r"'py' \(PyFunc\) cannot be written to a file: its attribute 'function' is a builtin"
    ):
        samegraph.publish(None, s, str(tmp_path), outputs="py:0")
    graph.add("NoOp", (), [], {"value": np.ones(2)}, name="array")
    with pytest.raises(ValueError, match=r"'array' \(NoOp\) cannot be .*: its attribute 'value' is a ndarray"):
        samegraph.publish(None, s, str(tmp_path), outputs="array")
    graph.add("WriteFile", (), [], {}, name="write")
    with pytest.raises(ValueError, match=r"'write' \(WriteFile\) cannot be written to a file"):
        samegraph.publish(None, s, str(tmp_path), outputs="write")
    unset = tf.Variable(1.0, name="unset")
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value unset"):
        samegraph.publish(None, s, str(tmp_path), outputs=unset)
    assert os.listdir(tmp_path) == []
    with pytest.raises(tf.errors.NotFoundError, match=r"there is no file .*graph\.json"):
        samegraph.load(str(tmp_path))


def test_saving_goes_on_where_the_graph_cannot_be_written(tmp_path, graph, caplog):
    s, fitted, _, _ = line()
    graph.add("PyFunc", (), [fitted.type], {"function": print}, name="py")
    prefix = tf.train.Saver().save(s, str(tmp_path / "m"))
    assert "The graph is not saved beside the checkpoint: operation 'py'" in caplog.text
    assert tf.train.checkpoint_exists(prefix) and not os.path.exists(f"{prefix}.meta")


def test_graphs_beside_checkpoints(tmp_path):
    _, _, loss, _ = line()
    tf.set_random_seed(4)
    tf.add_to_collection("losses", loss)
    tf.add_to_collection("words", "a literal")
    tf.add_to_collection("words", object())
    written = tf.train.export_meta_graph(str(tmp_path / "g.meta"))
    assert len(written["operations"]) == tf.get_default_graph().size
    with tf.Graph().as_default() as g:
        saver = tf.train.import_meta_graph(str(tmp_path / "g.meta"))
        assert isinstance(saver, tf.train.Saver)
        assert [o.name for o in g.get_operations()] == [o["name"] for o in written["operations"]]
        assert tf.get_collection("losses") == [g.get_tensor_by_name("loss:0")]
        assert tf.get_collection("words") == ["a literal"] and g.seed == 4
        assert tf.placeholder(tf.float32, name="x").name == "x_1:0"
        size = g.size
        with pytest.raises(ValueError, match="already has the name 'x'"):
            tf.train.import_meta_graph(str(tmp_path / "g.meta"))
        assert g.size == size
        resumed = tf.Session()
        resumed.run(tf.global_variables_initializer())
        assert resumed.run("fitted:0", {"x:0": [2.0]}).tolist() == [1.0]
    with pytest.raises(ValueError, match="import_scope is not supported"):
        tf.train.import_meta_graph(str(tmp_path / "g.meta"), import_scope="a")


def test_devices_are_written_unless_they_are_cleared(tmp_path):
    with tf.device("/device:CPU:0"):
        w = tf.Variable(1.0, name="w")
    tf.identity(w, name="y")
    path, bare = str(tmp_path / "g.meta"), str(tmp_path / "bare.meta")
    rows = {o["name"]: o for o in tf.train.export_meta_graph(path)["operations"]}
    assert rows["w"]["device"] == w.device != "" and "device" not in rows["y"]
    for cleared in (
        tf.train.export_meta_graph(bare, clear_devices=True),
        tf.train.Saver().export_meta_graph(bare, clear_devices=True),
    ):
        assert not any("device" in o for o in cleared["operations"])
    samegraph.publish(None, started(), str(tmp_path))
    assert samegraph.load(str(tmp_path), backend="numpy").graph.get_operation_by_name("w").device == w.device
    for file, clear, device in ((path, False, w.device), (path, True, ""), (bare, False, "")):
        with tf.Graph().as_default() as g:
            tf.train.import_meta_graph(file, clear_devices=clear)
            assert (g.get_operation_by_name("w").device, g.get_operation_by_name("y").device) == (device, "")


def test_errors_name_the_line_of_the_file(tmp_path):
    """Of operations that were read; those made afterwards have their own."""
    s, fitted, _, _ = line()
    samegraph.publish(None, s, str(tmp_path), outputs=fitted)
    model = samegraph.load(str(tmp_path), backend="numpy")
    lines = (tmp_path / "graph.json").read_text().splitlines()
    for op in model.graph.get_operations():
        path, _, number = op.made_at.partition(": ")[0].rpartition(":")
        assert path == str(tmp_path / "graph.json") and lines[int(number) - 1].startswith(f'{{"name": "{op.name}"')
    with model.graph.as_default():
        assert "test_published.py" in tf.constant(1.0).op.made_at


def test_a_part_of_a_program_alone_is_no_file(graph):
    """What it refers to has to come along, as input or as what runs before."""
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.negative(x, name="y")
    with tf.control_dependencies([x]):
        z = tf.no_op(name="z")
    for op in (y.op, z):
        with pytest.raises(graphs.CannotBeWritten, match=f"'{op.name}' belongs to a program that a session made"):
            graphs.encoded(graph, [op])
        document, arrays = graphs.encoded(graph, [op, x.op])
        assert [o["name"] for o in document["operations"]] == ["x", op.name] and arrays == {}
    hidden = graph.add("NoOp", (), [], {}, "~hidden/")
    with pytest.raises(graphs.CannotBeWritten, match="'~hidden' belongs to a program"):
        graphs.encoded(graph, [hidden])


def test_collections_and_variables_of_a_part(tmp_path):
    """Only what was written is named there, and a variable has an initializer where all of it was."""
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    y = tf.identity(a, name="y")
    for value in (a, b, y, y.op, b.op, b.initial_value, True, 2, 0.5, "text", np.inf, object(), None):
        tf.add_to_collection("mine", value)
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    samegraph.publish(None, s, str(tmp_path), outputs=y)
    found = document(tmp_path)
    literals = [{"literal": v} for v in (True, 2, 0.5, "text")]
    assert found["collections"] == {
        "variables": [{"variable": "a"}],
        "trainable_variables": [{"variable": "a"}],
        "mine": [{"variable": "a"}, {"tensor": "y:0"}, {"operation": "y"}, *literals],
    }
    assert found["variables"] == [{"name": "a"}]
    samegraph.publish(None, s, str(tmp_path), outputs=[y, a.initializer])
    assert document(tmp_path)["variables"] == [
        {"name": "a", "initializer": "a/Assign", "initial_value": "a/initial_value:0"}
    ]


def test_where_a_graph_can_be_imported(tmp_path):
    """At the top of a graph whose names are free; it waits for nothing there, and a seed of the graph's own stays."""
    tf.set_random_seed(4)
    tf.placeholder(tf.float32, [], name="x")
    path = str(tmp_path / "g.meta")
    tf.train.export_meta_graph(path)
    with tf.Graph().as_default() as g:
        with (
            tf.name_scope("inner"),
            pytest.raises(ValueError, match=r"inside a name scope; import .* into a new graph"),
        ):
            tf.train.import_meta_graph(path)
        tf.set_random_seed(7)
        with tf.control_dependencies([tf.no_op()]):
            assert tf.train.import_meta_graph(path) is None  # no Saver, for want of variables
        assert g.get_operation_by_name("x").control_inputs == () and g.seed == 7
        with pytest.raises(ValueError, match="already has the name 'x'"):
            tf.train.import_meta_graph(path)
    with tf.Graph().as_default():
        tf.placeholder(tf.float32, [], name="X")
        with pytest.raises(ValueError, match="already has the name 'x'"):
            tf.train.import_meta_graph(path)


def test_names_to_publish_under(tmp_path):
    s, fitted, loss, train = line()
    samegraph.publish(
        None, s, str(tmp_path), inputs=["x:0", "y", fitted], outputs=[fitted, train, tf.split(fitted, 1)[0]]
    )
    found = document(tmp_path)
    assert found["inputs"] == {"x": "x:0", "y": "y:0", "fitted": "fitted:0"}
    assert found["outputs"] == {"fitted": "fitted:0", "train": "train", "split": "split:0"}
    samegraph.publish(None, s, str(tmp_path), inputs={1: "x", "y": "y:0"}, outputs={"a": loss, "b": loss})
    assert document(tmp_path)["inputs"] == {"1": "x:0", "y": "y:0"}
    assert document(tmp_path)["outputs"] == {"a": "loss:0", "b": "loss:0"}
    with pytest.raises(
        ValueError, match=r"two of the outputs have the same name, of \['loss', 'loss'\]; give a dictionary"
    ):
        samegraph.publish(None, s, str(tmp_path), outputs=[loss, loss])
    model = samegraph.load(str(tmp_path), backend="numpy")
    with pytest.raises(KeyError, match="'z' is not among the 2 published inputs, such as 1, y"):
        model.run("a", {"z": 1.0})
    assert model.run(("a", ["b", {"c": "a"}]), {"1": [0.0], "y": [2.0]}) == [4.0, [4.0, {"c": 4.0}]]
    samegraph.publish(None, s, str(tmp_path), outputs=tf.constant(1.0, name="one"))
    with pytest.raises(KeyError, match="'x' is not among the 0 published inputs, such as none"):
        samegraph.load(str(tmp_path), backend="numpy").run("one", {"x": 1.0})


def test_names_that_were_not_published_are_told_with_five_that_were(tmp_path):
    """The nearest, else the first."""
    made = {name: tf.constant(1.0) for name in ("first", "w1", "w2", "w3", "w4", "w5", "w6", "last")}
    samegraph.publish(None, started(), str(tmp_path), outputs=made)
    model = samegraph.load(str(tmp_path), backend="numpy")
    for name, near in (("w", {"w1", "w2", "w3", "w4", "w5", "w6"}), ("zzz", {"first", "w1", "w2", "w3", "w4"})):
        with pytest.raises(KeyError) as told:
            model.run(name)
        before, _, such = told.value.args[0].partition(", such as ")
        assert before == f"'{name}' is not among the 8 published outputs"
        assert len(such.split(", ")) == 5 and set(such.split(", ")) <= near


def test_a_published_graph_runs_where_it_is_asked_to(tmp_path):
    samegraph.publish(None, started(), str(tmp_path), outputs=tf.constant(1.0, name="one"))
    assert samegraph.load(str(tmp_path), "numpy", "cpu", "rules").run("one") == 1.0
    with pytest.raises(BackendError, match="no backend named 'nobody' is installed"):
        samegraph.load(str(tmp_path), "nobody")
    with pytest.raises(ValueError, match="numpy has no device 'nowhere'"):
        samegraph.load(str(tmp_path), "numpy", "nowhere")
    with pytest.raises(ValueError, match=r"gradients must be one of .*, got 'neither'"):
        samegraph.load(str(tmp_path), "numpy", None, "neither")


def test_every_op_is_written_and_read(tmp_path):
    """The attributes of every op of the catalogue, as its own cases draw them, survive, and so does its type."""
    from samegraph.conformance.cases import Case, Inputs, cast, dtypes_for
    from samegraph.conformance.deriving import draw, fits

    def case_of(op, arrays, attrs):
        possible = (cast(op, arrays, dtype) for dtype in dtypes_for(op, arrays))
        return Case(Inputs(op, next(p for p in possible if fits(op, p, attrs)), attrs))

    ops = [op for op in OPS.values() if isinstance(op, Op) and op.drawn is not None]
    for op in ops:
        with tf.Graph().as_default() as g:
            cases = [case_of(op, arrays, attrs) for arrays, attrs in draw(op, 3)]
            graphs.write(str(tmp_path / "g"), g)
        read = graphs.read(str(tmp_path / "g")).graph
        for t in (t for case in cases for t in case.outputs):
            again = read.get_tensor_by_name(t.name)
            assert (again.type, again.type.known, again.op.attrs) == (t.type, t.type.known, t.op.attrs), op.name
    assert len(ops) > 150
