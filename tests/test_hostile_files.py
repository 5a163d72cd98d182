"""Files that were cut short, changed, swapped or forged: an error of ours or the right values; nothing else changes."""

from __future__ import annotations

import json
import os
import re
import struct

import numpy as np
import pytest
import samegraph
import samegraph.tf1 as tf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samegraph.saving import bundle, checkpoints, files, graphs, tensors

RIGHT = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "n": np.int64(7)}
OURS = (tf.errors.DataLossError, tf.errors.NotFoundError, tf.errors.InvalidArgumentError)
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Kept:
    """A checkpoint with its graph and a published graph, as bytes by file name; and a session to restore into."""

    def __init__(self, folder):
        self.folder = folder
        with tf.Graph().as_default() as self.graph:
            tf.set_random_seed(1)
            w = tf.Variable(RIGHT["w"], name="w")
            n = tf.Variable(RIGHT["n"], name="n")
            x = tf.placeholder(tf.float32, [3, None], name="x")
            y = tf.matmul(w, x) + tf.random_uniform([2, 1]) * 0.0
            y = tf.cond(n > 100, lambda: y * 2.0, lambda: y + tf.random_uniform([2, 1]) * 0.0)
            y = tf.while_loop(lambda v: tf.reduce_max(v) < -1.0, lambda v: [v + 1.0], [y])
            y = tf.map_fn(lambda row: row + tf.random_uniform([]) * 0.0, y, name="map")
            self.variables = [w, n]
            self.saver = tf.train.Saver()
            s = tf.Session(backend="numpy")
            s.run(tf.global_variables_initializer())
            s.run(y, {x: np.ones((3, 1))})
            self.prefix = self.saver.save(s, str(folder / "m"), global_step=3)
            samegraph.publish(None, s, str(folder), outputs={"y": y, "step": n.assign_add(1)})
            self.want = s.run(y, {x: np.eye(3)})
            self.session = tf.Session(backend="numpy")
            self.session.run(tf.global_variables_initializer())
            self.session.run([w.assign(w * 0.0 - 1.0).op, n.assign(n * 0 - 1).op])
        self.files = {f.name: f.read_bytes() for f in folder.iterdir()}
        self.state = self.session.random.state()
        assert len(self.files) == 7

    def write(self, name, data):
        for f in self.folder.iterdir():
            f.unlink()
        for n, whole in self.files.items():
            (self.folder / n).write_bytes(data if n == name else whole)

    def unchanged(self):
        w, n = self.session.run(self.variables)
        return (w == -1).all() and n == -1 and self.session.random.state() == self.state

    def restore(self):
        """Restores, when that works, and puts back what the session held before."""
        before, _ = self.session.snapshot(v.op for v in self.variables)
        try:
            self.saver.restore(self.session, tf.train.latest_checkpoint(str(self.folder)) or self.prefix)
        except (*OURS, ValueError):
            assert self.unchanged()
            return False
        w, n = self.session.run(self.variables)
        assert w.tolist() == RIGHT["w"].tolist() and n == RIGHT["n"]
        self.session.restore(before, self.state)
        return True

    def load(self):
        try:
            model = samegraph.load(str(self.folder), backend="numpy")
        except OURS:
            return False
        assert np.array_equal(model.run("y", {"x": np.eye(3)}), self.want)
        return True

    def import_graph(self):
        with tf.Graph().as_default() as g:
            try:
                tf.train.import_meta_graph(f"{self.prefix}.meta")
            except OURS:
                assert g.size == 0
                return False
            assert [o.name for o in g.get_operations()] == [o.name for o in self.graph.get_operations()][: g.size]
            return True

    def all(self):
        return self.restore(), self.load(), self.import_graph()


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return Kept(tmp_path_factory.mktemp("kept"))


def test_whole_files_are_read(kept):
    kept.write("", b"")
    assert kept.all() == (True, True, True)


def test_checkpoints_of_another_step(kept):
    """The arrays of one checkpoint under the index of another."""
    name = next(n for n in kept.files if n.startswith("m-3.index.") and n.endswith(".safetensors"))
    kept.write(name, b"")
    with tf.Graph().as_default():
        tf.Variable(RIGHT["w"] + 1, name="w"), tf.Variable(RIGHT["n"], name="n")
        s = tf.Session(backend="numpy")
        s.run(tf.global_variables_initializer())
        bundle_path = str(kept.folder / "other.index")
        values, random = s.snapshot(v.op for v in tf.global_variables())
        bundle.write(bundle_path, "samegraph checkpoint", 1, {"random": random}, {v.name: a for v, a in values.items()})
    other = next(f for f in kept.folder.iterdir() if f.name.startswith("other.index."))
    os.replace(other, kept.folder / name)
    assert not kept.restore()


# Forged: well-formed, checksums and all ---------------------------------------------------------------------------------------


def sign(path, document):
    document = {k: v for k, v in document.items() if k != "checksum"}
    document["checksum"] = bundle._digest(bundle._canonical(document))
    path.write_text(json.dumps(document))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(
        ["w", "w:0", "x", "float32", "Assign", "matmul", "Const", "__class__", "../m", "/", "VariableV2", "Gradients"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tuple", "dtype", "tensor", "array", "float", "name", "graph"]), inner, max_size=2
        )
    ),
    max_leaves=5,
)


def places(value, at=()):
    """Every place in a JSON value."""
    yield at
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*at, key))


def changed(value, place, new):
    if not place:
        return new
    out = value.copy()
    out[place[0]] = changed(value[place[0]], place[1:], new)
    return out


def forged(kept, change):
    """What loading the published graph raises after `change` was done to its document."""
    document = json.loads(kept.files["graph.json"])
    operations = {o["name"]: o for o in document["operations"]}
    change(document, operations)
    kept.write("", b"")
    sign(kept.folder / "graph.json", document)
    with pytest.raises(tf.errors.DataLossError) as told:
        samegraph.load(str(kept.folder), backend="numpy")
    assert "graph.json cannot be read" in str(told.value)
    return str(told.value)


def test_forged_operations(kept):
    def change(**parts):
        return lambda document, operations: operations["MatMul"].update(parts)

    cases = [
        ({"kernel": "no_such_op"}, "has no op 'no_such_op'"),
        ({"kernel": "__import__"}, "has no op '__import__'"),
        ({"kernel": "add"}, "its type is MatMul, the op's Add"),
        ({"type": "Assign"}, "its type, Assign, has no kernel|it has 2 inputs"),
        ({"type": "PyFunc", "kernel": ""}, "has no op 'PyFunc'"),
        ({"inputs": ["w:0"]}, "1 inputs do not fit matmul"),
        ({"inputs": ["w:0", "add:0"]}, "'add:0' is no tensor made before it"),
        ({"inputs": ["w:0", "n:0"]}, "tensors are never converted silently"),
        ({"inputs": ["w:0", "w:0"]}, "the inner sizes 3 and 2"),
        ({"outputs": [["float32", [9, 9]]]}, "an output of it is said to be"),
        ({"outputs": []}, "it has 0 outputs, 1 expected"),
        ({"attrs": {"transpose_c": True}}, "matmul has no attribute"),
        ({"attrs": {"transpose_a": {"python": "print()"}}}, "an attribute of the kind 'python' is not known"),
        ({"attrs": {"transpose_a": {"graph": {}}}}, "an attribute of the kind 'graph' is not known"),
        ({"attrs": {"transpose_a": {"tensor": "w:0"}}}, "an attribute of an op is no tensor"),
        ({"attrs": {"transpose_a": {"array": "constant:Const"}}}, "an attribute of the kind 'array' is not known"),
        ({"name": "w"}, "its name is invalid, or not the only one"),
        ({"name": "W"}, "differs from another one in capitals alone"),
        ({"name": "a\nb"}, "its name is invalid"),
        ({"controls": ["add"]}, "'add' is no operation made before it"),
        ({"variable": "w"}, "its type is MatMul"),
        ({"variable": "x"}, "what it assigns or reads is no variable"),
        ({"code": "print()"}, "it has other parts than an operation has"),
    ]
    for parts, words in cases:
        message = forged(kept, change(**parts))
        assert re.search(words, message), (parts, message)


def test_forged_reads_constants_and_draws(tmp_path):
    """A read of another variable than it names, a constant of another type than its value, a draw of what it cannot draw."""
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    c, drawn = tf.constant([1.0, 2.0], name="c"), tf.random_uniform([2], 0, 9, tf.int32, name="drawn")
    tf.multiply(a.read_value() * b, c * tf.cast(drawn, tf.float32), name="y")
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    samegraph.publish(None, s, str(tmp_path))
    samegraph.load(str(tmp_path), backend="numpy")
    whole = (tmp_path / "graph.json").read_text()
    read = next(
        o["name"] for o in json.loads(whole)["operations"] if o["type"] == "ReadVariableOp" and o["variable"] == "a"
    )
    draw = next(o["name"] for o in json.loads(whole)["operations"] if o["type"] == "RandomUniformInt")
    cases = [
        (read, {"inputs": ["b:0"]}, "it reads another variable than it names"),
        ("c", {"outputs": [["float32", [3]]]}, "it is said to be"),
        (draw, {"outputs": [["float32", [2]]]}, "it draws integers"),
    ]
    for name, parts, words in cases:
        document = json.loads(whole)
        next(o for o in document["operations"] if o["name"] == name).update(parts)
        sign(tmp_path / "graph.json", document)
        with pytest.raises(tf.errors.DataLossError, match=words):
            samegraph.load(str(tmp_path), backend="numpy")


