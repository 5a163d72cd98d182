"""Op by op: what the conformance suite found on each backend, by family, down to a test that repeats a failure."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from .. import verification
from ..blocks import Block, Cell, Change, Claim, Code, Details, Head, NotRun, Paragraph, Part, Strong, Table
from ..quantities import ABSENT, count, plain, seconds
from ..section import Section
from ..source import as_number, slug
from ..verification import SPECIFICATION, Counts, OpResult, Suite, Test, Verification

_TITLE, _ANCHOR = "Op by op", "suite"
_MOST_FAILURES = 200  # shown; all are in the files
_LONGEST = 900  # characters of a reason
_MOST_REASONS = 40  # a suite's that tests were left out for; all are in the files
_MOST_NAMES = 3
_INSTEAD = "the rule was held by differences, not by the complex step. "
_READING = (
    "Each family of ops, and each further part of the suite, on each backend: how many tests pass, and how many do not. ",
    Strong("Lacking"),
    ": the backend declares that it has no such op, dtype or route, so nothing was tested. ",
    Strong("Known"),
    ": fails, as the backend's own list foretells. A cell leads to its ops with their worst errors, an op that fails to "
    "the test that repeats it. What asks no backend, but holds the specification to itself, is told apart, in the first table. "
    "Errors are in units in the last place of the dtype that was tested.",
)


def render(found: Verification | None) -> Part:
    """The part of the page that shows the suite's results."""
    if found is None or not found.all_suites:
        return _nothing(found)
    repeat: tuple[Block, ...] = tuple(
        Paragraph((f"{suite.backend}: ", Code(suite.command)), quiet=True)
        for suite in found.all_suites
        if suite.command
    )
    body = [
        Paragraph(_READING),
        _matrix(found),
        *_failures(found),
        *(_family(found, family) for family in _op_families(found)),
        *_untested(found),
        *([Details("The commands that repeat these", repeat)] if repeat else []),
    ]
    return Part(
        _TITLE,
        _ANCHOR,
        claims=_claims(found),
        first=(_by_backend(found),),
        body=tuple(body),
        not_run=tuple(_not_run(found)),
        summary=_summary(found),
    )


def _nothing(found: Verification | None) -> Part:
    files = ", ".join(found.unreadable) if found else ""
    told = f"The conformance suite: no result could be read ({files})" if files else "The conformance suite was not run"
    text = Paragraph(
        (Strong(f"{told}: "), "nothing is known about single ops. ", Code("samegraph verify NAME"), " runs it.")
    )
    missing = NotRun("conformance suite", "every backend", "no verify-NAME.json beside the results")
    return Part(_TITLE, _ANCHOR, first=(text,), body=(text,), not_run=(missing,))


# What it comes to ---------------------------------------------------------------------------------------------------------


def _claims(found: Verification) -> tuple[Claim, ...]:
    failing = [s for s in found.all_suites if s.counts.failed or s.over_budget]
    stopped = [s for s in found.all_suites if s.error]
    idle = [s for s in found.suites if not s.error and not s.counts.passed]
    claims = [Claim("bad", _stopped(s), _first_line(s.error)) for s in stopped]
    if failing:
        told = ", ".join(f"{s.backend} {s.counts.failed:,}" for s in failing)
        total = sum(s.counts.failed for s in failing)
        sentences = " ".join(dict.fromkeys(f"{s.backend}: {text}." for s in failing for text in s.over_budget))
        claims.append(
            Claim("bad", f"{count(total, 'test')} of the conformance suite {_verb(total)} ({told})", sentences)
        )
    claims += [Claim("warn", f"{s.backend} passes no test of the conformance suite: it lacks all") for s in idle]
    good = [s for s in found.suites if s not in (*failing, *stopped, *idle)]
    if good:
        claims.append(_passing(found, good))
    return tuple(claims)


def _verb(number: int) -> str:
    return "fails" if number == 1 else "fail"


