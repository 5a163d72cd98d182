"""What `pip install samegraph` gives: the wheel's names, its metadata, and a run on NumPy alone."""

from __future__ import annotations

import configparser
import email
import importlib.metadata
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "samegraph",
    "samegraph_numpy",
    "samegraph_torch",
    "samegraph_jax",
    "samegraph_tensorflow",
    "samegraph_reports",
}
BARE = {"numpy", "ml-dtypes", "safetensors"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of this source tree."""
    pytest.importorskip("hatchling", reason="the packages are built with hatchling")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def info(wheel: zipfile.ZipFile) -> str:
    return next(name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" in name)


def test_top_level_names(wheel: zipfile.ZipFile, info: str) -> None:
    """No specs, impls, tests, benchmarks, examples or reports becomes importable."""
    assert {name.partition("/")[0] for name in wheel.namelist()} - {info} == PACKAGES


def test_contents(wheel: zipfile.ZipFile, info: str) -> None:
    names = set(wheel.namelist())
    assert "samegraph/py.typed" in names
    assert f"{info}/licenses/LICENSE" in names
    for package, house in (
        ("samegraph", "specs"),
        ("samegraph_reports", "reports"),
        *((p, "impls") for p in PACKAGES if p not in ("samegraph", "samegraph_reports")),
    ):
        source = {
            str(p.relative_to(ROOT / house))
            for p in (ROOT / house / package).rglob("*.py*")
            if "__pycache__" not in p.parts
        }
        assert len(source) > 3 and not source - names
    examples = {
        f"samegraph/examples/{p.relative_to(ROOT / 'examples').as_posix()}" for p in (ROOT / "examples").rglob("*.py")
    }
    assert not examples - names
    records = {f"samegraph/divergences/records/{p.name}" for p in (ROOT / "specs").rglob("records/*.json")}
    assert len(records) > 3 and not records - names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_metadata(wheel: zipfile.ZipFile, info: str) -> None:
    """A bare install takes NumPy, ml_dtypes and safetensors; `all` names every other extra's libraries."""
    meta = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    needs: dict[str, set[str]] = {}
    for line in meta.get_all("Requires-Dist", []):
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra == '([^']+)'", line.replace('"', "'"))
        assert name
        needs.setdefault(extra[1] if extra else "", set()).add(name[0].replace("_", "-").lower())
    assert needs.pop("") == BARE
    everything = needs.pop("all")
    assert everything == {"samegraph"} or everything == set().union(*needs.values())
    assert {"torch", "jax", "tensorflow", "cli", "programs", "conformance", "report"} <= set(needs)


def test_versions_agree(wheel: zipfile.ZipFile, info: str) -> None:
    import samegraph

    assert info == f"samegraph-{samegraph.__version__}.dist-info"
    assert f"## {samegraph.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_source_distribution(built: Path) -> None:
    """Everything that the tests and the benchmarks need travels in the source distribution."""
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"tox.ini", "constraints.txt", "CONTRIBUTING.md", "CHANGELOG.md", "README.md", "LICENSE"} <= names
    for folder in ("specs", "impls", "reports", "tests", "benchmarks", "examples"):
        source = {p.relative_to(ROOT).as_posix() for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts}
        assert not source - names


def test_entry_points_load(wheel: zipfile.ZipFile, info: str) -> None:
    """Each names a module of the wheel; those that need no framework load."""
    parser = configparser.ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(wheel.read(f"{info}/entry_points.txt").decode())
    assert set(parser["samegraph.backends"]) == {"numpy", "torch", "jax", "tensorflow"}
    assert dict(parser["console_scripts"]) == {"samegraph": "samegraph.cli:main"}
    assert dict(parser["pytest11"]) == {"samegraph": "samegraph.conformance.plugin"}
    names = set(wheel.namelist())
    for group in parser.sections():
        for name, target in parser[group].items():
            module = target.partition(":")[0].replace(".", "/")
            assert {f"{module}.py", f"{module}/__init__.py"} & names, target
            if name == "numpy" or not group.startswith("samegraph."):
                importlib.metadata.EntryPoint(name, target, group).load()


# Runs first in a fresh interpreter: nothing can be imported but the standard library, samegraph and what it declares.
ALONE = """
import sys
from importlib.abc import MetaPathFinder

class Alone(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top.startswith("samegraph") or top in {"numpy", "ml_dtypes", "safetensors"}:
            return None
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Alone())
"""

TRAINING = """
import numpy as np
import samegraph, samegraph.tf1 as tf
from samegraph.backend import BackendError, load

assert {folder!r} in samegraph.__file__
x = tf.placeholder(tf.float32, [None, 1])
w = tf.Variable([[0.0]])
loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - 3.0 * x))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
data = np.linspace(-1, 1, 20, dtype=np.float32).reshape(20, 1)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(200):
        sess.run(train, {{x: data}})
    assert abs(sess.run(w).item() - 3.0) < 1e-3
    assert sess.backend.name == "numpy"
for name in ("torch", "jax", "tensorflow"):
    try:
        load(name)
    except BackendError as error:
        assert f"samegraph[{{name}}]" in str(error)
    else:
        raise AssertionError(name)
"""


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    wheel.extractall(folder)
    return folder


def run_alone(code: str, installed: Path) -> subprocess.CompletedProcess[str]:
    """Runs code on the wheel with every framework and tool out of reach."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("SAMEGRAPH_")}
    return subprocess.run(
        [sys.executable, "-c", ALONE + code],
        env={**env, "PYTHONPATH": str(installed)},
        cwd=installed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_bare_install_trains_on_numpy(installed: Path) -> None:
    """The default backend is NumPy's; the others say which pip line brings their framework."""
    done = run_alone(TRAINING.format(folder=str(installed)), installed)
    assert done.returncode == 0, done.stderr


def test_bare_command_names_the_pip_line(installed: Path) -> None:
    done = run_alone("from samegraph.cli import main; main()", installed)
    assert done.returncode not in (0, None)
    assert "pip install 'samegraph[cli]'" in done.stderr
