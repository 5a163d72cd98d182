"""The processes that train: one a backend and column, several at a time, watched over by a thread each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .worker import MARK

Take = Callable[[dict[str, Any]], None]
"""Hears the events that a worker prints."""


def run(jobs: Sequence[Mapping[str, Any]], folder: Path, at_once: int, take: Take) -> list[str]:
    """Runs every job in a process of its own; for each why it ended before it was done, or "".

    Whatever ends this call ends the processes.
    """
    processes: list[subprocess.Popen[str]] = []
    stopped, starting = threading.Event(), threading.Lock()
    threads = max(1, (os.cpu_count() or 1) // at_once) if at_once > 1 else None

    def one(numbered: tuple[int, Mapping[str, Any]]) -> str:
        number, job = numbered
        path = folder / f"job-{number}.json"
        path.write_text(json.dumps(job))
        with starting:
            if stopped.is_set():
                return "stopped"
            process = _started(path, threads)
            processes.append(process)
        return _heard(process, take)

    with ThreadPoolExecutor(at_once) as pool:
        try:
            return list(pool.map(one, enumerate(jobs)))
        finally:
            with starting:
                stopped.set()
            for process in processes:
                if process.poll() is None:
                    process.kill()


def _started(path: Path, threads: int | None) -> subprocess.Popen[str]:
    """threads: of the libraries that would take all cores each, and spin where they wait for one; None: as they like."""
    settings = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # several share a GPU: none may take all of its memory to itself
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    }
    if threads is not None:
        settings |= {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    return subprocess.Popen(
        [sys.executable, "-m", "samegraph.compare.worker", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**settings, **os.environ},
    )


def _heard(process: subprocess.Popen[str], take: Take) -> str:
    """Passes a worker's events on until it ends."""
    assert process.stdout is not None and process.stderr is not None
    errors: list[str] = []
    told = process.stderr
    reader = threading.Thread(target=lambda: errors.append(told.read()), daemon=True)
    reader.start()
    for line in process.stdout:
        if line.startswith(MARK):
            take(json.loads(line[len(MARK) :]))
    code = process.wait()
    reader.join(5)
    return "" if code == 0 else _why("".join(errors)) or f"its process ended with status {code}"


def _why(errors: str) -> str:
    """The last line of a traceback."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return next((line.split(": ", 1)[-1] for line in reversed(lines) if "Error" in line.split(":")[0]), "")