def _passing(found: Verification, good: Sequence[Suite]) -> Claim:
    """The sentence about the backends on which nothing fails; partial runs and missing backends make it a warning."""
    total = sum(s.counts.passed for s in good)
    text = f"No test of the conformance suite fails on {_listed([s.backend for s in good])}: {total:,} pass"
    partial = [s.backend for s in good if s.select]
    text += f"; only selected tests ran on {_listed(partial)}" if partial else ""
    text += f"; not run on {_listed(found.unverified)}" if found.unverified else ""
    lacking, known = (sum(getattr(s.counts, name) for s in good) for name in ("lacking", "known"))
    extra = [
        f"{lacking:,} lacking",
        f"{known:,} known to fail",
        f"{sum(s.comparisons for s in good):,} numbers compared",
    ]
    own = found.specification
    if own is not None and not own.error and not own.counts.failed:
        extra.append(f"the specification holds against itself, by {own.counts.passed:,} tests more")
    worst = max(
        ((o.worst_ulps, op, s) for s in good for op, o in s.ops.items() if o.worst_ulps is not None),
        default=None,
        key=lambda w: w[0],
    )
    if worst is not None:
        extra.append(f"farthest from its reference: {worst[1]} on {worst[2].backend}, {plain(worst[0])} ulps")
    return Claim("warn" if partial or found.unverified else "good", text, "; ".join(extra) + ".")


def _stopped(suite: Suite) -> str:
    if not suite.counts.ended:
        return f"The conformance suite could not run on {suite.backend}"
    return f"The conformance suite stopped half-way on {suite.backend}, after {count(suite.counts.ended, 'test')}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]


def _by_backend(found: Verification) -> Table:
    rows = []
    sides = [(backend, found.suite(backend)) for backend in found.backends]
    if found.specification is not None:
        sides.append((f"{SPECIFICATION} (asks no backend)", found.specification))
    for backend, suite in sides:
        if suite is None:
            empty = Cell(ABSENT, math.nan)
            rows.append((Cell(backend), Cell("○ not run", status="none"), *[empty] * 4, Cell(ABSENT), empty))
            continue
        counts = suite.counts
        numbers = (Cell(f"{n:,}", float(n)) for n in (counts.passed, counts.lacking, counts.known, counts.failed))
        worst = max(((o.worst_ulps, op) for op, o in suite.ops.items() if o.worst_ulps is not None), default=None)
        far = (
            Cell(ABSENT)
            if worst is None
            else Cell(f"{plain(worst[0])} ulps", note=worst[1], anchor=_op_anchor(worst[1]))
        )
        took = Cell(seconds(suite.seconds), math.nan if suite.seconds is None else suite.seconds)
        rows.append((Cell(backend, note=_extent(suite)), _verdict(suite), *numbers, far, took))
    heads = (
        Head("Backend"),
        Head("Verdict"),
        *(Head(text, numeric=True) for text in ("Passed", "Lacking", "Known to fail", "Failed")),
        Head("Worst error"),
        Head("Took", numeric=True),
    )
    return Table("The conformance suite on each backend", heads, tuple(rows))


def _extent(suite: Suite) -> str:
    extent = f"only tests matching {suite.select}" if suite.select else f"{suite.tier} tier" if suite.tier else ""
    return ", ".join(part for part in (suite.framework, extent) if part)


def _verdict(suite: Suite) -> Cell:
    if suite.error:
        return Cell(
            "? stopped" if suite.counts.ended else "✗ could not run", status="bad", note=_first_line(suite.error)[:120]
        )
    if suite.counts.failed or suite.over_budget:
        return Cell("✗ fails", status="bad")
    if not suite.counts.passed:
        return Cell("○ lacks all", status="none")
    return Cell("! partial", status="warn") if suite.select else Cell("✓ passes", status="good")


# The matrix ---------------------------------------------------------------------------------------------------------------


