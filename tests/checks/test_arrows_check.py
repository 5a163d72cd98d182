"""Who imports whom: the contracts of pyproject.toml, a test each, and what no import statement shows."""

from __future__ import annotations

import ast

import pytest
import tomllib
from source_tree import HOUSES, ROOT, check

OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
PACKAGES = OPTIONS["root_packages"]
CIRCLES = """
import sys
from graphlib import TopologicalSorter
import grimp
graph = grimp.build_graph(*sys.argv[1:], cache_dir=None)
assert len(graph.modules) > 50
TopologicalSorter({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}).prepare()
"""
LINTER = "from importlinter.cli import lint_imports_command; lint_imports_command()"
BACKENDS = {p.name for p in (ROOT / "impls").iterdir() if (p / "__init__.py").is_file()}
FRAMEWORKS = {"torch", "jax", "jaxlib", "tensorflow", "keras", "optax"}


@pytest.mark.parametrize("contract", [contract["id"] for contract in OPTIONS["contracts"]])
def test_contract(contract: str) -> None:
    check("-c", LINTER, "--no-logo", "--no-cache", "--contract", contract)


def test_every_package_is_under_contract() -> None:
    packages = {p.parent.name for house in HOUSES for p in (ROOT / house).glob("*/__init__.py")}
    assert packages == set(PACKAGES)


def test_no_circle() -> None:
    """Not even inside a function or through a package's __init__; the error shows the way round."""
    check("-c", CIRCLES, *PACKAGES)


def called_by_name(source: str) -> set[str]:
    """Top-level packages that the source imports through a function: import_module("torch.nn") gives torch."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        first = node.args[0]
        if name in ("import_module", "__import__") and isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.add(first.value.partition(".")[0])
    return found


def test_imports_by_name_are_seen() -> None:
    source = "import importlib\ndef f():\n    importlib.import_module('torch.nn'), __import__('jax'), import_module(x)"
    assert called_by_name(source) == {"torch", "jax"}


def test_no_framework_by_name() -> None:
    """The interface does not reach a framework or a backend through import_module either: backends come by entry point."""
    sources = list((ROOT / "specs").rglob("*.py"))
    found = {
        str(p.relative_to(ROOT)): called_by_name(p.read_text(encoding="utf-8")) & (FRAMEWORKS | BACKENDS)
        for p in sources
    }
    assert len(found) > 20
    assert not {path: names for path, names in found.items() if names}
