"""samegraph backend: the skeleton of a new backend, and the ladder from it to a training."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from samegraph.ladder import TIER_A, levels
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.skeleton import write

LEVEL_0 = Path(__file__).with_name("level0_kernels.py").read_text()
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    return write("toy", tmp_path)


@pytest.fixture
def command(skeleton: Path) -> Command:
    """Runs `samegraph` where the skeleton is installed, as far as Python's import system can tell."""
    (pointed,) = re.findall(r'entry-points\."(.+)"\]\n(\w+) = "(.+)"', (skeleton / "pyproject.toml").read_text())
    group, name, value = pointed
    info = skeleton / "samegraph_toy-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: samegraph-toy\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n")
    paths = os.pathsep.join([str(skeleton), *(p for p in [os.environ.get("PYTHONPATH")] if p)])

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "samegraph.cli", *args],
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "150"},
        )

    return run


def add_kernels(skeleton: Path, text: str = LEVEL_0) -> None:
    with (skeleton / "samegraph_toy" / "kernels.py").open("a") as file:
        file.write(text.replace("from __future__ import annotations\n", ""))


def test_an_empty_skeleton_is_told_its_first_kernel(command: Command) -> None:
    done = command("backend", "ladder", "toy")
    assert done.returncode == 1, done.stderr
    assert "level 0: linear regression trains: 0 of 11 kernels" in done.stdout
    assert "next kernel: matmul(a, b, transpose_a=False, transpose_b=False)" in done.stdout
    assert "    a = [" in done.stdout and "    expected [" in done.stdout
    assert (OPS["matmul"].__doc__ or "").split(".")[0] in done.stdout


def test_with_level_0_linear_regression_trains(skeleton: Path, command: Command, tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="linear regression's data")
    add_kernels(skeleton)
    out = str(tmp_path / "out")
    done = command(
        "compare", "linear_regression", "--backends", "numpy,toy", "--columns", "rules", "--steps", "20", "--out", out
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 columns agree on numpy, toy" in done.stdout
    done = command("backend", "ladder", "toy")
    assert done.returncode == 1, done.stderr
    assert "level 0: linear regression trains: 11 of 11 kernels, done" in done.stdout
    assert "next kernel: gather(params, indices, axis=0)" in done.stdout


def test_a_wrong_kernel_is_shown_with_what_it_answers(skeleton: Path, command: Command) -> None:
    add_kernels(skeleton, LEVEL_0.replace("return x - y", "return y - x"))
    done = command("backend", "ladder", "toy")
    assert done.returncode == 1, done.stderr
    assert "wrong kernel: sub(x, y)" in done.stdout
    assert re.search(r"expected (\S+), float32 \(\)\n +got +-\1, float32 \(\)", done.stdout)


def test_the_skeletons_own_tests_pass(skeleton: Path, command: Command) -> None:
    paths = os.pathsep.join([str(skeleton), *(p for p in [os.environ.get("PYTHONPATH")] if p)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=skeleton,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr


def test_a_finished_backend_climbs_to_the_top(command: Command) -> None:
    done = command("backend", "ladder", "numpy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "level 2" in done.stdout and "missing" not in done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [("3x", "identifier"), ("class", "identifier"), ("a-b", "identifier"), ("Toy", "lower-case"), ("numpy", "already")],
)
def test_names_that_are_none(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        write(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_existing_folder_is_left_alone(skeleton: Path) -> None:
    before = sorted(skeleton.rglob("*"))
    with pytest.raises(FileExistsError, match="exists already"):
        write("toy", skeleton.parent)
    assert sorted(skeleton.rglob("*")) == before
    assert [p.name for p in skeleton.parent.iterdir()] == ["samegraph_toy"]


def test_a_folder_that_cannot_be_written_and_an_unknown_backend(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "a_file"
    file.write_text("")
    for args, words in (
        (("new", "other", "--out", str(file / "below")), "cannot write to"),
        (("ladder", "nobody"), "no backend named 'nobody'"),
    ):
        done = command("backend", *args)
        assert done.returncode == 2 and words in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


def test_the_levels_are_ops_once_each() -> None:
    names = [n for level in levels() for n in level.kernels]
    assert len(set(names)) == len(names)
    assert all(isinstance(OPS.get(n), Op) for n in names)
    assert len(levels()[0].kernels) == 11
    assert len(set(TIER_A)) == len(TIER_A) >= 80
