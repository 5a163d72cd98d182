"""python -m benchmarks --json FILE [pytest's options]: the benchmarks, in a process that may die.

A framework that crashes takes its process along. It then goes on in a new one, without the backend whose turn it was in that
file of benchmarks, and where it dies a second time in none: what was timed is kept, what was not is written down with the reason,
and the exit code is 1.

A run is several such processes, one after another (`processes`). The file is that of those which have ended, until the next has.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import journal, processes

PATIENCE = 600.0
"""Seconds that a turn may take before it counts as hanging."""
_PYTEST_ENDS = (2, 4, 5)
"""Exit codes of pytest's after which there need be no file: interrupted, wrong usage, nothing selected."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmarks; the exit code is pytest's of the first process where it is not 0, or 1 where one died."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", type=Path, required=True, help="the file to write")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help="seconds a turn may take (default: %(default)s)"
    )
    told = f"how many processes take every race, one after another (default: {processes.FULL}; {processes.QUICK} with --bench-quick)"
    parser.add_argument("--processes", type=int, help=told)
    chosen, options = parser.parse_known_args(arguments)
    count = chosen.processes or (processes.QUICK if "--bench-quick" in options else processes.FULL)
    path: Path = chosen.json.resolve()
    path.unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    died: dict[str, dict[str, str]] = {}
    code = 0
    for number in range(1, count + 1):
        print(f"process {number} of {count}", flush=True)
        present = [f"--bench-process={number}/{count}", *options]
        present += [f"--bench-after={path}"] if number > 1 else []
        present += ["--benchmark-quiet"] if number < count else []
        one = _process(present, path, chosen.patience, died)
        code = code or one
        if one in _PYTEST_ENDS or not json.loads(path.read_text(encoding="utf-8"))["benchmarks"]:
            break
    return code or int(bool(died))


def _process(options: Sequence[str], path: Path, patience: float, died: dict[str, dict[str, str]]) -> int:
    """One process of the run, and those that go on where it died. When it has ended, its file replaces the one that it followed."""
    book, written = path.with_suffix(".journal"), path.with_suffix(".written")
    journal.remove(book)
    written.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(Path(__file__).parent), "-q", "-p", "no:cacheprovider"]
    command += [f"--benchmark-json={written}", f"--bench-journal={book}", *options]
    while True:
        without = [
            f"--bench-without={name}@{file}={why}" for name, files in died.items() for file, why in files.items()
        ]
        code = _run([*command, *without], book, patience)
        if written.exists() or code in _PYTEST_ENDS:
            break
        _bury(book, code, died)
    if written.exists():
        written.replace(path)
    journal.remove(book)
    return code


def _run(command: list[str], book: Path, patience: float) -> int:
    """The process's exit code; one whose turn does not end is killed."""
    process = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    last, since = journal.turn(book), time.monotonic()
    try:
        while (code := process.poll()) is None:
            time.sleep(0.25)
            now = journal.turn(book)
            if now != last:
                last, since = now, time.monotonic()
            elif time.monotonic() - since > patience:
                process.kill()
        return code
    except KeyboardInterrupt:
        process.wait()
        return 2
    finally:
        process.kill()  # harmless where it has ended


def _bury(book: Path, code: int, died: dict[str, dict[str, str]]) -> None:
    """Notes who died in which file, or, where no backend was at work or it was buried for good, leaves out the test that was running."""
    _, backend, what = journal.turn(book)
    reason = f"ended its process ({_named(code)}) in {what}"
    print(f"\n{backend or 'something'} {reason}; the rest goes on", file=sys.stderr, flush=True)
    running = [line["running"] for line in journal.lines(book) if "running" in line]
    if backend and "" not in died.get(backend, {}):
        again = backend in died or not running
        died.setdefault(backend, {})["" if again else journal.file_of(running[-1])] = reason
        return
    if not running:
        raise SystemExit(f"the benchmarks end before the first of them begins ({_named(code)}); nothing was timed")
    journal.start(book)
    journal.write(done=running[-1], not_run={"name": running[-1].split("::")[-1], "reason": f"the test {reason}"})


def _named(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


if __name__ == "__main__":
    raise SystemExit(main())