@pytest.mark.parametrize(
    "state",
    [
        {"entropy": "1" + "0" * 16, "counts": {}},
        {"entropy": "-1", "counts": {}},
        {"entropy": "g", "counts": {}},
        {"entropy": 5, "counts": {}},
        {"entropy": "0", "counts": {"x": 2**63}},
        {"entropy": "0", "counts": {"x": 1, "y": -1}},
        {"entropy": "0", "counts": {"x": 1.0}},
        {"entropy": "0", "counts": {"x": True}},
        {"entropy": "0", "counts": []},
        {"entropy": "0"},
        None,
    ],
)
def test_random_counters_that_are_none(state):
    for entropy, count in (("f" * 16, 2**63 - 1), ("0", 0)):
        good = {"entropy": entropy, "counts": {"x": count}}
        assert checkpoints.random_state(good, "file") == good
    with pytest.raises(tf.errors.DataLossError, match="its random counters are no counters"):
        checkpoints.random_state(state, "file")


def test_a_sampler_that_would_never_end(tmp_path):
    """Of distinct classes more are asked for than there are."""
    sampled = tf.nn.log_uniform_candidate_sampler([[0]], 1, 3, True, 9)[0]
    samegraph.publish(None, tf.Session(backend="numpy"), str(tmp_path), outputs=sampled)
    assert samegraph.load(str(tmp_path)).run(sampled.op.name).shape == (3,)
    document = json.loads((tmp_path / "graph.json").read_text())
    document["operations"][0]["attrs"]["range_max"] = 2
    sign(tmp_path / "graph.json", document)
    with pytest.raises(tf.errors.DataLossError, match="it cannot draw so many classes"):
        samegraph.load(str(tmp_path))


def test_forged_operations_of_the_host(tmp_path):
    """A form that would fill the memory, a function's name, and types that are not the operation's."""
    x = tf.placeholder(tf.float32, [None], name="x")
    text = tf.string_join([tf.as_string(x, name="text"), "a"], name="joined")
    with tf.control_dependencies([tf.Print(x, [x], name="said")]):
        tf.string_to_number(text, name="number")
    samegraph.publish(None, tf.Session(backend="numpy"), str(tmp_path))
    whole = (tmp_path / "graph.json").read_text()
    cases = [
        ("text", {"attrs": {"form": "%999999999f"}}, "'%999999999f' is no form of a float32"),
        ("text", {"attrs": {"form": "%s"}}, "'%s' is no form of a float32"),
        ("text", {"attrs": {"form": "%f%f"}}, "is no form"),
        ("text", {"attrs": {"form": None}}, "'None' is no form"),
        ("text", {"attrs": {}}, "the attributes .*'form'.* expected"),
        ("text", {"type": "PyFunc", "attrs": {"func": "print"}}, "has no op 'PyFunc'"),
        ("joined", {"inputs": ["x:0"]}, "it joins strings"),
        ("joined", {"inputs": []}, "it joins strings"),
        ("joined", {"attrs": {"separator": 5}}, "its separator is no text"),
        ("joined", {"attrs": {"separator": "", "form": "%s"}}, "the attributes .*'separator'.* expected"),
        ("joined", {"variable": "x"}, "what it assigns or reads is no variable"),
        ("joined", {"outputs": [["float32", None]]}, "an output of it is said to be"),
        ("number", {"outputs": [["bool", None]]}, "it reads numbers of strings"),
        ("number", {"outputs": []}, "cannot be read"),
        ("said/message", {"attrs": {"message": 1, "first_n": 1, "summarize": 3}}, "its message is no text"),
        (
            "said/message",
            {"attrs": {"message": "", "first_n": True, "summarize": 3}},
            "first_n, summarize is no number",
        ),
        ("said/message", {"kernel": "add"}, "has no kernel"),
    ]
    for name, parts, words in cases:
        document = json.loads(whole)
        next(o for o in document["operations"] if o["name"] == name).update(parts)
        sign(tmp_path / "graph.json", document)
        with pytest.raises(tf.errors.DataLossError, match=words):
            samegraph.load(str(tmp_path), backend="numpy")


def test_forged_updates_and_gradients(tmp_path):
    """Rows that do not fit the table or its ids, and gradients of what has none, or stopped at what is no tensor."""
    table = tf.Variable(tf.zeros([3, 2]), name="table")
    ids, rows = tf.placeholder(tf.int32, [4], name="ids"), tf.placeholder(tf.float32, [4, 2], name="rows")
    tf.placeholder(tf.float32, [4, 3], name="wide")
    tf.placeholder(tf.float64, [4, 2], name="double")
    tf.scatter_add(table, ids, rows, name="update")
    y = tf.multiply(rows, rows, name="y")
    tf.gradients(y, rows, grad_ys=y, stop_gradients=[table])
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    samegraph.publish(None, s, str(tmp_path))
    samegraph.load(str(tmp_path), backend="numpy")
    whole = (tmp_path / "graph.json").read_text()
    cases = [
        ("update", {"inputs": ["ids:0", "wide:0"]}, "do not fit float32"),
        ("update", {"inputs": ["ids:0", "double:0"]}, "do not fit float32"),
        ("update", {"inputs": ["rows:0", "rows:0"]}, "do not fit float32"),
        ("update", {"inputs": ["ids:0"]}, "it has 1 inputs, 2 expected"),
        ("gradients/Gradients", {"inputs": ["ids:0", "y:0", "rows:0"]}, "has no gradient"),
        ("gradients/Gradients", {"inputs": ["y:0", "double:0", "rows:0"]}, "has no gradient"),
        ("gradients/Gradients", {"inputs": ["y:0", "wide:0", "rows:0"]}, "has no gradient"),
        ("gradients/Gradients", {"attrs": {"ys": 0, "grad_ys": 0, "stops": {"tuple": []}}}, "its ys are not counted"),
        (
            "gradients/Gradients",
            {"attrs": {"ys": True, "grad_ys": 1, "stops": {"tuple": []}}},
            "its ys are not counted",
        ),
        ("gradients/Gradients", {"attrs": {"ys": 1, "grad_ys": 2, "stops": {"tuple": []}}}, "its ys are not counted"),
        (
            "gradients/Gradients",
            {"attrs": {"ys": 1, "grad_ys": False, "stops": {"tuple": []}}},
            "its ys are not counted",
        ),
        ("gradients/Gradients", {"attrs": {"ys": 1, "grad_ys": 1}}, "it has the attributes"),
        ("gradients/Gradients", {"outputs": [["float32", [4, 3]]]}, "an output of it is said to be"),
        ("gradients/Gradients", {"kernel": "add"}, "has no kernel"),
        *(
            (
                "gradients/Gradients",
                {"attrs": {"ys": n, "grad_ys": m, "stops": {"tuple": []}}},
                "its ys are not counted",
            )
            for n, m in ((3, 0), (2, 2), (3, 3), (-1, -1), (2, 1))
        ),
        ("gradients/Gradients", {"inputs": ["y:0", "y:0"]}, "its ys are not counted"),
        ("gradients/Gradients", {"attrs": {"ys": 4, "grad_ys": 0, "stops": {"tuple": []}}}, "its ys are not counted"),
        (
            "gradients/Gradients",
            {"attrs": {"ys": 1, "grad_ys": 1, "stops": {"tuple": [1]}}},
            "its stops are no tensors",
        ),
        ("gradients/Gradients", {"attrs": {"ys": 1, "grad_ys": 1, "stops": ""}}, "its stops are no tensors"),
    ]
    for name, parts, words in cases:
        document = json.loads(whole)
        next(o for o in document["operations"] if o["name"] == name).update(parts)
        sign(tmp_path / "graph.json", document)
        with pytest.raises(tf.errors.DataLossError, match=words):
            samegraph.load(str(tmp_path), backend="numpy")


def test_forged_graphs(kept):
    cases = [
        (lambda d, o: d.update(version=2), "reads 1"),
        (lambda d, o: d.update(spec_version="9.0"), "it follows specification 9.0"),
        (lambda d, o: d.update(operations={}), "no list of operations"),
        (lambda d, o: d["inputs"].update(x="MatMul"), "an input is no tensor"),
        (lambda d, o: d["outputs"].update(y="nothing:0"), "its outputs"),
        (lambda d, o: d.update(variables=[]), "its list of variables"),
        (lambda d, o: d["variables"].append({"name": "MatMul"}), "its list of variables: 'MatMul' is no variable"),
        (lambda d, o: d["variables"].append({"name": "w"}), "its list of variables: 'w' is no variable"),
        (lambda d, o: d.update(random={"entropy": "0", "counts": {"a": -1}}), "no counters"),
        (lambda d, o: d["arrays"].pop("variable:w"), "variable 'w'.* has no value that fits"),
        (lambda d, o: d["arrays"].update({"variable:MatMul": d["arrays"]["variable:w"]}), "no variable of it"),
        (lambda d, o: o["w"].update(outputs=[["float32", [5, 3]]]), "cannot be read"),
        (lambda d, o: o["random_uniform/RandomUniform"]["attrs"].update(seed=None), "it has one seed of two"),
        (lambda d, o: d.update(data="../" + d["data"]), "the file of its arrays, '../graph.json.* is not there"),
        (lambda d, o: d.update(data="/etc/passwd"), "the file of its arrays, '/etc/passwd', is not there"),
        (lambda d, o: d.update(data=None), "the file of its arrays, None, is not there"),
    ]
    for change, words in cases:
        message = forged(kept, change)
        assert re.search(words, message), message


def structured(kind):
    """The operation of that type in the kept graph."""
    return lambda operations: next(o for o in operations.values() if o["type"] == kind)


