"""The lecture's programs: each runs on every installed backend, and under TensorFlow 1 with nothing but its import replaced."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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
running: dict[tuple[str, str], Future[list[str]]] = {}
RUNNERS = [*INSTALLED, *([TENSORFLOW] if importlib.util.find_spec("tensorflow") else [])]


@pytest.fixture(scope="module", autouse=True)
def outputs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Starts what the selected tests will ask for, as many processes at a time as there are cores."""
    given = [i.callspec.params for i in request.session.items if i.module is request.module and hasattr(i, "callspec")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for p in given:
            if "runner" in p:
                for runner in dict.fromkeys((p["runner"], "numpy")):
                    if (p["name"], runner) not in running:
                        running[p["name"], runner] = pool.submit(run, p["name"], runner)
        yield
        pool.shutdown(cancel_futures=True)


def output(name: str, runner: str) -> list[str]:
    """What the example prints on a backend, or under TensorFlow."""
    return running[name, runner].result()


def run(name: str, runner: str) -> list[str]:
    if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
        pytest.skip(f"{NEEDS[name]}, whose data the example reads, is not installed")
    source = (HOME / f"{name}.py").read_text()
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
    }
    settings = {k: v for k, v in os.environ.items() if not k.startswith("SAMEGRAPH_")} | quiet
    if runner == TENSORFLOW:
        assert source.count(IMPORT) == 1
        source = source.replace(IMPORT, "import tensorflow.compat.v1 as tf\n")
    else:
        settings["SAMEGRAPH_BACKEND"] = runner
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, f"{name}.py")
        script.write_text(source)
        done = subprocess.run(
            [sys.executable, str(script), *QUICK.get(name, ())],
            env=settings,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=1200,
        )
        assert done.returncode == 0, done.stderr
        assert [p.name for p in Path(folder).iterdir() if p.name != "__pycache__"] == [script.name], (
            "it left files behind"
        )
    return done.stdout.splitlines()


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
