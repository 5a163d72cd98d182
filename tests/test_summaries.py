"""Summaries and the event files that TensorBoard reads; tests/parity/test_event_files.py has TensorFlow read them."""

from __future__ import annotations

import os
import socket
import struct
import time
import warnings

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.host import event_file, summaries


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
    rising = bytes(range(32))
    known = ((bytes(32), 0x8A9136AA), (b"123456789", 0xE3069283), (b"\xff" * 32, 0x62A8AB43), (rising, 0x46DD794E))
    for data, crc in (*known, (rising[::-1], 0x113FDB5C), (b"", 0)):
        masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
        assert event_file.record(data)[-4:] == struct.pack("<I", masked)


def test_messages_are_protocol_buffers():
    assert event_file.message((1, 300), (2, "ab"), (3, -1)) == b"\x08\xac\x02\x12\x02ab\x18" + b"\xff" * 9 + b"\x01"
    for n, text in ((0, b"\x00"), (127, b"\x7f"), (128, b"\x80\x01"), (2**63, b"\x80" * 9 + b"\x01")):
        assert event_file.message((1, n)) == b"\x08" + text
    assert event_file.message((16, b"\xff" * 128), (1, True)) == b"\x82\x01\x80\x01" + b"\xff" * 128 + b"\x08\x01"
    assert event_file.message() == b"" and event_file.float_field(15, 0.5) == b"\x7d\x00\x00\x00\x3f"
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
    first, summary, graph = records(path)
    assert summary[11:] == event_file.message((5, made.SerializeToString()))
    assert graph[11:] == event_file.message((4, tf.summary.FileWriter.graph_bytes(tf.get_default_graph())))
    for data in (first, summary, graph):
        assert data[0] == 9 and abs(struct.unpack("<d", data[1:9])[0] - time.time()) < 60, "field 1 is the time"


def test_a_histogram():
    """TensorBoard reads the least, the most, the number, the sum and the sum of squares before the buckets."""
    made = tf.Session().run(tf.summary.histogram("h", [-1.0, 3.0, 1.0]))
    numbers = event_file.message((1, -1.0), (2, 3.0), (3, 3.0), (4, 3.0), (5, 11.0))
    assert b"\x0a\x01h" in made and numbers in made
    assert made.partition(numbers)[2][:1] == b"\x32"  # 6: the ends of the buckets


