"""samegraph verify: the conformance suite on backends, with its results by family and op."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..conformance.plugin import SPECIFICATION
from ..waiting import until_done
from . import verifying
from .output import as_typed, console, writable

_COLUMNS = ("passed", "lacking", "known", "failed")
_SHOWN = 20  # failures printed; all are in the files


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--thorough", is_flag=True, help="Draw 20 times more inputs an op.")
@click.option("-k", "select", default="", metavar="EXPRESSION", help="Only tests whose names match, as pytest's -k.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="Seconds one test may take before it counts as hung.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    help="How many backends at a time. Default: as many as there are cores.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many processes share the tests of a backend; each imports its framework.",
)
@click.option(
    "--device", default="cpu", show_default=True, help="cpu, gpu, gpu:1, mps or tpu: for backends that are named."
)
@click.option("--markdown", is_flag=True, help="Print the table by family as Markdown.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report-out"),
    show_default=True,
    help="Folder for verify-NAME.json and verify-NAME.xml (JUnit); off the CPU verify-NAME-DEVICE.",
)
def verify(
    names: tuple[str, ...],
    thorough: bool,
    select: str,
    timeout: float,
    jobs: int,
    processes: int,
    device: str,
    markdown: bool,
    out: Path,
) -> None:
    """Run the conformance suite on the backends named, or on the specification and all that are installed.

    It says what each passes, lacks and fails, by family, and its worst errors. Named as a backend, "specification" is what asks
    none: the ops' own blocks are held to their rules, definitions and refusals, with NumPy.

    Exits with 1 when a test fails, hangs or ends the process, when more is skipped than the backend allows itself, when no
    test was selected, and when a backend cannot be imported.
    """
    from ..backend import available
    from ..compare.storage import save_json, write_bytes

    if find_spec("pytest") is None or find_spec("hypothesis") is None:
        raise click.UsageError("the suite needs its libraries: pip install 'samegraph[conformance]'")
    if device != "cpu" and not names:
        raise click.UsageError(f"name the backends to run on {device}: samegraph verify torch --device {device}")
    if device != "cpu" and SPECIFICATION in names:
        raise click.UsageError(f"the specification asks no backend: it is verified without --device {device}")
    writable(out)
    command = as_typed()
    asked = [
        verifying.Options(n, thorough, select, timeout, command, device, processes)
        for n in dict.fromkeys(names or (SPECIFICATION, *available()))
    ]
    worst = 0
    for results in _with_progress(asked, jobs):
        stem = out / f"verify-{verifying.label(results)}".replace(" on ", "-").replace(":", "")
        save_json(stem.with_suffix(".json"), results)
        write_bytes(stem.with_suffix(".xml"), verifying.junit(results))
        show(results, markdown)
        status, sentence = verifying.verdict(results)
        worst = max(worst, status)
        console.print(sentence, style="green" if status == 0 else "bold red", markup=False, highlight=False)
        console.print(f"written: {stem}.json, {stem}.xml", highlight=False)
    raise SystemExit(worst)


def _with_progress(asked: list[Any], jobs: int) -> Iterator[dict[str, Any]]:
    """The results in the order asked for, each as soon as it and those before it are there."""
    stopping = threading.Event()
    bars = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bars, console=console, transient=True) as progress, ThreadPoolExecutor(jobs) as pool:

        def run(options: verifying.Options) -> dict[str, Any]:
            task = progress.add_task(f"collecting the tests of {options.label}", total=None)

            def tell(what: str, done: int, total: int) -> None:
                progress.update(task, description=f"{options.label}: {what}"[:60], completed=done, total=total)

            try:
                return verifying.verify(options, tell, stopping)
            finally:
                progress.remove_task(task)

        with _ctrl_c_sets(stopping):
            for future in [pool.submit(run, options) for options in asked]:
                until_done([future])
                yield future.result()


@contextmanager
def _ctrl_c_sets(stopping: threading.Event) -> Iterator[None]:
    """Ctrl-C does not reach threads; and where it finds the main one in a callback, Python says so and drops it."""
    before = signal.getsignal(signal.SIGINT)

    def interrupted(*_: object) -> None:
        stopping.set()
        raise KeyboardInterrupt

    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    except verifying.Stopped:
        raise KeyboardInterrupt from None
    finally:
        stopping.set()
        if before is signal.default_int_handler:
            signal.signal(signal.SIGINT, before)


def show(results: dict[str, Any], markdown: bool = False) -> None:
    """The tables, and the first of the failures."""
    if markdown:
        click.echo(as_markdown(results))
    else:
        console.print(_by_family(results))
        if any(o["worst_ulps"] is not None for o in results["ops"].values()):
            console.print(_by_op(results))
    failed = [t for t in results["tests"] if t["outcome"] == "failed"]
    for t in failed[:_SHOWN]:
        console.print(f"failed: {t['name']}\n  {_indented(t['reason'])}", markup=False, highlight=False)
    if len(failed) > _SHOWN:
        console.print(f"and {len(failed) - _SHOWN} more, in the files")
    console.print(f"{results['comparisons']:,} comparisons in {results['seconds']:.0f} seconds", highlight=False)


def _indented(reason: str) -> str:
    return "\n  ".join(reason.splitlines()[:12])


def _rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """A row a family: its counts, and the worst distance of its ops."""
    rows = []
    for family, counts in results["families"].items():
        ulps = [
            o["worst_ulps"] for o in results["ops"].values() if o["family"] == family and o["worst_ulps"] is not None
        ]
        rows.append((family, *(str(counts[c]) for c in _COLUMNS), f"{max(ulps):.3g}" if ulps else ""))
    rows.append(("all", *(str(results["counts"][c]) for c in _COLUMNS), ""))
    return rows


_HEADINGS = ("family", "passed", "lacking", "known to fail", "failed", "worst error (ulps)")


def _by_family(results: dict[str, Any]) -> Table:
    table = Table(*_HEADINGS, title=f"{verifying.label(results)}, {results['tier']} tier", title_justify="left")
    for row in _rows(results):
        table.add_row(*row)
    return table


def as_markdown(results: dict[str, Any]) -> str:
    """The table by family, for a README."""
    lines = [f"| {verifying.label(results)}: {' | '.join(_HEADINGS)} |", "|---" + "|---:" * (len(_HEADINGS) - 1) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in _rows(results))])


def _by_op(results: dict[str, Any]) -> Table:
    """The ops farthest from the reference."""
    table = Table(
        "op", "worst error (ulps)", "of", title="the ten ops farthest from the reference", title_justify="left"
    )
    far = [(o["worst_ulps"], op, o["worst_of"]) for op, o in results["ops"].items() if o["worst_ulps"] is not None]
    for ulps, op, what in sorted(far, reverse=True)[:10]:
        table.add_row(op, f"{ulps:.3g}", what)
    return table