def test_forged_blocks(kept):
    """Blocks that lie elsewhere, are shared, left open or too deep, and answers that do not fit what holds them."""
    cond, loop, scan = structured("Cond"), structured("While"), structured("Scan")

    def blocks(op):
        return [b["graph"] for b in op["attrs"]["blocks"]["tuple"]]

    cases = [
        (lambda d, o: d.pop("blocks"), "is the number of no block"),
        (lambda d, o: d.update(blocks=None), "its list of blocks: it is no list"),
        (lambda d, o: d["blocks"].append(99), "its list of blocks: '99' is no block before it"),
        (lambda d, o: d["blocks"].append(len(d["blocks"])), "is no block before it"),
        (lambda d, o: d["blocks"].append(True), "'True' is no block before it"),
        (lambda d, o: d["blocks"].append(None), "a block of it is part of no operation"),
        (lambda d, o: d.update(blocks=[None, *range(500)]), "its list of blocks: control flow lies 80 deep"),
        (lambda d, o: blocks(cond(o))[0].update(block=-1), "'-1' is the number of no block"),
        (lambda d, o: blocks(cond(o))[0].update(blocks(cond(o))[1]), "other blocks than the 2 of a Cond"),
        (lambda d, o: blocks(scan(o))[0].update(block=blocks(cond(o))[1]["block"]), "was complete before it"),
        (lambda d, o: blocks(cond(o))[0].update(code="print()"), "a block of it has other parts"),
        (lambda d, o: blocks(cond(o))[0].update(outputs=[]), "its branches answer different things"),
        (lambda d, o: blocks(cond(o))[0].update(outputs=["n:0"]), "its branches answer different things"),
        (lambda d, o: blocks(cond(o))[0].update(outputs=["nothing:0"]), "is no tensor made before it"),
        (lambda d, o: blocks(cond(o))[0].update(outputs=blocks(cond(o))[1]["outputs"]), "used outside of it"),
        (lambda d, o: cond(o).update(inputs=["n:0"]), "n:0 is no truth value"),
        (lambda d, o: cond(o)["attrs"].update(gathers=True), "it gathers no rows"),
        (lambda d, o: cond(o)["attrs"].update(assigned={"tuple": []}), "attributes"),
        (lambda d, o: cond(o).update(block=blocks(loop(o))[0]["block"]), "a block of it lies in another one"),
        (lambda d, o: cond(o).update(outputs=[]), "it has 0 outputs, 1 expected"),
        (lambda d, o: cond(o).update(outputs=[["float32", [9, 9, 9]]]), "an output of it is said to be"),
        (lambda d, o: loop(o).update(inputs=[]), "it has no variables"),
        (lambda d, o: loop(o).update(inputs=["n:0"]), "do not fit"),
        (lambda d, o: loop(o)["attrs"].update(back_prop=3), "no truth value"),
        (lambda d, o: loop(o)["attrs"].update(assigned={"tuple": []}), "attributes"),
        (lambda d, o: scan(o)["attrs"].update(assigned={"tuple": []}), "attributes"),
        (lambda d, o: blocks(loop(o))[0].update(outputs=["n:0"]), "is no truth value"),
        (lambda d, o: blocks(loop(o))[1].update(outputs=["n:0"]), "do not fit"),
        (lambda d, o: loop(o)["attrs"]["blocks"]["tuple"].pop(), "other blocks than the 2 of a While"),
        (lambda d, o: loop(o)["attrs"]["blocks"]["tuple"].reverse(), "is no truth value"),
        (lambda d, o: loop(o)["attrs"].pop("blocks"), "other blocks than the 2 of a While"),
        (lambda d, o: scan(o)["attrs"].update(carried=7), "its inputs are not counted"),
        (lambda d, o: scan(o)["attrs"].update(carried=1), "do not fit"),
        (lambda d, o: scan(o).update(inputs=["w:0"]), "its length is no integer"),
        (lambda d, o: scan(o).update(inputs=[scan(o)["inputs"][0], "n:0"]), "has another length"),
        (
            lambda d, o: o["MatMul"]["attrs"].update(transpose_a={"graph": {"block": 0, "outputs": []}}),
            "the kind 'graph'",
        ),
        (lambda d, o: o["MatMul"].update(block=0), "used outside of it"),
    ]
    for i, (change, words) in enumerate(cases):
        message = forged(kept, change)
        assert re.search(words, message), (i, words, message)


# Forged row by row: what each kind of operation may say ------------------------------------------------------------------------


def publication(folder):
    """Publishes the default graph; answers a function that loads it, its document changed."""
    s = tf.Session(backend="numpy")
    s.run(tf.global_variables_initializer())
    samegraph.publish(None, s, str(folder))
    whole = (folder / "graph.json").read_text()

    def load(change):
        document = json.loads(whole)
        change(document, {o["name"]: o for o in document["operations"]})
        sign(folder / "graph.json", document)
        return samegraph.load(str(folder), backend="numpy")

    load(lambda d, o: None)
    return load


def row(of, /, **parts):
    """A change of the row of that name."""
    return lambda d, o: o[of].update(parts)


def attrs(of, /, **parts):
    return lambda d, o: o[of]["attrs"].update(parts)


def refuses(load, cases):
    for i, (change, words) in enumerate(cases):
        with pytest.raises(tf.errors.DataLossError) as told:
            load(change)
        assert re.search(words, str(told.value)), (i, words, str(told.value))


def shaped(dims, dtype="float32"):
    return {"outputs": [[dtype, dims]]}


def test_forged_shapes(tmp_path):
    """A size is null or a number below 2^48, and there are at most 32 of them."""
    tf.placeholder(tf.float32, [2, 3], name="x")
    load = publication(tmp_path)
    for dims in ([], [0], [2**48 - 1], [None], [1] * 32, [4, None, 0], None):
        found = load(row("x", **shaped(dims))).inputs["x"].type
        assert found.shape == (None if dims is None else tuple(dims)) and found.dtype == tf.float32
    wrong = ([-1], [True], [1.0], ["1"], [2**48], [1] * 33, [2, -1], "ab", {"a": 1})
    refuses(load, [(row("x", **shaped(dims)), r"operation 1, 'x': .* is no shape") for dims in wrong])
    others = [
        (row("x", outputs=[["float32", 3]]), "operation 1, 'x'"),
        (row("x", outputs=[["float32"]]), "operation 1, 'x'"),
        (row("x", **shaped([1], "float31")), "float31"),
        (row("x", **shaped([1], 5)), "a name in it is no text, or too long"),
        (row("x", **shaped([1], "f" * (10**5 + 1))), "a name in it is no text, or too long"),
        (row("x", **shaped([1], "f" * 10**5)), "ffff"),
        (row("x", outputs=[["float32", [2]], ["float32", [2]]]), "it has 2 outputs, 1 expected"),
        (row("x", outputs=[]), "it has 0 outputs, 1 expected"),
    ]
    refuses(load, others)


def test_forged_literals(tmp_path):
    """A plain value is null, a truth value, a number below 2^64 or a text that is not too long."""
    tf.placeholder(tf.float32, [], name="x")
    load = publication(tmp_path)

    def literal(value):
        return lambda d, o: d.update(collections={"mine": [{"literal": value}]})

    for value in (None, True, 1.5, 2**64 - 1, 1 - 2**64, "é", "x" * 10**5):
        assert load(literal(value)).graph.get_collection("mine") == [value]
    refuses(
        load,
        [
            (literal(v), "its collections: an attribute of it is no plain value")
            for v in (2**64, -(2**64), "x" * (10**5 + 1), [1], {})
        ],
    )


def test_forged_collections_and_seeds(tmp_path):
    w, x = tf.Variable(1.0, name="w"), tf.placeholder(tf.float32, [], name="x")
    for value in (w, x, x.op, 3):
        tf.add_to_collection("mine", value)
    load = publication(tmp_path)
    model = load(lambda d, o: d.update(seed=2**64 - 1))
    with model.graph.as_default():
        v, t, op, number = tf.get_collection("mine")
        assert v is tf.global_variables()[0] and v.name == "w:0" and number == 3
    assert (t, op) == (model.inputs["x"], model.inputs["x"].op) and model.graph.seed == 2**64 - 1
    assert load(lambda d, o: d.update(seed=None)).graph.seed is None

    def collected(**rows):
        return lambda d, o: d.update(collections={"mine": [rows]})

    cases = [
        (collected(variable="x"), "its collections"),
        (collected(tensor="x"), "its collections: 'x' is no tensor made before it"),
        (collected(tensor=5), "its collections: '5' is no tensor made before it"),
        (collected(operation="x:0"), "its collections: 'x:0' is no operation made before it"),
        (collected(operation=["x"]), "its collections: .* is no operation made before it"),
        (collected(thing="x"), "its collections"),
        (lambda d, o: d.update(collections={"mine": [5]}), "its collections"),
        (lambda d, o: d.update(collections={"mine": 5}), "its collections"),
        (lambda d, o: d.update(collections=[]), "its collections"),
        (lambda d, o: d.pop("collections"), "its collections"),
        (lambda d, o: d.update(seed=2**64), "its seed is no integer"),
        (lambda d, o: d.update(seed=-(2**64)), "its seed is no integer"),
        (lambda d, o: d.update(seed=True), "its seed is no integer"),
        (lambda d, o: d.update(seed="1"), "its seed is no integer"),
    ]
    refuses(load, cases)


