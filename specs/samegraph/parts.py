"""Which parts a run comes to when some of its operations are the host's: backend and host take turns.

An operation's stage is the number of turns of the host that it has to wait for. Each part computes, on the backend, what is
due at its stage; then the host computes what it can. A tensor crosses from part to part as a feed, unless it is cheaper or,
inside what a later part differentiates, necessary to compute it again. Variables take their new values when all parts are
through; rows are updated last, in place, when nothing can fail any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from .blocks.structured import SCATTERS, assigned, guard_of, holds_host, needed_inputs
from .graph import Operation, Tensor, ancestors
from .host.calls import HOST, on_host
from .program import MissingFeed
from .random import DRAWS
from .registry import OPS
from .segments import Segment
from .types import STRING


@dataclass
class Part:
    """One turn of the backend, then one of the host.

    targets: what the backend computes. feeds: tensors whose values are there by then. variables: those it reads. starts: variables' tensors, fed with
    the value at the start of the run, because the variable was assigned in an earlier part. reads: reads ordered after such
    an assignment, fed with the value assigned. elsewhere: operations other parts see to. kept: variables that no row of may
    be updated in place. checked: truth values, with the operation each protects. hosts: what the host then computes.
    """

    targets: list[Tensor | Operation] = field(default_factory=list)
    feeds: list[Tensor] = field(default_factory=list)
    variables: list[Operation] = field(default_factory=list)
    starts: dict[Tensor, Operation] = field(default_factory=dict)
    reads: dict[Tensor, Operation] = field(default_factory=dict)
    elsewhere: frozenset[Operation] = frozenset()
    kept: frozenset[Operation] = frozenset()
    checked: dict[Tensor, Operation] = field(default_factory=dict)
    hosts: list[Operation] = field(default_factory=list)

    @property
    def asserted(self) -> list[Operation]:
        """Checks of the host that take nothing but what the backend computes and constants."""
        computed = [op for op in self.hosts if op.type != "Const"]
        return [
            op
            for op in computed
            if op.type in HOST and HOST[op.type].check and not any(t.op in computed for t in op.inputs)
        ]


def split(targets: Sequence[Tensor | Operation], feeds: Sequence[Tensor]) -> list[Part] | None:
    """The parts of a run; None when the backend alone can do it. MissingFeed for a placeholder that is not fed."""
    fed = frozenset(feeds)
    ops = ancestors(targets, stop=fed, inputs=_all_inputs)
    text = any(isinstance(t, Tensor) and t.dtype == STRING for t in targets)
    if not text and not any(on_host(op) for op in ops):
        return None
    for op in ops:
        if op.type == "Placeholder" and op.outputs[0] not in fed:
            raise MissingFeed(op)
    return _Splitter(targets, fed, ops).parts()


def _all_inputs(op: Operation) -> Sequence[Tensor]:
    return op.inputs if on_host(op) else needed_inputs(op)


class _Splitter:
    def __init__(self, targets: Sequence[Tensor | Operation], fed: frozenset[Tensor], ops: list[Operation]) -> None:
        self.targets, self.fed, self.ops = list(targets), fed, ops
        self.hosts = [op for op in ops if on_host(op)]
        self.given = {c for op in ops for c in op.control_inputs}.difference(ops)  # fed, and so need not run
        self.assigns: dict[Operation, list[Operation]] = {}
        for op in ops:
            for v in assigned(op):
                self.assigns.setdefault(v, []).append(op)
        self.stage = self._stages()
        self.last = max(self.stage.values(), default=0)
        self.turn = self._turns()
        self.moved = self._move_rows()
        self.wanted = defaultdict[int, dict[Tensor | Operation, None]](dict)

    # When an operation runs -------------------------------------------------------------------------------------------

    def _stages(self) -> dict[Operation, int]:
        stage: dict[Operation, int] = {}
        for op in self.ops:
            due = [stage[c] for c in op.control_inputs if c not in self.given]
            for t in _all_inputs(op):
                if t not in self.fed:
                    due.append(stage[t.op] + (on_host(t.op) and not on_host(op)))
            due += [stage[e] + 1 for e in self._effects_before(op)]
            stage[op] = max(due, default=0)
        return stage

    def _effects_before(self, op: Operation) -> list[Operation]:
        """The host's effects that come before one that calls the host while the backend runs it."""
        before = ancestors([op], stop=self.fed, inputs=_all_inputs) if holds_host(op) else []
        return [e for e in before if e.type in HOST and HOST[e.type].effect]

    def _turns(self) -> dict[Operation, int]:
        """When the host computes its operations: at their stage; effects that no value hangs on after the last part."""
        awaited, turn = set[Operation](), dict[Operation, int]()
        for op in reversed(self.ops):
            effect = op.type in HOST and HOST[op.type].effect
            awaited.update(self._effects_before(op))
            if on_host(op):
                waits = effect and op not in awaited and not HOST[op.type].check
                turn[op] = self.last if waits else self.stage[op]
            if op in awaited or (on_host(op) and not effect):
                awaited.update(t.op for t in _all_inputs(op))
                awaited.update(op.control_inputs)
        return turn

    def _move_rows(self) -> dict[Operation, int]:
        """Row updates that nothing in the run reads go to the end; each with the stage at which it can be checked."""
        used = {t for op in self.ops for t in _all_inputs(op)} | {t for t in self.targets if isinstance(t, Tensor)}
        read = {op.variable for op in self.ops if op.type == "ReadVariableOp" and self._assigned_before(op)}
        end = self.last + any(turn == self.last for turn in self.turn.values())
        moved: dict[Operation, int] = {}
        for v, ops in self.assigns.items():
            if v not in read and all(op.type in SCATTERS and op.outputs[0] not in used for op in ops):
                moved.update((op, self.stage[op]) for op in ops)
                self.stage.update(dict.fromkeys(ops, end))
                self.last = end
        return moved

    def _assigned_before(self, op: Operation) -> list[Operation]:
        own = self.assigns.get(op.variable, []) if op.variable is not None else []
        before = set(ancestors([op], stop=self.fed, inputs=_all_inputs)) if own else set()
        return [a for a in own if a in before]

    # What each part computes ------------------------------------------------------------------------------------------

    def parts(self) -> list[Part]:
        self._want_results()
        made = [self._part(k) for k in range(self.last, -1, -1)]  # a part may want more of those before it
        return made[::-1]

    def _want_results(self) -> None:
        """Fetches, what the host takes, operations that are run for their own sake, checks of rows updated later."""
        for target in self.targets:
            self._want(target)
        for op in self.hosts:
            for t in op.inputs:
                self._want(t)
        for op in self.ops:
            if assigned(op):
                self._want(op)
            for c in op.control_inputs:
                self._want(c)

    def _want(self, item: Tensor | Operation) -> None:
        op = item.op if isinstance(item, Tensor) else item
        constant = isinstance(item, Tensor) and op.type == "Const"  # it is known, to the host as to who fetched it
        given = item in self.fed or op not in self.stage
        if not constant and not given and not on_host(op):
            self.wanted[self.stage[op]][item] = None

    def _part(self, k: int) -> Part:
        due = {op for op in self.ops if self.stage[op] == k}
        part = Part(elsewhere=frozenset(self.given.union(self.ops) - due))
        part.hosts = [op for op in self.hosts if self.turn[op] == k]
        in_place = {op.variable for op in self.moved if self.stage[op] == k}
        part.kept = frozenset(v for v in self.assigns if v not in in_place)
        for op, checkable in self.moved.items():
            guard = guard_of(op)
            if checkable == k and self.stage[op] != k and guard is not None:
                part.checked[guard] = op
                self.wanted[k][guard] = None
        part.targets = list(self.wanted[k])
        self._gather(part, k)
        return part

    def _gather(self, part: Part, k: int) -> None:
        """Walks what a part computes, as a program of it will be written, and notes where that begins."""
        again, feeds, seen = self._differentiated(k), dict[Tensor, None](), set[Operation]()
        todo = list(part.targets)
        while todo:
            item = todo.pop()
            if isinstance(item, Tensor):
                if item in self.fed or self._begins(item, k, again, part):
                    feeds[item] = None
                    continue
                item = item.op
            if item not in seen:
                seen.add(item)
                if item.type != "ReadVariableOp" or not self._assigned_before(item):
                    todo.extend(needed_inputs(item))
        part.feeds = list(feeds)
        part.variables = [*part.starts.values(), *(op for op in seen if op.type == "VariableV2")]

    def _begins(self, t: Tensor, k: int, again: set[Tensor], part: Part) -> bool:
        """Whether part `k` is fed with `t`, which it needs."""
        op = t.op
        if on_host(op):
            return True
        if op.type == "VariableV2":
            if any(self.stage[a] < k for a in self.assigns.get(op, ())):
                part.starts[t] = op
            return t in part.starts
        if op.type == "ReadVariableOp":
            before = self._assigned_before(op)
            if not before or any(self.stage[a] == k for a in before):
                return False
            if self.stage[op] == k:
                assert op.variable is not None
                part.reads[t] = op.variable
                return True
        if self.stage.get(op, k) >= k:
            return False
        again_anyway = self._is_cheap(op) or (t in again and not holds_host(op))
        if op.type != "ReadVariableOp" and not assigned(op) and again_anyway:
            return False
        self.wanted[self.stage[op]][t] = None
        return True

    def _is_cheap(self, op: Operation) -> bool:
        """Constants, draws, which a run makes once, and views, which must not outlive the memory they look at."""
        return op.type == "Const" or op.type in DRAWS or (bool(op.kernel) and OPS[op.kernel].may_view)

    def _differentiated(self, k: int) -> set[Tensor]:
        """What lies between xs and ys of the gradients due in part `k`."""
        inside = set[Tensor]()
        for op in reversed(self.ops):
            if op.type == "Gradients" and (self.stage[op] == k or any(t in inside for t in op.outputs)):
                s = Segment([op])
                inside |= s.inside | s.dependent
        return inside
