"""A pytest plugin that runs the selected tests for each mutant until one fails.

Asked first are the tests that are about the mutant's function (`near`): those of the ops whose kernels it serves, or of a few
modules. What they leave is asked of all other tests that reach the function, the quickest first; which these are, one run of
them without any change tells.
"""

from __future__ import annotations

import ast
import functools
import gc
import json
import math
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from samegraph.conformance.deriving import draw
from samegraph.op import Op
from samegraph.registry import OPS

from .operators import Mutant, changed, mutants
from .reaching import Place

TIMED_OUT_AFTER = 20
"""Seconds of the process's own time: on a busy machine the clock's would call a healthy test slow."""
STUCK_AFTER = 200
"""Seconds by the clock, for a test that waits for what does not come."""


ENDED_THE_PROCESS = "it ended the process"


class TooSlow(BaseException):
    """A mutant that runs on and on. No Exception, so that nothing under test can take it for one of its own."""


def functions_of(paths: Sequence[Path]) -> dict[Place, list[FunctionType]]:
    """The live functions defined in the files, by place."""
    names = {str(p) for p in paths}
    found: dict[Place, list[FunctionType]] = {}
    gc.unfreeze()  # the suite freezes what was imported, and that is not among the objects then
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
    """All of samegraph's but the drawn inputs, which depend on nothing that is changed here."""
    found = [o for o in gc.get_objects() if type(o) is functools._lru_cache_wrapper and _ours(o)]
    return [o for o in found if o is not draw]


def _ours(o: Any) -> bool:
    return str(getattr(o, "__module__", "")).startswith("samegraph")


def _forget() -> None:
    for cache in _caches():
        cache.cache_clear()


class Journal:
    """What became of every mutant tried, a line each: one that ends the process loses nothing, and is caught by that."""

    def __init__(self, path: Path) -> None:
        self._path, self._ended = path, dict[str, str | None]()
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            what, mutant, by = json.loads(line)
            self._ended[mutant] = by if what == "ended" else ENDED_THE_PROCESS

    def killer(self, mutant: str, find: Callable[[], str | None]) -> str | None:
        """The test that caught it: as an earlier process found out, or as `find` does now."""
        if mutant not in self._ended:
            self._note("began", mutant, None)
            self._ended[mutant] = find()
            self._note("ended", mutant, self._ended[mutant])
        return self._ended[mutant]

    def _note(self, what: str, mutant: str, by: str | None) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([what, mutant, by]) + "\n")


