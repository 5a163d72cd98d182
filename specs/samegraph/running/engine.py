"""What runs share: calling a step, keeping variables' new values, handing over what is fetched, saying what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from ..backend import Backend
from ..errors import InternalError, OpError
from ..graph import Graph, Operation, Tensor
from ..host import calls as host
from ..program import StepFailed
from ..random import RandomStream
from . import failures
from .plans import Planner, Step
from .variables import Variables

Array = np.ndarray[Any, Any]


class Engine:
    """What a session runs plans with: the backend, the variables' values, the random stream, what the host keeps."""

    def __init__(self, graph: Graph, backend: Backend, device: str, route: str) -> None:
        self.backend, self.device, self.route = backend, device, route
        self.variables = Variables(backend, device)
        self.random = RandomStream()
        self.host = host.HostState(self.random)
        self.planner = Planner(graph, backend, device, route, self.host)

    def drawn(self, step: Step) -> list[Array]:
        return [array for op in step.program.draws for array in self.random.run(op)]

    def call(self, step: Step, args: list[Any], values: list[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Native values of the fetches and of what is assigned; raises when a guard is False or the framework fails."""
        guards = step.program.guards
        try:
            out, new, failed = step.call(*args, *values)
        except Exception as error:
            self.raised(step, error)
        failure = int(self.backend.to_numpy(failed)) if guards and self.backend.compile is not None else 0
        if failure:
            self.refused(step, failure, new)
        return out, new

    def raised(self, step: Step, error: Exception) -> NoReturn:
        """Raises what the user is told when a step raised `error`."""
        p = step.program
        for v in p.variables:
            self.variables.value(v)
        if isinstance(error, StepFailed):
            raise failures.guard_failed(p.guards[error.index]) from None
        if step.compiled:
            self.variables.forget_unreadable(p.assigned)
        if isinstance(error, OpError):
            raise error  # of the host's operations in branches and loops
        raise failures.explained(p, self.backend.name, error) from error

    def refused(self, step: Step, failure: int, new: Sequence[Any]) -> NoReturn:
        """Raises for a guard that was False, after taking back what the step wrote over and left unchanged."""
        for v, value in zip(step.program.assigned, new, strict=False):
            if v in step.program.rows and value is not None:
                self.variables.values[v] = value
        raise failures.guard_failed(step.program.guards[failure - 1])

    def new_values(self, step: Step, new: Sequence[Any]) -> dict[Operation, Any]:
        """The step's new values in the form in which they are kept; not those of variables changed in place."""
        p, in_rows, found = step.program, self.variables.in_rows, dict[Operation, Any]()
        for v, value in zip(p.assigned, new, strict=False):
            if v not in p.rows and (v in p.copied or v in in_rows):
                value = self.variables.kept(value, v in in_rows)
            if value is not None:
                found[v] = value
        return found

    def fetched(self, value: Any, t: Tensor, dtype: np.dtype[Any], take: Any) -> Any:
        """A native value as the caller's own."""
        array: Any = value if isinstance(value, np.generic) else take(value)
        if array.dtype != dtype:
            raise InternalError(
                None,
                t.op,
                f"backend {self.backend.name!r} computed {array.dtype} for {t.name}, which holds {t.dtype.name}",
            )
        return array if array.ndim else array[()]