def test_forged_attributes(tmp_path):
    """A kind of attribute is known or refused, alone, and not too deep."""
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.nn.leaky_relu(x, alpha=0.5, name="y")
    load = publication(tmp_path)
    for value in ("inf", "-inf", "nan"):
        got = load(attrs("y", alpha={"float": value})).graph.get_operation_by_name("y").get_attr("alpha")
        assert repr(got) == value

    def deep(levels):
        value = 1
        for _ in range(levels):
            value = {"tuple": [value]}
        return value

    expected, unknown = r"it has the attributes \['a'\], \[\] expected", "an attribute of it has an unknown form"
    cases = [
        *((row("x", attrs={"a": a}), expected) for a in (deep(8), {"float": "nan"}, {"dtype": "int32"}, None)),
        *((row("x", attrs={"a": a}), unknown) for a in (deep(9), {}, {"tuple": [], "dtype": "int32"})),
        *((attrs("y", alpha={"float": a}), "the kind 'float' is not known") for a in ("1.5", "NaN", 2.0, ["nan"])),
        (row("x", attrs={"a": {"dtype": "int31"}}), "int31"),
        (row("x", attrs={"a": {"dtype": 5}}), "a name in it is no text"),
        (row("x", attrs={"a": {"tensor": "y:0"}}), "'y:0' is no tensor made before it"),
        (row("x", attrs={"a": {"array": "constant:x"}}), "the kind 'array' is not known"),
        (row("x", attrs={"a": {"graph": {"block": 0, "outputs": []}}}), "the kind 'graph' is not known"),
        (row("x", attrs={"a": 2**64}), "no plain value"),
        (row("x", attrs={"a" * (10**5 + 1): 1}), "a name in it is no text, or too long"),
        (row("x", attrs=[]), "operation 1, 'x'"),
        (attrs("y", alpha={"tensor": "x:0"}), "an attribute of an op is no tensor"),
        (attrs("y", alpha={"tuple": [1, {"tuple": [{"tensor": "x:0"}]}]}), "an attribute of an op is no tensor"),
    ]
    refuses(load, cases)


def test_forged_names_and_references(tmp_path):
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.control_dependencies([x]):
        tf.negative(x, name="y")
    load = publication(tmp_path)
    text, known = "a name in it is no text, or too long", "is no tensor made before it"
    cases = [
        *((row("y", inputs=[name]), known) for name in ("x", "x:1", "x:-1", "x:00", "x: 0", "y:0", ":0", "", 0, None)),
        (row("y", inputs=[["x:0"]]), known),
        *((row("y", controls=[name]), "is no operation made before it") for name in ("x:0", "y", "z", 0, None, ["x"])),
        *((row("y", name=name), text) for name in (5, None, "a" * (10**5 + 1))),
        *((row("y", name=name), "its name is invalid") for name in ("", "a b", "_a", "a/", "~a", "a:0", "x")),
        *((row("y", **{part: 5}), text) for part in ("type", "kernel", "device")),
        (row("y", variable="z"), "is no operation made before it"),
        (row("y", variable=5), "is no operation made before it"),
        (row("y", block=0), "'0' is the number of no block"),
        (row("y", made_at="here"), "it has other parts than an operation has"),
        (lambda d, o: o["y"].pop("name"), "operation 2, 'None': 'name'"),
        (lambda d, o: d["operations"].append(5), "operation [0-9]+, '5': it has other parts than an operation has"),
        (lambda d, o: d.update(operations=None), "no list of operations, or too long a one"),
    ]
    refuses(load, cases)
    every = {"controls": [], "attrs": {}, "device": "", "variable": None, "block": 0}
    refuses(
        load, [(row("y", **every), "'0' is the number of no block")]
    )  # each of these parts is one that a row may have


def test_more_operations_than_a_file_may_have(tmp_path, monkeypatch):
    tf.placeholder(tf.float32, [2], name="x")
    load = publication(tmp_path)
    document = json.loads((tmp_path / "graph.json").read_text())
    monkeypatch.setattr(graphs, "_MOST_OPERATIONS", len(document["operations"]))
    load(lambda d, o: None)
    refuses(load, [(lambda d, o: d.update(blocks=[None] * 5), "its list of blocks: it is no list, or too long a one")])
    most = len(document["operations"])
    refuses(load, [(lambda d, o: d.update(blocks=[None] * most), "a block of it is part of no operation")])
    monkeypatch.setattr(graphs, "_MOST_OPERATIONS", most - 1)
    refuses(load, [(lambda d, o: None, "no list of operations, or too long a one")])


def test_forged_versions_of_the_specification(tmp_path):
    tf.placeholder(tf.float32, [2], name="x")
    load = publication(tmp_path)
    own = json.loads((tmp_path / "graph.json").read_text())["spec_version"]
    major, minor = own.split(".")
    for version in (own, "0.1", "0.0.99999", f"{major}.{int(minor) - 1}.9"):
        load(lambda d, o, version=version: d.update(spec_version=version))
    wrong = ("", "1.x", "0.-1", "²", None, "0.100000")
    newer = (f"{own}.1", f"{major}.{int(minor) + 1}", f"{int(major) + 1}.0", "0.99999")
    refuses(
        load,
        [
            *((lambda d, o, v=v: d.update(spec_version=v), "its spec_version is") for v in wrong),
            *((lambda d, o, v=v: d.update(spec_version=v), f"it follows specification {v}, ") for v in newer),
        ],
    )


def test_forged_kernels(tmp_path):
    """A row of an op has its type, its operands and attributes that it knows, those that it needs among them."""
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.Variable(1.0, name="w")
    tf.stack([x, x], name="stacked")
    tf.expand_dims(x, 0, name="wide")
    tf.identity(x, name="same")
    tf.add(x, x, name="sum")
    tf.placeholder_with_default([1, 2], [None], name="default")
    load = publication(tmp_path)
    for kind in ("Print", "PlaceholderWithDefault"):
        assert load(row("same", type=kind)).graph.get_operation_by_name("same").type == kind
    assert load(row("default", **shaped([2], "int32"))).outputs["default"].type.shape == (2,)
    cases = [
        (row("same", type="Foo"), "its type is Foo, the op's Identity"),
        (row("sum", type="Print"), "its type is Print, the op's Add"),
        (row("same", variable="w"), "its type is Identity"),
        (row("sum", inputs=["x:0"]), "1 inputs do not fit add"),
        (row("sum", inputs=["x:0"] * 3), "3 inputs do not fit add"),
        (row("stacked", inputs=[]), "'stacked': at least one tensor is needed"),
        (row("sum", attrs={"axis": 0}), r"add has no attribute \['axis'\]"),
        (row("wide", attrs={}), r"expand_dims needs the attributes \['axis'\]"),
        (row("default", **shaped([3], "int32")), r"an output of it is said to be int32\(3,\), and is int32\(2,\)"),
        (row("default", **shaped([None])), "an output of it is said to be"),
        (row("default", outputs=[]), "it has 0 outputs, 1 expected"),
        (row("default", outputs=[["int32", [2]]] * 2), "it has 2 outputs, 1 expected"),
        (row("sum", outputs=[["float32", [2]]] * 2), "it has 2 outputs, 1 expected"),
        (row("sum", **shaped([3])), r"said to be float32\(3,\), and is float32\(2,\)"),
        (row("sum", **shaped([2], "float64")), r"said to be float64\(2,\), and is float32\(2,\)"),
    ]
    refuses(load, cases)


def test_forged_state(tmp_path):
    """Constants, placeholders, variables and what assigns them: inputs, attributes and variables of their own kinds."""
    w, x = tf.Variable([1.0, 2.0], name="w"), tf.placeholder(tf.float32, [2], name="x")
    tf.placeholder(tf.float64, [2], name="double")
    tf.placeholder(tf.float32, [3], name="long")
    tf.constant([1, 2, 3], name="c")
    w.assign_add(x, name="up")
    with tf.control_dependencies([x]):
        w.read_value()
    with tf.control_dependencies([x]):
        tf.no_op(name="nothing")
    load = publication(tmp_path)
    rows = json.loads((tmp_path / "graph.json").read_text())["operations"]
    read = next(o["name"] for o in rows if o["type"] == "ReadVariableOp")
    assert not load(lambda d, o: None).graph.get_operation_by_name("c").get_attr("value").flags.writeable
    variable = "it names a variable and has none to name, or the other way round"
    cases = [
        (row("x", inputs=["w:0"]), "it has 1 inputs, 0 expected"),
        (row("x", kernel="add"), "its type, Placeholder, has no kernel"),
        (row("x", variable="w"), variable),
        (row("x", attrs={"a": 1}), r"it has the attributes \['a'\], \[\] expected"),
        (row("c", inputs=["w:0"]), "it has 1 inputs, 0 expected"),
        (row("c", attrs={}), r"it has the attributes \[\], \['dtype', 'value'\] expected"),
        (attrs("c", dtype={"dtype": "int64"}), "its value has another dtype"),
        (attrs("c", value=5), "its value has another dtype"),
        (attrs("c", value={"array": "constant:none"}), "operation .*'c'"),
        (attrs("c", value={"array": ["constant:c"]}), "a name in it is no text"),
        (row("c", **shaped([2], "int32")), "it is said to be .*, and is"),
        (row("c", **shaped([None], "int32")), "it is said to be .*, and is"),
        (row("w", inputs=["w/initial_value:0"]), "it has 1 inputs, 0 expected"),
        (row("w", attrs={}), r"\['trainable'\] expected"),
        (attrs("w", trainable=1), "its attribute trainable is no truth value"),
        (row("w", outputs=[]), "it has 0 outputs, 1 expected"),
        (row("w", outputs=[["float32", [2]]] * 2), "it has 2 outputs, 1 expected"),
        (lambda d, o: o["up"].pop("variable"), variable),
        (row("up", variable="c"), "what it assigns or reads is no variable"),
        (row("up", inputs=["double:0"]), r"float64\(2,\) cannot be assigned to float32\(2,\)"),
        (row("up", inputs=["long:0"]), r"float32\(3,\) cannot be assigned to float32\(2,\)"),
        (row("up", inputs=["x:0", "x:0"]), "it has 2 inputs, 1 expected"),
        (row("up", attrs={"a": 1}), r"it has the attributes \['a'\]"),
        (row("up", **shaped([3])), "an output of it is said to be"),
        (lambda d, o: o[read].pop("variable"), variable),
        (row(read, inputs=["x:0"]), "it reads another variable than it names"),
        (row(read, inputs=[]), "it has 0 inputs, 1 expected"),
        (row(read, attrs={"a": 1}), r"it has the attributes \['a'\]"),
        (row("nothing", inputs=["x:0"]), "it has 1 inputs, 0 expected"),
        (row("nothing", attrs={"a": 1}), r"it has the attributes \['a'\]"),
        (row("nothing", **shaped([])), "it has 1 outputs, 0 expected"),
    ]
    refuses(load, cases)