def _op_families(found: Verification) -> list[str]:
    return sorted({result.family for suite in found.suites for result in suite.ops.values()})


def _families(found: Verification) -> list[str]:
    """The families of ops first, then the other parts of the suite."""
    ops = _op_families(found)
    return [*ops, *sorted({name for suite in found.suites for name in suite.families} - set(ops))]


def _matrix(found: Verification) -> Table:
    with_ops = set(_op_families(found))
    rows = []
    for family in _families(found):
        anchor = _family_anchor(family) if family in with_ops else ""
        ops = {op for suite in found.suites for op, result in suite.ops.items() if result.family == family}
        note = count(len(ops), "op") if ops else "part of the suite"
        cells = (_matrix_cell(found, backend, family, anchor or _ANCHOR) for backend in found.backends)
        rows.append((Cell(family.replace("_", " "), note=note, anchor=anchor), *cells))
    heads = (Head("Family"), *(Head(backend) for backend in found.backends))
    return Table("Op families and parts of the suite, by backend", heads, tuple(rows), style="matrix", sortable=False)


def _matrix_cell(found: Verification, backend: str, family: str, anchor: str) -> Cell:
    suite = found.suite(backend)
    if suite is None:
        return Cell("○ not run", status="none", anchor="not-run")
    counts = suite.families.get(family, Counts())
    if counts.failed:
        where = next((t for t in suite.tests if t.outcome == "failed" and t.family == family), None)
        return Cell(
            f"✗ {counts.failed:,} failed",
            status="bad",
            note=_noted(counts),
            anchor=_failure_anchor(suite, where) or anchor,
        )
    if suite.error:
        return Cell("? stopped", status="bad", note=f"{counts.passed:,} passed before", anchor="not-run")
    if not counts.ended:
        return (
            Cell("○ not selected", status="none", anchor="not-run")
            if suite.select
            else Cell("", status="absent", note="no such test")
        )
    if not counts.passed:
        return Cell("○ lacking", status="none", note=f"all {counts.ended:,}", anchor=anchor)
    return Cell(f"✓ {counts.passed:,}", status="warn" if counts.known else "good", note=_noted(counts), anchor=anchor)


def _noted(counts: Counts) -> str:
    parts = [f"{counts.passed:,} passed" if counts.failed else ""]
    parts += [f"{number:,} {word}" for number, word in ((counts.lacking, "lacking"), (counts.known, "known")) if number]
    return ", ".join(part for part in parts if part)


# One family, op by op -----------------------------------------------------------------------------------------------------


def _family_anchor(family: str) -> str:
    return f"family-{slug(family)}"


def _op_anchor(op: str) -> str:
    return f"op-{slug(op)}"


def _family(found: Verification, family: str) -> Details:
    ops = sorted({op for suite in found.suites for op, result in suite.ops.items() if result.family == family})
    suites = [found.suite(backend) for backend in found.backends]
    rows = tuple(
        (_op_head(op), *(_op_cell(backend, suite, op) for backend, suite in zip(found.backends, suites))) for op in ops
    )
    heads = (
        Head("Op, and what runs its tests"),
        *(Head(f"{backend}: worst ulps", numeric=True) for backend in found.backends),
    )
    table = Table(f"Ops of the family {family.replace('_', ' ')}", heads, rows, filterable=len(rows) > 8)
    return Details(f"{family.replace('_', ' ')}: {count(len(ops), 'op')}", (table,), anchor=_family_anchor(family))


def _op_head(op: str) -> Cell:
    return Cell(op, code=True, ident=_op_anchor(op), note=f"samegraph verify NAME -k {shlex.quote(op)}")


