"""Pictures of graphs: what is in them, that nothing in them overlaps, that they are safe and always the same."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import samegraph.tf1 as tf
from click.testing import CliRunner
from samegraph.cli.app import app
from samegraph.drawing import draw, write
from samegraph.drawing.describing import describe
from samegraph.drawing.exporting import graph_def
from samegraph.drawing.folding import fold
from samegraph.drawing.layout import laid_out
from samegraph.drawing.simplex import Problem
from samegraph.drawing.svg import Sheet
from samegraph.drawing.tree import Leaf

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def graph() -> Iterator[Any]:
    with tf.Graph().as_default() as g:
        yield g


class Drawn:
    """A drawing, read back."""

    def __init__(self, targets: Any, **options: Any) -> None:
        self.text = draw(targets, **options)
        self.root = ET.fromstring(self.text)
        groups = [
            g
            for g in self.root.iter(SVG + "g")
            if g.find(SVG + "text") is not None and g.find(SVG + "title") is not None
        ]
        self.nodes = [
            (g[1].get("class", ""), [t.text or "" for t in g.findall(SVG + "text")], g[0].text or "") for g in groups
        ]

    def kinds(self, kind: str) -> list[list[str]]:
        """The lines of the nodes of a kind."""
        return [lines for name, lines, _ in self.nodes if name.split()[0] == kind]

    def heads(self, kind: str) -> list[str]:
        return sorted(lines[0] for lines in self.kinds(kind))

    def texts(self, style: str) -> list[str]:
        return [t.text or "" for t in self.root.iter(SVG + "text") if style in t.get("class", "").split()]

    def edges(self, kind: str) -> list[str]:
        groups = [
            g
            for g in self.root.iter(SVG + "g")
            if kind in g.get("class", "").split() and g.find(SVG + "title") is not None
        ]
        return sorted((g[0].text or "").split("\n")[0] for g in groups)


def lecture() -> Any:
    x = tf.placeholder(tf.float32, [100, 784], name="x")
    W = tf.Variable(tf.random_uniform([784, 100], -1, 1), name="W")
    b = tf.Variable(tf.zeros([100]), name="b")
    return tf.nn.relu(tf.matmul(x, W) + b, name="h")


def regression() -> Any:
    X, Y = tf.placeholder(tf.float32, [None], name="X"), tf.placeholder(tf.float32, [None], name="Y")
    w, b = tf.Variable(0.0, name="weight"), tf.Variable(0.0, name="bias")
    loss = tf.reduce_mean(tf.square(Y - (X * w + b)), name="loss")
    return tf.train.GradientDescentOptimizer(0.01).minimize(loss), loss


def classifier(layers: int = 2) -> Any:
    x, y = tf.placeholder(tf.float32, [None, 784], name="x"), tf.placeholder(tf.float32, [None, 10], name="labels")
    h, width = x, 784
    for i in range(layers):
        size = 10 if i == layers - 1 else 100
        with tf.variable_scope(f"layer{i + 1}"):
            weights = tf.get_variable("weights", [width, size], initializer=tf.zeros_initializer())
            biases = tf.get_variable("biases", [size], initializer=tf.zeros_initializer())
            h, width = tf.tanh(tf.matmul(h, weights) + biases), size
    loss = tf.reduce_sum(tf.square(h - y), name="loss")
    return tf.train.AdamOptimizer(0.001).minimize(loss), loss


def towers() -> Any:
    losses = []
    for i in range(2):
        with tf.variable_scope("tower", reuse=i > 0):
            weights = tf.get_variable("weights", [3, 1], initializer=tf.zeros_initializer())
            losses.append(
                tf.reduce_sum(tf.square(tf.matmul(tf.placeholder(tf.float32, [None, 3], name=f"x{i}"), weights)))
            )
    return tf.train.GradientDescentOptimizer(0.1).minimize(losses[0] + losses[1])


def second_derivative() -> Any:
    x = tf.placeholder(tf.float32, [3], name="x")
    first = tf.gradients(tf.reduce_sum(x * x * x, name="y"), x)[0]
    return tf.gradients(first, x)[0]


def bush() -> Any:
    rng = np.random.default_rng(0)
    tensors = [tf.placeholder(tf.float32, [3], name=f"p{i}") for i in range(12)]
    for _ in range(90):
        with tf.name_scope(f"scope{rng.integers(4)}/"), tf.name_scope(f"inner{rng.integers(3)}"):
            one, other = rng.integers(max(0, len(tensors) - 20), len(tensors), 2)
            tensors.append(tensors[one] + tensors[other])
    with tf.control_dependencies(tensors[-5:]):
        return [*tensors, tf.no_op(name="all")]


def initialisation() -> Any:
    classifier()
    return tf.global_variables_initializer()


# What is in them ------------------------------------------------------------------------------------------------------


def test_the_lecture() -> None:
    drawn = Drawn(lecture(), title="h = relu(Wx + b)")
    assert drawn.heads("placeholder") == ["x"]
    assert drawn.heads("variable") == ["W", "b"]
    assert drawn.heads("operation") == ["Add", "MatMul", "Relu"]
    assert sorted(drawn.texts("label")) == sorted(
        ["float32 (100, 784)", "float32 (784, 100)", "float32 (100,)", "float32 (100, 100)", "float32 (100, 100)"]
    )
    assert drawn.edges("data") == ["MatMul → add", "W → MatMul", "add → h", "b → add", "x → MatMul"]
    assert [lines for name, lines, _ in drawn.nodes if "fetched" in name] == [["Relu", "h"]]
    assert drawn.texts("heading") == ["h = relu(Wx + b)"]


def test_it_says_what_it_is_to_those_who_cannot_see_it() -> None:
    root = Drawn(lecture(), title="relu").root
    assert root.get("role") == "img"
    assert root[0].text == "relu"
    assert root[1].text == "A computation graph of 6 operations, among them 1 placeholder, 2 variables."


def test_a_node_tells_the_line_that_made_it_without_its_folder() -> None:
    drawn = Drawn(lecture())
    (tooltip,) = [tooltip for _, lines, tooltip in drawn.nodes if lines[0] == "MatMul"]
    assert "a: x:0 float32 (100, 784)" in tooltip
    assert "test_drawing.py:" in tooltip and "tf.matmul(x, W) + b" in tooltip
    assert str(Path(__file__).parent) not in drawn.text


def test_gradients_are_a_reverse_graph_that_ends_in_assignments() -> None:
    drawn = Drawn(regression())
    assert "gradients · reverse graph" in drawn.texts("of")
    notes = [line for lines in drawn.kinds("reverse") for line in lines[1:]]
    assert {"∂loss/∂weight", "∂loss/∂bias"} <= set(notes)
    assert sorted(lines[-1] for lines in drawn.kinds("assignment")) == ["bias -= value", "weight -= value"]
    assert drawn.edges("write") == [
        "GradientDescent/update_bias/AssignSub → bias",
        "GradientDescent/update_weight/AssignSub → weight",
    ]
    assert len(drawn.edges("control")) == 2
    assert drawn.heads("group") == ["GradientDescent"]


def test_gradients_as_one_node() -> None:
    step, loss = regression()
    drawn = Drawn((step, loss), gradients=False)
    assert drawn.heads("reverse") == ["Gradients"]
    assert len(drawn.nodes) < len(Drawn((step, loss)).nodes)


def test_a_second_derivative_names_what_it_is() -> None:
    drawn = Drawn(second_derivative())
    assert {"∂y/∂x", "∂(∂y/∂x)/∂x"} <= set(drawn.texts("note"))
    assert {"reverse graph", "gradients", "gradients_1"} <= set(drawn.texts("of"))


def test_a_shared_variable_is_drawn_once() -> None:
    drawn = Drawn(towers())
    assert len(drawn.kinds("variable")) == 1
    (tooltip,) = [e for e in drawn.edges("data") if e.startswith("tower/weights →")]
    assert "tower/MatMul" in tooltip and "tower_1/MatMul" in tooltip
    assert {"tower", "tower_1"} <= set(drawn.texts("of"))


def test_small_constants_stand_inside_and_large_ones_beside() -> None:
    x = tf.placeholder(tf.float32, [None, 6], name="x")
    drawn = Drawn(tf.reshape(tf.matmul(x * 0.5, tf.constant(np.ones((6, 2)), tf.float32, name="table")), [-1, 1, 2]))
    assert ["Mul", "y = 0.5"] in drawn.kinds("operation")
    assert ["Reshape", "shape = [-1, 1, 2]"] in drawn.kinds("operation")
    assert drawn.kinds("constant") == [["Const", "table"]]
    assert Drawn(tf.constant(3.0, name="three")).kinds("constant") == [["Const", "three"]]


def test_attributes_that_are_not_the_defaults() -> None:
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    drawn = Drawn([tf.matmul(x, x, transpose_b=True), tf.reduce_sum(x, axis=1)])
    assert sorted(drawn.kinds("operation")) == [["MatMul", "transpose_b"], ["Sum", "axis=1"]]


def test_orders_that_follow_from_others_are_left_out() -> None:
    v = tf.Variable(0.0, name="v")
    first = v.assign_add(1.0)
    with tf.control_dependencies([first]):
        second = tf.no_op(name="second")
    with tf.control_dependencies([first, second]):
        third = tf.no_op(name="third")
    assert Drawn(third).edges("control") == ["AssignAdd → second", "second → third"]


def test_a_graph_is_drawn_without_the_initialisation_of_its_variables(graph: Any) -> None:
    targets = regression()
    init = tf.global_variables_initializer()
    drawn = Drawn(graph)
    assert sorted(lines for _, lines, _ in drawn.nodes) == sorted(lines for _, lines, _ in Drawn(targets).nodes)
    assert sorted(lines[1] for lines in Drawn(init).kinds("assignment")) == ["bias ← value", "weight ← value"]


def test_several_outputs_and_equal_operands() -> None:
    a, b = tf.unstack(tf.placeholder(tf.float32, [2, 4], name="x"), axis=0)
    drawn = Drawn(a * a + b)
    assert drawn.texts("label").count("float32 (4,)") == 3
    tips = [e.get("d", "") for e in drawn.root.iter(SVG + "path") if e.get("class") == "tip"]
    assert sum(d.count("h8z") for d in tips) == 5  # x into Unpack, a twice into Mul, Mul and b into Add


def test_drawing_leaves_the_graph_as_it_was(graph: Any) -> None:
    targets = regression()
    before = graph.get_operations()
    draw(targets)
    draw(graph)
    assert graph.get_operations() == before


@pytest.mark.parametrize("targets", [{"a": ["h"], "b": None}, "h:0", ("W", ["b"])])
def test_fetches_nest_and_may_be_names(targets: Any) -> None:
    lecture()
    assert "variable" in draw(targets)


def test_what_cannot_be_drawn() -> None:
    lecture()
    with pytest.raises(TypeError, match="cannot draw a float"):
        draw(3.0)
    here = tf.constant(1.0)
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="one graph"):
            draw([here, tf.constant(1.0)])
        assert ET.fromstring(draw(tf.Graph())).get("role") == "img"


# Folding --------------------------------------------------------------------------------------------------------------


def test_scopes_fold_on_demand() -> None:
    targets = classifier()
    drawn = Drawn(targets, fold=["layer1", "Adam*", "gradients"], max_nodes=10_000)
    assert drawn.heads("reverse") == ["gradients"]
    assert ["layer1", "4 variables"] in drawn.kinds("folded")  # Adam's slots
    assert ["layer1", "5 operations"] in drawn.kinds("folded")
    assert "layer2" in drawn.texts("of")
    assert Drawn(targets, fold="layer?").kinds("folded")


def test_large_graphs_fold_on_their_own_and_no_more_than_they_need() -> None:
    targets = classifier()
    whole = Drawn(targets, max_nodes=10_000)
    assert not whole.kinds("folded") and len(whole.nodes) > 52
    folded = Drawn(targets)
    assert 20 < len(folded.nodes) <= 52
    assert folded.kinds("reverse") and {"layer1", "layer2"} <= set(folded.texts("of"))
    assert len(Drawn(targets, max_nodes=1).nodes) < 15
    assert str(len(whole.nodes)) in (folded.root[1].text or "")


def test_many_tensors_into_a_folded_scope_share_their_way() -> None:
    drawn = Drawn(classifier(6), fold=["gradients"], max_nodes=10_000)
    assert sum("→ gradients" in e for e in drawn.edges("data")) == 1


# Nothing overlaps -----------------------------------------------------------------------------------------------------

Rectangle = tuple[float, float, float, float]
EVERYTHING = [lecture, regression, classifier, towers, second_derivative, bush, initialisation]


def rectangles(sheet: Sheet) -> dict[Leaf, Rectangle]:
    """The outlines of the nodes: left, top, right, bottom."""
    centres = sheet.frame.centres
    return {
        leaf: (leaf.x - s.half, centres[leaf.lo] - s.height / 2, leaf.x + s.half, centres[leaf.lo] + s.height / 2)
        for leaf, s in zip(sheet.leaves, sheet.shapes, strict=True)
    }


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.fixture(
    scope="module",
    params=itertools.product(EVERYTHING, (40, 10_000)),
    ids=lambda p: f"{p[0].__name__}-{p[1]}",
)
def sheet(request: Any) -> Sheet:
    build, max_nodes = request.param
    with tf.Graph().as_default():
        return laid_out(fold(describe(build(), True), (), max_nodes))


def test_nodes_stand_apart_and_hold_their_texts(sheet: Sheet) -> None:
    found = rectangles(sheet)
    assert not [(a, b) for a, b in itertools.combinations(found.values(), 2) if overlap(a, b)]
    for leaf, shape in zip(sheet.leaves, sheet.shapes, strict=True):
        assert all(
            len(line.text) * 0.602 * line.size <= 2 * shape.half - 8 for line in shape.lines if line.text.isascii()
        )
        assert leaf.left >= shape.half and leaf.right >= shape.half


def test_labels_touch_neither_nodes_nor_each_other(sheet: Sheet) -> None:
    labels = []
    for port in sheet.ports:
        if port.label:
            half = sheet.shapes[port.leaf.node].height / 2
            x, y = port.leaf.x + port.offset + 5 * port.side, sheet.frame.centres[port.leaf.lo]
            ends = sorted((x, x + port.side * len(port.label) * 6.02))
            labels.append(
                (ends[0], y - half - 15, ends[1], y - half) if port.top else (ends[0], y + half, ends[1], y + half + 15)
            )
    nodes = list(rectangles(sheet).values())
    assert not [(a, b) for a, b in itertools.combinations(labels, 2) if overlap(a, b)]
    assert not [(a, b) for a in labels for b in nodes if overlap(a, b)]


def test_lanes_pass_no_node(sheet: Sheet) -> None:
    nodes = list(rectangles(sheet).values())
    for way in sheet.ways:
        for lane in way.lanes:
            line = (lane.x - 1, sheet.frame.ceilings[lane.lo], lane.x + 1, sheet.frame.floors[lane.hi])
            assert not [n for n in nodes if overlap(line, n)]


def test_edges_lead_from_layer_to_layer(sheet: Sheet) -> None:
    for way in sheet.ways:
        for s in way.segments:
            assert s.upper.lo <= s.gap <= s.upper.hi and s.lower.lo <= s.gap + 1 <= s.lower.hi
        reached = {way.start.leaf} | {leaf for s in way.segments for leaf in (s.upper, s.lower)}
        assert {sheet.leaves[i] for e in way.edges for i in (e.source, e.target)} <= reached
        assert len([s for s in way.segments if s.arrow]) >= 1


def test_boxes_hold_what_is_theirs_and_nothing_else(sheet: Sheet) -> None:
    found = rectangles(sheet)
    for box in (b for b in sheet.root.boxes() if b.label):
        side: Rectangle = (box.left, box.top, box.right, box.bottom)
        inside = set(box.leaves())
        for leaf, r in found.items():
            if leaf in inside:
                assert side[0] < r[0] and side[1] < r[1] and r[2] < side[2] and r[3] < side[3]
            else:
                assert not overlap(side, r)


def test_the_name_of_a_box_stands_free(sheet: Sheet) -> None:
    nodes = list(rectangles(sheet).values())
    for box in (b for b in sheet.root.boxes() if b.label):
        x, y = box.name_at
        name = (x, y - 8, x + len(box.label) * 6.02, y + 1)
        assert box.left < name[0] and name[2] < box.right and box.top < name[1] and name[3] < box.bottom
        assert not [n for n in nodes if overlap(name, n)]


def test_gradients_stand_apart_from_the_computation() -> None:
    sheet = laid_out(describe(regression(), True))
    parts: dict[int, list[Rectangle]] = {}
    for leaf, r in rectangles(sheet).items():
        parts.setdefault(sheet.picture.nodes[leaf.node].part, []).append(r)
    assert max(r[2] for r in parts[0]) < min(r[0] for r in parts[1])
    assert max(r[2] for r in parts[1]) < min(r[0] for r in parts[2])


# Safety ---------------------------------------------------------------------------------------------------------------


def test_hostile_names_are_only_text() -> None:
    x = tf.placeholder(tf.float32, [2], name="<script>\"&'/")
    text = tf.identity(tf.constant("]]></style><script>\x00"), name="</title>/")
    svg = draw([x + 1.0, text], title="</title><script>alert(1)</script>\x00\ud800 & \U0001f600")
    root = ET.fromstring(svg.encode("utf-8"))
    assert not [e for e in root.iter() if e.tag in (SVG + "script", SVG + "foreignObject", SVG + "a", SVG + "image")]
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on") or "href" in name]
    assert "<script>\"&'" in [t.text for t in root.iter(SVG + "text")]
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "") and "url(" not in svg


def test_light_and_dark() -> None:
    svg = draw(lecture())
    assert "@media (prefers-color-scheme:dark)" in svg and "currentColor" in svg


@pytest.mark.parametrize("build", EVERYTHING)
def test_drawings_may_stand_in_a_report(build: Callable[[], Any]) -> None:
    drawings = pytest.importorskip("samegraph_reports.drawings")
    assert "<svg" in drawings.described(drawings.sanitised(draw(build()).encode(), "d1"), "a graph")


# Always the same ------------------------------------------------------------------------------------------------------


def test_the_same_program_gives_the_same_drawing(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        "import sys\nsys.path.insert(0, sys.argv[1])\nimport test_drawing as t, hashlib\n"
        "for build in t.EVERYTHING:\n    with t.tf.Graph().as_default():\n"
        "        print(hashlib.sha256(t.draw(build()).encode()).hexdigest())\n"
    )
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    found = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1 and len(found.pop().split()) == len(EVERYTHING)


def test_a_run_does_not_change_the_drawing() -> None:
    def drawing(run: bool) -> str:
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [2], name="x")
            gradient = tf.gradients(tf.reduce_sum(tf.square(x)), x)[0]
            if run:
                with tf.Session() as session:
                    session.run(gradient, {x: [1.0, 2.0]})
            return draw(gradient)

    assert drawing(True) == drawing(False)


# Files ----------------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "h.svg", lecture(), title="h")
    assert path.read_text(encoding="utf-8") == draw("h:0", title="h")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(path, "W")
    assert path.read_text(encoding="utf-8") == draw("h:0", title="h")
    assert [p.name for p in tmp_path.iterdir()] == ["h.svg"]


# Speed ----------------------------------------------------------------------------------------------------------------


def test_a_few_hundred_nodes_take_seconds() -> None:
    targets = classifier(6)
    before = time.process_time()
    assert len(Drawn(targets, max_nodes=10_000).nodes) > 250
    assert time.process_time() - before < 5


def test_a_long_chain_without_scopes() -> None:
    x = tf.placeholder(tf.float32, [3])
    for _ in range(400):
        x = x + 1.0
    assert len(Drawn(x).nodes) == 401


# The solver -----------------------------------------------------------------------------------------------------------


def best(count: int, edges: list[tuple[int, int, int, int]]) -> int:
    """The least cost, by trying everything."""
    costs = [
        sum(w * (v[h] - v[t]) for t, h, _, w in edges)
        for v in itertools.product(range(7), repeat=count)
        if all(v[h] - v[t] >= length for t, h, length, _ in edges)
    ]
    return min(costs)


@pytest.mark.parametrize("seed", range(40))
def test_the_solver_finds_the_best(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 5))
    edges = [
        (i, j, int(rng.integers(-2, 3)), int(rng.integers(0, 4)))
        for i in range(count)
        for j in range(i + 1, count)
        if rng.random() < 0.7
    ]
    problem = Problem()
    for _ in range(count):
        problem.variable()
    for edge in edges:
        problem.edge(*edge)
    found = problem.solve()
    assert min(found) == 0
    assert all(found[h] - found[t] >= length for t, h, length, _ in edges)
    assert sum(w * (found[h] - found[t]) for t, h, _, w in edges) == best(count, edges)


def test_the_solver_refuses_circles_and_stops_in_time() -> None:
    problem = Problem()
    one, other = problem.variable(), problem.variable()
    problem.edge(one, other, 1)
    problem.edge(other, one, 1)
    with pytest.raises(ValueError, match="circle"):
        problem.solve()
    problem = Problem()
    v = [problem.variable() for _ in range(4)]
    for a, b, length in ((0, 1, 1), (1, 3, 1), (0, 2, 0), (2, 3, 0)):
        problem.edge(v[a], v[b], length, 1)
    assert problem.solve(steps=0)[3] == 2
    assert Problem().solve() == []


# Scripts, and TensorBoard ------------------------------------------------------------------------------------------------

SCRIPT = """
import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.compat.v1 import nn

tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [None, 4], name="x")
w = tf.get_variable("w", [4, 3])
loss = tf.reduce_mean(tf.square(nn.relu(tf.matmul(x, w))), name="loss")
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    {loop}
    after = tf.square(loss, name="after")
    session.run(after, {{x: np.ones((2, 4))}})
"""
ENDLESS = "while True: session.run(train, {x: np.ones((2, 4))})"


def drawn_script(folder: Path, text: str, *options: str) -> Any:
    """The command's result, and the drawing it wrote."""
    script = folder / "mine.py"
    script.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["draw", str(script), "--out", str(folder / "mine.svg"), *options])
    return result, (folder / "mine.svg").read_text(encoding="utf-8") if (folder / "mine.svg").exists() else ""


def test_a_script_is_drawn_without_its_training(tmp_path: Path) -> None:
    result, svg = drawn_script(tmp_path, SCRIPT.format(loop=ENDLESS))
    assert result.exit_code == 0, result.output
    for words in ("mine.py", ">x<", ">loss<", "∂loss/∂w", "mine.py:9: loss = "):
        assert words in svg
    assert ">after<" not in svg


def test_a_script_may_go_to_its_end(tmp_path: Path) -> None:
    result, svg = drawn_script(tmp_path, SCRIPT.format(loop="session.run(train, {x: np.ones((2, 4))})"), "--run")
    assert result.exit_code == 0, result.output
    assert ">after<" in svg


