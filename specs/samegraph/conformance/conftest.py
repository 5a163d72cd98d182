"""Fixtures of the suite: the backend under test, and sessions on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

import samegraph.tf1 as tf
from samegraph.backend import Backend, BackendError, load
from samegraph.conformance.batches import DRAWN
from samegraph.conformance.expectations import expectations_of
from samegraph.conformance.plugin import BACKEND, SUITE
from samegraph.errors import UnimplementedError
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.session import Session

# Cases of what is drawn with hypothesis in a test. Every new shape costs a backend that compiles (even one kernel at a time) many times as much.
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


@pytest.hookimpl(hookwrapper=True)
def pytest_collection_modifyitems(items: list[Any], config: Any) -> Any:
    """The tests of an op one after another, of whatever module: its inputs and the reference's answers are made once.

    They are put together after pytest has grouped the tests by their backends and routes. What the backends' data files
    name is looked up before tests are deselected. Tests that no backend here is meant for (pytest collects one without
    parameters) are dropped, and those in a dtype that the backend does not claim: a skip is always a lack that the backend
    declares.
    """
    items[:] = [item for item in items if "NOTSET" not in item.name and _has_its_dtype(item)]
    if config.getoption("--samegraph-only") == BACKEND:
        items[:] = [item for item in items if _backend_name(item) or not _of_the_suite(item)]
    _expect(items)
    yield
    of_ops = [(i, item) for i, item in enumerate(items) if _op(item) is not None]
    order = {name: i for i, name in enumerate(OPS)}
    together = sorted(
        (item for _, item in of_ops), key=lambda item: (order.get(_op(item).name, -1), item.module.__name__)
    )
    for (i, _), item in zip(of_ops, together, strict=True):
        items[i] = item


def _expect(items: list[Any]) -> None:
    """Marks what the backends' data files name; a row that names no test there is an error."""
    names = {item.name.split("[")[0] for item in items}
    of_backend: dict[str, dict[str, Any]] = {}
    for item in items:
        name = _backend_name(item)
        if name is not None:
            of_backend.setdefault(name, {})[item.name.replace(f"[{name}]", "").replace(f"[{name}-", "[")] = item
    for name, tests in of_backend.items():
        said = expectations_of(load(name))
        for rows, mark in ((said.skips, pytest.mark.skip), (said.xfails, partial(pytest.mark.xfail, strict=True))):
            for row in rows:
                if row.test in tests:
                    tests[row.test].add_marker(mark(reason=str(row)))
                elif row.test and row.test.split("[")[0] in names:
                    raise pytest.UsageError(f"{load(name).conformance}: there is no test {row.test!r}")


def _has_its_dtype(item: Any) -> bool:
    name = _backend_name(item)
    if name is None:
        return True
    only = item.get_closest_marker("samegraph_dtype")
    dtype = only.args[0] if only else item.callspec.params.get("dtype")
    return dtype is None or dtype in load(name).dtypes


def _backend_name(item: Any) -> str | None:
    """The backend a test of the suite is for."""
    return item.callspec.params.get("backend") if hasattr(item, "callspec") and _of_the_suite(item) else None


def _of_the_suite(item: Any) -> bool:
    return bool(item.module.__name__.startswith(SUITE))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: Any) -> Any:
    """A test that needs an op which the backend declares to lack is skipped, with the backend's reason."""
    outcome = yield
    error = outcome.excinfo[1] if outcome.excinfo else None
    seen = [error, error.__cause__, error.__context__] if error is not None else []
    lacking = next((e for e in seen if isinstance(e, UnimplementedError) and e.op is not None), None)
    name = _backend_name(item)
    if lacking is not None and name is not None and getattr(lacking.op, "kernel", None) in load(name).lacks:
        kernel = lacking.op.kernel
        try:
            pytest.skip(f"{name} lacks {kernel}: {load(name).lacks[kernel]}")
        except BaseException as skipped:
            outcome.force_exception(skipped)


_skipped: dict[str, set[str]] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: Any) -> Any:
    outcome = yield
    report, name = outcome.get_result(), _backend_name(item)
    if name is not None and report.skipped and not hasattr(report, "wasxfail"):
        _skipped.setdefault(name, set()).add(item.nodeid)


def over_budget() -> list[str]:
    """Sentences on the backends that skipped more tests than they allow themselves."""
    found = []
    for name, tests in sorted(_skipped.items()):
        budget = expectations_of(load(name)).skip_budget
        if budget is not None and len(tests) > budget:
            found.append(f"{name}: {len(tests)} tests skipped, its skip budget is {budget}")
    return found


def pytest_sessionfinish(session: Any) -> None:
    if over_budget() and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for sentence in over_budget():
        terminalreporter.write_line(f"samegraph: {sentence}", red=True)


def _op(item: Any) -> Any:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    found = params.get("op")
    return found if isinstance(found, Op) else None


@pytest.fixture(scope="session")
def count(request: Any) -> int:
    """Drawn inputs an op."""
    return 20 * DRAWN if request.config.getoption("--samegraph-thorough") else DRAWN


@pytest.fixture(scope="session")
def device(request: Any) -> str:
    """Where the backend under test computes."""
    return str(request.config.getoption("--samegraph-device"))


@pytest.fixture(scope="session")
def backend(request: Any, device: str) -> Backend:
    """The backend under test: its sessions are on the device asked for, unless they say otherwise."""
    whole = load(request.param)
    devices = whole.devices()
    if device == devices[0]:
        return whole
    return replace(whole, devices=lambda: [device, *(d for d in devices if d != device)])


@pytest.fixture(scope="session")
def uncompiled(backend: Backend) -> Backend:
    """The same kernels, called one by one: nothing is compiled for each drawn shape."""
    return replace(backend, compile=None, ok_all=None, barrier=None)


@pytest.fixture(scope="session")
def unspelled(backend: Backend) -> Backend:
    """Its kernels themselves, where the source of a step has something leaner in their place."""
    return replace(backend, spelled={}, shared={}, order_rows=None)


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
