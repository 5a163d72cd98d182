"""Options of the benchmarks, and what they write beside pytest-benchmark's own figures."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from . import machine, output
from .timing import FULL, QUICK, Plan


@dataclass(frozen=True)
class Settings:
    """How this run times: where, how long, with how many threads."""

    device: str
    tier: str
    plan: Plan
    threads: int

    def about(self, **known: Any) -> dict[str, Any]:
        """What every entry says about itself."""
        return {**known, "device": self.device, "tier": self.tier, "threads": self.threads}


_NOT_RUN = pytest.StashKey[list[dict[str, str]]]()
_ENTRIES = pytest.StashKey[list[Any]]()
_WRITTEN = pytest.StashKey[bool]()
_LOAD = pytest.StashKey[float | None]()
_THREADS = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("samegraph benchmarks")
    group.addoption("--bench-device", choices=["cpu", "gpu"], default="cpu", help="where steps run (default: cpu)")
    group.addoption("--bench-quick", action="store_true", help="fewer and shorter blocks: about a minute on two cores")
    group.addoption(
        "--bench-threads",
        type=int,
        default=None,
        help="threads each framework may use (default: the cores this process may run on; 1 with --bench-quick, because "
        "steps this small gain nothing from a second one, and wait for it where others compute on the machine)",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.hasplugin("benchmark"):
        raise pytest.UsageError("the benchmarks need pytest-benchmark: pip install pytest-benchmark")
    config.stash[_NOT_RUN], config.stash[_ENTRIES], config.stash[_WRITTEN] = [], [], False
    config.stash[_LOAD], config.stash[_THREADS] = machine.load(), _threads(config)
    machine.ask_for_threads(config.stash[_THREADS])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if config.getoption("--bench-device") == "gpu":
        machine.share_a_gpu()


@pytest.fixture(scope="session")
def settings(pytestconfig: pytest.Config) -> Settings:
    quick = bool(pytestconfig.getoption("--bench-quick"))
    device, threads = pytestconfig.getoption("--bench-device"), pytestconfig.stash[_THREADS]
    return Settings(device, "quick" if quick else "full", QUICK if quick else FULL, threads)


def _threads(config: pytest.Config) -> int:
    asked = config.getoption("--bench-threads")
    if asked is None:
        return 1 if config.getoption("--bench-quick") else machine.cores()
    if asked < 1:
        raise pytest.UsageError(f"--bench-threads must be at least 1, got {asked}")
    return int(asked)


# What was not run --------------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        _left_out(item, report.longrepr[2].removeprefix("Skipped: "))
    elif report.failed and call.excinfo is not None:
        _left_out(item, f"failed: {output.without_folders(call.excinfo.exconly())}")
    elif report.when == "call":
        item.config.stash[_ENTRIES].append(getattr(item, "funcargs", {}).get("benchmark"))
    return report


def _left_out(item: pytest.Item, reason: str) -> None:
    item.config.stash[_NOT_RUN].append({"name": item.name, "reason": reason})


# JSON ----------------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    known = machine.without_names(machine_info)
    machine_info.clear()
    machine_info.update(known, threads=machine.threads(config.stash[_THREADS]))
    machine_info.update(packages=machine.versions(), load_at_start=config.stash[_LOAD])


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_commit_info(config: pytest.Config, commit_info: dict[str, Any]) -> None:
    for key in ("project", "branch", "error"):
        commit_info.pop(key, None)


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, benchmarks: list[Any], output_json: dict[str, Any]) -> None:
    output_json["not_run"] = config.stash[_NOT_RUN]
    config.stash[_WRITTEN] = True


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """pytest-benchmark writes nothing where nothing was timed; that nothing was, and why, is worth a file."""
    path, not_run = session.config.getoption("benchmark_json", None), session.config.stash[_NOT_RUN]
    if path and not_run and not session.config.stash[_WRITTEN]:
        output.write_empty(path, session.config, not_run)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    output.warn_of_load(terminalreporter, config.stash[_LOAD], config.stash[_THREADS])
    output.summarise(terminalreporter, [e for e in config.stash[_ENTRIES] if e and e.stats], config.stash[_NOT_RUN])
