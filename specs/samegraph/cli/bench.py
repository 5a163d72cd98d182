"""samegraph bench: the benchmarks of the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from .output import writable


@click.command()
@click.option("--quick", is_flag=True, help="Fewer rounds: about a minute on two cores.")
@click.option("--device", default="cpu", show_default=True, help="cpu, or gpu (skipped loudly where there is none).")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report-out"),
    show_default=True,
    help="Folder for bench.json.",
)
@click.option("-k", "expression", help="Only benchmarks whose name matches, as in pytest -k.")
def bench(quick: bool, device: str, out: Path, expression: str | None) -> None:
    """Time training steps on every backend against hand-written ones and TensorFlow 1's session.

    Writes pytest-benchmark's JSON. The benchmarks live in the source tree, so run this from a clone.
    """
    from ..compare.run import find_idioms

    folder = find_idioms(Path.cwd())
    if folder is None:
        raise click.UsageError("the benchmarks live in the source tree: run this from inside a clone of samegraph")
    path = writable(out).resolve() / "bench.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(folder),
        "-q",
        "-p",
        "no:cacheprovider",
        f"--benchmark-json={path}",
        f"--bench-device={device}",
    ]
    command += ["--bench-quick"] if quick else []
    command += ["-k", expression] if expression else []
    raise SystemExit(subprocess.run(command, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}).returncode)
