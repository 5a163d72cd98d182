"""Columns that one process trains one after another know nothing of each other: a fault turns its own column red alone."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from samegraph.cli.app import app
from samegraph.compare import workers

from tests.parity.conftest import needed

PLANTED = Path(__file__).parents[1] / "planted" / "planted_columns.py"


@pytest.mark.parametrize("numpy", ["rules", "idiom"])
def test_a_fault_turns_its_own_column_red(torch, jax, optax, tmp_path, monkeypatch, numpy):
    """One in each framework: NumPy's, whose reference has no fault, in either of its columns. Also where only the first step is finite."""
    needed("tensorflow")
    monkeypatch.setenv("SAMEGRAPH_TEST_FAULT", numpy)
    monkeypatch.setattr(workers, "COMMAND", [sys.executable, str(PLANTED)])
    asked = [
        "compare",
        "linear_regression",
        "softmax_regression",
        "--backends",
        "numpy,torch,jax,tensorflow",
        "--steps",
        "20",
        "--jobs",
        "1",
    ]
    done = CliRunner().invoke(app, [*asked, "--out", str(tmp_path)])
    programs = json.loads((tmp_path / "compare.json").read_text())["programs"]
    assert len(programs) == 4 and done.exit_code == 1, done.output
    for program in programs:
        verdicts = {(c["backend"], c["column"]): c["verdict"] for c in program["columns"]}
        good = "agree-nonfinite" if program["variant"] == "textbook" else "agree"
        red = {column for column, verdict in verdicts.items() if verdict != good}
        planted = {("torch", "native"), ("tensorflow", "native"), ("jax", "idiom"), ("numpy", numpy)}
        assert len(verdicts) == 11 and red == planted
