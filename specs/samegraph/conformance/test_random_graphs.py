"""Random graphs of the whole catalogue, on the backend by every route against the reference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase

from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.conformance.disagreements import Counting, columns
from samegraph.conformance.graphs import catalogue
from samegraph.conformance.random_graphs import Disagreement, check

# Graphs a test, of about 20 operations and their gradients: a few seconds a backend. One that compiles takes some ten times
# as long, for every kernel is compiled for every new shape.
_QUICK, _QUICK_COMPILING, _QUICK_COMPILED, _THOROUGH = 40, 6, 2, 20


def test_random_graphs(backend: Backend, compiled: bool, request: Any) -> None:
    """The same values and gradients as the reference, by both routes."""
    counting = [Counting(c) for c in columns([backend], compiled)]
    thorough = request.config.getoption("--samegraph-thorough")
    quick = _QUICK_COMPILED if compiled else _QUICK if backend.compile is None else _QUICK_COMPILING
    phases = (Phase.generate, Phase.shrink) if thorough else (Phase.generate,)
    try:
        graphs, compared = check(counting, catalogue(backend.lacks), quick * _THOROUGH if thorough else quick, phases)
    except Disagreement as error:
        pytest.fail(error.report(), pytrace=False)
    assert graphs >= quick / 4, "too few graphs had values that are finite, not zero and well conditioned"
    counted(backend.name, compared)
