"""Runs the suite on one backend in a process of its own, watches over it, and says what came of it.

A test that hangs, or ends the process, is named; the rest goes on in another process.

What asks no backend, but holds the ops' own blocks to their rules and definitions, is run as a backend of the name "specification".

`verify-NAME.json` (schema 2) holds: schema, backend, version (of the framework), device, samegraph, specification, created,
source {commit, changed}, python, command, tier ("default" or "thorough"), select, processes, seconds; counts {passed, failed, lacking, known} (lacking: skipped, with the reason; known: failed as expected, strictly);
families {family: counts}; ops {op: {family, counts, worst_ulps, worst_of}}; comparisons; over_budget (sentences); error ("" or why
the suite could not run); tests [{test, name, op, family, outcome, reason, seconds}].
"""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .. import made
from ..conformance.plugin import BACKEND, SPECIFICATION

OUTCOMES = {"passed": "passed", "failed": "failed", "skipped": "lacking", "xfailed": "known"}
_ANSWERED = (0, 1, 5)  # pytest's exit statuses: all passed, some failed, none selected
_OFTEN = 2  # tests of one op that may hang or end the process, before the others of that op are left out
# None may take all of a GPU's memory to itself: not one of several processes, nor the next after one that was ended.
_SHARED_GPU = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false", "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
Tell = Callable[[str, int, int], None]


@dataclass
class Options:
    """name: the backend. select: as pytest's -k. patience: seconds a test may take. processes: how many share the tests."""

    name: str
    thorough: bool = False
    select: str = ""
    patience: float = 120.0
    command: str = ""
    device: str = "cpu"
    processes: int = 1

    @property
    def label(self) -> str:
        return label({"backend": self.name, "device": self.device})


def label(results: Mapping[str, Any]) -> str:
    """The backend, with its device where that is not the usual one."""
    return results["backend"] if results["device"] == "cpu" else f"{results['backend']} on {results['device']}"


@dataclass
class _Run:
    """What is known so far."""

    tests: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    comparisons: int = 0
    worst: dict[str, tuple[float, str]] = field(default_factory=dict)
    skip_budget: int | None = None
    version: str = ""
    error: str = ""

    def end(self, test: str, outcome: str, reason: str, seconds: float = 0.0) -> None:
        self.ended[test] = {"outcome": OUTCOMES[outcome], "reason": reason, "seconds": seconds}

    def died(self, test: str, reason: str) -> None:
        """A test took its process with it; after a few of one op the others of that op are left out."""
        self.end(test, "failed", reason)
        op = self.tests[test]["op"]
        self.broken[op] = self.broken.get(op, 0) + 1
        if op and self.broken[op] >= _OFTEN:
            for other, subject in self.tests.items():
                if subject["op"] == op and other not in self.ended:
                    self.end(
                        other, "failed", f"not run: {self.broken[op]} other tests of {op} hung or ended the process"
                    )

    def summarise(self, event: dict[str, Any]) -> None:
        self.comparisons += sum(event["comparisons"].values())
        self.skip_budget, self.version = event["skip_budget"], event["version"]
        for ops in event["worst"].values():
            self._keep_worst(ops)

    def _keep_worst(self, ops: Mapping[str, Sequence[Any]]) -> None:
        for op, (ulps, what) in ops.items():
            if op not in self.worst or ulps > self.worst[op][0]:
                self.worst[op] = ulps, what

    def join(self, other: _Run) -> None:
        """Takes in what another share of the same suite came to."""
        self.tests.update(other.tests)
        self.ended.update(other.ended)
        self.comparisons += other.comparisons
        self._keep_worst(other.worst)
        if other.version:
            self.skip_budget, self.version = other.skip_budget, other.version
        if other.error not in self.error:
            self.error = f"{self.error}\n{other.error}".strip()


class Stopped(Exception):
    """Someone asked the suite to stop."""


