"""The model of `verify-NAME.json`: what the conformance suite found on one backend, op by op.

A backend is told with its device where that is not the CPU ("torch gpu"), and stands for itself then. What asks no backend is in
a file of its own, as if of a backend "specification".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import comparison, palette
from .source import Fields, Source

PATTERN = "verify-*.json"
SCHEMA = 2
SPECIFICATION = "specification"
OUTCOMES = ("failed", "known", "lacking", "passed")


@dataclass(frozen=True)
class Counts:
    """Tests by outcome; lacking: what the backend declares not to have; known: failed as its own list foretells."""

    passed: int = 0
    failed: int = 0
    lacking: int = 0
    known: int = 0

    @property
    def ended(self) -> int:
        """Tests that came to an end."""
        return self.passed + self.failed + self.lacking + self.known


@dataclass(frozen=True)
class Test:
    """One test that did not simply pass."""

    ident: str
    name: str
    op: str
    family: str
    outcome: str
    reason: str

    @property
    def target(self) -> str:
        """The test as pytest's --pyargs finds it."""
        file, _, name = self.ident.partition("::")
        return f"samegraph.conformance.{file.rpartition('/')[2].removesuffix('.py')}::{name}"


@dataclass(frozen=True)
class OpResult:
    """One op on one backend; worst_ulps is None where no distance was measured."""

    family: str
    counts: Counts
    worst_ulps: float | None
    worst_of: str


@dataclass(frozen=True)
class Suite:
    """The suite on one backend; `error` says why it stopped, `select` which tests it was confined to.

    backend: with its device. framework: its version. options: pytest's, which ask the same backend on the same device.
    """

    file: str
    backend: str
    framework: str
    options: str
    version: str
    tier: str
    select: str
    seconds: float | None
    command: str
    counts: Counts
    families: Mapping[str, Counts]
    ops: Mapping[str, OpResult]
    comparisons: int
    over_budget: tuple[str, ...]
    error: str
    tests: tuple[Test, ...]

    @property
    def complete(self) -> bool:
        """Whether every test of the suite was selected and came to an end."""
        return not self.error and not self.select


@dataclass(frozen=True)
class Verification:
    """The suite on every backend it ran on, what of it asks none, and the backends that were compared but not verified."""

    suites: tuple[Suite, ...]
    specification: Suite | None
    unverified: tuple[str, ...]
    unreadable: tuple[str, ...]

    @property
    def backends(self) -> tuple[str, ...]:
        """All of them, in the order a reader expects."""
        return tuple(sorted([*(s.backend for s in self.suites), *self.unverified], key=palette.backend_order))

    @property
    def all_suites(self) -> tuple[Suite, ...]:
        """Those of the backends, and what asks none."""
        return (*self.suites, *([self.specification] if self.specification else []))

    def suite(self, backend: str) -> Suite | None:
        """The suite on that backend, None where it did not run."""
        return next((s for s in self.suites if s.backend == backend), None)


def read(source: Source) -> Verification | None:
    """Every verify-NAME.json of the directory; None where there is none."""
    files = sorted(path.name for path in source.directory.glob(PATTERN))
    if not files:
        return None
    found: dict[str, Suite] = {}
    unreadable = []
    for file in files:
        suite = _suite(source, file)
        if suite is None:
            unreadable.append(file)
        elif suite.backend in found:
            source.report(
                file, f"is about {suite.backend}, as {found[suite.backend].file} is; it is left out", "foreign"
            )
        else:
            found[suite.backend] = suite
    specification = found.pop(SPECIFICATION, None)
    compared = _compared(source)
    missing = sorted(compared - found.keys(), key=palette.backend_order)
    suites = tuple(sorted(found.values(), key=lambda s: palette.backend_order(s.backend)))
    return Verification(suites, specification, tuple(missing), tuple(unreadable))


def _compared(source: Source) -> set[str]:
    """The backends of the comparison beside it: each of them might have been verified."""
    if not (source.directory / comparison.FILE).exists():
        return set()
    programs = Fields(source.json(comparison.FILE) or {}, source, comparison.FILE).objects("programs")
    columns = [column for program in programs for column in program.objects("columns") if column.text("backend")]
    return {palette.on_device(column.text("backend"), column.text("device")) for column in columns}


def _suite(source: Source, file: str) -> Suite | None:
    raw = source.json(file)
    if raw is None:
        return None
    if not isinstance(raw.get("counts"), dict) or not isinstance(raw.get("tests"), list):
        source.report(file, "is not a result of `samegraph verify` (it has no counts and tests)", "foreign")
        return None
    if raw.get("schema") != SCHEMA:
        source.report(file, f"has schema {raw.get('schema')!r}, this builder reads {SCHEMA}", "foreign")
        return None
    fields = Fields(raw, source, file)
    tests = tuple(_test(item) for item in fields.objects("tests"))
    counted, told = _tallied(tests), _counts(fields.nested("counts"))
    if counted != told:
        fields.complain("counts", f"{_words(told)} are counted, {_words(counted)} are listed; the list is believed")
    ops = fields.nested("ops")
    name, device = fields.text("backend", "unnamed"), fields.text("device", "cpu")
    return Suite(
        file=file,
        backend=palette.on_device(name, device),
        framework=fields.text("version"),
        options=_options(name, device),
        version=fields.text("samegraph"),
        tier=fields.text("tier"),
        select=fields.text("select"),
        seconds=fields.number("seconds"),
        command=fields.text("command"),
        counts=counted,
        families={name: _tallied(own) for name, own in _grouped(tests, "family").items()},
        ops={name: _op(own, ops.nested(name)) for name, own in _grouped(tests, "op").items() if name},
        comparisons=fields.integer("comparisons") or 0,
        over_budget=tuple(str(item) for item in raw.get("over_budget") or () if isinstance(item, str)),
        error=fields.text("error"),
        tests=tuple(test for test in tests if test.outcome != "passed"),
    )


def _options(name: str, device: str) -> str:
    if name == SPECIFICATION:
        return f"--samegraph-only {SPECIFICATION}"
    return f"--samegraph-backend {name}" + (f" --samegraph-device {device}" if device != "cpu" else "")


def _counts(fields: Fields) -> Counts:
    return Counts(**{outcome: max(fields.integer(outcome) or 0, 0) for outcome in OUTCOMES})


def _tallied(tests: Sequence[Test]) -> Counts:
    return Counts(**{outcome: sum(test.outcome == outcome for test in tests) for outcome in OUTCOMES})


def _words(counts: Counts) -> str:
    return ", ".join(f"{getattr(counts, outcome):,} {outcome}" for outcome in reversed(OUTCOMES))


def _grouped(tests: Sequence[Test], by: str) -> dict[str, list[Test]]:
    found: dict[str, list[Test]] = {}
    for test in tests:
        found.setdefault(getattr(test, by), []).append(test)
    return found


def _op(tests: Sequence[Test], fields: Fields) -> OpResult:
    return OpResult(tests[0].family, _tallied(tests), fields.number("worst_ulps"), fields.text("worst_of"))


def _test(fields: Fields) -> Test:
    outcome = fields.text("outcome")
    if outcome not in OUTCOMES:
        fields.complain("outcome", f"{outcome!r} is none of {', '.join(OUTCOMES)}; it counts as failed")
        outcome = "failed"
    return Test(
        fields.text("test"),
        fields.text("name"),
        fields.text("op"),
        fields.text("family"),
        outcome,
        fields.text("reason"),
    )
