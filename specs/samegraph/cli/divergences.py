"""samegraph divergences: where raw frameworks differ from the specification and from each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .. import made
from .output import as_typed, console, writable

if TYPE_CHECKING:
    from ..divergences.checking import Tell
    from ..divergences.ledger import Row

_RECORDS = click.option(
    "--records",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the records. Default: those that come with samegraph.",
)
_FRAMEWORK = click.option(
    "--framework",
    "frameworks",
    multiple=True,
    metavar="NAME",
    help="Only this one (tensorflow, keras, torch, jax, optax, numpy); repeatable.",
)


@click.group()
def divergences() -> None:
    """The divergence ledger: what raw frameworks answer at points where they are known to differ."""


@divergences.command()
@click.option("--section", "sections", multiple=True, metavar="NAME", help="Only this section; repeatable.")
@click.option("--op", "ops", multiple=True, metavar="NAME", help="Only points about this op; repeatable.")
@_FRAMEWORK
@click.option(
    "--differ",
    is_flag=True,
    help="Only points where TensorFlow, PyTorch and JAX differ; with --framework, where that one differs from the specification.",
)
@click.option("--gradient-only", is_flag=True, help="Only points where values agree and gradients differ.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write divergences.json here, for the report."
)
@_RECORDS
def show(
    sections: tuple[str, ...],
    ops: tuple[str, ...],
    frameworks: tuple[str, ...],
    differ: bool,
    gradient_only: bool,
    as_json: bool,
    markdown: bool,
    out: Path | None,
    records: Path | None,
) -> None:
    """Show the ledger as it is on record; nothing is run."""
    from ..compare.storage import save_json
    from ..divergences import ledger

    rows = ledger.chosen(_read(records), sections, ops, frameworks, differ, gradient_only)
    if not rows:
        raise click.UsageError("no point of the ledger is chosen by these options" + _hint(sections, ops, frameworks))
    command = as_typed()
    created = made.now()
    if out is not None:
        path = writable(out) / "divergences.json"
        save_json(path, ledger.as_json(rows, created, command))
        console.print(f"written: {path}", highlight=False)
    elif as_json:
        click.echo(json.dumps(ledger.as_json(rows, created, command), indent=1, allow_nan=False))
        return
    elif markdown:
        click.echo(_markdown(rows))
    else:
        _print(rows)
    console.print(str(ledger.count(rows)), highlight=False)
    for name, different in ledger.count(rows).against.items():
        console.print(f"  {name}: {different} answers are not the specification's", highlight=False)
    for name, names in ledger.patched(rows).items():
        console.print(
            f"  {name}: ops whose kernels answer otherwise than its own function: {', '.join(names)}", highlight=False
        )


def _read(folder: Path | None) -> list[Row]:
    from ..divergences import ledger, records

    try:
        return ledger.rows(folder or records.FOLDER)
    except records.RecordError as error:
        raise click.UsageError(str(error)) from error


def _hint(sections: Sequence[str], ops: Sequence[str], frameworks: Sequence[str]) -> str:
    from ..divergences.ledger import ORDER
    from ..divergences.points import POINTS, SECTIONS

    known = {s.name for s in SECTIONS}
    if not set(sections) <= known:
        return f"; sections are {', '.join(s.name for s in SECTIONS)}"
    if not set(frameworks) <= set(ORDER):
        return f"; frameworks are {', '.join(ORDER)}"
    about = sorted({p.op for p in POINTS if p.op})
    return "" if set(ops) <= set(about) else f"; there are points about {', '.join(about)}"


def _columns(rows: Sequence[Row]) -> list[str]:
    from ..divergences.ledger import ORDER

    return [n for n in ORDER if any(n in row.raw for row in rows)]


def _print(rows: Sequence[Row]) -> None:
    from ..divergences.points import SECTIONS

    for section in SECTIONS:
        own = [r for r in rows if r.section == section.name]
        if not own:
            continue
        names = _columns(own)
        versions = {n: next(r.raw[n].version for r in own if n in r.raw) for n in names}
        heads = [f"{n} {versions[n]}" for n in names]
        table = Table("point", "specification", *heads, title=section.title, title_justify="left", show_lines=True)
        for row in own:
            said = [_cell(row, n) for n in names]
            stated = escape(row.stated) + f"\n[dim]{escape(row.why)}[/]"
            table.add_row(f"[bold]{row.point.id}[/]\n{escape(row.point.asked)}", stated, *said)
        console.print(table)


def _cell(row: Row, name: str) -> str:
    from ..divergences.answers import text

    if name not in row.raw:
        return ""
    told = escape(text(row.raw[name].answer))
    return f"[yellow]{told}[/]" if name in row.against else told


def _markdown(rows: Sequence[Row]) -> str:
    from ..divergences.answers import text

    names = _columns(rows)
    lines = ["| point | asked | specification | " + " | ".join(names) + " | why |", "|---" * (len(names) + 4) + "|"]
    for row in rows:
        said = [text(row.raw[n].answer) if n in row.raw else "" for n in names]
        cells = [row.point.id, row.point.asked, row.stated, *said, row.why]
        lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return "\n".join(lines)


@divergences.command()
@_FRAMEWORK
@_RECORDS
def check(frameworks: tuple[str, ...], records: Path | None) -> None:
    """Ask the installed frameworks anew, each in a process of its own, and report what moved against the record.

    The specification is asked too. Exits with 1 when an answer moved or a framework asked for by name could not be asked.
    """
    from ..divergences import checking
    from ..divergences import records as kept

    names = _names(frameworks)
    try:
        verdicts = _with_progress(lambda tell: checking.check(names, records or kept.FOLDER, tell))
    except kept.RecordError as error:
        raise click.UsageError(str(error)) from error
    for verdict in verdicts:
        style = "dim" if verdict.missing else "bold red" if verdict.moved else "green"
        console.print(f"[{style}]{escape(verdict.sentence)}[/]", highlight=False)
        for m in verdict.moved:
            console.print(f"  {m.id}: {m.recorded}  ->  {m.now}", highlight=False, markup=False)
    lost = [v for v in verdicts if v.missing and v.framework in frameworks]
    raise SystemExit(1 if lost or any(v.moved for v in verdicts) else 0)


@divergences.command()
@_FRAMEWORK
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to. Default: the records that come with samegraph.",
)
def record(frameworks: tuple[str, ...], out: Path | None) -> None:
    """Write what the installed versions (and the specification) answer as records, one file a version.

    Exits with 1 when a framework asked for by name could not be asked.
    """
    from ..compare.storage import write_bytes
    from ..divergences import checking
    from ..divergences import records as kept

    folder = writable(out or kept.FOLDER)
    failed = False
    for name in _names(frameworks):
        found = _with_progress(lambda tell, name=name: checking.ask_any(name, tell))
        if found.missing:
            console.print(f"[dim]{escape(f'{name}: not asked: {found.missing}')}[/]", highlight=False)
            failed = failed or name in frameworks
            continue
        made = kept.new(name, found.version, found.answers)
        write_bytes(folder / made.file, kept.encoded(made))
        console.print(f"written: {folder / made.file} ({len(made.answers)} answers)", highlight=False)
    raise SystemExit(1 if failed else 0)


def _names(given: tuple[str, ...]) -> list[str]:
    from ..divergences.asking import frameworks
    from ..divergences.records import SPECIFICATION

    known = [SPECIFICATION, *frameworks()]
    unknown = [n for n in given if n not in known]
    if unknown:
        raise click.UsageError(f"no framework named {unknown[0]!r}; there are {', '.join(known)}")
    return list(given) or known


def _with_progress(work: Any) -> Any:
    bars = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*bars, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def tell(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total or None)

        told: Tell = tell
        return work(told)