def test_a_script_leaves_nothing_behind(tmp_path: Path) -> None:
    before = sys.argv, list(sys.path), list(sys.meta_path), tf.Session.run, set(sys.modules)
    drawn_script(tmp_path, SCRIPT.format(loop=ENDLESS))
    played = {name for name in sys.modules if name.partition(".")[0] == "tensorflow"} - before[4]
    assert (sys.argv, sys.path, sys.meta_path, tf.Session.run) == before[:4] and not played


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", ["built no graph"]),
        ("import tensorflow as tf\n\ntf.nonsense()", ["mine.py:3 failed", "AttributeError", "tf.nonsense"]),
        ("def f(:", ["failed before it ran its graph", "SyntaxError"]),
        ("import sys\nsys.exit('give me data')", ["ended with 'give me data'"]),
    ],
)
def test_a_script_that_draws_nothing_says_why(tmp_path: Path, text: str, words: list[str]) -> None:
    result, svg = drawn_script(tmp_path, text)
    assert result.exit_code == 1 and not svg
    assert all(word in result.output for word in words), result.output


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["draw", str(tmp_path / "none.py")])
    assert result.exit_code == 2 and "there is no file" in result.output


def test_a_script_gets_its_arguments(tmp_path: Path) -> None:
    text = "import sys\nimport tensorflow as tf\ntf.constant(1.0, name=sys.argv[1])"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["draw", str(tmp_path / "mine.py"), "named", "--out", str(tmp_path / "mine.svg")])
    assert result.exit_code == 0 and "named" in (tmp_path / "mine.svg").read_text(encoding="utf-8")


