"""What a backend's data file says of its own results: tests to skip, tests known to fail, and how many skips it allows itself.

The file is JSON, named by `Backend.conformance`:

    {"skip_budget": 1,
     "skips":  [{"test": "test_gradients[conv2d]", "reason": "...", "versions": ">=2.19", "since": "0.1", "link": "..."},
                {"op": "cumprod", "inputs": "empty", "reason": "...", "versions": "", "since": "0.1", "link": ""}],
     "xfails": [{"test": "test_second_order[norm]", "reason": "...", "versions": "<2.22", "since": "0.1", "link": "..."}]}

test: a test's name without the backend's. op and inputs: of one op, the inputs of that kind ("empty", "0-d") are not tried,
in any test. versions: of the framework, to which the row applies (PEP 440; empty: all). since: the version of the
specification from which on. link: the framework's issue, if there is one. xfails are strict: a pass is a failure.
skip_budget: the most tests that may be skipped, for whatever reason, lacks included.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from samegraph.backend import Backend, BackendError

_KEYS = {"reason", "versions", "since", "link"}


@dataclass(frozen=True)
class Row:
    """One skip or strict xfail: of a test, or (with `op`) of a kind of inputs."""

    reason: str
    versions: str
    since: str
    link: str
    test: str = ""
    op: str = ""
    inputs: str = ""

    def __str__(self) -> str:
        details = [f"{self.versions} of the framework" if self.versions else "", f"since {self.since}", self.link]
        return f"{self.reason} ({', '.join(d for d in details if d)})"


@dataclass(frozen=True)
class Expectations:
    """The rows that apply to the installed version. skip_budget: None where the backend has no file."""

    skip_budget: int | None
    skips: tuple[Row, ...] = ()
    xfails: tuple[Row, ...] = ()

    def untried(self, op: str) -> frozenset[str]:
        """The kinds of inputs that `op` is not tried on."""
        return frozenset(row.inputs for row in self.skips if row.op == op)


def expectations_of(backend: Backend) -> Expectations:
    """What the backend's file says; BackendError when it is not such a file."""
    return _read(backend.name, backend.conformance, backend.version) if backend.conformance else Expectations(None)


@cache
def _read(name: str, path: str, version: str) -> Expectations:
    try:
        held = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(held, dict) or set(held) != {"skip_budget", "skips", "xfails"}:
            raise ValueError("it holds skip_budget, skips and xfails, no more and no less")
        if type(held["skip_budget"]) is not int or held["skip_budget"] < 0:
            raise ValueError(f"skip_budget is a number of tests, not {held['skip_budget']!r}")
        skips, xfails = ([_row(given) for given in held[kind]] for kind in ("skips", "xfails"))
        if any(row.op for row in xfails):
            raise ValueError("an xfail names a test, not inputs")
        rows = [tuple(r for r in kind if _applies(r, version)) for kind in (skips, xfails)]
    except (OSError, ValueError, TypeError, InvalidSpecifier) as error:
        raise BackendError(f"backend {name!r}: {path}: {error}") from error
    return Expectations(held["skip_budget"], *rows)


def _row(given: dict[str, str]) -> Row:
    what = set(given) - _KEYS
    if not set(given) >= _KEYS or what not in ({"test"}, {"op", "inputs"}):
        raise ValueError(f"a row has {', '.join(sorted(_KEYS))}, and test or op and inputs; got {given}")
    if not given["reason"] or not given["since"] or not all(isinstance(v, str) for v in given.values()):
        raise ValueError(f"a row gives its reason and since when, as text; got {given}")
    return Row(**given)


def _applies(row: Row, version: str) -> bool:
    return not row.versions or SpecifierSet(row.versions).contains(version, prereleases=True)