def test_forged_lists_of_variables(tmp_path):
    tf.Variable([1.0, 2.0], name="w"), tf.Variable(3, name="n")
    tf.placeholder(tf.float32, [], name="x")
    load = publication(tmp_path)
    with load(lambda d, o: None).graph.as_default():
        w, n = tf.global_variables()
    assert (w.initializer.name, w.initial_value.name) == ("w/Assign", "w/initial_value:0") and n.name == "n:0"
    with load(lambda d, o: d["variables"][0].pop("initial_value")).graph.as_default():
        assert tf.global_variables()[0].initializer.name == "w/Assign"

    def changed(**parts):
        return lambda d, o: d["variables"][0].update(parts)

    cases = [
        (lambda d, o: d["variables"].pop(0), "its list of variables: one is left out"),
        (lambda d, o: d["variables"].append({"name": "x"}), "its list of variables: 'x' is no variable"),
        (lambda d, o: d["variables"].append({"name": "n"}), "its list of variables: 'n' is no variable"),
        (changed(name="z"), "its list of variables: 'z' is no operation made before it"),
        (changed(initializer="w:0"), "its list of variables: 'w:0' is no operation made before it"),
        (changed(initial_value="w"), "its list of variables: 'w' is no tensor made before it"),
        (lambda d, o: d.update(variables=[5]), "its list of variables"),
        (lambda d, o: d.update(variables=None), "its list of variables"),
    ]
    refuses(load, cases)


def test_forged_draws(tmp_path):
    """Each kind draws what it can draw, of a shape that is a vector of integers."""
    tf.Variable(1.0, name="w")
    x, dims = tf.placeholder(tf.float32, [None, 2], name="x"), tf.placeholder(tf.int32, [2], name="dims")
    tf.placeholder(tf.int32, [], name="scalar"), tf.placeholder(tf.int32, [2, 2], name="matrix")
    tf.random_uniform(dims, name="u"), tf.random_uniform(dims, 0, 9, tf.int32, name="whole", seed=3)
    tf.random_shuffle(x, name="order"), tf.multinomial(x, 3), tf.random_normal(dims, name="n")
    tf.truncated_normal(dims, name="t")
    load = publication(tmp_path)
    rows = json.loads((tmp_path / "graph.json").read_text())["operations"]
    names = {o["type"]: o["name"] for o in rows}
    floats = ("RandomUniform", "RandomStandardNormal", "TruncatedNormal", "RandomGumbel")
    whole, order, uniform = (names[k] for k in ("RandomUniformInt", "RandomPermutation", "RandomUniform"))
    made = load(row(uniform, **shaped(None))).graph.get_operation_by_name(uniform)
    assert made.outputs[0].type.shape == (None, None)
    vector, seeds = "its shape is no vector of integers", "it has one seed of two, or none that are numbers"
    cases = [
        *(
            (row(names[k], **shaped([None] * (3 if k == "RandomGumbel" else 2), "int32")), "it draws floats")
            for k in floats
        ),
        *((row(names[k], inputs=["x:0"]), vector) for k in (*floats, "RandomUniformInt", "RandomPermutation")),
        *((row(uniform, inputs=[f"{name}:0"]), vector) for name in ("scalar", "matrix")),
        (row(uniform, **shaped([None] * 3)), "an output of it is said to be"),
        (row(uniform, inputs=[]), "it has 0 inputs, 1 expected"),
        (row(uniform, inputs=["dims:0", "dims:0"]), "it has 2 inputs, 1 expected"),
        (row(uniform, kernel="add"), "has no kernel"),
        (row(uniform, variable="w"), "it names a variable and has none to name"),
        (row(uniform, outputs=[]), "it has 0 outputs, 1 expected"),
        (row(uniform, outputs=[["float32", [None, None]]] * 2), "it has 2 outputs, 1 expected"),
        (attrs(uniform, minval=0), "it has the attributes"),
        (attrs(uniform, seed=1), seeds),
        (attrs(uniform, seed2=1), seeds),
        (attrs(whole, seed=None), seeds),
        (attrs(whole, seed2=None), seeds),
        (attrs(whole, seed="1"), seeds),
        (attrs(whole, seed2=1.5), seeds),
        (attrs(uniform, seed={"tensor": "x:0"}), seeds),
        (attrs(whole, minval=9), "it draws from an empty range"),
        (attrs(whole, maxval=-1), "it draws from an empty range"),
        (attrs(whole, minval=0.5), "it draws from an empty range"),
        (attrs(whole, maxval=9.5), "it draws from an empty range"),
        (attrs(whole, maxval="a"), "it draws from an empty range"),
        (row(whole, **shaped([None, None])), "it draws integers"),
        (row(whole, **shaped([None, None], "bool")), "it draws integers"),
        (row(order, **shaped([None])), "it draws an order, a vector of integers"),
        (row(order, inputs=["dims:0"]), "it draws an order, a vector of integers"),
    ]
    refuses(load, cases)
    load(attrs(whole, minval=8))
    for seed in (0, -(2**63)):
        load(attrs(whole, seed=seed, seed2=seed))


def test_forged_samplers(tmp_path):
    """One that could never end, or counts by other than numbers."""
    tf.nn.uniform_candidate_sampler([[0]], 1, 3, True, 5, seed=1, name="u")
    tf.nn.log_uniform_candidate_sampler([[0]], 1, 0, True, 5, name="none")
    tf.nn.fixed_unigram_candidate_sampler(
        [[0]], 1, 2, True, 4, unigrams=[1.0, 0.0, 3.0], num_reserved_ids=1, seed=1, name="f"
    )
    load = publication(tmp_path)
    rows = json.loads((tmp_path / "graph.json").read_text())["operations"]
    uniform, weighted = (next(o["name"] for o in rows if o["type"].startswith(k)) for k in ("Uniform", "FixedUnigram"))
    for most in (3, 2**48):
        load(attrs(uniform, range_max=most))
    assert sorted(load(lambda d, o: None).run(weighted)) == [1, 3]
    many, counts, sums = "it cannot draw so many classes", "by other than numbers", "its weights are no running sum"
    nothing = {"float": "nan"}
    cases = [
        (attrs(uniform, range_max=2), many),
        (attrs(uniform, num_sampled=-1), many),
        (attrs(uniform, num_sampled=6), many),
        (attrs(uniform, unique=False, num_sampled=2**48 + 1), many),
        (attrs(uniform, range_max=0), counts),
        (attrs(uniform, range_max=2**48 + 1), counts),
        (attrs(uniform, range_max=5.0), counts),
        (attrs(uniform, num_sampled=3.0), counts),
        (attrs(uniform, num_sampled=True), counts),
        (attrs(uniform, unique=1), counts),
        (attrs(uniform, cumulated={"tuple": []}), "it has the attributes"),
        (lambda d, o: o[uniform]["attrs"].pop("num_sampled"), "it has the attributes"),
        (attrs(uniform, seed=None), "it has one seed of two"),
        (row(uniform, outputs=[["int64", [4]], ["float32", []]]), "an output of it is said to be"),
        (row(uniform, outputs=[["int32", [3]], ["float32", []]]), "an output of it is said to be"),
        (row(uniform, outputs=[["int64", [3]], ["float64", []]]), "an output of it is said to be"),
        (row(uniform, outputs=[["int64", [3]]]), "it has 1 outputs, 2 expected"),
        (attrs(weighted, num_sampled=3), many),  # the reserved class and the one without weight are never drawn
        (attrs(weighted, range_max=3), sums),
        (attrs(weighted, cumulated={"tuple": [0.0, 0.5, 0.25, 1.0]}), sums),
        (attrs(weighted, cumulated={"tuple": [-0.5, 0.5, 0.75, 1.0]}), sums),
        (attrs(weighted, cumulated={"tuple": [nothing] * 4}), sums),
        (attrs(weighted, cumulated={"tuple": [0.0, 0.25, 0.5, {"float": "inf"}]}), sums),
        (attrs(weighted, cumulated={"tuple": ["a", "b", "c", "d"]}), sums),
        (attrs(weighted, cumulated={"tuple": [0.0, 0.0, 0.0, 0.0]}), many),
        (attrs(weighted, cumulated=5), "operation"),
    ]
    refuses(load, cases)
    model = load(attrs(uniform, unique=False, range_max=1))
    assert model.run(uniform).tolist() == [0, 0, 0]


def inner(of, i, **parts):
    """A change of what the row of a cond or loop says of its block `i`."""
    return lambda d, o: o[of]["attrs"]["blocks"]["tuple"][i]["graph"].update(parts)


