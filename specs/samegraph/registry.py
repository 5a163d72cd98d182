"""Every op by its name. The ground floor: imports nothing, so that any room may look an op up."""

from __future__ import annotations

from typing import Any

OPS: dict[str, Any] = {}


def call(name: str, *operands: Any, **attrs: Any) -> Any:
    """The op of that name, applied."""
    return OPS[name](*operands, **attrs)
