"""TensorBoard's event files: records of https://www.tensorflow.org/tutorials/load_data/tfrecord that hold Event messages.

Written by hand, so that no library is needed: the few fields used of event.proto and summary.proto, and CRC-32C.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

Field = tuple[int, Any]


def message(*fields: Field) -> bytes:
    """A protocol buffer of (number, value) fields: ints, floats (as double), text, bytes, float lists (packed doubles)."""
    return b"".join(_field(number, value) for number, value in fields)


def float_field(number: int, value: float) -> bytes:
    """A field of 32-bit float, which `message` does not write."""
    return _varint(number << 3 | 5) + struct.pack("<f", value)


def _field(number: int, value: Any) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value & (1 << 64) - 1)
    if isinstance(value, float):
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, str):
        value = value.encode()
    elif not isinstance(value, bytes):
        value = struct.pack(f"<{len(value)}d", *value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(n: int) -> bytes:
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


@cache
def _crc_table() -> list[int]:
    table = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
        table.append(n)
    return table


def _masked_crc(data: bytes) -> int:
    crc, table = 0xFFFFFFFF, _crc_table()
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """`data` in the frame of a TFRecord: its length and both checksums."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", _masked_crc(length)) + data + struct.pack("<I", _masked_crc(data))


class FileWriter:
    """Writes summaries into a new event file in the folder `logdir`, which it makes (TF1: tf.summary.FileWriter).

    Each is on its way to the disk when its call returns: max_queue, flush_secs and session are accepted, without effect.
    graph_bytes: makes a serialised GraphDef of a graph.
    """

    graph_bytes: Callable[[Any], bytes]

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: int = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        self._logdir, self._suffix = os.fspath(logdir), filename_suffix or ""
        self._lock = threading.Lock()
        os.makedirs(self._logdir, exist_ok=True)
        self._open()
        if graph is not None or graph_def is not None:
            self.add_graph(graph, graph_def=graph_def)

    def _open(self) -> None:
        name, number = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}{self._suffix}", 0
        while True:
            path = os.path.join(self._logdir, name + (f".{number}" if number else ""))
            try:
                self._file = open(path, "xb")  # noqa: SIM115 (it outlives this function; close() closes it)
                break
            except FileExistsError:
                number += 1
        self._closed = False
        self._write((3, "brain.Event:2"))

    def _write(self, *fields: Field) -> None:
        if self._closed:
            raise RuntimeError("this FileWriter is closed; reopen() begins another file")
        with self._lock:
            self._file.write(record(message((1, time.time()), *fields)))
            self._file.flush()

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Adds what a summary operation answered (bytes), or a Summary, at the step `global_step`."""
        data = summary if isinstance(summary, bytes) else summary.SerializeToString()
        step: Sequence[Field] = () if global_step is None else ((2, int(global_step)),)
        self._write(*step, (5, data))

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Adds the graph, for TensorBoard to draw; a session's `graph_def` is its graph. TypeError for something else."""
        step: Sequence[Field] = () if global_step is None else ((2, int(global_step)),)
        self._write(*step, (4, self.graph_bytes(graph_def if graph is None else graph)))

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Accepted, without effect: nothing is recorded in it."""

    def get_logdir(self) -> str:
        return self._logdir

    def flush(self) -> None:
        """Waits until the disk has everything that was added."""
        if not self._closed:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Flushes and closes the file."""
        self.flush()
        self._closed = True
        self._file.close()

    def reopen(self) -> None:
        """After `close`, begins another file in the same folder."""
        if self._closed:
            self._open()

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()
