"""Ruff: the rules, and one way to lay code out."""

from __future__ import annotations

from source_tree import CODE, check


def test_rules() -> None:
    check("-m", "ruff", "check", "--output-format=concise", *CODE)


def test_layout() -> None:
    check("-m", "ruff", "format", "--check", *CODE)