def test_forged_branches(tmp_path):
    """What a cond decides by, what its branches answer, and one that gathers rows for a gradient."""
    x, yes = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.bool, [], name="yes")
    tf.placeholder(tf.bool, [1], name="several"), tf.placeholder(tf.float32, [], name="number")
    table, ids = tf.Variable(tf.zeros([3, 2]), name="table"), tf.placeholder(tf.int32, [None], name="ids")

    def branch():
        return tf.reduce_sum(tf.gather(table, ids, name="rows"), name="a"), tf.identity(x, name="b")

    def other():
        return tf.identity(x[0], name="c"), tf.negative(x, name="d")

    made, _ = tf.cond(yes, branch, other, name="made")
    tf.gradients(made, [table])
    load = publication(tmp_path)
    rows = json.loads((tmp_path / "graph.json").read_text())["operations"]
    gathering = next(o["name"] for o in rows if "gathers" in o.get("attrs", {}))
    assert load(lambda d, o: None).graph.get_operation_by_name(gathering).get_attr("gathers") is True
    cond = next(o["name"] for o in rows if o["type"] == "Cond" and o["name"] != gathering)
    block = next(o for o in rows if o["name"] == "made/a")["block"]
    answers = "its branches answer different things"
    cases = [
        (row(cond, inputs=["number:0"]), "number:0 is no truth value"),
        (row(cond, inputs=["several:0"]), "several:0 is no truth value"),
        (row(cond, inputs=["yes:0", "yes:0"]), "it has 2 inputs, 1 expected"),
        (row(cond, kernel="add"), "its type, Cond, has no kernel"),
        (row(cond, variable="table"), "it names a variable and has none to name"),
        (attrs(cond, back_prop=True), "it has the attributes"),
        (inner(cond, 0, outputs=["made/a:0"]), answers),
        (inner(cond, 0, outputs=["made/b:0", "made/a:0", "ids:0"]), answers),
        (lambda d, o: [inner(cond, i, outputs=[])(d, o) for i in (0, 1)], answers),
        (inner(cond, 0, outputs=["made/c:0", "made/d:0"]), "used outside of it"),
        (inner(cond, 0, outputs=5), "operation"),
        (inner(cond, 0, block=len({*"012345"})), "is the number of no block"),
        (inner(cond, 0, block=True), "is the number of no block"),
        (attrs(cond, blocks={"tuple": []}), "other blocks than the 2 of a Cond"),
        (attrs(cond, blocks={"tuple": [1, 2]}), "other blocks than the 2 of a Cond"),
        (attrs(cond, blocks=2), "other blocks than the 2 of a Cond"),
        (attrs(cond, gathers=True), "it gathers no rows"),
        (attrs(gathering, gathers=1), "it gathers no rows"),
        (
            lambda d, o: [inner(gathering, i, outputs=[t])(d, o) for i, t in ((0, "ids:0"), (1, "ids:0"))],
            "gathers no rows",
        ),
        (lambda d, o: [inner(gathering, i, outputs=["x:0"] * 2)(d, o) for i in (0, 1)], "it gathers no rows"),
        (row(cond, **shaped([])), "it has 1 outputs, 2 expected"),
        (lambda d, o: [d["blocks"].append(None), o["ids"].update(type="BodyInput", block=len(d["blocks"]) - 1)], "ids"),
        (row("ids", type="BodyInput"), "it lies in no block"),
        (row("ids", type="BodyInput", block=block, inputs=["x:0"]), "it has 1 inputs, 0 expected"),
        (row("ids", type="BodyInput", block=block, outputs=[]), "it has 0 outputs, 1 expected"),
        (row("ids", type="BodyInput", block=block), "operation"),
    ]
    refuses(load, cases)

    def with_an_input(d, o):
        """A branch is given nothing: it has what it captures."""
        o["made/b"].update(type="BodyInput", inputs=[])
        o["made/b"].pop("kernel")

    refuses(load, [(with_an_input, "its branches have inputs")])


def test_an_answer_from_deeper_inside(tmp_path):
    """A branch answers what it computes itself, not what runs only in a branch of its own."""
    x, yes = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.bool, [], name="yes")
    tf.cond(
        yes, lambda: tf.cond(yes, lambda: tf.identity(x, name="deep"), lambda: x + 1.0), lambda: x * 2.0, name="outer"
    )
    load = publication(tmp_path)
    rows = json.loads((tmp_path / "graph.json").read_text())["operations"]
    deep = next(o["name"] for o in rows if o["name"].endswith("deep"))
    outer = next(o["name"] for o in rows if o["type"] == "Cond" and "block" not in o)
    refuses(load, [(inner(outer, 0, outputs=[f"{deep}:0"]), f"{deep} runs only inside the cond or loop")])


def test_forged_loops(tmp_path):
    """Variables, blocks and lengths of a loop fit each other."""
    x, n = tf.placeholder(tf.float32, [2], name="x"), tf.placeholder(tf.int32, [], name="n")
    tf.constant(0, name="nothing"), tf.placeholder(tf.float32, [0], name="empty")
    tf.constant(-1, name="minus"), tf.constant(3, name="three"), tf.placeholder(tf.int32, [1], name="one")
    tf.placeholder(tf.float32, None, name="unknown"), tf.placeholder(tf.float32, [], name="number")
    tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.multiply(a, 2.0, name="twice")), [0, x], name="loop")
    tf.scan(lambda a, e: tf.add(a, e, name="sum"), x, initializer=0.0, name="scan")
    load = publication(tmp_path)
    rows = {o["name"]: o for o in json.loads((tmp_path / "graph.json").read_text())["operations"]}
    length, init, _ = rows["scan"]["inputs"]
    model = load(lambda d, o: None)
    assert [a.tolist() for a in model.run(["loop:1", "scan:1"], {"x": [1.0, 2.0], "n": 2})] == [[4.0, 8.0], [1.0, 3.0]]

    def scanning(*names):
        return row("scan", inputs=[*names])

    def empty(d, o):
        o["scan"].update(inputs=["nothing:0", init, "empty:0"], outputs=[["float32", []], ["float32", [0]]])

    assert load(empty).run("scan:1", {"empty": []}).shape == (0,)

    counted, fits = "its inputs are not counted", "of a block do not fit"
    cases = [
        (row("loop", inputs=["x:0", "x:0"]), fits),
        (row("loop", inputs=["n:0"]), fits),
        (row("loop", inputs=[]), "it has no variables, or another condition than one"),
        (inner("loop", 0, outputs=[]), "it has no variables, or another condition than one"),
        (inner("loop", 0, outputs=["loop/Less:0"] * 2), "it has no variables, or another condition than one"),
        (inner("loop", 0, outputs=["n:0"]), "n:0 is no truth value"),
        (inner("loop", 1, outputs=["n:0", "one:0"]), fits),
        (inner("loop", 1, outputs=["n:0"]), fits),
        (inner("loop", 1, outputs=["loop/cond_i:0", "x:0"]), "used outside of it"),
        (attrs("loop", back_prop=1), "an attribute of it is no truth value"),
        (attrs("loop", **{"while": None}), "an attribute of it is no truth value"),
        (attrs("loop", carried=1), "it has the attributes"),
        (attrs("loop", reverse=True), "it has the attributes"),
        (row("loop", variable="x"), "what it assigns or reads is no variable"),
        (row("loop", **shaped([3])), "it has 1 outputs, 2 expected"),
        (row("loop", outputs=[["int32", []], ["float32", [3]]]), "an output of it is said to be"),
        (scanning(), counted),
        (attrs("scan", carried=3), counted),
        (attrs("scan", carried=-1), counted),
        (attrs("scan", carried=True), counted),
        (attrs("scan", carried=1.0), counted),
        (attrs("scan", carried=0), "which it goes through, has another length"),
        (attrs("scan", carried=2), fits),
        (scanning("one:0", init, "x:0"), "its length is no integer"),
        (scanning("number:0", init, "x:0"), "its length is no integer"),
        (scanning("minus:0", init, "x:0"), "its length is negative"),
        (scanning("nothing:0", init, "x:0"), "x:0, which it goes through, has another length"),
        (scanning("three:0", init, "x:0"), "x:0, which it goes through, has another length"),
        (scanning(length, init, "number:0"), "number:0, which it goes through, has another length"),
        (scanning(length, init, "unknown:0"), "unknown:0, which it goes through, has another length"),
        (scanning(length, "n:0", "x:0"), fits),
        (scanning(length, init, "x:0", "x:0"), fits),
        (inner("scan", 0, outputs=["number:0"]), "it has 2 outputs, 1 expected"),
        (inner("scan", 0, outputs=[]), fits),
        (inner("scan", 0, outputs=["n:0", "number:0"]), fits),
        (attrs("scan", reverse=0), "an attribute of it is no truth value"),
        (attrs("scan", back_prop="yes"), "an attribute of it is no truth value"),
        (attrs("scan", gathers=True), "it has the attributes"),
        (lambda d, o: o["scan"]["attrs"].pop("carried"), "operation .*'scan': 'carried'"),
        (lambda d, o: o["scan"]["attrs"].pop("reverse"), "operation .*'scan': 'reverse'"),
        (attrs("scan", blocks={"tuple": [1]}), "other blocks than the 1 of a Scan"),
        (lambda d, o: d["blocks"].append("0"), "its list of blocks: '0' is no block before it"),
        (lambda d, o: d["blocks"].append(-1), "its list of blocks: '-1' is no block before it"),
    ]
    refuses(load, cases)


def test_a_draw_in_a_forged_loop(tmp_path):
    """In a while loop nobody knows how many values to draw ahead."""
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.while_loop(lambda a: tf.reduce_sum(a) < 3.0, lambda a: [tf.negative(a, name="b")], [x], name="loop")
    tf.random_uniform([2], name="u")
    load = publication(tmp_path)

    def drawing(d, o):
        draw = o["u/RandomUniform"]
        o["loop/b"].clear()
        o["loop/b"].update({**draw, "name": "loop/b", "block": o["loop/a"]["block"]})
        rows = d["operations"]
        rows.sort(key=lambda r: r["name"] != draw["inputs"][0].split(":")[0])

    refuses(load, [(drawing, "draws random values in a loop whose number of iterations is not known")])


