"""Fixtures of the suite: the backend under test, and sessions on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

import samegraph.tf1 as tf
from samegraph.backend import Backend, BackendError, load
from samegraph.conformance.plugin import SUITE
from samegraph.registry import OPS
from samegraph.session import Session

# Drawn inputs an op, at least; and of what is drawn with hypothesis in a test. Every new shape costs a backend that compiles (even one kernel at a time) many times as much.
_DRAWN = 5
_QUICK, _QUICK_COMPILING = 5, 2


def pytest_configure(config: Any) -> None:
    """One hypothesis profile a tier. Draws are derandomised: the same ones on every machine and every day."""
    checks = [
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ]
    drawing = (Phase.explicit, Phase.generate)
    named = config.getoption("--samegraph-backend") or ()
    quick = _QUICK_COMPILING if any(_compiles(n) for n in named) else _QUICK
    for name, examples, phases in (("quick", quick, drawing), ("thorough", 20 * _QUICK, (*drawing, Phase.shrink))):
        settings.register_profile(
            f"samegraph-{name}",
            max_examples=examples,
            phases=phases,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=checks,
        )
    settings.load_profile("samegraph-thorough" if config.getoption("--samegraph-thorough") else "samegraph-quick")


def _compiles(name: str) -> bool:
    try:
        return load(name).compile is not None
    except BackendError:  # told where the tests are collected
        return False


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """The tests of an op one after another, on every backend: its inputs and the reference's answers are made once.

    Tests that no backend here is meant for (pytest collects one without parameters) are dropped.
    """
    items[:] = [item for item in items if "NOTSET" not in item.name]
    of_ops = [(i, item) for i, item in enumerate(items) if _op(item) is not None]
    order = list(OPS)
    together = sorted(
        (item for _, item in of_ops), key=lambda item: (item.module.__name__, order.index(_op(item).name))
    )
    for (i, _), item in zip(of_ops, together, strict=True):
        items[i] = item


def _op(item: Any) -> Any:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return params.get("op") if item.module.__name__.startswith(SUITE) else None


@pytest.fixture(scope="session")
def count(request: Any) -> int:
    """Drawn inputs an op."""
    return 20 * _DRAWN if request.config.getoption("--samegraph-thorough") else _DRAWN


@pytest.fixture(scope="session")
def backend(request: Any) -> Backend:
    return load(request.param)


@pytest.fixture(scope="session")
def uncompiled(backend: Backend) -> Backend:
    """The same kernels, called one by one: nothing is compiled for each drawn shape."""
    return replace(backend, compile=None, ok_all=None, barrier=None)


@pytest.fixture(autouse=True)
def graph() -> Any:
    """A graph of its own for every test."""
    with tf.Graph().as_default() as g:
        yield g


@pytest.fixture
def session(backend: Backend, route: str, graph: Any) -> Callable[..., Session]:
    """Makes sessions on the backend and gradient route under test, on the test's graph."""

    def make(**options: Any) -> Session:
        return Session(graph=tf.get_default_graph(), backend=backend, gradients=route, **options)

    return make
