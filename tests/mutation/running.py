"""A pytest plugin that runs the selected tests once for each mutant, those that reach its function and the quickest first."""

from __future__ import annotations

import ast
import functools
import gc
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from .operators import Mutant, changed, mutants

Place = tuple[str, int]
"""A function: its file and first line."""
TIMED_OUT_AFTER = 20


class TooSlow(BaseException):
    """A mutant that runs on and on. No Exception, so that nothing under test can take it for one of its own."""


def functions_of(paths: Sequence[Path]) -> dict[Place, list[FunctionType]]:
    """The live functions defined in the files, by place."""
    names = {str(p) for p in paths}
    found: dict[Place, list[FunctionType]] = {}
    for o in gc.get_objects():
        if type(o) is FunctionType and o.__code__.co_filename in names:
            found.setdefault((o.__code__.co_filename, o.__code__.co_firstlineno), []).append(o)
    return found


@contextmanager
def swapped(functions: Sequence[FunctionType], code: CodeType) -> Iterator[None]:
    """The functions with another body."""
    before = [f.__code__ for f in functions]
    try:
        for f in functions:
            f.__code__ = code
        _forget()
        yield
    finally:
        for f, old in zip(functions, before, strict=True):
            f.__code__ = old
        _forget()


@functools.cache
def _caches() -> list[Any]:
    return [o for o in gc.get_objects() if isinstance(o, functools._lru_cache_wrapper) and _ours(o)]


def _ours(o: Any) -> bool:
    return str(getattr(o, "__module__", "")).startswith("samegraph")


def _forget() -> None:
    for cache in _caches():
        cache.cache_clear()


class Running:
    """Replaces pytest's loop. tell: called with a line of progress. killed, survived: the mutants."""

    def __init__(
        self, paths: Sequence[Path], sample: int, seed: int, budget: float, tell: Callable[[str], None]
    ) -> None:
        self.paths, self.sample, self.seed, self.budget, self.tell = list(paths), sample, seed, budget, tell
        self.killed: list[tuple[Mutant, str]] = []
        self.survived: list[tuple[Mutant, str]] = []
        self.possible = 0
        self.broken: list[str] = []
        self.timings: dict[pytest.Item, float] = {}
        self.reached: dict[Place, list[pytest.Item]] = {}

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._baseline(session.items)
        self._all_mutants()
        return True

    def _baseline(self, items: Sequence[pytest.Item]) -> None:
        """Runs everything once unchanged, and notes which functions each test reaches."""
        targets = {str(p) for p in self.paths}
        for n, item in enumerate(items):
            seen: set[Place] = set()

            def note(frame: FrameType, event: str, argument: Any, seen: set[Place] = seen) -> None:
                code = frame.f_code
                if event == "call" and code.co_filename in targets:
                    seen.add((code.co_filename, code.co_firstlineno))

            start = time.perf_counter()
            sys.setprofile(note)
            try:
                outcome = _outcome(item)
            finally:
                sys.setprofile(None)
            self.timings[item] = time.perf_counter() - start
            if outcome == "failed":
                self.broken.append(item.nodeid)
            elif outcome == "passed":
                for place in seen:
                    self.reached.setdefault(place, []).append(item)
            if n % 200 == 0:
                self.tell(f"unchanged: {n} of {len(items)} tests")

    def _all_mutants(self) -> None:
        live = functions_of(self.paths)
        every = [pair for path in self.paths for pair in mutants(path)]
        every = [(m, tree) for m, tree in every if (str(m.path), m.first_line) in live]
        self.possible = len(every)
        if self.sample and self.sample < len(every):
            every = random.Random(self.seed).sample(every, self.sample)
        for n, (mutant, tree) in enumerate(every):
            self._one(mutant, tree, live)
            if n % 25 == 0:
                self.tell(f"{n} of {len(every)} mutants, {len(self.killed)} killed, {len(self.survived)} survived")

    def _one(self, mutant: Mutant, tree: ast.Module, live: dict[Place, list[FunctionType]]) -> None:
        place = str(mutant.path), mutant.first_line
        items = sorted(self.reached.get(place, ()), key=self.timings.__getitem__)
        with changed(mutant, tree) as code:
            if code is None or code.co_freevars != live[place][0].__code__.co_freevars:
                return
            with swapped(live[place], code):
                by = self._killer(items)
        if by is None:
            self.survived.append((mutant, "no test reaches it" if not items else f"{len(items)} tests reach it"))
        else:
            self.killed.append((mutant, by))

    def _killer(self, items: Sequence[pytest.Item]) -> str | None:
        """The first test that fails, within the budget of seconds."""
        start = time.perf_counter()
        for item in items:
            if _outcome(item) == "failed":
                return item.nodeid
            if time.perf_counter() - start > self.budget:
                return None
        return None


def _outcome(item: pytest.Item) -> str:
    """passed, failed or skipped, for one more run of a test; one that does not end has failed."""

    def stop(*_: Any) -> None:
        raise TooSlow

    item._initrequest()  # type: ignore[attr-defined]
    signal.signal(signal.SIGALRM, stop)
    signal.alarm(TIMED_OUT_AFTER)
    try:
        reports = runtestprotocol(item, log=False, nextitem=None)
    except (TooSlow, SystemExit, RecursionError):
        return "failed"
    finally:
        signal.alarm(0)
    if any(r.failed for r in reports):
        return "failed"
    return "skipped" if any(r.skipped for r in reports) else "passed"