def test_forged_host_operations_of_every_kind(tmp_path):
    """Strings where strings are read, numbers where numbers are, plain values of the kind that each takes."""
    x, words = tf.placeholder(tf.float32, [None], name="x"), tf.placeholder(tf.string, [None], name="words")
    tf.placeholder(tf.bool, [], name="yes"), tf.placeholder(tf.bool, [2], name="several")
    tf.placeholder(tf.int32, [1], name="sizes"), tf.Variable(1.0, name="w")
    tf.as_string(x, precision=2, name="text"), tf.as_string(tf.placeholder(tf.int32, [], name="n"), name="whole")
    tf.as_string(words, name="copy"), tf.as_string(tf.placeholder(tf.bool, [], name="p"), name="truth")
    tf.string_join([words, "a"], name="joined"), tf.string_to_number(words, name="number")
    tf.decode_raw(words, tf.int16, name="raw"), tf.Print(x, [x], name="said")
    tf.Assert(tf.constant(True), [x], name="holds"), tf.summary.scalar("low", x[0]), tf.summary.histogram("all", x)
    tf.summary.merge_all(name="merged"), tf.random_gamma([1], x, seed=1, name="g")
    tf.random_poisson(x, [1], tf.int32, seed=1, name="p_")
    load = publication(tmp_path)
    rows = json.loads((tmp_path / "graph.json").read_text())["operations"]
    gamma, poisson = (next(o["name"] for o in rows if o["type"] == k) for k in ("RandomGamma", "RandomPoissonV2"))
    merged = next(o["name"] for o in rows if o["type"] == "MergeSummary")
    for form in ("%9999.9999g", "%+3e", "%-5.2f", "%0f", "%f"):
        load(attrs("text", form=form))
    for form in ("%d", "%-9999d", "%+d", "%05d"):
        load(attrs("whole", form=form))
    for change in (
        attrs("copy", form="%5s"),
        attrs("truth", form="%-9s"),
        attrs("joined", separator=", "),
        attrs("raw", little_endian=False),
        attrs("said/message", message="é", first_n=-5, summarize=0),
        attrs("holds", summarize=10**6),
        attrs("low", tag="other"),
        *(row("number", **shaped([None], kind)) for kind in ("float32", "float64", "int32", "int64")),
        row("raw", **shaped([None, None], "float64")),
        *(row(poisson, **shaped([1, None], kind)) for kind in ("float64", "int64", "float16")),
        *(attrs(g, seed=None, seed2=None) for g in (gamma, poisson)),
    ):
        load(change)
    strings, numbers, draws = "it reads numbers of strings", "it says no numbers under a tag", "it draws other values"
    cases = [
        *((attrs("text", form=f), f"'{f}' is no form of a float32") for f in ("%12345f", "%.12345f", "%d", "f", "%f ")),
        *((attrs("whole", form=f), f"'{f}' is no form of a int32") for f in ("%s", "%f", "%12345d", "%.2d", "d")),
        (attrs("truth", form="%d"), "'%d' is no form of a bool"),
        (attrs("copy", form="%d"), "'%d' is no form of a string"),
        (attrs("text", form=["%f"]), "no plain value"),
        (row("text", inputs=["x:0", "x:0"]), "it has 2 inputs, 1 expected"),
        (row("text", **shaped([2, 2], "string")), "said to be"),
        (row("text", **shaped([None])), "an output of it is said to be"),
        (row("joined", inputs=["words:0", "x:0"]), "it joins strings"),
        (row("joined", kernel="add"), "has no kernel"),
        (row("number", inputs=["x:0"]), strings),
        (row("number", inputs=["words:0", "words:0"]), "it has 2 inputs, 1 expected"),
        *((row("number", **shaped([None], kind)), strings) for kind in ("float16", "int8", "string")),
        (row("number", **shaped([None, None])), "an output of it is said to be"),
        (row("number", attrs={"a": 1}), "it has the attributes"),
        (row("raw", inputs=["x:0"]), strings),
        (row("raw", **shaped([None, None], "string")), strings),
        (row("raw", inputs=[]), "it has 0 inputs, 1 expected"),
        (attrs("raw", little_endian=1), "its attribute little_endian is no truth value"),
        (attrs("said/message", message=None), "its message is no text"),
        *((attrs("said/message", **{k: 1.5}), "first_n, summarize is no number") for k in ("first_n", "summarize")),
        (row("said/message", attrs={"message": ""}), "it has the attributes"),
        (row("said/message", **shaped([])), "it has 1 outputs, 0 expected"),
        (row("said/message", variable="w"), "it names a variable"),
        *(
            (row("holds", inputs=i), "its condition is no truth value")
            for i in ([], ["x:0"], ["several:0"], ["x:0", "yes:0"])
        ),
        (attrs("holds", summarize=True), "one of its attributes summarize is no number"),
        (attrs("holds", message=""), "it has the attributes"),
        (row("low", inputs=["words:0"]), numbers),
        (row("all", inputs=["yes:0"]), numbers),
        (attrs("low", tag=5), numbers),
        (row("all", inputs=["x:0", "x:0"]), "it has 2 inputs, 1 expected"),
        (row("all", attrs={}), "it has the attributes"),
        (row("all", **shaped([1], "string")), "an output of it is said to be"),
        (row(merged, inputs=["low:0", "x:0"]), "it merges strings"),
        (row(merged, attrs={"a": 1}), "it has the attributes"),
        (row(merged, **shaped([])), "an output of it is said to be"),
        *((row(g, inputs=["x:0", "x:0"]), draws) for g in (gamma, poisson)),
        *((row(g, inputs=["sizes:0", "words:0"]), draws) for g in (gamma, poisson)),
        *((row(g, inputs=["sizes:0"]), "it has 1 inputs, 2 expected") for g in (gamma, poisson)),
        *((row(g, **shaped([1, None], "int8")), draws) for g in (gamma, poisson)),
        (row(gamma, **shaped([1, None], "int32")), draws),
        *((row(g, outputs=[]), "it has 0 outputs, 1 expected") for g in (gamma, poisson)),
        *((attrs(g, **{k: None}), "it has one seed of two") for g in (gamma, poisson) for k in ("seed", "seed2")),
        *((attrs(g, **{k: 1.5}), "it has one seed of two") for g in (gamma, poisson) for k in ("seed", "seed2")),
        (attrs(gamma, minval=1), "it has the attributes"),
    ]
    refuses(load, cases)


# Checkpoint state ------------------------------------------------------------------------------------------------------------


def test_state_files(kept):
    kept.write("checkpoint", b'model_checkpoint_path: "m-3"\n__class__: 5\n')
    with pytest.raises(tf.errors.DataLossError, match="it holds the line '__class__: 5'"):
        tf.train.latest_checkpoint(str(kept.folder))
    kept.write("checkpoint", b"\x80\x81")
    with pytest.raises(tf.errors.DataLossError, match="no checkpoint state"):
        tf.train.latest_checkpoint(str(kept.folder))
    other_step = kept.files["checkpoint"].replace(b"m-3", b"m-1")
    kept.write("checkpoint", other_step)
    with pytest.raises(tf.errors.DataLossError, match="its contents do not fit its checksum"):
        tf.train.latest_checkpoint(str(kept.folder))
    kept.write("checkpoint", b"")
    with pytest.raises(ValueError, match="Invalid checkpoint state"):
        tf.train.latest_checkpoint(str(kept.folder))
    kept.write("checkpoint", b'# TensorFlow writes no checksum\nmodel_checkpoint_path: "m-\\063"\n')
    assert tf.train.latest_checkpoint(str(kept.folder)) == str(kept.folder / "m-3")


# safetensors ------------------------------------------------------------------------------------------------------------------


def header(table, data=b"", length=None):
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


GOOD = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    "data",
    {
        "empty": b"",
        "seven bytes": b"1234567",
        "absurd header": header({}, length=2**63),
        "header as long as the file": header({}, length=10),
        "no table": header(b"[]"),
        "no JSON": header(b"{w: 1}"),
        "deep": header(b"[" * 100_000),
        "a key twice": header(b'{"w": 1, "w": 2}'),
        "not a number": header(b'{"w": NaN}'),
        "unknown dtype": header({"w": GOOD | {"dtype": "OBJECT"}}, bytes(8)),
        "negative size": header({"w": GOOD | {"shape": [-2]}}, bytes(8)),
        "sizes that overflow": header({"w": GOOD | {"shape": [2**62, 2**62, 0, 2]}}, bytes(8)),
        "sizes that overflow, of nothing": header({"w": GOOD | {"shape": [2**61, 0], "data_offsets": [0, 0]}}),
        "sizes beyond all numbers, of nothing": header({"w": GOOD | {"shape": [10**99, 0], "data_offsets": [0, 0]}}),
        "sizes as text": header({"w": GOOD | {"shape": "2"}}, bytes(8)),
        "true as a size": header({"w": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, bytes(4)),
        "too many axes": header({"w": {"dtype": "F32", "shape": [1] * 65, "data_offsets": [0, 4]}}, bytes(4)),
        "one axis too many": header({"w": {"dtype": "F32", "shape": [1] * 33, "data_offsets": [0, 4]}}, bytes(4)),
        "shape as a number": header({"w": GOOD | {"shape": 2}}, bytes(8)),
        "three offsets": header({"w": GOOD | {"data_offsets": [0, 4, 8]}}, bytes(8)),
        "an entry as text": header({"w": "F32"}, bytes(8)),
        "fractions": header({"w": GOOD | {"data_offsets": [0.0, 8.0]}}, bytes(8)),
        "starts late": header({"w": GOOD | {"data_offsets": [1, 9]}}, bytes(9)),
        "header of one byte more": header(b"{}", length=3),
        "backwards": header({"w": GOOD | {"data_offsets": [8, 0]}}, bytes(8)),
        "outside": header({"w": GOOD | {"data_offsets": [8, 16]}}, bytes(8)),
        "a gap": header({"w": GOOD | {"data_offsets": [4, 12]}}, bytes(12)),
        "overlap": header({"w": GOOD, "v": GOOD}, bytes(8)),
        "rest": header({"w": GOOD}, bytes(9)),
        "cut short": header({"w": GOOD}, bytes(7)),
        "no offsets": header({"w": {"dtype": "F32", "shape": [2]}}, bytes(8)),
        "metadata": header({"__metadata__": {"bfloat16": "["}, "w": GOOD}, bytes(8)),
        "a pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        "a zip": b"PK\x03\x04" + bytes(40),
    }.items(),
    ids=lambda pair: pair[0],
)
def test_safetensors(tmp_path, data):
    (tmp_path / "x").write_bytes(data[1])
    with pytest.raises(tf.errors.DataLossError, match="x is damaged"):
        tensors.read(str(tmp_path / "x"), ["w"])


