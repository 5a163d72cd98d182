"""Summaries and the event files that TensorBoard reads; tests/parity/test_event_files.py has TensorFlow read them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.host import event_file


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


def records(path):
    """The records of a file, whose lengths and checksums must be right to the last byte."""
    content, found = path.read_bytes(), []
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        data = content[12 : 12 + length]
        assert content[: 16 + length] == event_file.record(data)
        found.append(data)
        content = content[16 + length :]
    return found


def test_the_checksum_is_crc_32c():
    """RFC 3720, B.4: 32 bytes of zeros; and the check value of CRC-32C."""
    for data, crc in ((bytes(32), 0x8A9136AA), (b"123456789", 0xE3069283)):
        masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
        assert event_file.record(data)[-4:] == struct.pack("<I", masked)


def test_messages_are_protocol_buffers():
    assert event_file.message((1, 300), (2, "ab"), (3, -1)) == b"\x08\xac\x02\x12\x02ab\x18" + b"\xff" * 9 + b"\x01"
    assert event_file.message((1, 1.0), (2, [0.5])) == b"\x09" + struct.pack("<d", 1) + b"\x12\x08" + struct.pack(
        "<d", 0.5
    )


def test_a_file_of_summaries(tmp_path):
    x = tf.placeholder(tf.float32, [])
    with tf.name_scope("inner"):
        made = tf.summary.scalar("my loss", x)
    assert made.name == "inner/my_loss:0" and made.dtype == tf.string
    merged = tf.summary.merge_all()
    writer = tf.summary.FileWriter(tmp_path / "logs", tf.get_default_graph())
    with tf.Session() as session:
        for step in range(3):
            writer.add_summary(session.run(merged, {x: step / 2}), step)
    (path,) = (tmp_path / "logs").iterdir()
    assert path.name.startswith("events.out.tfevents.")
    held = records(path)  # each is in the file when its call has returned
    assert len(held) == 5 and b"brain.Event:2" in held[0] and b"inner/my_loss" in held[1]
    for step, data in enumerate(held[2:]):
        value = event_file.message((1, "inner/my_loss")) + b"\x15" + struct.pack("<f", step / 2)
        assert data[9:] == event_file.message((2, step), (5, event_file.message((1, value))))
    writer.close()
    with pytest.raises(RuntimeError, match="closed"):
        writer.add_summary(b"", 1)
    writer.reopen()
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="hand", simple_value=2.0)]))
    assert len(list((tmp_path / "logs").iterdir())) == 2 and writer.get_logdir() == str(tmp_path / "logs")


def test_a_summary_by_hand(tmp_path):
    made = tf.Summary(value=[tf.Summary.Value(tag="a", simple_value=1.0), tf.Summary.Value(tag="b", simple_value=0.5)])
    values = [b"\x0a\x01a\x15\x00\x00\x80\x3f", b"\x0a\x01b\x15\x00\x00\x00\x3f"]
    assert made.SerializeToString() == b"".join(b"\x0a\x08" + value for value in values)
    with tf.summary.FileWriter(tmp_path) as writer:
        writer.add_summary(made, 3)
        writer.add_graph(tf.get_default_graph(), 4)
    with pytest.raises(RuntimeError, match="closed"):
        writer.add_summary(made, 5)
    (path,) = tmp_path.iterdir()
    assert [data[9:11] for data in records(path)[1:]] == [b"\x10\x03", b"\x10\x04"], "field 2 is the step"


def test_a_histogram():
    """TensorBoard reads the least, the most, the number, the sum and the sum of squares before the buckets."""
    made = tf.Session().run(tf.summary.histogram("h", [-1.0, 3.0, 1.0]))
    numbers = event_file.message((1, -1.0), (2, 3.0), (3, 3.0), (4, 3.0), (5, 11.0))
    assert b"\x0a\x01h" in made and numbers in made
    assert made.partition(numbers)[2][:1] == b"\x32"  # 6: the ends of the buckets


def test_a_graph_that_is_none(tmp_path):
    with pytest.raises(TypeError, match=r"must be a tf\.Graph, such as sess\.graph, got int"):
        tf.summary.FileWriter(tmp_path, graph=3)


def test_collections_of_summaries():
    assert tf.summary.merge_all() is None
    a = tf.summary.scalar("a", 1.0)
    b = tf.summary.scalar("b", 2.0, collections=["mine"])
    c = tf.contrib.deprecated.scalar_summary("c", 3.0)
    assert tf.get_collection(tf.GraphKeys.SUMMARIES) == [a, c] and tf.get_collection("mine") == [b]
    assert tf.contrib.deprecated.merge_all_summaries().op.inputs == (a, c)
    assert tf.summary.scalar("a", 1.0, family="f").op.get_attr("tag") == "f/f/a"
    assert tf.Session().run(tf.summary.merge([a, b])) == b"".join(tf.Session().run([a, b]))


@pytest.mark.parametrize(
    ("build", "kind", "text"),
    [
        (lambda: tf.summary.scalar("x", [1.0]), ValueError, "'x' is a scalar"),
        (lambda: tf.summary.scalar("x", "text"), TypeError, "of numbers"),
        (lambda: tf.Session().run(tf.summary.histogram("x", [np.nan])), tf.errors.InvalidArgumentError, "Nan or Inf"),
    ],
)
def test_what_is_refused(build, kind, text):
    with pytest.raises(kind, match=text):
        build()
