"""What a run has come to so far, on disk: who goes on after its process died reads there what is done, and whose turn it was.

A line of JSON is added for each benchmark that is through. Whose turn it is stands in a second file, which is mapped into
memory: writing there costs a microsecond, and what is written outlives the process.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SIZE, _LONGEST = 1024, 300

_written: Journal | None = None
dead: dict[str, dict[str, str]] = {}
"""By backend that ended an earlier process of this run, how it did, by the file of benchmarks that it is not run in again: "" for all."""
_file = ""


class Journal:
    """Of one run; a later process of the same run goes on writing where the one before was stopped."""

    def __init__(self, path: Path) -> None:
        self._lines = path.open("a", encoding="utf-8")
        place = _now(path)
        place.write_bytes(b" " * _SIZE)
        with place.open("r+b") as stream:
            self._turn = mmap.mmap(stream.fileno(), _SIZE)
        self._count = 0

    def tell(self, backend: str, what: str) -> None:
        """From now on it is this backend's turn, "" where no backend is at work."""
        self._count += 1
        self._turn[:] = json.dumps([self._count, backend, what[:_LONGEST]]).encode().ljust(_SIZE)[:_SIZE]

    def write(self, line: dict[str, Any]) -> None:
        """Adds a line."""
        self._lines.write(json.dumps(line, allow_nan=True) + "\n")
        self._lines.flush()


def start(path: Path) -> None:
    """From now on `tell` and `write` go into this journal."""
    global _written
    _written = Journal(path)


def bury(row: str) -> None:
    """Notes BACKEND=WHY or BACKEND@FILE=WHY."""
    who, why = row.split("=", 1)
    backend, _, file = who.partition("@")
    dead.setdefault(backend, {})[file] = why


def file_of(test: str) -> str:
    """The file's name of a test as pytest names it."""
    return test.partition("::")[0].rpartition("/")[2]


def begin(file: str) -> None:
    """From now on benchmarks of this file run."""
    global _file
    _file = file


def left_out(backend: str) -> str:
    """Why this backend does not run in the present file, "" where it does."""
    own = dead.get(backend, {})
    return own.get("") or own.get(_file, "")


def tell(backend: str, what: str) -> None:
    """Says whose turn it is, where a journal is kept."""
    if _written is not None:
        _written.tell(backend, what)


def write(**line: Any) -> None:
    """Adds a line, where a journal is kept."""
    if _written is not None:
        _written.write(line)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """What has been written; a last line that its process did not finish is left out."""
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield json.loads(text)
        except ValueError:
            continue


def turn(path: Path) -> tuple[int, str, str]:
    """How many turns began, and the backend and the work of the last one."""
    try:
        count, backend, what = json.loads(_now(path).read_bytes())
    except (OSError, ValueError):
        return 0, "", "starting up"
    return count, backend, what


def _now(path: Path) -> Path:
    return path.with_suffix(".now")


def remove(path: Path) -> None:
    """Takes both files away."""
    path.unlink(missing_ok=True)
    _now(path).unlink(missing_ok=True)
