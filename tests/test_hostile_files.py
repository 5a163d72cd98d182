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
    "state", [{"entropy": "1" + "0" * 16, "counts": {}}, {"entropy": "0", "counts": {"x": 2**63}}, None]
)
def test_random_counters_that_are_none(state):
    good = {"entropy": "f" * 16, "counts": {"x": 2**63 - 1}}
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
        "sizes as text": header({"w": GOOD | {"shape": "2"}}, bytes(8)),
        "true as a size": header({"w": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, bytes(4)),
        "too many axes": header({"w": {"dtype": "F32", "shape": [1] * 65, "data_offsets": [0, 4]}}, bytes(4)),
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
    assert files.read_bytes(str(folder / "inner"), 10) == b"y"
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
