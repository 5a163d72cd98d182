"""Writes a line of JSON for every test that starts and ends: `pytest -p samegraph.conformance.watching`, SAMEGRAPH_EVENTS=FILE.

`samegraph verify` reads the file while the tests run. Whatever kills the process, the last line names the test it was in.
SAMEGRAPH_DONE names a file with the ids of tests to leave out, one a line: those that an earlier process has answered.
SAMEGRAPH_SHARE=I/N leaves out what is not of the I-th of N shares (from 0); the tests of an op stay together.

    {"event": "collected", "tests": {id: {"name", "op", "family"}}}
    {"event": "start", "test": id}
    {"event": "end", "test": id, "outcome": "passed" | "failed" | "skipped" | "xfailed", "reason", "seconds"}
    {"event": "error", "test": id, "reason"}                           a file that could not be collected
    {"event": "summary", "comparisons": {backend: N}, "worst": {backend: {op: [ulps, of what]}}, "skip_budget": N or null,
     "version": of the framework}
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

_tests: dict[str, dict[str, Any]] = {}


def _say(**event: Any) -> None:
    with open(os.environ["SAMEGRAPH_EVENTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def pytest_collection_modifyitems(items: list[Any], config: Any) -> None:
    done, share = os.environ.get("SAMEGRAPH_DONE"), os.environ.get("SAMEGRAPH_SHARE")
    out = set(Path(done).read_text(encoding="utf-8").splitlines()) if done else set()
    if share:
        out |= _of_others(items, *map(int, share.split("/")))
    config.hook.pytest_deselected(items=[i for i in items if i.nodeid in out])
    items[:] = [i for i in items if i.nodeid not in out]


def _of_others(items: list[Any], own: int, shares: int) -> set[str]:
    """The ids of what other shares hold: ops are dealt in the order of their names, and so are tests of no op."""
    subjects = {i.nodeid: _subject(i)["op"] for i in items}
    ops = sorted({op for op in subjects.values() if op})
    others = sorted(test for test, op in subjects.items() if not op)
    dealt = {what: n % shares for each in (ops, others) for n, what in enumerate(each)}
    return {test for test, op in subjects.items() if dealt[op or test] != own}


def pytest_collection_finish(session: Any) -> None:
    for item in session.items:
        _tests[item.nodeid] = {"name": item.name, **_subject(item)}
    _say(event="collected", tests=_tests)


def _subject(item: Any) -> dict[str, str]:
    """The op and its family, or the part of the suite."""
    op = item.callspec.params.get("op") if hasattr(item, "callspec") else None
    if op is None:
        return {"op": "", "family": item.module.__name__.rpartition(".")[2].removeprefix("test_")}
    return {"op": op.name, "family": op.__wrapped__.__module__.rpartition(".")[2]}


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        _say(event="error", test=report.nodeid, reason=str(report.longrepr)[-2000:])


def pytest_runtest_logstart(nodeid: str) -> None:
    _say(event="start", test=nodeid)


def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" or (report.when == "setup" and not report.passed):
        known = hasattr(report, "wasxfail")
        outcome = "xfailed" if known and report.skipped else report.outcome
        _say(
            event="end",
            test=report.nodeid,
            outcome=outcome,
            reason=report.wasxfail if known else _reason(report),
            seconds=round(report.duration, 4),
        )


def _reason(report: Any) -> str:
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return crash.message if crash is not None else str(report.longrepr or "")[-2000:]


def pytest_sessionfinish(session: Any) -> None:
    checks = sys.modules.get("samegraph.conformance.checks")
    _say(
        event="summary",
        comparisons=dict(checks.counts) if checks is not None else {},
        worst=dict(checks.worst) if checks is not None else {},
        **(_of_backend(session.config) if _tests else {"skip_budget": None, "version": ""}),
    )


def _of_backend(config: Any) -> dict[str, Any]:
    """The most tests that the backend under test allows itself to skip, in all processes together; its framework's version."""
    from samegraph.backend import load
    from samegraph.conformance.expectations import expectations_of
    from samegraph.conformance.plugin import SPECIFICATION

    if config.getoption("--samegraph-only") == SPECIFICATION:
        return {"skip_budget": None, "version": load("numpy").version}
    (name,) = config.getoption("--samegraph-backend")
    backend = load(name)
    return {"skip_budget": expectations_of(backend).skip_budget, "version": backend.version}
