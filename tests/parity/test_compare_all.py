"""The command itself on all four frameworks: every program, every column, few steps."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BACKENDS = ["jax", "numpy", "tensorflow", "torch"]
COLUMNS = {("numpy", "native")}


@pytest.fixture(scope="module")
def compared(tmp_path_factory, oracle, torch, jax, optax):
    out = tmp_path_factory.mktemp("compare")
    command = [
        sys.executable,
        "-m",
        "samegraph.cli",
        "compare",
        "--steps",
        "12",
        "--backends",
        ",".join(BACKENDS),
        "--out",
        str(out),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    path = out / "compare.json"
    assert path.exists(), done.stdout + done.stderr
    return done, json.loads(path.read_text())


def test_exits_with_agreement(compared):
    done, _ = compared
    assert done.returncode == 0, done.stdout + done.stderr
    assert "columns agree on jax, numpy, tensorflow, torch" in " ".join(done.stdout.split())


def test_every_column_ran(compared):
    _, results = compared
    trainings = [p for p in results["programs"] if p["columns"]]
    assert len(trainings) == 7
    for program in trainings:
        ran = {(c["backend"], c["column"]) for c in program["columns"]}
        assert ran == {(b, c) for b in BACKENDS for c in ("rules", "native", "idiom")} - COLUMNS
        wanted = "agree-nonfinite" if program["variant"] == "textbook" else "agree"
        assert {c["verdict"] for c in program["columns"]} == {wanted}
        assert all(c["comparisons"] > 0 for c in program["columns"])


def test_the_textbook_names_tensor_line_and_advice(compared):
    _, results = compared
    textbook = next(p for p in results["programs"] if p["variant"] == "textbook")
    places = [c["nonfinite"] for c in textbook["columns"] if c["column"] != "idiom"]
    assert {p["operation"] for p in places} == {"Log"}
    assert len({(p["step"], p["tensor"]) for p in places}) == 1
    assert all("tf.log(prediction)" in p["line"] and "from the logits" in p["advice"] for p in places)


def test_towers_share_as_they_should(compared):
    _, results = compared
    rows = next(p for p in results["programs"] if p["name"] == "towers")["sharing"]
    assert {r["backend"] for r in rows} == set(BACKENDS)
    for row in rows:
        assert row["verdict"] == "agree" and row["equals_single"] == (row["case"] != "separate copies")
        assert row["variables"] == (8 if row["case"] == "separate copies" else 2)