def buckets(values):
    """(end, how many values) of each bucket of a histogram's message."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = summaries.histogram_message(np.asarray(values, np.float64))
    packed = data[5 * 9 :]  # after five doubles of nine bytes each
    found = []
    for number in (b"\x32", b"\x3a"):
        assert packed[:1] == number
        length, shift, at = 0, 0, 1
        while True:
            length |= (packed[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if packed[at - 1] < 128:
                break
        found.append(struct.unpack(f"<{length // 8}d", packed[at : at + length]))
        packed = packed[at + length :]
    assert packed == b"" and len(found[0]) == len(found[1])
    return list(zip(*found))


LARGEST = float(np.finfo(np.float64).max)


def test_the_buckets_of_a_histogram():
    """Powers of 1.1 from 1e-12 to 1e20 and the same below 0; a run of empty ones is one."""
    powers = [1e-12]
    while powers[-1] * 1.1 < 1e20:
        powers.append(powers[-1] * 1.1)
    assert buckets([]) == [(LARGEST, 0.0)]
    assert buckets([0.0, 0.0]) == [(0.0, 0.0), (1e-12, 2.0), (LARGEST, 0.0)]
    assert buckets([-1e-13]) == [(-1e-12, 0.0), (0.0, 1.0), (LARGEST, 0.0)]
    assert buckets([1e-12, powers[1]]) == [(1e-12, 0.0), (powers[1], 1.0), (powers[2], 1.0), (LARGEST, 0.0)]
    assert buckets([-1e30, 1e30, LARGEST]) == [(-LARGEST, 0.0), (-powers[-1], 1.0), (powers[-1], 0.0), (LARGEST, 2.0)]
    assert buckets([-LARGEST, 1e20]) == [(-LARGEST, 0.0), (-powers[-1], 1.0), (powers[-1], 0.0), (LARGEST, 1.0)]
    values = np.random.default_rng(0).normal(size=300)
    start, empty = -np.inf, False
    for end, count in buckets(values):
        assert count == np.sum((values >= start) & (values < end)) and not (empty and count == 0)
        start, empty = end, count == 0
    assert start == LARGEST


def test_a_histogram_as_it_is_written():
    """Of whole numbers as of floats; of nothing, the least is the largest float and the most the least."""
    for values in (np.array([[-1.0, 3.0], [1.0, 1.0]]), np.array([2, 3], np.int8), np.zeros(0)):
        v = values.astype(np.float64)
        least, most = (v.min(), v.max()) if v.size else (LARGEST, -LARGEST)
        ends, counts = zip(*buckets(v.reshape(-1)))
        told = [(1, least), (2, most), (3, float(v.size)), (4, float(v.sum())), (5, float((v**2).sum()))]
        held = event_file.message((1, "h"), (5, event_file.message(*told, (6, ends), (7, counts))))
        with tf.Graph().as_default():
            assert tf.Session().run(tf.summary.histogram("h", values)) == event_file.message((1, held))


def test_the_names_tags_and_collections_of_summaries():
    g = tf.get_default_graph()
    made = [
        tf.summary.scalar("a b/c:d", 1.0),
        tf.summary.scalar("/a", 1.0),
        tf.summary.scalar("a", 1.0, family="f g"),
        tf.summary.histogram("h", [1.0], collections=["x", "y"]),
        tf.summary.merge([tf.constant("")]),
        tf.summary.merge([tf.constant("")], collections=["x"], name="all"),
    ]
    assert [(t.name, t.shape, t.dtype) for t in made] == [
        (f"{name}:0", (), tf.string)
        for name in ("a_b/c_d", "a", "f_g/a", "h", "Merge/MergeSummary", "all/MergeSummary")
    ]
    assert [t.op.get_attr("tag") for t in made[:4]] == ["a_b/c_d", "a", "f g/f_g/a", "h"]
    assert g.get_collection("x") == [made[3], made[5]] and g.get_collection("y") == [made[3]]
    assert tf.get_collection(tf.GraphKeys.SUMMARIES) == made[:3]
    assert tf.summary.merge_all("y").op.inputs == (made[3],) and tf.summary.merge_all("z") is None
    assert tf.summary.merge_all(scope="a_b").op.inputs == (made[0],)
    assert tf.summary.merge_all(name="every").name == "every/MergeSummary:0"
    parts = tf.placeholder(tf.string, [None])
    assert tf.Session().run(tf.summary.merge([parts, "c"]), {parts: ["a", "b"]}) == b"abc"


def test_a_scalar_whose_shape_is_known_at_the_run():
    x = tf.placeholder(tf.float64)
    made = tf.summary.scalar("x", x)
    with tf.Session() as session:
        for value in (0.5, [[0.5]]):
            assert session.run(made, {x: value}).endswith(b"\x0a\x01x\x15\x00\x00\x00\x3f")
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"a scalar is needed, this has shape \(2,\)"):
            session.run(made, {x: [1.0, 2.0]})
        whole = tf.summary.scalar("n", tf.constant(3, tf.int64))
        assert session.run(whole) == event_file.message((1, event_file.message((1, "n")) + b"\x15\x00\x00\x40\x40"))


def test_the_files_of_a_writer(tmp_path, monkeypatch):
    """Named by the second and the machine, with a number where that is taken; every writer begins one of its own."""
    monkeypatch.setattr(time, "time", lambda: 1234567.875)
    x = tf.constant(1.0)
    first = tf.summary.FileWriter(str(tmp_path))
    second = tf.summary.FileWriter(tmp_path, graph_def=tf.Session().graph_def)
    third = tf.summary.FileWriter(tmp_path, filename_suffix=".mine")
    first.reopen()  # it is open: nothing happens
    first.flush()
    first.close(), first.flush(), first.close()
    first.reopen()
    name = f"events.out.tfevents.0001234567.{socket.gethostname()}"
    held = {p.name: records(p) for p in tmp_path.iterdir()}
    assert {n: len(r) for n, r in held.items()} == {name: 1, f"{name}.1": 2, f"{name}.mine": 1, f"{name}.2": 1}
    start = event_file.message((1, 1234567.875), (3, "brain.Event:2"))
    assert all(r[0] == start for r in held.values())
    graph = event_file.message((1, 1234567.875), (4, tf.summary.FileWriter.graph_bytes(x.graph)))
    assert held[f"{name}.1"][1] == graph
    third.add_summary(b"ab"), third.add_summary(b"", np.int64(7)), third.add_graph(x.graph)
    assert records(tmp_path / f"{name}.mine")[1:] == [
        event_file.message((1, 1234567.875), (5, b"ab")),
        event_file.message((1, 1234567.875), (2, 7), (5, b"")),
        graph,
    ]
    assert third.add_run_metadata(None, "tag", 3) is None and len(records(tmp_path / f"{name}.mine")) == 4
    for writer in (first, second, third):
        writer.close()
        with pytest.raises(RuntimeError, match=r"this FileWriter is closed; reopen\(\) begins another file"):
            writer.add_graph(x.graph)


def test_flushing_waits_for_the_disk(tmp_path, monkeypatch):
    writer, synced = tf.summary.FileWriter(tmp_path), []
    monkeypatch.setattr(os, "fsync", synced.append)
    writer.flush()
    assert synced == [writer._file.fileno()]
    with writer as same:
        assert same is writer
    assert len(synced) == 2 and writer._file.closed


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
