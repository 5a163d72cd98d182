"""Runs plans: a step of the backend alone, or backend and host in turns; variables take their new values when all is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backend import Backend
from ..errors import InternalError
from ..graph import Graph, Operation, Tensor
from ..host import calls as host
from ..program import StepFailed
from ..random import RandomStream
from . import failures
from .plans import Plan, Planner, Step
from .variables import Variables

Array = np.ndarray[Any, Any]


class Engine:
    """What a session runs plans with: the backend, the variables' values, the random stream, what the host keeps."""

    def __init__(self, graph: Graph, backend: Backend, device: str, route: str) -> None:
        self.backend, self.device, self.route = backend, device, route
        self.planner = Planner(graph, backend, device, route)
        self.variables = Variables(backend, device)
        self.random = RandomStream()
        self.host = host.HostState(self.random)

    def execute(self, plan: Plan, arrays: list[Array]) -> list[Any]:
        """The values of the fetches of a plan without turns; arrays: what is fed, in the plan's dtypes."""
        step = plan.by_shape.get(tuple([a.shape for a in arrays])) or self.planner.step(plan, arrays)
        values = self.values(step)
        if step.program.draws:
            arrays = arrays + [array for op in step.program.draws for array in self.random.run(op)]
        give, device = step.give, self.device
        if step.enclosed is not None:
            out, new = self.call(step, step.enclosed, [give(a, device) for a in arrays], values)
            self.adopt(step, new)
            return [self.fetched(value, *how) for value, how in zip(out, step.taken)]
        with step.scope():
            out, new = self.call(step, step.call, [give(a, device) for a in arrays], values)
            self.adopt(step, new)
            return [self.fetched(value, *how) for value, how in zip(out, step.taken)]

    def values(self, step: Step) -> list[Any]:
        """The values of the variables that the step takes, in the form in which it takes them."""
        held, wanted = self.variables.values, step.program.variables
        try:
            values = [held[v] for v in wanted]
        except KeyError:
            values = [self.variables.value(v) for v in wanted]  # says which has none
        if step.forms != self.variables.forms:
            self._make_ready(step)
            values = [held[v] for v in wanted]
        return values

    def _make_ready(self, step: Step) -> None:
        p, variables = step.program, self.variables
        variables.keep_in_rows(p.rows)
        step.as_they_are = not (p.rows or p.copied or any(v in variables.in_rows for v in p.assigned))
        step.forms = variables.forms

    def call(
        self, step: Step, function: Any, args: list[Any], values: list[Any]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """Native values of the fetches and of what is assigned; raises when a guard is False or the framework fails."""
        guards = step.program.guards
        try:
            out, new, failed = function(*args, *values)
            if not guards:
                return out, new
            failure = int(self.backend.to_numpy(failed)) if self.backend.compile is not None else 0
        except StepFailed as stopped:
            failure, out, new = stopped.index + 1, (), ()
        except Exception as error:
            if step.compiled:
                self.variables.forget_unreadable(step.program.assigned)
            raise failures.explained(step.program, self.backend.name, error) from error
        if failure:
            self.adopt_after_failure(step, new)
            raise failures.guard_failed(guards[failure - 1])
        return out, new

    def adopt(self, step: Step, new: Sequence[Any]) -> None:
        """Takes the step's new values."""
        if step.as_they_are:
            held = self.variables.values
            for v, value in zip(step.program.assigned, new):
                held[v] = value
        else:
            self.variables.values.update(self.new_values(step, new))

    def adopt_after_failure(self, step: Step, new: Sequence[Any]) -> None:
        """After a failure only those that the step wrote over and left unchanged."""
        for v, value in zip(step.program.assigned, new, strict=False):
            if v in step.program.rows and value is not None:
                self.variables.values[v] = value

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
        if array.dtype is not dtype and array.dtype != dtype:
            raise InternalError(
                None,
                t.op,
                f"backend {self.backend.name!r} computed {array.dtype} for {t.name}, which holds {t.dtype.name}",
            )
        return array if array.ndim else array[()]