def verify(options: Options, tell: Tell, stopping: threading.Event) -> dict[str, Any]:
    """Runs the suite; `tell` hears the test that starts, and how many of how many have ended.

    Raises Stopped soon after `stopping` is set.
    """
    began, source = time.monotonic(), made.source()
    runs = [_Run() for _ in range(options.processes)]

    def tell_all(what: str, done: int, total: int) -> None:
        tell(what, sum(len(run.ended) for run in runs), sum(len(run.tests) for run in runs))

    def share(number: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            while not runs[number].error and not _one_process(
                options, number, Path(folder), runs[number], tell_all, stopping
            ):
                pass

    with ThreadPoolExecutor(options.processes) as pool:
        list(pool.map(share, range(options.processes)))
    whole = _Run()
    for run in runs:
        whole.join(run)
    return _results(options, whole, time.monotonic() - began, made.throughout(source))


def _one_process(options: Options, number: int, folder: Path, run: _Run, tell: Tell, stopping: threading.Event) -> bool:
    """Runs the tests of a share that have not yet ended; True when none is left to run."""
    events, printed = folder / "events", folder / "printed"
    events.write_text("")
    (folder / "done").write_text("\n".join(run.ended))
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "SAMEGRAPH_EVENTS": str(events), "SAMEGRAPH_DONE": str(folder / "done")}
    environment["SAMEGRAPH_SHARE"] = f"{number}/{options.processes}"
    if options.device != "cpu" or options.processes > 1:
        environment.update(_SHARED_GPU)
    with open(printed, "w") as out:
        process = subprocess.Popen(
            _command(options, folder), env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            return _watch(process, events, printed, options, run, tell, stopping)
        finally:
            _end(process)


def _command(options: Options, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-c", str(folder / "pytest.ini"), "-p", "no:cacheprovider"]
    command += ["-p", "samegraph.conformance.watching", "--tb=short", "--pyargs", "samegraph.conformance"]
    if options.name == SPECIFICATION:
        command += ["--samegraph-only", SPECIFICATION]
    else:
        command += [
            "--samegraph-only",
            BACKEND,
            "--samegraph-backend",
            options.name,
            "--samegraph-device",
            options.device,
        ]
    command += ["--samegraph-thorough"] if options.thorough else []
    return command + (["-k", options.select] if options.select else [])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and what it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
    process.wait()


def _watch(
    process: subprocess.Popen[bytes],
    events: Path,
    printed: Path,
    options: Options,
    run: _Run,
    tell: Tell,
    stopping: threading.Event,
) -> bool:
    running, collected, finished, last = "", False, False, time.monotonic()
    with open(events, encoding="utf-8") as file:
        while True:
            over = process.poll() is not None
            for event in _complete(file):
                last = time.monotonic()
                kind = event["event"]
                if kind == "collected":
                    collected = True
                    run.tests.update(event["tests"])
                elif kind == "start":
                    running = event["test"]
                    tell(running.rpartition("::")[2], len(run.ended), len(run.tests))
                elif kind == "end":
                    run.end(event["test"], event["outcome"], event["reason"], event["seconds"])
                    running = ""
                elif kind == "error":
                    run.error += event["reason"]
                elif kind == "summary":
                    finished = True
                    run.summarise(event)
            if over:
                break
            if time.monotonic() - last > options.patience and not finished:
                _end(process)
                if not collected:
                    run.error = (
                        f"{options.label} hung: its tests were not even collected after {options.patience:g} seconds"
                    )
                elif running:
                    run.died(running, f"{options.label} hung: no answer within {options.patience:g} seconds")
                return not collected
            if stopping.wait(0.05):
                raise Stopped
    if finished and collected and not running and process.returncode in _ANSWERED:
        return True
    if running:
        run.died(running, f"{options.label} ended the process: {_how(process.returncode)}")
        return False
    run.error = run.error or printed.read_text(errors="replace")[-3000:].strip() or _how(process.returncode)
    return True


def _complete(file: Any) -> Iterator[dict[str, Any]]:
    """The whole lines written since; half a line waits."""
    while True:
        at = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(at)
            return
        yield json.loads(line)


def _how(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    return f"signal {-status} ({signal.Signals(-status).name})"


# What came of it ---------------------------------------------------------------------------------------------------------


def _results(options: Options, run: _Run, seconds: float, source: dict[str, Any]) -> dict[str, Any]:
    from .. import SPEC_VERSION, __version__

    tests = [{"test": t, **run.tests[t], **end} for t, end in run.ended.items()]
    families = sorted({t["family"] for t in tests})
    ops = {t["op"]: t["family"] for t in tests if t["op"]}
    return {
        "schema": 2,
        "backend": options.name,
        "version": run.version,
        "device": options.device,
        "samegraph": __version__,
        "specification": SPEC_VERSION,
        "created": made.now(),
        "source": source,
        "python": platform.python_version(),
        "command": options.command,
        "tier": "thorough" if options.thorough else "default",
        "select": options.select,
        "processes": options.processes,
        "seconds": round(seconds, 1),
        "counts": _counts(tests),
        "families": {f: _counts([t for t in tests if t["family"] == f]) for f in families},
        "ops": {
            op: {
                "family": family,
                "counts": _counts([t for t in tests if t["op"] == op]),
                "worst_ulps": run.worst[op][0] if op in run.worst else None,
                "worst_of": run.worst[op][1] if op in run.worst else "",
            }
            for op, family in sorted(ops.items())
        },
        "comparisons": run.comparisons,
        "over_budget": _over_budget(options.name, run.skip_budget, _counts(tests)["lacking"]),
        "error": run.error,
        "tests": tests,
    }


def _over_budget(name: str, budget: int | None, skipped: int) -> list[str]:
    if budget is None or skipped <= budget:
        return []
    return [f"{name}: {skipped} tests skipped, its skip budget is {budget}"]


def _counts(tests: list[dict[str, Any]]) -> dict[str, int]:
    return {outcome: sum(t["outcome"] == outcome for t in tests) for outcome in OUTCOMES.values()}


def verdict(results: dict[str, Any]) -> tuple[int, str]:
    """Exit status and the sentence that says why."""
    counts = results["counts"]
    if results["error"] and not results["tests"]:
        return 1, f"the suite could not run on {label(results)}: {results['error']}"
    if not results["tests"]:
        return 1, "no test was selected"
    if results["error"]:
        return 1, f"the suite stopped half-way on {label(results)}: {results['error']}"
    if counts["failed"] or results["over_budget"]:
        return 1, "; ".join(
            [*([f"{counts['failed']} tests failed"] if counts["failed"] else []), *results["over_budget"]]
        )
    if not counts["passed"]:
        return 1, "no test passed: the backend lacks all that was selected"
    if results["backend"] == SPECIFICATION:
        return 0, f"the specification agrees with itself in {counts['passed']} tests"
    return 0, f"{label(results)} follows the specification in {counts['passed']} tests"


def junit(results: dict[str, Any]) -> bytes:
    """The results as JUnit XML: what is lacking or known to fail is skipped there."""
    counts = results["counts"]
    suite = ElementTree.Element(
        "testsuite",
        name=f"samegraph verify {label(results)}",
        tests=str(len(results["tests"])),
        failures=str(counts["failed"]),
        errors=str(int(bool(results["error"]))),
        skipped=str(counts["lacking"] + counts["known"]),
        time=str(results["seconds"]),
    )
    for t in results["tests"]:
        case = ElementTree.SubElement(suite, "testcase", classname=t["family"], name=t["name"], time=str(t["seconds"]))
        tag = {"failed": "failure", "lacking": "skipped", "known": "skipped"}.get(t["outcome"])
        if tag:
            ElementTree.SubElement(case, tag, message=_printable(t["reason"]))
    if results["error"]:
        case = ElementTree.SubElement(suite, "testcase", classname="suite", name="suite")
        ElementTree.SubElement(case, "error", message=_printable(results["error"]))
    return ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(c if c in "\n\t" or c >= " " else "?" for c in text)
