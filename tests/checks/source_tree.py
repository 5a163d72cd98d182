"""Runs a tool of the venv over the source tree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("specs", "impls", "reports")
CODE = [
    folder
    for folder in (*HOUSES, "tests", "benchmarks", "examples", ".ci", "hatch_build.py")
    if (ROOT / folder).exists()
]


def check(*arguments: str) -> None:
    """Runs Python with these arguments; fails with what it printed unless it ends with status 0."""
    path = os.pathsep.join([*(str(ROOT / house) for house in HOUSES), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(arguments)} ended with status {done.returncode}\n{done.stdout}", pytrace=False)
