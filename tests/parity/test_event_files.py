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
