"""The first files of a backend that is a distribution of its own."""

from __future__ import annotations

import keyword
import os
import shutil
import tempfile
from pathlib import Path

from .backend import CONTRACT_VERSION, available
from .versions import __version__

_PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.26"]
build-backend = "hatchling.build"

[project]
name = "samegraph-{dashed}"
version = "0.1.0"
description = "samegraph's graphs on {name}"
readme = "README.md"
requires-python = ">=3.10"
dependencies = ["samegraph>={version}"]  # and the framework

[project.entry-points."samegraph.backends"]
{name} = "samegraph_{name}:backend"

[tool.hatch.build.targets.wheel]
packages = ["samegraph_{name}"]
"""

_README = """\
# samegraph-{dashed}

samegraph's graphs on {name}.

```
pip install -e . 'samegraph[cli,conformance,programs]'
samegraph backend ladder {name}      # which kernel to write next, and what it must answer
pytest tests
pytest --pyargs samegraph.conformance --samegraph-backend {name}      # green: done
```
"""

_INIT = '''\
"""samegraph on {name}."""

from __future__ import annotations

import numpy as np
from samegraph.backend import Backend, kernels_of

from . import kernels

# Values are NumPy arrays until the functions below make the framework's own of them and back.
# samegraph.backend.Backend documents every field, the optional ones too: value_and_vjp, compile, update_rows, ...
backend = Backend(
    name="{name}",
    contract_version={contract},
    version="0",  # the framework's
    kernels=kernels_of(kernels),
    dtypes=frozenset({{"float32", "float64", "int32", "int64", "bool"}}),
    devices=lambda: ["cpu"],
    to_device=lambda array, device: array,
    to_numpy=lambda value: np.array(value, order="C"),
    make_state=lambda value, device, rows: np.array(value, order="C"),
    lacks={{}},  # op name: why there is no kernel
)
'''

_KERNELS = '''\
"""The kernels: a function an op, of its name, parameters and defaults (`pow_` for names that Python has itself).

Names with a leading underscore serve several kernels. `samegraph backend ladder {name}` says which to write next.
"""

from __future__ import annotations
'''

_TEST = '''\
"""What holds from the first day; samegraph's conformance suite tests the rest."""

from samegraph.backend import load


def test_it_is_found_by_its_name() -> None:
    assert load("{name}").name == "{name}"


def test_nothing_is_both_there_and_lacking() -> None:
    assert not load("{name}").kernels.keys() & load("{name}").lacks.keys()
'''

_FILES = {
    "pyproject.toml": _PYPROJECT,
    "README.md": _README,
    "samegraph_{name}/__init__.py": _INIT,
    "samegraph_{name}/kernels.py": _KERNELS,
    "tests/test_samegraph_{name}.py": _TEST,
}


def write(name: str, parent: Path) -> Path:
    """Writes the distribution samegraph_NAME under `parent` and returns its folder; all of it or nothing.

    Raises ValueError for a name that is no lower-case identifier or is a backend already, FileExistsError for a folder
    that exists, OSError where nothing can be written.
    """
    if not name.isidentifier() or keyword.iskeyword(name) or not name.isascii() or name != name.lower():
        raise ValueError(f"a backend's name is a lower-case Python identifier, as in samegraph_torch, got {name!r}")
    if name in available():
        raise ValueError(f"there is a backend named {name!r} already; installed are {', '.join(available())}")
    folder = parent / f"samegraph_{name}"
    if folder.exists():
        raise FileExistsError(f"{folder} exists already; move it away, or choose another name or --out")
    parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".samegraph_{name}-", dir=parent))
    try:
        filled = {"name": name, "dashed": name.replace("_", "-"), "version": __version__, "contract": CONTRACT_VERSION}
        for path, text in _FILES.items():
            file = made / path.format(**filled)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.format(**filled))
        made.chmod(0o755)
        os.rename(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return folder
