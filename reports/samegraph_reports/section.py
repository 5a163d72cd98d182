"""The one form every section of the report is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .blocks import Change, Part
from .source import Source

T = TypeVar("T")


def no_changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """For a section that has nothing to say about an earlier report."""
    return []


@dataclass(frozen=True)
class Section(Generic[T]):
    """One section: `read` takes what it needs from the directory, `render` says it.

    `render` is called even when `read` found nothing (None), because a reader must see that something is absent. What
    `Part.summary` holds goes into `report.json` under the section's name; `changes` compares two such summaries.
    """

    name: str
    read: Callable[[Source], T | None]
    render: Callable[[T | None], Part]
    changes: Callable[[Mapping[str, Any], Mapping[str, Any]], list[Change]] = no_changes
