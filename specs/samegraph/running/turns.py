"""Runs whose operations are partly the host's: backend and host take turns, and variables wait until all are through."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import OpError
from ..graph import Operation, Tensor
from ..host import calls as host
from ..parts import Part
from ..types import numpy_dtype
from . import failures
from .engine import Engine
from .plans import Plan, Step

Array = np.ndarray[Any, Any]


class Turns:
    """One such run, and what it holds on the way.

    values: of tensors, native or NumPy's. answers: of fetches, the caller's own. drawn: random values, drawn once.
    assigned: variables' new values, not theirs before the run is through.
    """

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine, self.plan = engine, plan
        self.values: dict[Tensor, Any] = {}
        self.answers: dict[Tensor, Any] = {}
        self.drawn: dict[Operation, list[Array]] = {}
        self.assigned: dict[Operation, Any] = {}

    def run(self, *arrays: Array) -> list[Any]:
        """Runs part after part; variables take their new values when all are through."""
        turns = self.plan.turns or []
        self.values.update(zip(self.plan.feeds, arrays, strict=True))
        variables, fetched = self.engine.variables, [t for t in self.plan.targets if isinstance(t, Tensor)]
        for turn in turns:
            for v in turn.part.variables if turn.part else ():
                variables.value(v)  # a missing one is said before anything runs
        for turn in turns:
            assert turn.part is not None
            if turn.targets:
                self._take(turn)
            for t in fetched:
                if t in turn.part.targets:
                    take = self.engine.backend.to_numpy
                    self.answers[t] = self.engine.fetched(self.values[t], t, numpy_dtype(t.dtype), take)
            for op in turn.part.hosts:
                inputs = [self._for_host(t) for t in op.inputs]
                self.values.update(zip(op.outputs, host.computed(op, inputs, self.engine.host), strict=True))
        variables.values.update(self.assigned)
        answers = (self.answers[t] if t in self.answers else self._for_host(t) for t in fetched)
        return [a if a.ndim else a[()] for a in answers]

    def _take(self, turn: Plan) -> None:
        try:
            self._backends_turn(turn)
        except OpError as error:
            self._say_assertion(turn, error)
            raise

    def _backends_turn(self, turn: Plan) -> None:
        part, engine = turn.part, self.engine
        assert part is not None
        given = [self._fed(t, part, turn.must) for t in turn.feeds]
        step = engine.planner.step(turn, given) if turn.must else engine.planner.whole(turn)
        p = step.program
        for op in p.draws:
            if op.origin not in self.drawn:
                self.drawn[op.origin] = engine.random.run(op)
        given += [array for op in p.draws for array in self.drawn[op.origin]]
        values = self._variables(step)
        with step.scope():
            args = [step.give(a, engine.device) if isinstance(a, np.ndarray) else a for a in given]
            out, new = engine.call(step, args, values)
            self.values.update(zip((t for t in turn.targets if isinstance(t, Tensor)), out, strict=True))
            self.assigned.update(engine.new_values(step, new))
            for truth, op in part.checked.items():
                if not engine.backend.to_numpy(self.values[truth]):
                    raise failures.guard_failed(op)

    def _variables(self, step: Step) -> list[Any]:
        variables, assigned = self.engine.variables, self.assigned
        variables.keep_in_rows(v for v in step.program.rows if v not in assigned)
        return [assigned[v] if v in assigned else variables.value(v) for v in step.program.variables]

    def _fed(self, t: Tensor, part: Part, as_array: bool) -> Any:
        """The value that a part is fed with for `t`; its shape is read when `as_array`."""
        if t in part.starts:
            value = self.engine.variables.value(part.starts[t])
        elif t in part.reads:
            value = self.assigned[part.reads[t]]
        else:
            value = self.values[t]
        return value if isinstance(value, np.ndarray) or not as_array else np.asarray(self._array(value))

    def _for_host(self, t: Tensor) -> Array:
        """The value of `t` as an array that the host's operation may keep."""
        value = self.values[t] if t in self.values else t.op.attrs["value"]
        return np.array(value if isinstance(value, np.ndarray) else self._array(value), order="C")

    def _array(self, value: Any) -> Any:
        return self.engine.backend.to_numpy(value)

    def _say_assertion(self, turn: Plan, failure: OpError) -> None:
        """Raises for a failing assertion of this part, which would have come before `failure`."""
        part = turn.part
        assert part is not None
        for op in part.asserted:
            taken = [t for t in op.inputs if t in part.targets]
            alone = Plan(taken, part.feeds, self.engine.planner.native, replace(part, checked={}))
            try:
                self._backends_turn(alone)
                inputs = [self._for_host(t) for t in op.inputs]
            except OpError:
                continue
            try:
                host.computed(op, inputs, self.engine.host)
            except OpError as assertion:
                raise assertion from failure