def fields(data: bytes) -> list[tuple[int, Any]]:
    """A protocol buffer taken apart: varints as numbers, everything with a length as bytes."""
    found, at = [], 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while at < len(data):
        key = varint()
        size = {0: 0, 1: 8, 2: None, 5: 4}[key & 7]
        size = varint() if size is None else size
        found.append((key >> 3, data[at : at + size] if key & 7 else varint()))
        at += size
    return found


def nodes_of(graph_def: bytes) -> dict[str, dict[str, Any]]:
    """The nodes by name: op, inputs, attributes."""
    found = {}
    for number, content in fields(graph_def):
        if number == 1:
            own = fields(content)
            attributes = [dict(fields(value)) for key, value in own if key == 5]
            name = next(value for key, value in own if key == 1).decode()
            assert name not in found
            found[name] = {
                "op": next(value for key, value in own if key == 2).decode(),
                "inputs": [value.decode() for key, value in own if key == 3],
                "attributes": {a[1].decode(): fields(a[2]) for a in attributes},
            }
    return found


def test_tensorboard_gets_the_whole_graph_with_shapes_and_lines() -> None:
    train, loss = regression()
    nodes = nodes_of(graph_def([train, loss]))
    for name, node in nodes.items():
        for taken in node["inputs"]:
            assert taken.lstrip("^").partition(":")[0] in nodes, (name, taken)
    assert nodes["X"]["op"] == "Placeholder" and nodes["weight"]["op"] == "VariableV2"
    (assigned,) = [node for name, node in nodes.items() if "update_weight" in name and node["op"] == "AssignSub"]
    assert assigned["inputs"][0] == "weight"
    reverse = [name for name in nodes if name.startswith("gradients/")]
    assert len(reverse) > 5 and not any("~" in name for name in nodes)
    ((_, listed),) = nodes["X"]["attributes"]["_output_shapes"]
    ((_, shape),) = fields(listed)
    assert fields(fields(shape)[0][1]) == [(1, 2**64 - 1)]  # one dimension, -1: unknown
    assert nodes["X"]["attributes"]["dtype"] == [(6, 1)]
    ((_, line),) = nodes["X"]["attributes"]["_made_by"]
    assert line.decode().startswith("test_drawing.py:")


def test_gradients_for_tensorboard_as_one_node() -> None:
    train, _ = regression()
    ops = [node["op"] for node in nodes_of(graph_def(train, gradients=False)).values()]
    assert ops.count("Gradients") == 1


def test_an_event_file_for_tensorboard(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["draw", "linear_regression", "--out", str(tmp_path / "x.svg"), "--tensorboard", str(tmp_path / "log")]
    )
    assert result.exit_code == 0, result.output
    (path,) = (tmp_path / "log").iterdir()
    assert "tfevents" in path.name
    data, events = path.read_bytes(), []
    while data:
        size = int.from_bytes(data[:8], "little")
        events.append(dict(fields(data[12 : 12 + size])))
        data = data[16 + size :]
    assert events[0][3] == b"brain.Event:2"
    assert "loss" in nodes_of(events[1][4])
