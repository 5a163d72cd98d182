"""Commands that a test interrupts as Ctrl-C would."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="who started whom is read from Linux' /proc"
)


def children(pid: int, doing: str) -> list[int]:
    """Of Linux' tasks, those that `pid` started and whose command holds that text."""
    found = [int(c) for task in Path(f"/proc/{pid}/task").glob("*/children") for c in task.read_text().split()]
    return [child for child in found if doing in _read(child, "cmdline")]


def gone(pids: list[int]) -> bool:
    """Whether they end within ten seconds."""
    for _ in range(100):
        if not any(
            _read(pid, "cmdline") for pid in pids
        ):  # of what has ended, and only has to be asked how, it is empty
            return True
        time.sleep(0.1)
    return False


def _read(pid: int, what: str) -> str:
    try:
        return Path(f"/proc/{pid}/{what}").read_text()
    except OSError:
        return ""


def started(command: list[str], doing: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """The command's process, as soon as it has started one itself whose command holds that text."""
    # A job in the background ignores SIGINT, and what it starts inherits that.
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _ in range(600):
        if children(process.pid, doing):
            return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"{command} started nothing: {process.communicate()[0]}")
