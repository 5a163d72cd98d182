"""TensorFlow reads what samegraph wrote for TensorBoard, and finds what its own summaries hold."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf

VALUES = [[0.0, -1.5, 1e-13, 3.0, 3.0, 1e30, 1e-5], [], [0.0], [1.0], [-1e30, -1e-12, 1e20]]


def summaries(face, x, y):
    with face.name_scope("inner"):
        face.summary.scalar("loss", y)
    face.summary.scalar("loss", y, family="group")
    face.summary.histogram("all values", x)
    return face.summary.merge_all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_tensorflow_reads_the_same(oracle, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.placeholder(tf.float64, [None]), tf.placeholder(tf.float32, [])
        merged = summaries(tf, x, y)
        with tf.summary.FileWriter(str(tmp_path)) as writer:
            for step, value in enumerate(VALUES):
                writer.add_summary(session.run(merged, {x: np.array(value), y: step / 3}), step)
    (path,) = tmp_path.iterdir()
    found = list(oracle.train.summary_iterator(str(path)))
    assert found[0].file_version == "brain.Event:2" and [e.step for e in found[1:]] == list(range(len(VALUES)))
    with oracle.Graph().as_default(), oracle.Session() as session:
        x, y = oracle.placeholder(oracle.float64, [None]), oracle.placeholder(oracle.float32, [])
        merged = summaries(oracle, x, y)
        for step, value in enumerate(VALUES):
            theirs = oracle.Summary.FromString(session.run(merged, {x: np.array(value), y: step / 3}))
            ours = found[step + 1].summary
            assert [v.tag for v in ours.value] == [v.tag for v in theirs.value]
            for a, b in zip(ours.value, theirs.value, strict=True):
                assert a.simple_value == b.simple_value and a.histo == b.histo


def test_tensorflow_reads_the_graph(oracle, tmp_path):
    """As its TensorBoard takes it: every operation under its name, with the inputs it has in TensorFlow 1."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.zeros([3, 1]), name="w")
    tf.matmul(x, w, name="product")
    with tf.Session() as session:
        tf.summary.FileWriter(str(tmp_path / "a"), session.graph).close()
        writer = tf.summary.FileWriter(str(tmp_path / "b"))
        writer.add_graph(session.graph, 7)
        writer.add_graph(None, graph_def=session.graph_def)
        writer.close()
    for folder, steps in (("a", [0]), ("b", [7, 0])):
        (path,) = (tmp_path / folder).iterdir()
        events = list(oracle.train.summary_iterator(str(path)))[1:]
        assert [e.step for e in events] == steps
        for event in events:
            nodes = {n.name: n for n in oracle.GraphDef.FromString(event.graph_def).node}
            assert list(nodes["product"].input) == ["x", "w"] and nodes["product"].op == "MatMul"