def _op_cell(backend: str, suite: Suite | None, op: str) -> Cell:
    if suite is None:
        return Cell("not run", math.nan)
    result = suite.ops.get(op)
    if result is None:
        return Cell("stopped before" if suite.error else "not selected" if suite.select else ABSENT, math.nan)
    counts = result.counts
    if counts.failed:
        first = next((t for t in suite.tests if t.outcome == "failed" and t.op == op), None)
        return Cell(f"✗ {counts.failed:,} failed", math.inf, note=_noted(counts), anchor=_failure_anchor(suite, first))
    if not counts.passed:
        return Cell("lacking", math.nan, note=f"all {counts.ended:,} tests")
    return _distance_cell(result)


def _distance_cell(result: OpResult) -> Cell:
    note = "; ".join(
        part for part in (f"{result.counts.passed:,} passed", _noted(result.counts), result.worst_of) if part
    )
    if result.worst_ulps is None:
        return Cell("✓", 0.0, note=f"{note}; no distance measured")
    return Cell(f"✓ {plain(result.worst_ulps)}", result.worst_ulps, note=note)


# Tests that did not pass --------------------------------------------------------------------------------------------------


def _failure_anchor(suite: Suite, test: Test | None) -> str:
    return "" if test is None else f"failed-{slug(suite.backend)}-{slug(test.family)}-{slug(test.op or test.name)}"


def _failures(found: Verification) -> list[Block]:
    failed = [(suite, test) for suite in found.all_suites for test in suite.tests if test.outcome == "failed"]
    if not failed:
        return []
    rows, seen = [], set()
    for suite, test in failed[:_MOST_FAILURES]:
        anchor = _failure_anchor(suite, test)
        ident = "" if anchor in seen else anchor
        seen.add(anchor)
        command = f"pytest --pyargs {shlex.quote(test.target)} {suite.options}"
        rows.append(
            (
                Cell(test.op or test.family, code=bool(test.op), note=test.name, ident=ident),
                Cell(suite.backend),
                Cell(test.reason[:_LONGEST] or "no reason was recorded", code=True),
                Cell(command, code=True),
            )
        )
    heads = tuple(Head(text) for text in ("Op", "Backend", "What was said", "Repeats it"))
    tags = tuple({"Backend": (suite.backend,), "Family": (test.family,)} for suite, test in failed[:_MOST_FAILURES])
    more = f" (the first {_MOST_FAILURES} of {len(failed):,})" if len(failed) > _MOST_FAILURES else ""
    return [Table(f"Tests that fail{more}", heads, tuple(rows), filterable=True, tags=tags)]


def _untested(found: Verification) -> list[Block]:
    """What is lacking or known to fail, a line a reason."""
    groups: dict[tuple[str, str, str], list[Test]] = {}
    for suite in found.all_suites:
        for test in suite.tests:
            if test.outcome in ("lacking", "known"):
                groups.setdefault((test.outcome, suite.backend, test.reason[:_LONGEST]), []).append(test)
    if not groups:
        return []
    rows, tags = [], []
    for (outcome, backend, reason), tests in groups.items():
        what = ", ".join(dict.fromkeys(test.op or test.family for test in tests))
        rows.append(
            (
                Cell(reason or "no reason was recorded"),
                Cell(backend),
                Cell(outcome),
                Cell(f"{len(tests):,}", float(len(tests))),
                Cell(what[:200] + ("…" if len(what) > 200 else "")),
            )
        )
        tags.append({"Backend": (backend,), "Outcome": (outcome,)})
    heads = (Head("Reason"), Head("Backend"), Head("Outcome"), Head("Tests", numeric=True), Head("Of"))
    table = Table("What is lacking, and what is known to fail", heads, tuple(rows), filterable=True, tags=tuple(tags))
    return [Details(f"Lacking and known: {count(len(rows), 'reason')}", (table,))]


