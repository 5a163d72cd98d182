"""The lecture's programs: each runs on every installed backend, and under TensorFlow 1 with nothing but its import replaced."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import samegraph
import samegraph.tf1

HOME = Path(__file__).parent.parent / "examples" / "lecture"
EXAMPLES = ("relu_layer", "linear_regression", "softmax", "variable_sharing", "word2vec_complete")
QUICK = {"word2vec_complete": ("--steps", "400")}
NEEDS = {"softmax": "sklearn", "word2vec_complete": "gensim"}
IMPORT = "import samegraph.tf1 as tf  # or: import tensorflow.compat.v1 as tf\n"
LIBRARY = {"argparse", "collections", "gensim.test.utils", "numpy", "re", "samegraph.tf1", "sklearn.datasets"}
INSTALLED = [name for name in samegraph.available() if importlib.util.find_spec(name)]
NUMBER = re.compile(r"(?<![\w:/])-?\d+\.\d+")

TENSORFLOW = "TensorFlow itself"
RUNNERS = [*INSTALLED, *([TENSORFLOW] if importlib.util.find_spec("tensorflow") else [])]

# A framework takes longer to import than the examples take to run: those of one runner share a process.
ONE_AFTER_ANOTHER = """
import contextlib, io, json, os, runpy, sys, traceback
for folder, name, arguments in json.load(sys.stdin):
    os.chdir(folder)
    sys.argv = [f"{name}.py", *arguments]
    printed, why = io.StringIO(), ""
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except BaseException:
            why = traceback.format_exc()
    print("example", json.dumps([name, printed.getvalue(), why]), flush=True)
    for module in ("samegraph.tf1", "tensorflow.compat.v1"):
        if module in sys.modules:
            sys.modules[module].reset_default_graph()
"""


@dataclass
class Printed:
    """What an example printed, and why it ended before its end, or ""."""

    text: str
    why: str


running: dict[str, Future[dict[str, Printed]]] = {}


@pytest.fixture(scope="module", autouse=True)
def outputs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Starts what the selected tests will ask for, as many processes at a time as there are cores."""
    given = [i.callspec.params for i in request.session.items if i.module is request.module and hasattr(i, "callspec")]
    asked: dict[str, dict[str, None]] = {}
    for p in given:
        for runner in (p["runner"], "numpy") if "runner" in p else ():
            asked.setdefault(runner, {})[p["name"]] = None
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running.update({runner: pool.submit(run, runner, list(names)) for runner, names in asked.items()})
        yield
        pool.shutdown(cancel_futures=True)


def lacks_its_data(name: str) -> bool:
    return name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None


def output(name: str, runner: str) -> list[str]:
    """What the example prints on a backend, or under TensorFlow."""
    if lacks_its_data(name):
        pytest.skip(f"{NEEDS[name]}, whose data the example reads, is not installed")
    printed = running[runner].result()[name]
    assert not printed.why, printed.why
    return printed.text.splitlines()


def run(runner: str, names: list[str]) -> dict[str, Printed]:
    """Runs the examples, each in a folder of its own, which is to stay as it was."""
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    settings = {k: v for k, v in os.environ.items() if not k.startswith("SAMEGRAPH_")} | quiet
    if runner != TENSORFLOW:
        settings["SAMEGRAPH_BACKEND"] = runner
    with tempfile.TemporaryDirectory() as folder:
        rows = [written(Path(folder, name), name, runner) for name in names if not lacks_its_data(name)]
        done = subprocess.run(
            [sys.executable, "-c", ONE_AFTER_ANOTHER],
            env=settings,
            cwd=folder,
            input=json.dumps(rows),
            capture_output=True,
            text=True,
            timeout=1200,
        )
        found = {name: Printed("", f"its process ended with status {done.returncode}: {done.stderr}") for name in names}
        for line in done.stdout.splitlines():
            if line.startswith("example "):
                name, text, why = json.loads(line.removeprefix("example "))
                left = [p.name for p in Path(folder, name).iterdir() if p.name != f"{name}.py"]
                found[name] = Printed(text, why or ("it left files behind" if left else ""))
    return found


def written(folder: Path, name: str, runner: str) -> tuple[str, str, tuple[str, ...]]:
    """The example in that folder; under TensorFlow with nothing but its import replaced."""
    source = (HOME / f"{name}.py").read_text()
    if runner == TENSORFLOW:
        assert source.count(IMPORT) == 1
        source = source.replace(IMPORT, "import tensorflow.compat.v1 as tf\n")
    folder.mkdir()
    (folder / f"{name}.py").write_text(source)
    return str(folder), name, QUICK.get(name, ())


