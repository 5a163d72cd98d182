"""Random graphs by the million: `python -m samegraph.conformance.random_graphs --ops 1000000 --seed 1`

Composes graphs, runs each on every backend by every route against the reference, and counts the kernels that ran. It stops
at the first disagreement with the smallest program that shows it, and writes what it did to a JSON and a Markdown file.
The same seed gives the same graphs in the same order, however many processes work on them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from samegraph import SPEC_VERSION, __version__
from samegraph.backend import BackendError, available, load
from samegraph.conformance.cutting import smallest
from samegraph.conformance.disagreements import Column, Counting, columns, judge, reference
from samegraph.conformance.graphs import Catalogue, Composed, catalogue, composed_graphs
from samegraph.conformance.printing import program, shows

GRAPHS_A_BATCH = 50
# Compiling a graph of 20 operations and their gradients takes a framework as long as running some fifty op by op.
COMPILED_EVERY = 25
_BATCHES_A_PROCESS = 20
Work = tuple[tuple[str, ...], Mapping[str, int], int, int]


class Disagreement(AssertionError):
    """A graph on which a column disagrees with the reference."""

    def __init__(self, graph: Composed, counting: Counting) -> None:
        self.graph, self.counting = graph, counting
        super().__init__(f"{counting.column.name} disagrees with the reference")

    def report(self) -> str:
        """What disagrees, and the smallest program found that shows it when it is run by itself."""
        graph, outcome = smallest(self.graph, self.counting, shows)
        note = ""
        if not shows(graph, outcome):
            graph, outcome = smallest(self.graph, self.counting)
            note = "The program does not show it when it is run by itself; the graph it was printed from does.\n\n"
        column: Column = self.counting.column
        return f"{column.name}: {outcome.failure}\n\n{note}{program(graph, column, outcome.got or None)}"


def check(counting: Sequence[Counting], ops: Catalogue, examples: int, phases: Sequence[Phase]) -> tuple[int, int]:
    """Runs `examples` graphs on every column; how many of them counted, and the values compared in those.

    Raises Disagreement at the first, after hypothesis has shrunk the graph when `phases` hold that.
    """
    found = [0, 0]

    @seed(0)
    @settings(
        max_examples=examples,
        phases=phases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    @given(graph=composed_graphs(ops))
    def every(graph: Composed) -> None:
        expected = reference(graph)
        for c in counting:
            outcome = judge(graph, expected, c)
            if outcome.failure is not None:
                raise Disagreement(graph, c)
            found[1] += outcome.compared
        found[0] += any(e.counts for e in expected)

    every()
    return found[0], found[1]


def run_batch(work: Work) -> dict[str, Any]:
    """One batch: kernels run and values compared by column, graphs, operations; the report of a disagreement."""
    names, rarely, first, batch = work
    backends = [load(name) for name in names]
    plain = [Counting(c) for c in columns(backends, compiled=False)]
    whole = [Counting(c) for c in columns(backends, compiled=True)]
    ops = catalogue({name for b in backends for name in b.lacks})
    kernels, compared, kinds, used = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    graphs, started = [0, 0], time.process_time()

    @seed(first * 1_000_003 + batch)
    @settings(
        max_examples=GRAPHS_A_BATCH,
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    @given(graph=composed_graphs(ops))
    def every(graph: Composed) -> None:
        expected = reference(graph)
        counts = any(e.counts and e.value.dtype.kind == "f" for e in expected)
        graphs[0] += 1
        graphs[1] += counts
        for c in plain + whole:
            often = rarely.get(c.column.backend.name, 1) * (COMPILED_EVERY if c.column.compiled else 1)
            if graphs[0] % often:
                continue
            outcome = judge(graph, expected, c)
            if outcome.failure is not None:
                raise Disagreement(graph, c)
            if counts:  # what ran on a graph whose values say nothing does not count
                kernels[c.column.name] += outcome.calls
                compared[c.column.name] += outcome.compared
        kinds.update(graph.kinds)
        used.update(op.kernel for op in graph.graph.get_operations() if op.kernel)

    report = None
    try:
        every()
    except Disagreement as error:
        report = error.report()
    return {
        "graphs": graphs[0],
        "counted": graphs[1],
        "kernels": kernels,
        "compared": compared,
        "kinds": kinds,
        "ops": used,
        "report": report,
        "processor": time.process_time() - started,
    }


def _batches(names: tuple[str, ...], rarely: Mapping[str, int], first: int, jobs: int) -> Iterator[dict[str, Any]]:
    """The outcomes of batches 0, 1, 2, ..., in this order."""
    work = ((names, rarely, first, batch) for batch in range(sys.maxsize))
    if jobs == 1:
        yield from map(run_batch, work)
        return
    # a new process now and then: frameworks keep what they compiled for every shape they ever saw
    with multiprocessing.get_context("spawn").Pool(jobs, maxtasksperchild=_BATCHES_A_PROCESS) as pool:
        waiting = [pool.apply_async(run_batch, (next(work),)) for _ in range(2 * jobs)]
        while True:
            done = waiting.pop(0).get()
            waiting.append(pool.apply_async(run_batch, (next(work),)))
            yield done


class Record:
    """What a run did so far."""

    def __init__(self, names: Sequence[str], first: int, wanted: int, jobs: int) -> None:
        self.names, self.seed, self.wanted, self.jobs = list(names), first, wanted, jobs
        self.started = time.monotonic()
        self.date = datetime.now(timezone.utc).replace(microsecond=0).isoformat()
        self.graphs = self.counted = 0
        self.kernels, self.compared = Counter[str](), Counter[str]()
        self.kinds, self.ops = Counter[str](), Counter[str]()
        self.report: str | None = None
        self.processor = self.seconds = 0.0

    def add(self, batch: dict[str, Any]) -> None:
        self.graphs += batch["graphs"]
        self.counted += batch["counted"]
        for mine in ("kernels", "compared", "kinds", "ops"):
            getattr(self, mine).update(batch[mine])
        self.processor += batch["processor"]
        self.seconds = time.monotonic() - self.started
        self.report = self.report or batch["report"]

    @property
    def total(self) -> int:
        return sum(self.kernels.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "date": self.date,
            "samegraph": __version__,
            "specification": SPEC_VERSION,
            "python": platform.python_version(),
            "backends": {name: load(name).version for name in self.names},
            "seed": self.seed,
            "jobs": self.jobs,
            "seconds": round(self.seconds, 1),
            "processor seconds": round(self.processor, 1),
            "graphs": self.graphs,
            "graphs that counted": self.counted,
            "kernels run": self.total,
            "kernels run by column": dict(sorted(self.kernels.items())),
            "values compared by column": dict(sorted(self.compared.items())),
            "steps": dict(sorted(self.kinds.items())),
            "operations in graphs, by op": dict(self.ops.most_common()),
            "ops never drawn": sorted(o.name for o in catalogue() if o.name not in self.ops),
            "disagreement": self.report,
        }

    def as_markdown(self) -> str:
        facts = self.as_json()
        versions = ", ".join(f"{name} {version}" for name, version in facts["backends"].items())
        rows = [
            f"| {name} | {count:,} | {self.compared[name]:,} |"
            for name, count in facts["kernels run by column"].items()
        ]
        end = "No disagreement." if self.report is None else f"Disagreement:\n\n```\n{self.report}```"
        return "\n".join(
            [
                f"# Random graphs, {self.date[:10]}",
                "",
                f"{self.total:,} kernels ran in {facts['graphs that counted']:,} graphs ({self.graphs:,} composed), "
                f"{facts['seconds']:,} s ({facts['processor seconds']:,} s of processor time), seed {self.seed}, {self.jobs} processes; samegraph {__version__} on {versions}.",
                "",
                "| column | kernels run | tensors compared |",
                "|---|---|---|",
                *rows,
                "",
                end,
                "",
            ]
        )

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        stem = folder / f"random-graphs-{self.date[:10]}-seed-{self.seed}"
        for path, text in (
            (stem.with_suffix(".json"), json.dumps(self.as_json(), indent=1) + "\n"),
            (stem.with_suffix(".md"), self.as_markdown()),
        ):
            part = path.with_suffix(path.suffix + ".part")
            part.write_text(text)
            part.replace(path)
        return stem.with_suffix(".md")


def _rarely(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    return name, int(number)


def _installed() -> list[str]:
    found = []
    for name in available():
        try:
            load(name)
        except BackendError:
            continue
        found.append(name)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 1 when a disagreement was found."""
    parser = argparse.ArgumentParser(prog="python -m samegraph.conformance.random_graphs", description=__doc__)
    parser.add_argument("--backends", help="names separated by commas; default: all whose framework is installed")
    parser.add_argument("--ops", type=int, default=1_000_000, help="kernels to run in all (default: a million)")
    parser.add_argument("--seconds", type=float, help="stop after that long, whatever has been run")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes; the graphs are the same for any number")
    parser.add_argument(
        "--every",
        action="append",
        default=[],
        type=_rarely,
        metavar="NAME=N",
        help="run only every Nth graph on that backend, as for one that compiles each kernel for each new shape",
    )
    parser.add_argument("--out", type=Path, default=Path("."), help="folder for the record (default: here)")
    given = parser.parse_args(arguments)
    names = tuple(given.backends.split(",")) if given.backends else tuple(_installed())
    for name in names:
        try:
            load(name)
        except BackendError as error:
            parser.error(str(error))
    record = Record(names, given.seed, given.ops, given.jobs)
    for batch in _batches(names, dict(given.every), given.seed, given.jobs):
        record.add(batch)
        print(
            f"{record.total:>12,} kernels in {record.counted:,} graphs, {record.seconds:,.0f} s",
            file=sys.stderr,
            flush=True,
        )
        if record.report or record.total >= given.ops or (given.seconds and record.seconds >= given.seconds):
            break
    print(record.as_markdown())
    print(f"written: {record.write(given.out)}", file=sys.stderr)
    return 1 if record.report else 0


if __name__ == "__main__":
    sys.exit(main())
