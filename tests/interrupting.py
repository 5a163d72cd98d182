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


def children(pid: int) -> list[int]:
    """Of Linux' tasks, those that `pid` started."""
    return [int(c) for task in Path(f"/proc/{pid}/task").glob("*/children") for c in task.read_text().split()]


def started(command: list[str], environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """The command's process, as soon as it has started one itself."""
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
        if children(process.pid):
            return process
        time.sleep(0.1)
    process.kill()
    raise AssertionError(f"{command} started nothing: {process.communicate()[0]}")
