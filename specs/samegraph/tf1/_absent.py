"""What a module of the face answers for a name it does not have: an AttributeError that helps."""

from __future__ import annotations

import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

_FACE = __name__.rpartition(".")[0]


def absent(module: str) -> Callable[[str], Any]:
    """A module's __getattr__: raises AttributeError that names what exists and is spelled most like it."""
    path = "tf" + module.removeprefix(_FACE)

    def __getattr__(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        near = nearest(f"{path}.{name}")
        hint = f"; the nearest names it has: {', '.join(near)}" if near else ""
        raise AttributeError(f"samegraph has no {path}.{name} yet{hint}")

    return __getattr__


def nearest(name: str) -> list[str]:
    """Public names of the face, written as users do, that are spelled like `name`: first those that end the same."""
    known = _names()
    last = name.rpartition(".")[2]
    same = sorted(k for k in known if k.rpartition(".")[2] == last)
    by_last: dict[str, list[str]] = {}
    for k in known:
        by_last.setdefault(k.rpartition(".")[2].lower(), []).append(k)
    close = [
        k for m in get_close_matches(last.lower(), by_last, n=3, cutoff=0.7) for k in sorted(by_last[m], key=len)[:1]
    ]
    return list(dict.fromkeys([*same, *close]))[:3]


def _names() -> list[str]:
    found = []
    for path, module in list(sys.modules.items()):
        if path == _FACE or (path.startswith(f"{_FACE}.") and "._" not in path and path != f"{_FACE}.compat.v1"):
            spelled = "tf" + path.removeprefix(_FACE)
            found += [f"{spelled}.{n}" for n in getattr(module, "__all__", ())]
    return found
