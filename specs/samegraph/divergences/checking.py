"""Asks the frameworks that are installed, each in a process of its own, and says what moved against the record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .. import SPEC_VERSION
from . import asking, records
from .answers import Answer, text, unmoved
from .points import POINTS
from .records import SPECIFICATION, Record
from .worker import MARK

TIMEOUT = 900.0  # seconds a framework; TensorFlow takes about 30 on two busy cores

Tell = Callable[[str, int, int], None]


@dataclass
class Asked:
    """What came of asking one framework. missing: why it could not be asked at all."""

    framework: str
    version: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    missing: str = ""


@dataclass(frozen=True)
class Moved:
    """One answer that is not the recorded one."""

    framework: str
    id: str
    recorded: str
    now: str


@dataclass(frozen=True)
class Verdict:
    """One framework against its record. against, machine: the record's version and machine, "" when there is none."""

    framework: str
    version: str
    against: str
    compared: int
    moved: tuple[Moved, ...]
    missing: str = ""
    machine: str = ""

    @property
    def sentence(self) -> str:
        if self.missing:
            return f"{self.framework}: not asked: {self.missing}"
        if not self.against:
            return f"{self.framework} {self.version}: nothing on record to compare with"
        other = f" (not on record; compared with {self.against}, the newest)" if self.against != self.version else ""
        return f"{self.framework} {self.version}{other}: {len(self.moved)} of {self.compared} answers moved"


def ask(framework: str, tell: Tell = lambda what, done, total: None, timeout: float = TIMEOUT) -> Asked:
    """Puts every point to one framework in a process of its own; what it answered until it ended or was ended."""
    found = Asked(framework)
    process = subprocess.Popen(
        [sys.executable, "-m", "samegraph.divergences.worker", framework],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""},
    )
    errors: list[str] = []
    listener = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
    listener.start()
    watchdog = threading.Timer(timeout, process.kill)
    watchdog.start()
    try:
        _listen(process, found, tell)
        code = process.wait()
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
    listener.join(5)
    if code and not found.missing:
        last = errors[-1].strip() if errors else ""
        found.missing = f"its process ended with status {code} after {len(found.answers)} answers: {last}"
    return found


def _listen(process: subprocess.Popen[str], found: Asked, tell: Tell) -> None:
    total = 0
    for line in process.stdout or ():
        if not line.startswith(MARK):
            continue
        event = json.loads(line[len(MARK) :])
        if event["event"] == "missing":
            found.missing = event["reason"]
        elif event["event"] == "started":
            found.version, total = event["version"], event["total"]
        else:
            found.answers[event["id"]] = event["answer"]
        tell(found.framework, len(found.answers), total)


def specification(tell: Tell = lambda what, done, total: None) -> Asked:
    """What samegraph itself answers, on NumPy and by its own rules."""
    found = Asked(SPECIFICATION, SPEC_VERSION)
    for i, point in enumerate(POINTS):
        found.answers[point.id] = asking.specified(point)
        tell(SPECIFICATION, i + 1, len(POINTS))
    return found


def ask_any(name: str, tell: Tell = lambda what, done, total: None) -> Asked:
    """`ask` for a framework, `specification` by that name."""
    return specification(tell) if name == SPECIFICATION else ask(name, tell)


def compare(found: Asked, known: Mapping[str, Sequence[Record]]) -> Verdict:
    """One framework's answers against those on record, of the same version or else of the newest."""
    if found.missing:
        return Verdict(found.framework, found.version, "", 0, (), found.missing)
    if not known.get(found.framework):
        return Verdict(found.framework, found.version, "", 0, ())
    record = records.nearest(known[found.framework], found.version)
    moved, compared = [], 0
    for point in POINTS:
        before, now = record.answers.get(point.id), found.answers.get(point.id)
        if (before is None and now is None) or "missing" in (now or {}):
            continue
        compared += 1
        if before is None or now is None or not _still(before, now):
            moved.append(Moved(found.framework, point.id, text(before), text(now)))
    return Verdict(found.framework, found.version, record.version, compared, tuple(moved), machine=record.platform)


def _still(before: Answer, now: Answer) -> bool:
    left_open = ("absent", "unsaid", "missing")
    if any(k in a for a in (before, now) for k in left_open):
        return before.keys() == now.keys()
    return unmoved(before, now)


def check(
    names: Sequence[str], folder: Path = records.FOLDER, tell: Tell = lambda what, done, total: None
) -> list[Verdict]:
    """Asks each framework (and the specification, by that name) anew; RecordError for a record that cannot be read."""
    known = records.all_of(folder)
    return [compare(ask_any(n, tell), known) for n in names]
