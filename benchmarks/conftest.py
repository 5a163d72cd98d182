"""Options of the benchmarks, and what they write beside pytest-benchmark's own figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from . import journal, machine, output, processes
from .races import Candidate, Key, Measured, race
from .timing import CLOCKS, FULL, FULL_ONCE, QUICK, QUICK_ONCE, Plan


@dataclass(frozen=True)
class Settings:
    """How this run times: where, how long, with how many threads."""

    device: str
    tier: str
    plan: Plan
    once: Plan
    threads: int
    clock: str

    @property
    def quick(self) -> bool:
        return self.tier == "quick"

    def about(self, **known: Any) -> dict[str, Any]:
        """What every entry says about itself."""
        return {
            "program": "",
            **known,
            "device": self.device,
            "tier": self.tier,
            "threads": self.threads,
            "clock": self.clock,
        }

    def race(
        self, makers: Mapping[Key, Callable[[], Candidate]], plan: Plan | None = None, multiple: int = 1
    ) -> dict[Key, Measured | Exception]:
        """The candidates' race here, `plan` instead of this tier's own."""
        return race(makers, plan or self.plan, self.device, self.threads, multiple, CLOCKS[self.clock])


_NOT_RUN = pytest.StashKey[list[dict[str, str]]]()
_ENTRIES = pytest.StashKey[list[Any]]()
_EARLIER = pytest.StashKey[list[dict[str, Any]]]()
"""Lines of the journal: what an earlier process of this run, which died, had done."""
_WRITTEN = pytest.StashKey[bool]()
_FAILED = "failed: "
_PROCESS = pytest.StashKey[tuple[int, int]]()
"""The number of this process of the run, and how many there are."""
_LOAD = pytest.StashKey[float | None]()
_THREADS = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("samegraph benchmarks")
    group.addoption("--bench-device", choices=["cpu", "gpu"], default="cpu", help="where steps run (default: cpu)")
    group.addoption(
        "--bench-quick",
        action="store_true",
        help="smaller sizes, fewer and shorter blocks: 3 minutes on two quiet cores",
    )
    group.addoption(
        "--bench-clock",
        choices=list(CLOCKS),
        default="wall",
        help="cpu: seconds that this process computes, for machines where others compute too; on the CPU only",
    )
    group.addoption("--bench-journal", type=Path, default=None, help="keep a journal in this file, or go on with it")
    group.addoption(
        "--bench-process", metavar="N/K", default="1/1", help="the number of this process of a run, of so many"
    )
    group.addoption(
        "--bench-after", type=Path, default=None, help="go on with the file of the processes before this one"
    )
    group.addoption(
        "--bench-without",
        action="append",
        default=[],
        metavar="BACKEND[@FILE]=WHY",
        help="leave a backend out, for that reason, of one file of benchmarks or of all",
    )
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
    config.stash[_ENTRIES], config.stash[_WRITTEN] = [], False
    number, _, count = config.getoption("--bench-process").partition("/")
    config.stash[_PROCESS] = int(number), int(count)
    earlier = processes.follow(config.getoption("--bench-after"))
    config.stash[_NOT_RUN] = list(earlier.get("not_run", []))
    # Where this run's processes before are the load, it is none.
    config.stash[_LOAD] = earlier["machine_info"]["load_at_start"] if earlier else machine.load()
    if config.getoption("--bench-device") != "cpu" and config.getoption("--bench-clock") == "cpu":
        raise pytest.UsageError("--bench-clock=cpu would leave out what a GPU computes; use the wall clock")
    path = config.getoption("--bench-journal")
    config.stash[_EARLIER] = list(journal.lines(path)) if path else []
    if path:
        journal.start(path)
    for row in config.getoption("--bench-without"):
        journal.bury(row)
    config.stash[_THREADS] = _threads(config)
    machine.ask_for_threads(config.stash[_THREADS])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ["JAX_ENABLE_X64"] = "0"  # as most of its users have it; the column that has it on says so
    if config.getoption("--bench-device") == "gpu":
        machine.share_a_gpu()


@pytest.fixture(scope="session")
def settings(pytestconfig: pytest.Config) -> Settings:
    quick = bool(pytestconfig.getoption("--bench-quick"))
    device, threads = pytestconfig.getoption("--bench-device"), pytestconfig.stash[_THREADS]
    plans = (QUICK, QUICK_ONCE) if quick else (FULL, FULL_ONCE)
    return Settings(device, "quick" if quick else "full", *plans, threads, pytestconfig.getoption("--bench-clock"))


def _threads(config: pytest.Config) -> int:
    asked = config.getoption("--bench-threads")
    if asked is None:
        return 1 if config.getoption("--bench-quick") else machine.cores()
    if asked < 1:
        raise pytest.UsageError(f"--bench-threads must be at least 1, got {asked}")
    return int(asked)


# What was run, and what was not ---------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What was done before this process's predecessor died is not done again, nor what a process before did not run for a reason,
    nor what is marked `full` with --bench-quick.

    Nor are combinations of parameters run that the module's `exists` says there are none of.
    """
    items[:] = [item for item in items if _exists(item)]
    not_run = {row["name"] for row in config.stash[_NOT_RUN]}
    left_out = {line["done"] for line in config.stash[_EARLIER] if "done" in line}
    left_out |= {item.nodeid for item in items if item.name in not_run}
    if config.getoption("--bench-quick"):
        left_out |= {item.nodeid for item in items if item.get_closest_marker("full")}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid in left_out])
    items[:] = [item for item in items if item.nodeid not in left_out]