class Running:
    """Replaces pytest's loop. near: answers, by function, the ops and modules whose tests are asked first; far: whether the others
    are asked at all. within: seconds after which no further mutant is tried; those tried are a sample too. part: "2/3" tries every third, from the second on. tell: called with a line of progress.

    killed, survived: the mutants. broken: tests that fail without any change; they count for nothing.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        sample: int,
        seed: int,
        budget: float,
        tell: Callable[[str], None],
        near: Callable[[], Mapping[Place, Sequence[str]]],
        far: bool = True,
        within: float = math.inf,
        part: str = "1/1",
        journal: Journal | None = None,
    ) -> None:
        self.journal = journal
        self.paths, self.sample, self.seed, self.budget, self.tell = list(paths), sample, seed, budget, tell
        self.part = part
        self.near, self.far, self.within, self.start = near, far, within, time.monotonic()
        self.killed: list[tuple[Mutant, str]] = []
        self.survived: list[tuple[Mutant, str]] = []
        self.possible = 0
        self.broken: list[str] = []
        self.timings: dict[pytest.Item, float] = {}
        self.reached: dict[Place, list[pytest.Item]] = {}
        self.unchanged: dict[pytest.Item, str] = {}

    @pytest.hookimpl
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        live, near = functions_of(self.paths), self.near()
        about: dict[str, list[pytest.Item]] = {}
        for item in session.items:
            about.setdefault(_subject(item), []).append(item)
        asked = {place: [i for subject in near[place] for i in about.get(subject, ())] for place in near}
        for items in asked.values():
            items.sort(key=_without_computing)
        left = self._through(self._drawn(live), live, asked)
        if left and self.far:
            # of an op's tests only those of the ops that a kernel serves, where that is known
            of_ops = {s for s in about if not s.startswith("test_")} if near else set()
            self._baseline([i for subject, items in about.items() if subject not in of_ops for i in items])
            left = self._through(left, live, self.reached)
        for mutant, _ in left:
            place = str(mutant.path), mutant.first_line
            count = len({*asked.get(place, ()), *self.reached.get(place, ())})
            self.survived.append((mutant, f"{count or 'no'} tests asked"))
        return True

    def _drawn(self, live: dict[Place, list[FunctionType]]) -> list[tuple[Mutant, ast.Module]]:
        every = [pair for path in self.paths for pair in mutants(path)]
        every = [(m, tree) for m, tree in every if (str(m.path), m.first_line) in live]
        self.possible = len(every)
        if self.sample and self.sample < len(every):
            every = random.Random(self.seed).sample(every, self.sample)
        at, parts = map(int, self.part.split("/"))
        return every[at - 1 :: parts]

    def _baseline(self, items: Sequence[pytest.Item]) -> None:
        """Runs them once unchanged, and notes which functions each test reaches."""
        targets = {str(p) for p in self.paths}
        for n, item in enumerate(items):
            seen: set[Place] = set()

            def note(frame: FrameType, event: str, argument: Any, seen: set[Place] = seen) -> None:
                code = frame.f_code
                if code.co_filename in targets:
                    seen.add((code.co_filename, code.co_firstlineno))

            start = time.process_time()
            sys.settrace(note)
            try:
                outcome = _outcome(item)
            finally:
                sys.settrace(None)
            self.timings[item] = time.process_time() - start
            self.unchanged.setdefault(item, outcome)
            if outcome == "failed":
                self.broken.append(item.nodeid)
            elif outcome == "passed":
                for place in seen:
                    self.reached.setdefault(place, []).append(item)
            if n % 200 == 0:
                self.tell(f"unchanged: {n} of {len(items)} tests")
        for reaching in self.reached.values():
            reaching.sort(key=self.timings.__getitem__)

    def _through(
        self,
        every: Sequence[tuple[Mutant, ast.Module]],
        live: dict[Place, list[FunctionType]],
        tests: Mapping[Place, list[pytest.Item]],
    ) -> list[tuple[Mutant, ast.Module]]:
        """Tries those tests on every mutant. Those left."""
        left = []
        for n, (mutant, tree) in enumerate(every):
            if time.monotonic() - self.start > self.within:
                self.tell(f"stopped in time, {len(every) - n} left untried")
                break
            place = str(mutant.path), mutant.first_line
            with changed(mutant, tree) as code:
                if code is None or code.co_freevars != live[place][0].__code__.co_freevars:
                    continue
            find = functools.partial(self._killer, tests.get(place, ()), live[place], code)
            key = f"{'again' if tests is self.reached else 'first'} {n} {mutant}"
            by = self.journal.killer(key, find) if self.journal is not None else find()
            if by is not None:
                self.killed.append((mutant, by))
            else:
                left.append((mutant, tree))
                self.tell(f"not yet caught: {mutant}")
            if n % 25 == 0:
                self.tell(f"{n} of {len(every)} mutants, {len(self.killed)} caught, {len(left)} not yet")
        return left

    def _killer(self, items: Sequence[pytest.Item], functions: Sequence[FunctionType], code: CodeType) -> str | None:
        """The first test that fails with the change and passes without, within the budget of seconds."""
        end = time.process_time() + self.budget
        rest = iter(items)
        while True:
            with swapped(functions, code):
                failed = next((i for i in rest if time.process_time() < end and _outcome(i) == "failed"), None)
            if failed is None:
                return None
            if self._passes_unchanged(failed):
                return failed.nodeid

    def _passes_unchanged(self, item: pytest.Item) -> bool:
        if item not in self.unchanged:
            self.unchanged[item] = _outcome(item)
            if self.unchanged[item] == "failed":
                self.broken.append(item.nodeid)
        return self.unchanged[item] == "passed"


def _subject(item: pytest.Item) -> str:
    """The op that a test is about, else its module."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    for op in (params.get("op"), params.get("defined"), OPS.get(str(params.get("name")))):
        if isinstance(op, Op):
            return op.name
    return str(item.module.__name__).rpartition(".")[2]  # type: ignore[attr-defined]


def _without_computing(item: pytest.Item) -> bool:
    """False, which comes first, for tests that compute nothing: of all ops that a function serves they take less than one of others."""
    return getattr(item, "originalname", "") not in ("test_what_is_refused", "test_what_the_type_rule_says")


def _outcome(item: pytest.Item) -> str:
    """passed, failed or skipped, for one more run of a test; one that does not end has failed."""

    def stop(*_: Any) -> None:
        raise TooSlow

    item._initrequest()  # type: ignore[attr-defined]
    signal.signal(signal.SIGALRM, stop)
    signal.signal(signal.SIGPROF, stop)
    signal.alarm(STUCK_AFTER)
    signal.setitimer(signal.ITIMER_PROF, TIMED_OUT_AFTER)
    try:
        reports = runtestprotocol(item, log=False, nextitem=None)
    except (TooSlow, SystemExit, RecursionError):
        return "failed"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    if any(r.failed for r in reports):
        return "failed"
    return "skipped" if any(r.skipped for r in reports) else "passed"
