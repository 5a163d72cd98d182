"""A race: candidates of several backends are made, warmed up and timed in turn; what fails is left out and remembered."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from samegraph.backend import BackendError
from samegraph.backend import load as load_backend

from . import journal, machine
from .timing import Clock, Plan, Timing, take_turns, warmed_up

SESSION, IDIOM, NATIVE, RULES = "tf1-session", "idiom", "native", "rules"
"""Columns: tf.compat.v1's own session; written by hand in the framework; samegraph by either gradient route."""
BACKENDS = ("numpy", "tensorflow", "torch", "jax")
NO_BACKEND = "samegraph"
"""Stands for a backend where a graph is only built."""

Key = tuple[str, str]
"""A backend and a column."""


class NotHere(Exception):
    """This candidate does not exist on this machine; the message says why."""


class Candidate(Protocol):
    """What is timed, for as many steps as it is called for; the call returns when they are done."""

    def __call__(self, count: int) -> object: ...

    def check(self) -> None:
        """Raises AssertionError where what was timed computed something else than it should."""

    def close(self) -> None:
        """Gives back what is held."""

    def facts(self) -> dict[str, Any]:
        """What the entry says beside times."""


@dataclass
class Work:
    """A candidate made of functions. answer: from one step; `right` looks at the last one."""

    step: Callable[[], Any]
    right: Callable[[Any], None] = lambda answer: None
    close: Callable[[], None] = lambda: None
    known: dict[str, Any] = field(default_factory=dict)
    answer: Any = None

    def __call__(self, count: int) -> None:
        step, answer = self.step, None
        for _ in range(count):
            answer = step()
        self.answer = answer

    def check(self) -> None:
        self.right(self.answer)

    def facts(self) -> dict[str, Any]:
        return self.known


@dataclass(frozen=True)
class Measured:
    """A candidate's times, and what else is known about it."""

    timing: Timing
    facts: Mapping[str, Any]


Outcomes = Mapping[Key, Measured | Exception]


def missing(backend: str, device: str) -> str:
    """Why this backend cannot be timed on that device here, empty when it can."""
    if backend == NO_BACKEND:
        return ""
    if why := journal.left_out(backend):
        return f"{backend} {why}"
    journal.tell(backend, "being imported")
    try:
        present = load_backend(backend).devices()
    except BackendError as error:
        return str(error)
    finally:
        journal.tell("", "between turns")
    if device in present:
        return ""
    if backend == "numpy":
        return "NumPy computes on the CPU only"
    return f"{backend} finds no {device.upper()} on this machine; present: {', '.join(present)}"


def load(backends: Iterable[str], device: str, threads: int) -> None:
    """Imports the frameworks, before any of them computes, and tells them how many threads to use."""
    for backend in dict.fromkeys(backends):
        missing(backend, device)
    machine.settle_threads(threads)


def race(
    makers: Mapping[Key, Callable[[], Candidate]],
    plan: Plan,
    device: str,
    threads: int,
    multiple: int = 1,
    clock: Clock = time.perf_counter,
) -> dict[Key, Measured | Exception]:
    """What became of every candidate. Those that cannot be made, fail in a step or compute the wrong thing are exceptions."""
    load((backend for backend, _ in makers), device, threads)
    made: dict[str, Candidate] = {}
    found: dict[str, Timing] = {}
    failed: dict[str, Exception] = {}
    memory: dict[str, dict[str, Any]] = {}
    for key, make in makers.items():
        _warm(key, make, plan, device, multiple, clock, made, found, failed, memory)
    backends = {_name(key): key[0] for key in makers}
    take_turns(made, found, failed, plan, clock, lambda name: journal.tell(backends[name], f"a step of {name}"))
    outcomes: dict[Key, Measured | Exception] = {}
    for key in makers:
        name = _name(key)
        journal.tell(key[0], f"the check of {name}")
        if name in found:
            try:
                made[name].check()
                outcomes[key] = Measured(found[name], {**memory[name], **made[name].facts()})
            except Exception as error:
                failed[name] = error
        if name in failed:
            outcomes[key] = failed[name]
        if name in made:
            made.pop(name).close()
    journal.tell("", "between races")
    return outcomes


def _name(key: Key) -> str:
    return f"{key[0]} {key[1]}"


def _warm(
    key: Key,
    make: Callable[[], Candidate],
    plan: Plan,
    device: str,
    multiple: int,
    clock: Clock,
    made: dict[str, Candidate],
    found: dict[str, Timing],
    failed: dict[str, Exception],
    memory: dict[str, dict[str, Any]],
) -> None:
    name = _name(key)
    why = missing(key[0], device)
    if why:
        failed[name] = NotHere(why)
        return
    journal.tell(key[0], f"the making of {name}")
    before = machine.watch_memory(key[0], device)
    try:
        made[name] = make()
        journal.tell(key[0], f"the warming up of {name}")
        found[name] = warmed_up(made[name], plan, multiple, clock)
    except ImportError as error:
        failed[name] = NotHere(f"the hand-written program needs a package that is not installed: {error}")
    except Exception as error:
        failed[name] = error
    memory[name] = machine.memory_since(before, key[0], device)