def numbers(lines: list[str]) -> np.ndarray:
    """The numbers with a decimal point that were printed, those that name versions apart."""
    return np.array([float(n) for line in lines if not line.startswith("session:") for n in NUMBER.findall(line)])


def words(lines: list[str]) -> list[str]:
    return [NUMBER.sub("#", line) for line in lines if not line.startswith("session:")]


def neighbours(lines: list[str]) -> dict[str, set[str]]:
    rows = [line.split(": ") for line in lines if re.fullmatch(r" *[a-z]+: [a-z]+(, [a-z]+)*", line)]
    return {word.strip(): set(near.split(", ")) for word, near in rows}


def last_number(lines: list[str], start: str) -> float:
    return float(numbers([line for line in lines if line.startswith(start)])[-1])


def test_these_are_all() -> None:
    assert sorted(p.stem for p in HOME.glob("*.py")) == sorted(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_short_and_public(name: str) -> None:
    """At most 120 lines of at most 120 columns; nothing but public names, all of which exist."""
    source = (HOME / f"{name}.py").read_text()
    lines = source.splitlines()
    assert len(lines) <= 120 and max(map(len, lines)) <= 120
    assert source.count(IMPORT) == 1
    tree = ast.parse(source)
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {a.name for a in node.names} <= LIBRARY
        elif isinstance(node, ast.ImportFrom):
            assert node.module in LIBRARY and not node.level
            assert not any(a.name.startswith("_") for a in node.names)
        elif isinstance(node, ast.Attribute):
            assert not re.match("_(?!_)", node.attr), f"{node.attr} is not public"
    for dotted in re.findall(r"\btf\.([A-Za-z_.0-9]+)", "".join(source.split(IMPORT))):
        found: object = samegraph.tf1
        for part in dotted.rstrip(".").split("."):
            found = getattr(found, part)


@pytest.mark.parametrize("runner", RUNNERS)
@pytest.mark.parametrize("name", EXAMPLES)
def test_it_runs_and_learns(name: str, runner: str) -> None:
    lines = output(name, runner)
    session = next(line for line in lines if line.startswith("session:"))
    if runner != TENSORFLOW:
        assert f"on {runner} " in session, f"it ran elsewhere: {session}"
    assert np.isfinite(numbers(lines)).all()
    if name == "relu_layer":
        assert "h has the shape (100, 100)" in lines
        assert last_number(lines, "smallest") == 0.0
        assert 0.3 < last_number(lines, "share") < 0.7
    elif name == "linear_regression":
        learnt, exact = (next(line for line in lines if line.startswith(s)) for s in ("learnt", "least squares"))
        np.testing.assert_allclose(numbers([learnt]), numbers([exact]), atol=2e-3)
    elif name == "softmax":
        assert last_number(lines, "accuracy") > 0.9
    elif name == "variable_sharing":
        assert "found: foo/v:0 - the same variable" in lines
        assert lines[-1].startswith("CRASH: Variable foo/v already exists, disallowed.")
        (one, other), *shared = (numbers([line]) for line in lines if re.match("separate|one_", line))
        assert abs(one - other) > 0.05 and all(a == b for a, b in shared) and len(shared) == 2
    else:
        losses = numbers([line for line in lines if line.startswith("step")])
        assert losses[-1] < 0.5 * losses[0]
        near = neighbours(lines)
        assert len(near) >= 5 and all(word not in found and len(found) == 6 for word, found in near.items())


def compared() -> list[tuple[str, str]]:
    """Under TensorFlow only what takes no initial value from its own generator."""
    drawn = {(name, TENSORFLOW) for name in ("relu_layer", "softmax", "word2vec_complete")}
    return [
        (name, runner) for name in EXAMPLES for runner in RUNNERS if runner != "numpy" and (name, runner) not in drawn
    ]


@pytest.mark.parametrize(("name", "runner"), compared())
def test_the_numbers_are_those_of_numpy(name: str, runner: str) -> None:
    got, wanted = output(name, runner), output(name, "numpy")
    np.testing.assert_allclose(numbers(got), numbers(wanted), rtol=2e-3, atol=2e-4)
    if name != "word2vec_complete":
        assert words(got) == words(wanted)
        return
    near, expected = neighbours(got), neighbours(wanted)
    assert near.keys() == expected.keys()
    for word, found in near.items():
        assert len(found & expected[word]) >= 5, f"{word}: {found} against {expected[word]}"
