"""What the subcommands share: the console, and folders to write to."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

# A log or a pipe has no width of its own; tables would be cut at 80.
console = Console() if Console().is_terminal else Console(width=150)
_SETTINGS = ("XLA_FLAGS", "TF_XLA_FLAGS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What changes how frameworks compute, or how fast, and lives in the environment."""
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


def as_typed() -> str:
    """This command as one would type it again, with the settings of the frameworks that it was run under."""
    settings = [f"{name}={shlex.quote(os.environ[name])}" for name in _SETTINGS if os.environ.get(name)]
    return " ".join([*settings, shlex.join(["samegraph", *sys.argv[1:]])])


def styled(verdict: str) -> str:
    return f"[{STYLES.get(verdict, 'bold red')}]{verdict}[/]"
