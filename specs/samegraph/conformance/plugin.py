"""The suite's pytest options; imports nothing heavy, for pytest loads it wherever samegraph is installed."""

from __future__ import annotations

import gc
from typing import Any

SUITE = "samegraph.conformance"
BACKEND, SPECIFICATION = "backend", "specification"


def pytest_addoption(parser: Any) -> None:
    group = parser.getgroup("samegraph")
    group.addoption(
        "--samegraph-backend",
        action="append",
        default=None,
        metavar="NAME",
        help="backend that samegraph's conformance suite tests; repeatable; default: every one whose framework is installed",
    )
    group.addoption(
        "--samegraph-device",
        default="cpu",
        metavar="DEVICE",
        help="where the backend under test computes, as a session's `device` (default: cpu)",
    )
    group.addoption(
        "--samegraph-thorough",
        action="store_true",
        help="draw 20 times more inputs an op (the thorough tier)",
    )
    group.addoption(
        "--samegraph-only",
        choices=(BACKEND, SPECIFICATION),
        default=None,
        help="of the suite only the tests that ask a backend, or only those that hold the specification to itself and ask none",
    )


def _backends(config: Any) -> list[str]:
    """The backends to test: those named, which must load, else those that can be imported; none of the specification alone."""
    from samegraph.backend import BackendError, available, load

    if config.getoption("--samegraph-only") == SPECIFICATION:
        return []
    named = config.getoption("--samegraph-backend")
    if named:
        for name in named:
            _require(load(name), config.getoption("--samegraph-device"))
        return list(named)
    found = []
    for name in available():
        try:
            _require(load(name), config.getoption("--samegraph-device"))
        except BackendError:
            continue
        found.append(name)
    return found


def _require(backend: Any, device: str) -> None:
    from samegraph.backend import BackendError

    devices = backend.devices()
    if device not in devices:
        raise BackendError(f"backend {backend.name!r} finds no {device} on this machine; present: {', '.join(devices)}")


def _routes(name: str) -> list[str]:
    """Ways to a gradient on a backend: the rules, and its own autodiff where it has one."""
    from samegraph.backend import load

    return ["rules", "native"] if load(name).value_and_vjp is not None else ["rules"]


def _with_and_without_compiling(metafunc: Any) -> None:
    """By backend, and route where the test asks for it: as it is without compiling, and where it compiles, with that too."""
    from samegraph.backend import load

    routed = "route" in metafunc.fixturenames
    names = ("backend", "route", "compiled") if routed else ("backend", "compiled")
    rows = [
        (name, *((route,) if routed else ()), compiled)
        for name in _backends(metafunc.config)
        for route in (_routes(name) if routed else ["rules"])
        for compiled in ([False, True] if load(name).compile is not None else [False])
    ]
    ids = ["-".join((*row[:-1], "compiled" if row[-1] else "uncompiled")) for row in rows]
    metafunc.parametrize(names, rows, indirect=["backend"], ids=ids, scope="session")


def pytest_generate_tests(metafunc: Any) -> None:
    if not metafunc.module.__name__.startswith(SUITE):
        return
    if "compiled" in metafunc.fixturenames:
        _with_and_without_compiling(metafunc)
    elif "route" in metafunc.fixturenames:
        pairs = [(name, route) for name in _backends(metafunc.config) for route in _routes(name)]
        ids = ["-".join(pair) for pair in pairs]
        metafunc.parametrize(("backend", "route"), pairs, indirect=["backend"], ids=ids, scope="session")
    elif "setting" in metafunc.fixturenames:
        from samegraph.backend import load

        pairs = [(name, setting) for name in _backends(metafunc.config) for setting in load(name).settings]
        ids = ["-".join(pair) for pair in pairs]
        metafunc.parametrize(("backend", "setting"), pairs, indirect=["backend"], ids=ids)
    elif "row" in metafunc.fixturenames:
        from samegraph.backend import load
        from samegraph.conformance.expectations import expectations_of

        rows = [(name, r) for name in _backends(metafunc.config) for r in expectations_of(load(name)).skips if r.op]
        ids = [f"{name}-{r.op}-{r.inputs}" for name, r in rows]
        metafunc.parametrize(("backend", "row"), rows, indirect=["backend"], ids=ids)
    elif has := metafunc.definition.get_closest_marker("samegraph_has"):
        from samegraph.backend import load

        names = [name for name in _backends(metafunc.config) if getattr(load(name), has.args[0])]
        if metafunc.definition.get_closest_marker("samegraph_memory"):
            names = names if metafunc.config.getoption("--samegraph-device") == "cpu" else []
        metafunc.parametrize("backend", names, indirect=True, scope="session")
    elif "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", _backends(metafunc.config), indirect=True, scope="session")
    if "op" in metafunc.fixturenames and "number" not in metafunc.fixturenames:
        import samegraph.ops  # noqa: F401
        from samegraph.op import Op
        from samegraph.registry import OPS

        ops = {name: op for name, op in OPS.items() if isinstance(op, Op)}
        if metafunc.definition.get_closest_marker("samegraph_differentiable"):
            ops = {name: op for name, op in ops.items() if op.gradient is not None}
        if metafunc.definition.get_closest_marker("samegraph_memory"):
            ops = {name: op for name, op in ops.items() if not op.may_view}
        metafunc.parametrize("op", list(ops.values()), ids=list(ops))


def pytest_configure(config: Any) -> None:
    config.addinivalue_line("markers", "samegraph_differentiable: a test of the ops that have a gradient")
    config.addinivalue_line(
        "markers", "samegraph_memory: a test of ops that promise memory of their own, where NumPy can look at it"
    )
    config.addinivalue_line("markers", "samegraph_has(verb): a test of the backends that have it, such as compile")
    config.addinivalue_line("markers", "samegraph_dtype(name): a test of the backends that have that dtype")


def pytest_collection_finish(session: Any) -> None:
    if any(getattr(item.module, "__name__", "").startswith(SUITE) for item in session.items if hasattr(item, "module")):
        gc.collect()
        gc.freeze()  # what frameworks made when they were imported lives on: to look through it takes a tenth of the suite's time


def pytest_terminal_summary(terminalreporter: Any) -> None:
    import sys

    checks = sys.modules.get("samegraph.conformance.checks")
    if checks is not None and checks.counts:
        counts = ", ".join(f"{n:,} on {name}" for name, n in sorted(checks.counts.items()))
        terminalreporter.write_line(f"samegraph: comparisons made: {counts}")
