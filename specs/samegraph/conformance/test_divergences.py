"""The divergence ledger: what it says of the specification is what every backend answers, by both routes."""

from __future__ import annotations

from typing import Any

import pytest

from samegraph import SPEC_VERSION
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.divergences import asking, checking, ledger, records
from samegraph.divergences.answers import agrees, text
from samegraph.divergences.point import Point
from samegraph.divergences.points import POINTS, SECTION_OF
from samegraph.divergences.records import SPECIFICATION

SAID = [p for p in POINTS if p.spec is not None or p.program is not None]
# Those in which something is differentiated, so that the route to a gradient matters.
SLOPES = [p for p in SAID if p.gradient or SECTION_OF[p.id] == "protocol" or p.id.startswith("minimize-")]
VALUES = [p for p in SAID if p not in SLOPES]


@pytest.fixture(scope="session")
def specification() -> Any:
    (record,) = [r for r in records.all_of()[SPECIFICATION] if r.version == SPEC_VERSION]
    return record.answers


@pytest.mark.parametrize("point", SLOPES, ids=lambda p: p.id)
def test_the_gradient_as_recorded(backend: Backend, route: str, specification: Any, point: Point) -> None:
    check(backend, route, specification, point)


@pytest.mark.parametrize("point", VALUES, ids=lambda p: p.id)
def test_the_value_as_recorded(backend: Backend, specification: Any, point: Point) -> None:
    check(backend, "rules", specification, point)


def check(backend: Backend, route: str, specification: Any, point: Point) -> None:
    if point.op in backend.lacks:
        pytest.skip(f"{backend.name} declares that it lacks {point.op}: {backend.lacks[point.op]}")
    recorded = specification.get(point.id, {"missing": "not on record"})
    got = asking.specified(point, backend, route)
    counted(backend.name)
    if "absent" in recorded or "absent" in got or "missing" in recorded:
        same = recorded.keys() == got.keys()
    else:
        same = agrees(recorded, got) and recorded.get("raises") == got.get("raises")
    assert same, (
        f"{point.asked}\n on record {text(recorded)}\n now       {text(got)}\n"
        "if the specification changed, `samegraph divergences record --framework specification` records it"
    )


def test_the_raw_framework_as_recorded(backend: Backend, request: pytest.FixtureRequest) -> None:
    """Every probe of the backend's framework, and of its companions that are installed, in processes of their own."""
    names = ledger.FAMILIES.get(backend.name, (backend.name,))
    if names[0] not in asking.frameworks():
        pytest.skip(f"nobody wrote probes for {backend.name}")
    verdicts = checking.check(names)
    assert not verdicts[0].missing, verdicts[0].missing
    for verdict in verdicts:
        counted(backend.name, verdict.compared)
        if not verdict.missing:
            assert set(asking.load(verdict.framework).table) <= SECTION_OF.keys(), "a probe that no point asks for"
        request.node.add_report_section("call", "ledger", verdict.sentence)
        # Another version, or another machine, may answer otherwise: `samegraph divergences check` tells what moved.
        same_machine = verdict.against == verdict.version and verdict.machine == records.machine()
        assert not same_machine or not verdict.moved, verdict.sentence + "".join(f"\n {m}" for m in verdict.moved)
