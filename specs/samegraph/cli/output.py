"""What the subcommands share: the console, and folders to write to."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from rich.console import Console

# A log or a pipe has no width of its own; tables would be cut at 80.
console = Console() if Console().is_terminal else Console(width=150)
STYLES = {"agree": "green", "agree-nonfinite": "yellow", "differ": "bold red", "not run": "dim"}


def writable(folder: Path) -> Path:
    """The folder, made if need be; a usage error when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise click.UsageError(f"cannot write to {folder}: {error.strerror or error}") from error
    return folder


def styled(verdict: str) -> str:
    return f"[{STYLES.get(verdict, 'bold red')}]{verdict}[/]"
