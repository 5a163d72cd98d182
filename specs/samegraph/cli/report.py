"""samegraph report: the page made of what the other commands wrote."""

from __future__ import annotations

from pathlib import Path

import click

from .output import console


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("other", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--publish",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder that also gets the Markdown, its drawings, report.json and a picture of the first screen (needs Chromium).",
)
def report(directory: Path, other: Path | None, folder: Path | None) -> None:
    """Write report.html, report.md and report.json from what compare, verify, divergences, bench and word2vec left in DIRECTORY.

    OTHER: earlier results, or an earlier report, to compare with. Exits with 1 when a result could not be read or something
    differs, and when a report to publish was not published.
    """
    from importlib import import_module

    reports = import_module("samegraph_reports")
    try:
        built = reports.build(directory, other)
    except ImportError as error:
        raise click.UsageError(str(error)) from error
    for problem in built.problems:
        console.print(str(problem), style="bold red", markup=False, highlight=False)
    console.print(built.headline, markup=False, highlight=False)
    console.print(f"written: {directory / 'report.html'}", highlight=False)
    published = True
    if folder is not None:
        try:
            reports.publish(built, folder)
            console.print(f"published: {folder}", highlight=False)
        except (reports.NotPublished, OSError) as error:
            published = False
            console.print(f"not published: {error}", style="bold red", markup=False, highlight=False)
    raise SystemExit(1 if not published or built.problems or built.status in ("bad", "none") else 0)
