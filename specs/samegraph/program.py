"""What a run is made of: the source of one straight-line function, and how it is loaded."""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .backend import Backend
from .blocks import python_loops
from .graph import Operation, Tensor
from .host.calls import HostState, called_inside

WIDE = frozenset(("float64", "int64", "uint64"))
_serial = itertools.count()


class StepFailed(Exception):
    """A guard of a step was False. index: which."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(index)


class NeedsRules(Exception):
    """This program's gradients cannot be handed to a framework; the rules can compute them."""


class MissingFeed(Exception):
    """The program needs the value of a placeholder that is not fed. op: the placeholder."""

    def __init__(self, op: Operation) -> None:
        self.op = op
        super().__init__(op.name)


@dataclass
class Program:
    """def step(*feeds, *draws, *variables) -> (fetched values, new values of `assigned`, failed guard or 0).

    feeds: tensors to feed. draws: random operations, their outputs fed like feeds. variables: read or assigned.
    assigned: those given a new value. rows: those of them updated by rows, in place where the backend can. copied: those
    whose new value may share memory with something else. guards: the operation each guard protects. lines: the operation
    that a line of `source` computes. hosts: operations of the host inside of branches and loops, by the names they are called
    by there. dynamic: why the step cannot be compiled, "" when it can. unshared: fetches whose value nothing else holds or
    shares memory with once the step is through.
    """

    fetches: list[Tensor]
    feeds: list[Tensor]
    draws: list[Operation]
    variables: list[Operation]
    assigned: list[Operation]
    rows: list[Operation]
    copied: set[Operation]
    guards: list[Operation]
    source: str
    lines: dict[int, Operation]
    constants: dict[str, np.ndarray[Any, Any]]
    wide: bool
    dynamic: str
    route: str
    hosts: dict[str, Operation] = field(default_factory=dict)
    unshared: frozenset[Tensor] = frozenset()
    filename: str = field(default_factory=lambda: f"<samegraph step {next(_serial)}>")

    def load(self, backend: Backend, device: str, host: HostState | None = None) -> Callable[..., Any]:
        """The step as a function over the backend's kernels; its source is there for tracebacks.

        host: what the session keeps for the host's operations, needed where there are `hosts`.
        """
        names: dict[str, Any] = {
            **backend.kernels,
            "value_and_vjp": backend.value_and_vjp,
            "update_rows": backend.update_rows or _copying_update(backend),
            "order_rows": backend.order_rows,
            "barrier": backend.barrier,
            "ok_all": backend.ok_all or _first_false,
            "ints": lambda t: _ints(backend.to_numpy(t)),
            "stop_if": _stop_if,
            "none_failed": backend.to_device(np.zeros((), np.int32), device),
            **_loops(backend, device, backend.compile is not None and not self.dynamic),
            "inf": float("inf"),
            "nan": float("nan"),
            **backend.modules,
        }
        names.update({k: backend.to_device(v, device) for k, v in self.constants.items()})
        names.update({k: called_inside(op, backend, device, host) for k, op in self.hosts.items() if host is not None})
        linecache.cache[self.filename] = (len(self.source), None, self.source.splitlines(True), self.filename)
        exec(compile(self.source, self.filename, "exec"), names)
        return names["step"]


def _loops(backend: Backend, device: str, compiled: bool) -> dict[str, Any]:
    """The verbs of control flow: the framework's own where the step is compiled, else Python's."""

    def scan(*args: Any, **kwargs: Any) -> Any:
        return python_loops.scan(backend.kernels["stack"], *args, **kwargs)

    def recorded_while(*args: Any) -> Any:
        finals, count, states = python_loops.recorded_while(*args)
        return finals, backend.to_device(np.asarray(count, np.int32), device), states

    if compiled:
        return {"cond": backend.cond, "while_loop": backend.while_loop, "scan": backend.scan}
    plain = {"cond": python_loops.cond, "while_loop": python_loops.while_loop}
    return {**plain, "scan": scan, "recorded_while": recorded_while}


def _ints(array: np.ndarray[Any, Any]) -> Any:
    return int(array) if array.ndim == 0 else tuple(array.ravel().tolist())


def _stop_if(failed: Any) -> None:
    if failed:
        raise StepFailed(int(failed) - 1)


def _first_false(flags: Sequence[Any]) -> int:
    return next((i + 1 for i, ok in enumerate(flags) if not bool(ok)), 0)


def _copying_update(backend: Backend) -> Callable[..., Any]:
    def update_rows(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
        new = backend.kernels["scatter_rows"](table, indices, updates, how=how)
        return new if ok is None else backend.kernels["where"](ok, new, table)

    return update_rows
