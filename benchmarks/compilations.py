"""How often a backend compiles: a step that is compiled is a Python function that the framework calls when it traces it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from samegraph.backend import load


class Counter:
    """`backend` is the backend of that name; `count` is how often it compiled a step, again for new shapes included."""

    def __init__(self, name: str) -> None:
        self.count = 0
        self.backend = load(name)
        self._compile = self.backend.compile
        if self._compile is not None:
            self.backend = replace(self.backend, compile=self._counted)

    def _counted(self, step: Callable[..., Any], *how: Any, **more: Any) -> Callable[..., Any]:
        @functools.wraps(step)
        def traced(*arguments: Any) -> Any:
            self.count += 1
            return step(*arguments)

        assert self._compile is not None
        return self._compile(traced, *how, **more)
