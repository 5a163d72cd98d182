"""samegraph bench: the benchmarks of the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from . import slower
from .output import console, writable

SLOWER = 10
"""The exit code where a row got slower; others are pytest's, 1 where a benchmark failed or a backend died."""
_INTERRUPTED = 2
"""Pytest's."""


def _factor(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    try:
        factor = float(value.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not factor > 1:
        raise click.BadParameter(f"{value!r} is no factor above 1, such as 1.2x")
    return factor


@click.command()
@click.option("--quick/--full", default=False, help="Smaller sizes and fewer rounds, 3 minutes; or 30 (the default).")
@click.option("--device", default="cpu", show_default=True, help="cpu, or gpu (skipped loudly where there is none).")
@click.option("--threads", type=int, help="Threads each framework may use (default: all cores; 1 with --quick).")
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    help="Processes that time everything, one after another (default: 3; 2 with --quick): chance makes a candidate faster in one than in the next.",
)
@click.option(
    "--cpu-time",
    is_flag=True,
    help="Count the seconds that the process computes, not those that pass: where others compute on the machine too.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report-out"),
    show_default=True,
    help="Folder for bench.json.",
)
@click.option("-k", "expression", help="Only benchmarks whose name matches, as in pytest -k.")
@click.option("--against", type=click.Path(dir_okay=False, path_type=Path), help="A bench.json to compare ratios with.")
@click.option(
    "--fail-if-slower",
    "limit",
    callback=_factor,
    metavar="FACTOR",
    help="Exit with 10 where a row got that much slower: 1.2x.",
)
def bench(
    quick: bool,
    device: str,
    threads: int | None,
    processes: int | None,
    cpu_time: bool,
    out: Path,
    expression: str | None,
    against: Path | None,
    limit: float | None,
) -> None:
    """Time what samegraph does on every backend against hand-written programs and TensorFlow 1's session.

    Writes pytest-benchmark's JSON. The benchmarks live in the source tree, so run this from a clone. With --against FILE and
    --fail-if-slower FACTOR, ratios to the controls are compared with those of an earlier run, so the machine may be another.
    """
    from ..compare.run import find_idioms

    if (against is None) != (limit is None):
        raise click.UsageError("--against FILE and --fail-if-slower FACTOR belong together: give both")
    folder = find_idioms(Path.cwd())
    if folder is None:
        raise click.UsageError("the benchmarks live in the source tree: run this from inside a clone of samegraph")
    before = None if against is None else _rows(against)
    path = writable(out).resolve() / "bench.json"
    options = [f"--bench-device={device}"]
    options += ["--bench-quick"] if quick else []
    options += [f"--bench-threads={threads}"] if threads is not None else []
    options += ["--bench-clock=cpu"] if cpu_time else []
    options += [f"--processes={processes}"] if processes is not None else []
    options += ["-k", expression] if expression else []
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "benchmarks", "--json", str(path), *options]
    code = _run(command, folder.parent, environment)
    if before is not None and limit is not None and path.exists():
        code = code or _judged(slower.compare(_rows(path), before, limit), limit, against)
    raise SystemExit(code)


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> int:
    """The exit code of the benchmarks. Ctrl-C, which reaches the process too, lets it write what was timed by then; a second one ends it."""
    process = subprocess.Popen(command, cwd=folder, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:
        console.print("interrupted: what was timed is written", highlight=False)
        try:
            process.wait()
        except KeyboardInterrupt:
            process.kill()
        return _INTERRUPTED
    finally:
        process.kill()  # harmless where it has ended


def _rows(path: Path) -> slower.Rows:
    try:
        return slower.read(path)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _judged(found: slower.Comparison, limit: float, against: Path | None) -> int:
    """Says what got slower; the exit code."""
    if not found.compared:
        raise click.UsageError(f"no row of this run stands in {against} with the same device, tier, threads and clock")
    for one in found.slower:
        console.print(f"SLOWER: {one}", style="bold red", highlight=False)
    if found.missing:
        console.print(f"not compared, because this run does not have them: {len(found.missing)} rows of {against}")
    text = f"{len(found.slower)} of {found.compared} rows got more than {limit:g}x slower than in {against}"
    console.print(text, style="bold red" if found.slower else "green", highlight=False)
    return SLOWER if found.slower else 0
