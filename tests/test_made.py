"""Of which source a result says it was made."""

from __future__ import annotations

import subprocess

import pytest
from samegraph import made


def git(folder, *arguments):
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
        check=True,
        capture_output=True,
    )


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A source tree with one commit, in which a command is run."""
    (tmp_path / "specs" / "samegraph").mkdir(parents=True)
    (tmp_path / "specs" / "samegraph" / "__init__.py").write_text("")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / ".gitignore").write_text("report-out/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    monkeypatch.setattr(made, "__file__", str(tmp_path / "site" / "packages" / "samegraph" / "made.py"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_tree_as_committed(tree):
    found = made.source()
    assert len(found["commit"]) == 40 and found["changed"] is False
    (tree / "report-out").mkdir()
    (tree / "report-out" / "compare.json").write_text("{}")
    assert made.throughout(found) == found


@pytest.mark.parametrize("file", ["pyproject.toml", "specs/samegraph/new.py"])
def test_a_tree_with_changes(tree, file):
    begun = made.source()
    (tree / file).write_text("x = 1\n")
    assert made.source() == {**begun, "changed": True}
    assert made.throughout(begun)["changed"] is True, "what changes during a run is told too"


def test_another_commit_during_a_run(tree):
    begun = made.source()
    git(tree, "commit", "-q", "--allow-empty", "-m", "second")
    assert made.throughout(begun) == {**begun, "changed": True}


def test_no_tree_and_no_git(tree, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert made.source() == {}
    monkeypatch.undo()
    monkeypatch.setattr(made, "__file__", str(tree / "site" / "packages" / "samegraph" / "made.py"))
    monkeypatch.chdir(tmp_path_factory.mktemp("outside"))
    assert made.source() == {} == made.throughout({})
