"""samegraph examples: the lecture's programs, to copy and run."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from .output import console, writable


def folder() -> Path:
    """The examples: inside the installed package, or in the source tree of an editable install."""
    package = Path(__file__).parents[1]
    return next(
        (p for p in (package / "examples", package.parents[1] / "examples") if p.is_dir()), package / "examples"
    )


@click.group()
def examples() -> None:
    """The examples that come with samegraph."""


@examples.command("list")
def list_() -> None:
    """Show the examples."""
    for path in sorted(folder().glob("*/*.py")):
        console.print(f"{path.parent.name}/{path.name}", highlight=False)


@examples.command()
@click.argument("name")
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), default=Path("."), show_default=True)
def copy(name: str, to: Path) -> None:
    """Copy the examples NAME (as in `samegraph examples copy lecture`) into a folder of that name. Nothing is overwritten."""
    source = folder() / name
    if not source.is_dir():
        known = ", ".join(sorted(p.name for p in folder().iterdir() if any(p.glob("*.py"))))
        raise click.UsageError(f"no examples named {name!r}; there are {known}")
    target = writable(to / name)
    for path in sorted(source.glob("*.py")):
        if (target / path.name).exists():
            raise click.UsageError(f"{target / path.name} exists already; nothing was overwritten")
        shutil.copyfile(path, target / path.name)
        console.print(f"copied {target / path.name}", highlight=False)
