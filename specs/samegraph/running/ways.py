"""The way a plan takes for what is fed: one step of the backend, or backend and host in turns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .engine import Engine
from .feeds import check_shape
from .fetches import Rebuild
from .plans import Plan, Step
from .runners import door, runner
from .turns import Turns

Array = np.ndarray[Any, Any]


def entrance(engine: Engine, plan: Plan, lock: Any, closed: Sequence[Any], rebuild: Rebuild) -> Callable[..., Any]:
    """A function of the values fed that runs the plan; see `door`."""
    return door(plan, lambda *arrays: _found(engine, plan, list(arrays)), lock, closed, rebuild)


def _found(engine: Engine, plan: Plan, arrays: list[Array]) -> Step | Turns:
    if plan.turns is None:
        return ready(engine, plan, arrays)
    for t, array in zip(plan.feeds, arrays, strict=True):
        check_shape(t, array.shape)
    return Turns(engine, plan)


def ready(engine: Engine, plan: Plan, arrays: list[Array]) -> Step:
    """The step of a plan without turns for arrays of these shapes, in the plan's dtypes, and its runner."""
    step = engine.planner.step(plan, arrays)
    if step.run is None:
        step.run = _renewing(engine, step)
    return step


def _renewing(engine: Engine, step: Step) -> Callable[..., list[Any]]:
    """A run of the step that first makes its runner for the form in which variables are kept then."""

    def run(*arrays: Array) -> list[Any]:
        engine.variables.keep_in_rows(step.program.rows)
        step.run = runner(engine, step, _renewing(engine, step))
        return step.run(*arrays)

    return run
