"""What runs are made of, kept from run to run: plans by what is fetched and fed, steps by the feeds' shapes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np

from .. import specialising
from ..backend import Backend
from ..errors import OpError
from ..graph import Graph, Operation, Tensor, ancestors
from ..host.calls import HostState
from ..parts import Part, split
from ..program import MissingFeed, Program
from ..types import TensorType, numpy_dtype
from ..writing import building
from . import failures
from .feeds import check_shape

Array = np.ndarray[Any, Any]
MANY_SHAPES = 8
_LARGEST_SHAPE_CACHE = 64


def scope(backend: Backend, wide: bool, device: str) -> Callable[[], Any]:
    """What to be inside of while the backend works on `device`; wide: on 64-bit dtypes."""
    enter = (backend.wide if wide else None) or backend.scope
    return nullcontext if enter is None else partial(enter, device)


class Step:
    """A program and the function that runs it. whole: it is all of a run.

    host: what the session keeps for the host's operations. call: to be called inside `scope`. enclosed: to be called as it is,
    where the backend offers that, else None. run: from arrays fed to what is fetched, as the session's engine does it.
    """

    def __init__(
        self, p: Program, backend: Backend, device: str, whole: bool = True, host: HostState | None = None
    ) -> None:
        self.program = p
        self.scope = scope(backend, p.wide, device)
        self.given = len(p.feeds) + sum(len(op.outputs) for op in p.draws)
        gives_up = set(p.rows) | (set(p.assigned) if whole and not p.guards else set())
        self.donated = [self.given + i for i, v in enumerate(p.variables) if v in gives_up]
        self.compiled = backend.compile is not None and not p.dynamic and bool(p.lines)
        self.raises = backend.raises
        self.give = (backend.to_step if self.compiled else None) or backend.to_device
        with self.scope():
            try:
                self.plain = p.load(backend, device, host)  # computes what is the same in every step
            except Exception as error:
                raise failures.explained(p, backend.name, error) from error
            self.call = (
                backend.compile(self.plain, self.donated)
                if backend.compile is not None and self.compiled
                else self.plain
            )
        self.enclosed: Callable[..., Any] | None = None
        if backend.enclosed is not None and not (p.wide and backend.wide is not None):
            self.enclosed = backend.enclosed(self.call, device)
        take = backend.hand_over or backend.to_numpy
        self.taken = [(t, numpy_dtype(t.dtype), take if t in p.unshared else backend.to_numpy) for t in p.fetches]
        self.run: Callable[..., list[Any]] | None = None
        self.many: Callable[..., Any] | None = None


def cannot_loop(step: Step) -> str:
    """Why a compiled loop cannot repeat the step, "" when it can."""
    p = step.program
    if not step.compiled:
        return "the step is not compiled"
    if p.guards and step.raises:
        return "the backend's kernels raise where a check fails, and would leave the loop half-way"
    new = [v.name for v in p.assigned if v not in p.variables]
    return f"the step takes no old value of {', '.join(new)}" if new else ""


class Plan:
    """What one (fetches, feeds) pair comes to: its steps by the feeds' shapes.

    part: what it is a part of, when the host has operations of its own in the run. turns: those parts, None when there are
    none. must: whether a program holds for one set of shapes only. narrow: how many were made for one.
    """

    def __init__(
        self, targets: Sequence[Tensor | Operation], feeds: Sequence[Tensor], native: bool, part: Part | None = None
    ) -> None:
        self.targets, self.feeds, self.part = list(targets), list(feeds), part
        self.turns: list[Plan] | None = None
        self.whole: Step | None = None
        self.by_shape: OrderedDict[object, Step] = OrderedDict()
        self.values_matter: list[int] = []
        self.narrow = 0
        elsewhere = part.elsewhere if part else specialising.NONE
        self.must = bool(specialising.unresolved(self.targets, self.feeds, native, elsewhere))
        self.dtypes = [numpy_dtype(t.dtype) for t in self.feeds]


class Planner:
    """Makes plans and their steps for one session."""

    def __init__(self, graph: Graph, backend: Backend, device: str, route: str, host: HostState) -> None:
        self.graph, self.backend, self.device, self.native = graph, backend, device, route == "native"
        self.host = host

    def plan(self, targets: list[Tensor | Operation], feeds: list[Tensor]) -> Plan:
        """Raises InvalidArgumentError for a placeholder that is not fed."""
        with self.graph.lock:
            plan = Plan(targets, feeds, self.native)
            try:
                parts = split(targets, feeds)
            except MissingFeed as missing:
                raise failures.not_fed(missing) from None
            if parts is not None:
                plan.turns = [Plan(part.targets, part.feeds, self.native, part) for part in parts]
            return plan

    def step(self, plan: Plan, arrays: list[Array]) -> Step:
        """The step for feeds of these shapes, remembered. ValueError for a shape that a fed tensor cannot have."""
        key = self._key(plan, arrays)
        step = plan.by_shape.get(key)
        if step is not None:
            plan.by_shape.move_to_end(key)
            return step
        for t, array in zip(plan.feeds, arrays, strict=True):
            check_shape(t, array.shape)
        with self.graph.lock:
            if plan.must:
                key, step = self._specialised(plan, arrays, key)
            else:
                step = self._narrowed(plan, arrays, key) or self.whole(plan)
        plan.by_shape[key] = step
        if len(plan.by_shape) > _LARGEST_SHAPE_CACHE:
            plan.by_shape.popitem(last=False)
        return step

    def _narrowed(self, plan: Plan, arrays: list[Array], key: object) -> Step | None:
        """A step for these shapes alone, where it runs as it is written and so is faster written for known shapes.

        None where it is not, for shapes that do not go together, which the step for all shapes says, and after many sets.
        """
        plain = self.backend.compile is None and not self.native and plan.part is None
        if not plain or plan.narrow >= MANY_SHAPES or all(t.type.is_static for t in plan.feeds):
            return None
        plan.narrow += 1
        try:
            return self._specialised(plan, arrays, key)[1]
        except (OpError, ValueError):
            return None

    def whole(self, plan: Plan) -> Step:
        """The step for feeds of all shapes."""
        if plan.whole is None:
            with self.graph.lock:
                plan.whole = self._build(plan.targets, plan.feeds, plan.part)
        return plan.whole

    def _specialised(self, plan: Plan, arrays: list[Array], key: object) -> tuple[object, Step]:
        targets, feeds = self._copied(plan, arrays)
        reached = _feeds_behind(specialising.unresolved(targets, feeds, self.native), feeds)
        if reached - set(plan.values_matter):
            plan.values_matter = sorted(reached | set(plan.values_matter))
            key = self._key(plan, arrays)
            targets, feeds = self._copied(plan, arrays)
        return key, self._build(targets, feeds, plan.part)

    def _key(self, plan: Plan, arrays: list[Array]) -> object:
        shapes = tuple([a.shape for a in arrays])
        return (shapes, *(arrays[i].tobytes() for i in plan.values_matter)) if plan.values_matter else shapes

    def _copied(self, plan: Plan, arrays: list[Array]) -> tuple[list[Tensor | Operation], list[Tensor]]:
        types: dict[Tensor, TensorType] = {}
        for i, (t, array) in enumerate(zip(plan.feeds, arrays, strict=True)):
            known = tuple(array.ravel().tolist()) if i in plan.values_matter else None
            types[t] = TensorType(array.shape, t.dtype, known)
        return specialising.specialised(
            plan.targets, plan.feeds, types, plan.part.elsewhere if plan.part else specialising.NONE
        )

    def _build(self, targets: Sequence[Tensor | Operation], feeds: Sequence[Tensor], part: Part | None) -> Step:
        elsewhere, kept = (part.elsewhere, part.kept) if part else (specialising.NONE, specialising.NONE)
        try:
            p = building.build(targets, feeds, self.backend, self.native, elsewhere, kept)
        except MissingFeed as missing:
            raise failures.not_fed(missing) from None
        failures.check_possible(p, self.backend)
        return Step(p, self.backend, self.device, part is None, self.host)


def _feeds_behind(operands: list[Tensor], feeds: list[Tensor]) -> set[int]:
    """Which integer feeds the shape operands are computed from."""
    behind = {t for op in ancestors(operands) for t in op.outputs} | set(operands)
    return {
        i
        for i, t in enumerate(feeds)
        if t in behind and t.dtype in ("int32", "int64") and t.type.shape is not None and len(t.type.shape) <= 1
    }
