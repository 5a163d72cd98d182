"""When a result was made, and of which source: every file of results says both, so that a report can tell whether they fit together."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

_TREE = ("specs/samegraph/__init__.py", "pyproject.toml")


def now() -> str:
    """This moment, UTC, in ISO 8601."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def source() -> dict[str, Any]:
    """{"commit", "changed"} of the source tree that samegraph is imported from, or else of the one this command is run in.

    changed: whether a file differs from the commit, or is new. Empty where there is no such tree, or no git to ask.
    """
    tree = _tree()
    commit = _git(tree, "rev-parse", "HEAD") if tree is not None else None
    changes = _git(tree, "status", "--porcelain") if tree is not None else None
    return {} if commit is None or changes is None else {"commit": commit, "changed": bool(changes)}


def throughout(begun: dict[str, Any]) -> dict[str, Any]:
    """What `source` said when a run began, as changed if it says something else by now."""
    return begun if source() == begun or not begun else {**begun, "changed": True}


def _tree() -> Path | None:
    here = Path(__file__).resolve()
    for folder in (here.parents[2], Path.cwd(), *Path.cwd().parents):
        if all((folder / name).is_file() for name in _TREE):
            return folder
    return None


def _git(tree: Path, *asked: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(tree), *asked], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
