"""samegraph report: the page made of what compare and bench wrote."""

from __future__ import annotations

from pathlib import Path

import click

from .output import console


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("other", required=False, type=click.Path(exists=True, path_type=Path))
def report(directory: Path, other: Path | None) -> None:
    """Write report.html, report.md and report.json from the results in DIRECTORY; OTHER: earlier results to compare with.

    Exits with 1 when a result could not be read or something differs.
    """
    from importlib import import_module

    try:
        built = import_module("samegraph_reports").build(directory, other)
    except ImportError as error:
        raise click.UsageError(str(error)) from error
    for problem in built.problems:
        console.print(f"[bold red]{problem}[/]")
    console.print(built.headline)
    console.print(f"written: {directory / 'report.html'}", highlight=False)
    raise SystemExit(1 if built.problems or built.status in ("bad", "none") else 0)
