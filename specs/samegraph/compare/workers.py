"""The processes that train, several at a time, watched over by a thread each; what has been imported serves the next job."""

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

from ..waiting import until_done
from .worker import MARK

Take = Callable[[dict[str, Any]], None]
"""Hears the events that a worker prints."""
COMMAND = [sys.executable, "-m", "samegraph.compare.worker"]
_GRACE = 10.0  # seconds for a process to end by itself when there is nothing left for it to do


def run(jobs: Sequence[Mapping[str, Any]], folder: Path, at_once: int, take: Take) -> list[str]:
    """Runs every job; for each why its process ended before the job was done, or "".

    Jobs of one backend follow each other in one process while there are other backends for the other processes. A process
    that ends takes the job along that it was at, and no other. Whatever ends this call ends the processes.
    """
    crew = _Crew(jobs, folder, at_once, take)
    with ThreadPoolExecutor(at_once) as pool:
        try:
            futures = [pool.submit(crew.work) for _ in range(min(at_once, len(jobs)))]
            until_done(futures)
        finally:
            crew.stop()
        for future in futures:
            future.result()
    return crew.reasons


class _Crew:
    """Jobs that wait, by backend, and the processes that are at them."""

    def __init__(self, jobs: Sequence[Mapping[str, Any]], folder: Path, at_once: int, take: Take) -> None:
        self.take, self.reasons = take, [""] * len(jobs)
        self._threads = max(1, (os.cpu_count() or 1) // at_once) if at_once > 1 else None
        self._lock, self._stopped = threading.Lock(), False
        self._at: list[str] = []  # the backends that processes are at
        self._running: set[Worker] = set()
        self._waiting: dict[str, list[tuple[int, Path]]] = {}
        for number, job in enumerate(jobs):
            path = folder / f"job-{number}.json"
            path.write_text(json.dumps(job))
            self._waiting.setdefault(str(job.get("backend", "")), []).append((number, path))

    def work(self) -> None:
        """Does jobs until none waits."""
        worker, backend = None, ""
        while (found := self._next(backend)) is not None:
            of, (number, path) = found
            if worker is not None and (of != backend or worker.process.poll() is not None):
                self._leave(worker)
                worker = None
            backend = of
            worker = worker or self._hired()
            if worker is None:
                self.reasons[number] = "stopped"
                return
            self.reasons[number] = worker.does(path, self.take)
            if self.reasons[number]:
                self._leave(worker)
                worker = None
        if worker is not None:
            self._leave(worker)

    def _next(self, backend: str) -> tuple[str, tuple[int, Path]] | None:
        """A job of that backend, else of one that nobody is at, else of any: the one of which most wait."""
        with self._lock:
            if self._stopped or not self._waiting:
                return None
            if backend in self._at:
                self._at.remove(backend)
            of = backend
            if of not in self._waiting:
                free = [name for name in self._waiting if name not in self._at]
                of = max(free or self._waiting, key=lambda name: len(self._waiting[name]))
            self._at.append(of)
            job = self._waiting[of].pop(0)
            if not self._waiting[of]:
                del self._waiting[of]
            return of, job

    def _hired(self) -> Worker | None:
        with self._lock:
            if self._stopped:
                return None
            worker = Worker(self._threads)
            self._running.add(worker)
            return worker

    def _leave(self, worker: Worker) -> None:
        worker.end()
        with self._lock:
            self._running.discard(worker)

    def stop(self) -> None:
        """Ends what still runs; nothing is begun any more."""
        with self._lock:
            self._stopped = True
            for worker in self._running:
                worker.process.kill()


class Worker:
    """A process that is given jobs, a line each. threads: of the libraries that would take all cores each, and spin where they wait
    for one; None: as they like. command: what it runs, COMMAND by default. fixed: settings that the user's own do not change.
    """

    def __init__(
        self, threads: int | None, command: Sequence[str] | None = None, fixed: Mapping[str, str] | None = None
    ) -> None:
        settings = {
            "TF_CPP_MIN_LOG_LEVEL": "3",
            # several share a GPU: none may take all of its memory to itself
            "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
            "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        }
        if threads is not None:
            settings |= {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            command or COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**settings, **os.environ, **(fixed or {})},
        )
        self._errors: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self._errors.append(self.process.stderr.read())

    def does(self, path: Path, take: Take) -> str:
        """Passes the job's events on until it is done; why the process ended before, or ""."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(f"{path}\n")
            self.process.stdin.flush()
        except OSError:  # it has ended, and its output says why
            pass
        for line in self.process.stdout:
            if line.startswith(MARK):
                event = json.loads(line[len(MARK) :])
                if event["event"] == "done":
                    return ""
                take(event)
        code = self.process.wait()
        self._reader.join(5)
        return _why("".join(self._errors)) or f"its process ended with status {code}"

    def end(self) -> None:
        """Lets it end by itself."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdout.close()
        try:
            self.process.stdin.close()
            self.process.wait(_GRACE)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


def _why(errors: str) -> str:
    """The last line of a traceback."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    return next((line.split(": ", 1)[-1] for line in reversed(lines) if "Error" in line.split(":")[0]), "")