def test_safetensors_at_the_ends_of_what_they_may_say(tmp_path, monkeypatch):
    """As many axes as there may be, sizes beside an axis of none, no array at all, and more arrays than are asked for."""
    cases = [
        ({"w": {"dtype": "F32", "shape": [1] * 32, "data_offsets": [0, 4]}}, np.zeros([1] * 32, np.float32)),
        ({"w": {"dtype": "F64", "shape": [2**59, 0], "data_offsets": [0, 0]}}, np.zeros((2**59, 0))),
        ({"v": GOOD, "w": {"dtype": "I8", "shape": [2], "data_offsets": [8, 10]}}, np.zeros(2, np.int8)),
        ({"__metadata__": {"bfloat16": '["w"]'}, "w": GOOD}, np.zeros(2, np.float32)),
        ({"__metadata__": {"bfloat16": "5"}, "w": GOOD}, np.zeros(2, np.float32)),
        ({"__metadata__": 5, "w": GOOD}, np.zeros(2, np.float32)),
    ]
    for table, want in cases:
        end = max(e["data_offsets"][1] for n, e in table.items() if n != "__metadata__")
        (tmp_path / "x").write_bytes(header(table, bytes(end)))
        got = tensors.read(str(tmp_path / "x"), ["w"])["w"]
        assert got.shape == want.shape and got.dtype == want.dtype
    with pytest.raises(tf.errors.DataLossError, match="holds no array 'u', which its index names"):
        tensors.read(str(tmp_path / "x"), ["u"])
    for text in (b"{}", b"{}" + b" " * 6):
        (tmp_path / "x").write_bytes(header(text))
        assert tensors.read(str(tmp_path / "x"), []) == {}
    (tmp_path / "x").write_bytes(bytes(8))
    with pytest.raises(tf.errors.DataLossError, match="x is damaged, or was not written by samegraph"):
        tensors.read(str(tmp_path / "x"), [])
    monkeypatch.setattr(tensors, "_LARGEST_HEADER", 4)
    for whole, size, takes in ((bytes(7), 7, 0), (header(b"{}", length=3), 10, 3), (header(b"{}   "), 13, 5)):
        (tmp_path / "x").write_bytes(whole)
        with pytest.raises(
            tf.errors.DataLossError, match=f"it has {size} bytes and says that its header takes {takes}"
        ):
            tensors.read(str(tmp_path / "x"), [])
    (tmp_path / "x").write_bytes(header(b"{}  "))
    assert tensors.read(str(tmp_path / "x"), []) == {}


def test_documents_that_say_a_thing_twice_or_no_number():
    for text, words in (
        ('{"a": 1, "a": 1}', "a key is named twice"),
        ('{"a": {"b": 1, "b": 2}}', "a key is named twice"),
        ("NaN", "NaN is no JSON number"),
        ("[-Infinity]", "-Infinity is no JSON number"),
        ("", "x is damaged, or was not written by samegraph"),
    ):
        with pytest.raises(tf.errors.DataLossError, match=words):
            files.parsed(text.encode(), "x")
    assert files.parsed(b'{"a": 1, "b": {"a": 1}}', "x") == {"a": 1, "b": {"a": 1}}


def test_forged_strings(tmp_path):
    """Strings lie in the document itself, in base64."""
    tf.constant([["ab", ""], ["c", "é"]], name="c")
    load = publication(tmp_path)

    def forging(**parts):
        return lambda d, o: d["arrays"]["constant:c"].update(parts)

    assert load(forging(values=["YQ==", "", "", ""])).run("c").tolist() == [[b"a", b""], [b"", b""]]
    damaged = "an array of strings in it cannot be read"
    cases = [
        *((forging(values=["YQ==", "", "", v]), damaged) for v in ("Y Q==", "YQ", "é", 5, None)),
        *((forging(values=v), damaged) for v in (["YQ=="], [], 5, None)),
        (forging(shape=[3]), damaged),
        (lambda d, o: d["arrays"]["constant:c"].pop("values"), damaged),
        *((forging(shape=s), "its table of arrays cannot be read") for s in (5, ["a"], None)),
        (lambda d, o: d["arrays"].update({"constant:c": 5}), "its table of arrays cannot be read"),
        (lambda d, o: d.update(arrays=[]), "it has no table of arrays"),
        (forging(dtype="float32"), "the file of its arrays, None, is not there"),
        (lambda d, o: d.update(format="samegraph checkpoint"), "it does not say that it is a samegraph graph"),
        (lambda d, o: d.pop("version"), "it is a samegraph graph of version None; this samegraph reads 1"),
    ]
    refuses(load, cases)


@given(st.binary(max_size=200))
@EXAMPLES
def test_any_bytes(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    for read in (lambda p: tensors.read(p, []), lambda p: bundle.Bundle(p, "k", 1), graphs.read):
        with pytest.raises(tf.errors.DataLossError):
            read(str(tmp_path / "x"))


def test_what_is_no_plain_file(tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    (folder / "inner").symlink_to(folder / "real")
    (folder / "real").write_bytes(b"y")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "sub").mkdir()
    with pytest.raises(tf.errors.DataLossError, match="outside of its folder"):
        files.read_bytes(str(folder / "link"), 10)
    assert files.read_bytes(str(folder / "inner"), 10) == files.read_bytes(str(folder / "real"), 1) == b"y"
    (tmp_path / "alias").symlink_to(folder)
    assert files.read_bytes(str(tmp_path / "alias" / "real"), 10) == b"y"
    with pytest.raises(tf.errors.DataLossError, match="leads nowhere"):
        files.read_bytes(str(folder / "loop"), 10)
    with pytest.raises(tf.errors.DataLossError, match="is no plain file"):
        files.read_bytes(str(folder / "sub"), 10)
    with pytest.raises(tf.errors.NotFoundError, match="there is no file"):
        files.read_bytes(str(folder / "none"), 10)
    with pytest.raises(tf.errors.DataLossError, match="larger than the 1 bytes"):
        (folder / "real").write_bytes(b"yz")
        files.read_bytes(str(folder / "real"), 1)
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
        with pytest.raises(tf.errors.DataLossError, match="is no plain file"):
            files.read_bytes(str(folder / "pipe"), 10)


def test_links_out_of_the_folder(kept, tmp_path):
    """Neither the index nor the arrays may lie elsewhere."""
    for part in ("m-3.index", next(n for n in kept.files if n.startswith("m-3.index.") and n.endswith("safetensors"))):
        kept.write("", b"")
        os.replace(kept.folder / part, tmp_path / part)
        (kept.folder / part).symlink_to(tmp_path / part)
        with pytest.raises(tf.errors.DataLossError, match="outside of its folder"):
            kept.saver.restore(kept.session, kept.prefix)
        assert kept.unchanged()


# Anything anywhere, which takes longer -------------------------------------------------------------------------------------------


@EXAMPLES
@given(st.data())
def test_changed_bytes(kept, data):
    name = data.draw(st.sampled_from(sorted(kept.files)))
    whole = kept.files[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    kind = data.draw(st.sampled_from(["cut", "flip", "insert", "drop", "swap"]))
    other = whole[data.draw(st.integers(0, len(whole) - 1)) :][:8]
    changed = {
        "cut": whole[:at],
        "flip": whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :],
        "insert": whole[:at] + data.draw(st.binary(min_size=1, max_size=9)) + whole[at:],
        "drop": whole[:at] + whole[at + data.draw(st.integers(1, 9)) :],
        "swap": whole[:at] + other + whole[at + len(other) :],
    }[kind]
    kept.write(name, changed)
    kept.all()


@pytest.mark.parametrize("kind", ["index", "meta", "graph.json", "safetensors"])
def test_every_flipped_byte_is_seen(kept, kind):
    """In the files that a restore (or load, or import) reads, no byte may change unseen; white space is none of them."""
    reading = {"meta": kept.import_graph, "graph.json": kept.load}.get(kind, kept.restore)
    name = next(n for n in kept.files if n.endswith(kind) and (kind != "safetensors" or n.startswith("m-3.index")))
    whole, seen, space = kept.files[name], 0, 0
    for at in range(0, len(whole), 1 if kind == "safetensors" else 7):
        kept.write(name, whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        if reading():
            space += 1
        else:
            seen += 1
    assert seen > 40 and space <= (16 if kind == "safetensors" else 0)


@EXAMPLES
@given(st.data())
def test_forged_documents(kept, data):
    """Whatever stands in a document whose checksum is right: read as it says, or refused by an error of ours."""
    kind = data.draw(st.sampled_from(["m-3.index", "m-3.meta", "graph.json"]))
    document = json.loads(kept.files[kind])
    place = data.draw(st.sampled_from([p for p in places(document) if p]))
    kept.write("", b"")
    sign(kept.folder / kind, changed(document, place, data.draw(JSON)))
    with tf.Graph().as_default():
        try:
            if kind == "graph.json":
                samegraph.load(str(kept.folder), backend="numpy")
            elif kind == "m-3.meta":
                tf.train.import_meta_graph(f"{kept.prefix}.meta")
            else:
                reader = tf.train.NewCheckpointReader(kept.prefix)
                reader.arrays(reader.types)
        except OURS:
            pass
