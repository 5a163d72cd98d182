"""Types, by two checkers: they differ in what they see, and users have either."""

from __future__ import annotations

from source_tree import check


def test_mypy() -> None:
    check("-m", "mypy")


def test_pyright() -> None:
    check("-m", "pyright")
