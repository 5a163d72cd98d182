"""What importing samegraph costs: no framework, no test library, no session before one is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FRAMEWORKS = {"torch", "jax", "jaxlib", "tensorflow", "keras", "optax"}
TOOLS = {"hypothesis", "pytest", "click", "rich", "jinja2", "sklearn", "gensim", "scipy"}
NUMBERS = {"numpy", "ml_dtypes", "safetensors"}
SESSION = {"samegraph.session", "samegraph.program", "samegraph.writing", "samegraph.graph"}
SHOW = "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter holds after the code."""
    done = subprocess.run([sys.executable, "-c", code + SHOW], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["samegraph", "samegraph.conformance", "samegraph.conformance.plugin"])
def test_door_is_light(module: str) -> None:
    """samegraph and its pytest plugin, which pytest loads wherever samegraph is installed."""
    loaded = loaded_after(f"import {module}")
    assert module in loaded
    assert not loaded & (FRAMEWORKS | TOOLS | NUMBERS | SESSION)


def test_listing_backends_loads_none() -> None:
    loaded = loaded_after("import samegraph; assert 'numpy' in samegraph.available()")
    assert not loaded & (FRAMEWORKS | TOOLS | SESSION)


def test_cli_without_its_libraries() -> None:
    assert not loaded_after("import samegraph.cli") & (FRAMEWORKS | TOOLS | NUMBERS | SESSION)


@pytest.mark.parametrize(
    "code",
    [
        "import samegraph.tf1 as tf",
        "import samegraph.tf1 as tf; tf.Session(backend='numpy').run(tf.constant(2.0) * 3.0)",
    ],
    ids=["import", "run on numpy"],
)
def test_graphs_load_no_framework(code: str) -> None:
    assert not loaded_after(code) & (FRAMEWORKS | TOOLS)


def test_pytest_run_with_plugin_is_light(tmp_path: Path) -> None:
    """A test run of a project that has nothing to do with samegraph."""
    heavy = FRAMEWORKS | (TOOLS - {"pytest"}) | NUMBERS | SESSION
    test = tmp_path / "test_other.py"
    test.write_text(
        f"import sys\n\n\ndef test():\n    assert not {sorted(heavy)} & sys.modules.keys()\n".replace("[", "{").replace(
            "]", "}"
        )
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "samegraph.conformance.plugin", str(test)],
        cwd=tmp_path,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
