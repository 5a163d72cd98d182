"""Many steps in one call: feeds stacked, or one dict a step; one compiled loop where the backend has one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import Any

import numpy as np

from ..graph import Tensor
from ..types import numpy_dtype
from . import failures
from .engine import Engine
from .plans import Plan, Step, cannot_loop
from .ways import ready

Array = np.ndarray[Any, Any]
Values = list[Any]
AT_ONCE = 256  # steps that a compiled loop makes of an iterable, whose feeds are copied together


def count_of(feeds: Mapping[Any, Any], steps: int | None) -> int:
    """How many steps stacked feeds hold. ValueError when they do not agree with each other or with `steps`."""
    for key, value in feeds.items():
        shape = np.shape(value)
        if not shape or (steps is not None and shape[0] != steps):
            raise ValueError(
                f"the value fed for {getattr(key, 'name', key)!r} must hold one value for each of the steps along its first axis"
                f"{f', so {steps}' if steps is not None else ''}; its shape is {shape}"
            )
        steps = shape[0]
    if steps is None:
        raise ValueError(
            "how many steps? Without feeds, or with an endless iterable of them, say run_steps(..., steps=n)"
        )
    if steps < 0:
        raise ValueError(f"steps must not be negative, got {steps}")
    return steps


def loop_of(engine: Engine, plan: Plan, arrays: Sequence[Array]) -> Step | None:
    """The step that the backend's own loop can repeat, for arrays of the shapes of one step; None when there is none."""
    if engine.backend.run_steps is None or plan.turns is not None or plan.values_matter:
        return None
    step = ready(engine, plan, list(arrays))
    return None if cannot_loop(step) or plan.values_matter else step


def in_one_loop(engine: Engine, step: Step, stacked: Sequence[Array], count: int) -> Values:
    """The fetches of `count` steps, stacked. Raises what the first step that fails would, after the steps before it."""
    p, random = step.program, engine.random
    engine.variables.keep_in_rows(p.rows)
    values = [engine.variables.value(v) for v in p.variables]
    before = dict(random.counts)
    drawn = [[array for op in p.draws for array in random.run(op)] for _ in range(count)]
    given = [*stacked, *(np.stack(arrays) for arrays in zip(*drawn, strict=True))]
    with step.scope():
        args = [step.give(a, engine.device) for a in given]
        outs, new, done = _call(engine, step, count, args, values)
        engine.variables.values.update(engine.new_values(step, new))
        if done is not None:
            through, guard = done
            random.counts = before
            for _ in range(through + 1):
                for op in p.draws:
                    random.run(op)
            raise failures.guard_failed(p.guards[guard - 1])
        return [engine.fetched(value, *how) for value, how in zip(outs, step.taken, strict=True)]


def _call(
    engine: Engine, step: Step, count: int, args: list[Any], values: list[Any]
) -> tuple[Any, Any, tuple[int, int] | None]:
    """Stacked fetches, new values, and, when a step failed, how many were through before it and which guard it was."""
    p, backend = step.program, engine.backend
    try:
        if step.many is None:
            assert backend.run_steps is not None
            carried = [p.assigned.index(v) if v in p.assigned else None for v in p.variables]
            step.many = backend.run_steps(step.plain, step.given, carried, step.donated)
        outs, new, done, failed = step.many(count, *args, *values)
        guard = int(backend.to_numpy(failed)) if p.guards else 0
        return outs, new, (int(backend.to_numpy(done)), guard) if guard else None
    except Exception as error:
        engine.variables.forget_unreadable(p.assigned)
        raise failures.explained(p, backend.name, error) from error


def in_turn(engine: Engine, plan: Plan, arrays: Sequence[Array], count: int) -> Values | None:
    """The fetches of `count` steps, stacked, by one call of a step after another; None where what a step is depends on more than shapes."""
    if plan.turns is not None or plan.values_matter:
        return None
    step = ready(engine, plan, [a[0, ...] for a in arrays])
    if plan.values_matter:
        return None
    rows = zip(*map(_rows, arrays), strict=True) if arrays else repeat((), count)
    answers = []
    for fed in rows:
        assert step.run is not None  # it may be another one from step to step
        answers.append(step.run(*fed))
    return [stack(column) for column in zip(*answers, strict=True)]


def _rows(array: Array) -> Iterable[Array]:
    """What is fed in each step."""
    return array if array.ndim > 1 else (array[i, ...] for i in range(len(array)))


def stack(values: Sequence[Any]) -> Any:
    """Values of one fetch, a step each, along a new first axis; a list where their shapes differ."""
    if isinstance(values[0], (bytes, str)):
        return np.array(values, object)
    if isinstance(values[0], np.generic):
        return np.array(values)
    arrays = [np.asarray(v) for v in values]
    return np.stack(arrays) if len({a.shape for a in arrays}) == 1 else list(values)


def one_by_one(elements: Sequence[Any], answers: Iterable[Sequence[Any]]) -> Values:
    """Stacked values of the tensors among `elements`, from what runs of all elements answered."""
    columns = list(zip(*answers, strict=True))
    if not columns:
        return nothing(elements)
    return [stack(column) for e, column in zip(elements, columns, strict=True) if isinstance(e, Tensor)]


def nothing(elements: Sequence[Any]) -> Values:
    """What no step at all answers."""
    tensors = [e for e in elements if isinstance(e, Tensor)]
    return [np.empty((0, *(n or 0 for n in t.type.shape or ())), numpy_dtype(t.dtype)) for t in tensors]


def counted(feeds: Iterable[Any], steps: int | None) -> Iterator[Any]:
    """The feed dicts of so many steps, of all without `steps`. ValueError when there are fewer."""
    taken = 0
    for feed in islice(feeds, steps):
        yield feed
        taken += 1
    if steps is not None and taken < steps:
        raise ValueError(f"the feeds ended after {taken} of {steps} steps")


def chunks(feeds: Iterable[Any], steps: int | None) -> Iterator[list[Any]]:
    """As counted, so many dicts at once as a compiled loop takes; what came before an error comes before it here too."""
    chunk: list[Any] = []
    try:
        for feed in counted(feeds, steps):
            chunk.append(feed)
            if len(chunk) == AT_ONCE:
                yield chunk
                chunk = []
    except Exception:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk


def stack_feeds(dicts: Sequence[Any]) -> dict[Any, Array] | None:
    """One dict of stacked feeds; None when keys, shapes or dtypes differ from step to step."""
    keys = list(dicts[0] or ())
    if any(list(d or ()) != keys for d in dicts):
        return None
    found: dict[Any, Array] = {}
    for key in keys:
        arrays = [np.asarray(d[key]) for d in dicts]
        if len({(a.shape, a.dtype) for a in arrays}) > 1:
            return None
        found[key] = np.stack(arrays)
    return found


def joined(parts: list[Any]) -> Any:
    """Stacked values of several chunks as one."""
    if any(isinstance(p, list) for p in parts) or len({p.shape[1:] for p in parts}) > 1:
        return [value for p in parts for value in p]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