def _not_run(found: Verification) -> list[NotRun]:
    what = "conformance suite"
    missing = [
        NotRun(what, backend, f"no verify-{backend.replace(' ', '-')}.json beside the results")
        for backend in found.unverified
    ]
    missing += [NotRun(what, file, "the file could not be read") for file in found.unreadable]
    if found.specification is None:
        missing.append(NotRun(f"{what}: what asks no backend", SPECIFICATION, "samegraph verify specification runs it"))
    for suite in found.all_suites:
        if suite.error:
            missing.append(
                NotRun(
                    f"{what}: the tests after {count(suite.counts.ended, 'test')}",
                    suite.backend,
                    _first_line(suite.error),
                )
            )
        if suite.select:
            missing.append(NotRun(f"{what}: tests that do not match {suite.select}", suite.backend, "not selected"))
        instead = _INSTEAD if suite is found.specification else ""
        missing += [NotRun(f"{what}: {tests}", suite.backend, instead + why) for tests, why in _left_out(suite)]
    return missing


def _left_out(suite: Suite) -> list[tuple[str, str]]:
    """The tests that did not run, by name where there are few, and why; those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for test in suite.tests:
        if test.outcome == "lacking":
            by_reason.setdefault(_first_line(test.reason) or "no reason was recorded", []).append(test.name)
    told = [(_together(names), why) for why, names in list(by_reason.items())[:_MOST_REASONS]]
    more = sum(len(names) for names in list(by_reason.values())[_MOST_REASONS:])
    more += suite.counts.lacking - sum(len(names) for names in by_reason.values())
    return told + ([(count(more, "test"), f"{suite.file} has each reason")] if more > 0 else [])


def _together(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= _MOST_NAMES else f"{count(len(names), 'test')}, {names[0]} the first"


# Between two reports ------------------------------------------------------------------------------------------------------


def _summary(found: Verification) -> dict[str, Any]:
    return {
        "backends": {suite.backend: _suite_summary(suite) for suite in found.all_suites},
        "not_run": list(found.unverified),
    }


def _suite_summary(suite: Suite) -> dict[str, Any]:
    return {
        "tier": suite.tier,
        "select": suite.select,
        "command": suite.command,
        "error": _first_line(suite.error),
        "counts": vars(suite.counts),
        "comparisons": suite.comparisons,
        "families": {name: vars(counts) for name, counts in suite.families.items()},
        "worst_ulps": {op: result.worst_ulps for op, result in suite.ops.items() if result.worst_ulps is not None},
    }


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Families in which more or fewer tests fail, backends that came, went or stopped, and the sums that moved."""
    new, old = (side.get("backends") or {} for side in (now, before))
    if not new or not old:
        return []
    found = []
    for backend in dict.fromkeys([*old, *new]):
        name = f"conformance suite on {backend}"
        if backend not in new or backend not in old:
            sides = (_told(old.get(backend)), _told(new.get(backend)))
            found.append(Change("gone" if backend not in new else "new", name, *sides))
        else:
            found += _moved(name, new[backend], old[backend])
    return found


def _told(side: Mapping[str, Any] | None) -> str:
    if side is None:
        return ABSENT
    counts = side.get("counts") or {}
    parts = ", ".join(f"{counts.get(outcome) or 0:,} {outcome}" for outcome in ("passed", "lacking", "known", "failed"))
    return f"{parts}; stopped: {side['error']}" if side.get("error") else parts


def _moved(name: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> list[Change]:
    if bool(new.get("error")) != bool(old.get("error")):
        return [Change("worse" if new.get("error") else "better", name, _told(old), _told(new))]
    found = []
    families = [side.get("families") or {} for side in (new, old)]
    for family in dict.fromkeys([*families[1], *families[0]]):
        after, was = (as_number((side.get(family) or {}).get("failed")) or 0 for side in families)
        if after != was:
            status = "worse" if after > was else "better"
            found.append(Change(status, f"{name}: {family}", f"{was:g} failed", f"{after:g} failed"))
    if not found and _told(new) != _told(old):
        found.append(Change("note", name, _told(old), _told(new)))
    return found


SECTION = Section("verify", verification.read, render, changes)
