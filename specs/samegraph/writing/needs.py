"""What a program needs: which operations, in which order, and what of them counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from .. import straight
from ..backend import Backend
from ..blocks.structured import SCATTERS, assigned, everything, guards_of, holds_host, needed_inputs
from ..gradients import GradientsNode
from ..graph import Operation, Tensor, ancestors
from ..host.calls import on_host
from ..random import DRAWS
from ..registry import OPS
from ..segments import Segment
from ..specialising import by_rules


def _itself(t: Tensor) -> Tensor:
    return t


def effects(ops: Iterable[Operation]) -> list[Operation]:
    """Those of a block, or of a program, that call the host while they run: they do in this order."""
    return [op for op in ops if holds_host(op) or (on_host(op) and op.block is not None)]


class Needs:
    """What `fetches` need when `feeds` are given.

    straight: whether the step is run as it is written, by the rules. resolve: what stands for a tensor. fetched: what stands
    for the fetches. ops: the operations, each after those it needs; everywhere: also those inside of blocks. guards: truth
    values that must hold, with the operation each protects. state_ops: by variable, the operations that assign it. consumed:
    tensors whose value something takes. deferred: variables whose rows can be updated last. xs: what gradients are taken by.
    """

    def __init__(
        self,
        fetches: Sequence[Tensor | Operation],
        feeds: Sequence[Tensor],
        backend: Backend,
        native: bool,
        elsewhere: frozenset[Operation],
        kept: frozenset[Operation],
    ) -> None:
        self.native, self.elsewhere = native, elsewhere
        self.straight = backend.compile is None and not native
        self.feeds = list(feeds)
        self.fed = frozenset(self.feeds)
        self._stop: frozenset[Tensor | Operation] = self.fed | elsewhere
        self.resolve: Callable[[Tensor], Tensor] = _itself if native else by_rules(self.feeds)
        self.fetched = [self.resolve(f) for f in fetches if isinstance(f, Tensor)]
        self._roots: list[Tensor | Operation] = [f if isinstance(f, Operation) else self.resolve(f) for f in fetches]
        self._after: dict[Operation, bool] = {}
        self.guards = guards_of(self._behind(self._roots))
        self.ops = self._behind([*self._roots, *(g for g, _ in self.guards)])
        self.state_ops: dict[Operation, list[Operation]] = {}
        for op in self.ops:
            for v in assigned(op):
                self.state_ops.setdefault(v, []).append(op)
        if self.straight:
            self._merge()
        self.everywhere = list(everything(self.ops, None if native else self.resolve))
        self.consumed = {self.resolve(t) for op in self.everywhere for t in op.inputs} | set(self.fetched)
        self.deferred = self._deferrable(kept)
        nodes = [GradientsNode(op) for op in self.everywhere if op.type == "Gradients"]
        self.xs = frozenset(x for node in nodes for x in node.xs)

    def _behind(self, roots: Iterable[Tensor | Operation]) -> list[Operation]:
        resolve = None if self.native else self.resolve
        return ancestors(roots, stop=self._stop, resolve=resolve, inputs=self._taken)

    def _merge(self) -> None:
        """From here on, tensors that are always equal are one."""
        apart = self.resolve
        same = straight.merged(self.ops, apart, self.fed, self.assigned_before)

        def resolve(t: Tensor) -> Tensor:
            meant = apart(t)
            return same.get(meant, meant)

        self.resolve = resolve
        self.fetched = [resolve(t) for t in self.fetched]
        self._roots = [r if isinstance(r, Operation) else resolve(r) for r in self._roots]

    def _deferrable(self, kept: frozenset[Operation]) -> dict[Operation, None]:
        """Variables only updated by rows, whose new value nothing in the program computes with."""
        reads = {op.variable for op in self.ops if op.type == "ReadVariableOp" and self.assigned_before(op)}
        return {
            v: None
            for v, ops in self.state_ops.items()
            if v not in reads
            and v not in kept
            and all(op.type in SCATTERS and op.outputs[0] not in self.consumed for op in ops)
        }

    # Of the whole program ---------------------------------------------------------------------------------------------

    def roots(self) -> list[Tensor | Operation]:
        """What is to be written, the rest follows from it."""
        controls = dict.fromkeys(c for op in self.ops for c in op.control_inputs if c not in self.elsewhere)
        # what only lends its shape is not waited for, but if it assigns it runs
        assigning = [op for ops in self.state_ops.values() for op in ops] if self.straight else []
        return [*effects(self.ops), *self._roots, *controls, *assigning, *(g for g, _ in self.guards)]

    def variables(self) -> list[Operation]:
        """Those whose old value the program takes."""
        used = self._used_at_start()
        read = [op for op in self.ops if op.type == "VariableV2" and op.outputs[0] in used]
        read += [v for v, ops in self.state_ops.items() if any(op.type != "Assign" for op in ops)]
        return list(dict.fromkeys(read))

    def _used_at_start(self) -> set[Tensor]:
        """What something takes as it is: not the variables behind reads that an assignment comes before."""
        used = set(self.fetched)
        for op in self.ops:
            if op.type != "ReadVariableOp" or not self.assigned_before(op):
                used.update(self.resolve(t) for t in needed_inputs(op))
        return used

    def doubtful_effects(self) -> set[Operation]:
        """Assignments and draws that the rules may do without: they take a y only where a value of it is asked for.

        A framework computes all of y to differentiate it. TF1 runs what the rules' operations take, and no more.
        """
        doubtful = {op for op in self.ops if assigned(op) or op.type in DRAWS}
        if not any(op.type == "Gradients" and op.attrs["grad_ys"] for op in self.ops):
            return set()
        return doubtful.difference(ancestors(self._roots, stop=self._stop, inputs=self._surely_taken))

    def _surely_taken(self, op: Operation) -> Sequence[Tensor]:
        """Without weights the rules start from ones like y, which take y."""
        return GradientsNode(op).grad_ys if op.type == "Gradients" and op.attrs["grad_ys"] else self._taken(op)

    # Of one operation -------------------------------------------------------------------------------------------------

    def assigned_before(self, op: Operation) -> bool:
        """Whether a read comes after an assignment of this program, whose value it then is."""
        if op not in self._after:
            behind = ancestors([op], stop=self._stop) if op.control_inputs else []
            self._after[op] = any(op.variable in assigned(a) for a in behind if a is not op)
        return self._after[op]

    def _taken(self, op: Operation) -> Sequence[Tensor]:
        """What an operation is computed from; by the rules, one that others only run after is what it expands to."""
        if op.type == "ReadVariableOp" and self.assigned_before(op):
            return ()
        return op.outputs if op.type == "Gradients" and not self.native else needed_inputs(op)

    def waited_for(self, op: Operation) -> Sequence[Tensor]:
        """What must have a value before an operation is written: not those of which only a known shape counts."""
        if not self.straight or not op.kernel:
            return self._taken(op)
        sized = {t for i, t in enumerate(op.inputs) if straight.is_sized(op, i, self.resolve(t))}
        return [t for t in self._taken(op) if t not in sized or _counts(op, t)] if sized else self._taken(op)

    def before(self, item: Operation | Segment) -> Sequence[Tensor | Operation]:
        """What is to be written before an operation or a segment."""
        if isinstance(item, Segment):
            return item.closure()
        if item.type == "ReadVariableOp" and not self.assigned_before(item):
            return item.inputs
        inputs = [self.resolve(t) for t in self.waited_for(item)]
        return inputs if item.kernel else [*inputs, *(c for c in item.control_inputs if c not in self.elsewhere)]


def _counts(op: Operation, t: Tensor) -> bool:
    """Whether the value of `t` enters as another operand as well."""
    return any(u is t and not OPS[op.kernel].is_sized(i) for i, u in enumerate(op.inputs))