def _exists(item: pytest.Item) -> bool:
    there = getattr(getattr(item, "module", None), "exists", None)
    return there is None or there(**item.callspec.params)  # type: ignore[attr-defined]


def pytest_runtest_logstart(nodeid: str) -> None:
    journal.write(running=nodeid)
    journal.begin(journal.file_of(nodeid))
    journal.tell("", nodeid.split("::")[-1])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        _left_out(item, report.longrepr[2].removeprefix("Skipped: "))
    elif report.failed and call.excinfo is not None:
        _left_out(item, f"{_FAILED}{output.without_folders(call.excinfo.exconly())}")
    elif report.when == "call":
        entry = getattr(item, "funcargs", {}).get("benchmark")
        item.config.stash[_ENTRIES].append(entry)
        if entry is not None and entry.stats:
            journal.write(done=item.nodeid, entry=entry.stats.as_dict(include_data=True))
    return report


def _left_out(item: pytest.Item, reason: str) -> None:
    row = {"name": item.name, "reason": reason}
    item.config.stash[_NOT_RUN].append(row)
    journal.write(done=item.nodeid, not_run=row)


# JSON ----------------------------------------------------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    known = machine.without_names(machine_info)
    machine_info.clear()
    machine_info.update(known, threads=machine.threads(config.stash[_THREADS]))
    machine_info.update(packages=machine.versions(), load_at_start=config.stash[_LOAD], precision=machine.precision())
    if config.getoption("--bench-device") == "gpu":
        machine_info.update(gpu=machine.gpu())


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_commit_info(config: pytest.Config, commit_info: dict[str, Any]) -> None:
    for key in ("project", "branch", "error"):
        commit_info.pop(key, None)


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, benchmarks: list[Any], output_json: dict[str, Any]) -> None:
    not_run = [*_earlier(config, "not_run"), *config.stash[_NOT_RUN]]
    found = [*_earlier(config, "entry"), *output_json["benchmarks"]]
    failed = {row["name"] for row in not_run if row["reason"].startswith(_FAILED)}
    kept = [entry for entry in processes.not_reached(found) if entry["name"] not in failed]
    timed_before = {entry["name"] for entry in kept}
    output_json["benchmarks"] = [*kept, *found]
    output_json["not_run"] = [row for row in not_run if row["name"] not in timed_before]
    processes.settle(output_json["benchmarks"])
    output_json["died"] = {name: "; ".join(dict.fromkeys(why.values())) for name, why in journal.dead.items()}
    config.stash[_WRITTEN] = True


def _earlier(config: pytest.Config, key: str) -> list[Any]:
    return [line[key] for line in config.stash[_EARLIER] if key in line]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """pytest-benchmark writes nothing where nothing was timed; that nothing was, and why, is worth a file."""
    config = session.config
    path = config.getoption("benchmark_json", None)
    if path and (config.stash[_NOT_RUN] or config.stash[_EARLIER]) and not config.stash[_WRITTEN]:
        output.write_bare(path, config)


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    number, count = config.stash[_PROCESS]
    if number < count and not exitstatus:
        return
    output.warn_of_load(terminalreporter, config.stash[_LOAD], config.stash[_THREADS])
    not_run = [*_earlier(config, "not_run"), *config.stash[_NOT_RUN]]
    output.summarise(terminalreporter, [e for e in config.stash[_ENTRIES] if e and e.stats], not_run)
