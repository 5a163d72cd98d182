"""How Cond, While and Scan are written: a function a block, and one line that calls them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from ..graph import Block, Operation, Tensor
from ..host.calls import on_host
from ..types import numpy_dtype
from .structured import Parts, assigned, holds_host, inner, varying


class Scope(Protocol):
    """The body of a function being written."""

    defined: dict[Tensor, str]

    def child(self) -> Any: ...

    @property
    def differentiated(self) -> bool: ...


class Writer(Protocol):
    """What of the program's writer is needed here."""

    current: dict[Operation, str]
    copied: set[Operation]
    consumed: set[Tensor]
    fed: frozenset[Tensor]
    native: bool
    reverses_while: bool  # whether the framework differentiates a compiled loop of unknown length

    def line(self, scope: Any, text: str, op: Operation | None = None) -> None: ...
    def name(self, t: Tensor) -> str: ...
    def fresh(self, stem: str) -> str: ...
    def value(self, scope: Any, t: Tensor) -> str: ...
    def known_int(self, scope: Any, t: Tensor) -> str: ...
    def yes(self) -> str: ...
    def constant(self, stem: str, array: np.ndarray[Any, Any]) -> str: ...
    def write(self, scope: Any, roots: Iterable[Tensor | Operation]) -> None: ...
    def resolve(self, t: Tensor, /) -> Tensor: ...
    def lacks_verb(self, type: str) -> bool: ...
    def shift(self, scope: Any, t: Tensor) -> None: ...
    def uncompiled(self, reason: str) -> None: ...
    def refuse_native(self, why: str) -> None: ...


def result_name(t: Tensor) -> str:
    """What tells an output of an operation from the others: for a loop variable, what the user calls it."""
    if t.op.type in ("While", "Scan") and t.index < t.op.attrs["carried"]:
        own = t.op.attrs["blocks"][-1].inputs[t.index].op.name.rpartition("/")[2]
        return own if not own.startswith("Var") else str(t.index)
    return str(t.index)


def write_structured(w: Writer, scope: Scope, op: Operation) -> None:
    """Writes a Cond, While or Scan and gives its outputs names."""
    state = assigned(op)
    if state and scope.differentiated:
        w.refuse_native(f"{op.name} assigns")
    if holds_host(op):
        w.uncompiled(f"operations of the host lie inside of {op.name}")
        if scope.differentiated:
            w.refuse_native(f"operations of the host lie inside of {op.name}")
    if w.lacks_verb(op.type):
        w.uncompiled(f"the backend has no {op.type} for compiled steps")
    if varying(op):
        w.uncompiled(f"{'the branches' if op.type == 'Cond' else 'the iterations'} of {op.name} differ in shape")
    {"Cond": _write_cond, "While": _write_while, "Scan": _write_scan}[op.type](w, scope, op, state)
    for t in op.outputs:
        if t not in w.fed:
            w.shift(scope, t)


def _block(w: Writer, scope: Any, block: Block, parameters: dict[Tensor, str], line: str) -> Any:
    """The first line of a block's function and what the block computes; the scope, in which its answer is to be written."""
    body = scope.child()
    body.defined.update(parameters)
    w.line(scope, line)
    ops = inner(block, w.resolve)
    controls = dict.fromkeys(c for op in ops for c in op.control_inputs if c.block is block)
    w.write(body, [*effects(ops), *block.outputs, *controls, *(g for g, _ in block.guards)])
    return body


def effects(ops: Iterable[Operation]) -> list[Operation]:
    """Those of a block, or of a program, that call the host while they run: they do in this order."""
    return [op for op in ops if holds_host(op) or (on_host(op) and op.block is not None)]


def _names(items: Iterable[str]) -> str:
    text = ", ".join(items)
    return f"({text},)" if text else "()"


def _write_cond(w: Writer, scope: Any, op: Operation, state: list[Operation]) -> None:
    parts = Parts(op)
    pred = w.value(scope, op.inputs[0])
    functions = []
    for k, (block, stem) in enumerate(zip(parts.blocks, ("true", "false"), strict=True)):
        before = dict(w.current)
        functions.append(w.fresh(f"{op.name.lstrip('~')}_{stem}"))
        body = _block(w, scope, block, {}, f"def {functions[-1]}():")
        answer = [w.value(body, t) for t in block.outputs]
        answer += [w.current[v] for v in state]
        for j, other in enumerate(parts.blocks):
            answer += [w.value(body, g) if j == k else w.yes() for g, _ in other.guards]
        w.line(body, f"return {_names(answer)}")
        w.current.clear()
        w.current.update(before)
    left = _define(w, scope, parts.results) + _new_values(w, scope, state) + _define(w, scope, parts.flags)
    w.line(scope, f"{_names(left)} = cond({pred}, {', '.join(functions)})", op)


def _define(w: Writer, scope: Any, outputs: Sequence[Tensor]) -> list[str]:
    """Names for the outputs, "_" for those that are fed."""
    own = [t for t in outputs if t not in w.fed]
    scope.defined.update((t, w.name(t)) for t in own)
    return [w.name(t) if t in own else "_" for t in outputs]


def _new_values(w: Writer, scope: Any, state: list[Operation]) -> list[str]:
    for v in state:
        w.current[v] = w.fresh(f"new_{v.name}")
        w.copied.add(v)
    return [w.current[v] for v in state]


class _Carry:
    """What goes around a loop: its variables, the graph's variables it assigns, and whether its guards have held so far."""

    def __init__(self, w: Writer, scope: Any, parts: Parts, state: list[Operation]) -> None:
        self.w, self.scope, self.parts, self.state = w, scope, parts, state
        body = parts.body
        self.own = body.inputs[: len(parts.init)]
        self.before = dict(w.current)
        self.new = {v: w.fresh(f"{v.name}_now") for v in state}
        self.held = [w.fresh("held") for _ in parts.flags]
        self.names = [*(w.name(t) for t in self.own), *self.new.values(), *self.held]
        self.first = [*(w.value(scope, t) for t in parts.init), *(w.current[v] for v in state)]
        self.first += [w.yes()] * len(self.held)

    def parameters(self, inputs: Sequence[Tensor]) -> dict[Tensor, str]:
        """Names inside: of the block's inputs, and of the variables, whose value is that of the iteration."""
        found = dict(zip(inputs, self.names, strict=False))
        found.update({v.outputs[0]: name for v, name in self.new.items()})
        self.w.current.update(self.new)
        return found

    def next(self, body: Any, guards: Sequence[str]) -> list[str]:
        """What one iteration answers; guards: names of the truth values it found."""
        w = self.w
        answer = [w.value(body, t) for t in self.parts.body.outputs[: len(self.own)]]
        answer += [w.current[v] for v in self.state]
        for held, guard in zip(self.held, guards, strict=True):
            now = w.fresh("holds")
            w.line(body, f"{now} = logical_and({held}, {guard})")
            answer.append(now)
        return answer

    def results(self) -> list[str]:
        """Names outside, of what the loop leaves."""
        w, scope = self.w, self.scope
        w.current.clear()
        w.current.update(self.before)
        left = _define(w, scope, self.parts.finals) + _new_values(w, scope, self.state)
        return left + _define(w, scope, self.parts.flags)


def _write_while(w: Writer, scope: Any, op: Operation, state: list[Operation]) -> None:
    parts = Parts(op)
    if scope.differentiated and not w.reverses_while:
        w.uncompiled(f"the framework cannot differentiate {op.name}, a loop of unknown length, inside a compiled step")
    carry = _Carry(w, scope, parts, state)
    loop = _guarded_while if parts.blocks[0].guards else _plain_while
    test, step, first, prefix = loop(w, scope, parts, carry)
    left = _names([*prefix, *carry.results()])
    saved = [*parts.counts, *parts.states]
    if not any(t in w.consumed for t in saved):
        w.line(scope, f"{left} = while_loop({test}, {step}, {_names(first)})", op)
        return
    w.uncompiled(f"the gradient of {op.name}, a loop of unknown length, needs the state before every iteration")
    saves = ", ".join(str(i + len(prefix)) for i in range(len(carry.own)))
    count, *states = _define(w, scope, saved)
    w.line(
        scope,
        f"{left}, {count}, {_names(states)} = recorded_while({test}, {step}, {_names(first)}, ({saves},))",
        op,
    )


Loop = tuple[str, str, list[str], list[str]]


def _plain_while(w: Writer, scope: Any, parts: Parts, carry: _Carry) -> Loop:
    """Functions that test and that step, what goes in first, and names for what comes out before the carry itself."""
    stem = parts.op.name.lstrip("~")
    condition, names = parts.blocks[0], ", ".join(carry.names)
    test, step = w.fresh(f"{stem}_cond"), w.fresh(f"{stem}_body")
    body = _block(w, scope, condition, carry.parameters(condition.inputs), f"def {test}({names}):")
    w.line(body, f"return {_all(w, body, [w.value(body, condition.outputs[0]), *carry.held])}")
    body = _block(w, scope, parts.body, carry.parameters(parts.body.inputs), f"def {step}({names}):")
    w.line(body, f"return {_names(carry.next(body, [w.value(body, g) for g, _ in parts.body.guards]))}")
    return test, step, carry.first, []


def _guarded_while(w: Writer, scope: Any, parts: Parts, carry: _Carry) -> Loop:
    """A condition that can fail answers whether it failed, too: its answer goes around the loop with the variables."""
    stem = parts.op.name.lstrip("~")
    condition, names = parts.blocks[0], ", ".join(carry.names)
    ask, test, step, going = (w.fresh(n) for n in (f"{stem}_ask", f"{stem}_cond", f"{stem}_body", "going"))
    body = _block(w, scope, condition, carry.parameters(condition.inputs), f"def {ask}({names}):")
    w.line(
        body,
        f"return {_names([w.value(body, condition.outputs[0]), *(w.value(body, g) for g, _ in condition.guards)])}",
    )
    w.line(scope, f"def {test}({going}, {names}):")
    w.line(scope.child(), f"return {going}")
    body = _block(w, scope, parts.body, carry.parameters(parts.body.inputs), f"def {step}({going}, {names}):")
    own = [w.value(body, g) for g, _ in parts.body.guards]
    after = carry.next(body, [w.yes()] * len(condition.guards) + own)
    found = [w.fresh("held") for _ in condition.guards]
    at = len(after) - len(carry.held)
    w.line(body, f"{_names([going, *found])} = {ask}({', '.join(after)})")
    after[at : at + len(found)] = [_all(w, body, pair) for pair in zip(after[at:], found, strict=False)]
    w.line(body, f"return {_names([_all(w, body, [going, *after[at:]]), *after])}")
    first = list(carry.first)
    asked = [w.fresh("going"), *(w.fresh("held") for _ in found)]
    w.line(scope, f"{_names(asked)} = {ask}({', '.join(first)})")
    at = len(first) - len(carry.held)
    first[at : at + len(found)] = asked[1:]
    return test, step, [_all(w, scope, asked), *first], ["_"]


def _all(w: Writer, scope: Any, truths: Iterable[str]) -> str:
    """The name of whether all hold."""
    first, *rest = truths
    for t in rest:
        both = w.fresh("goes_on")
        w.line(scope, f"{both} = logical_and({first}, {t})")
        first = both
    return first


def _write_scan(w: Writer, scope: Any, op: Operation, state: list[Operation]) -> None:
    parts = Parts(op)
    carry = _Carry(w, scope, parts, state)
    elems = [w.value(scope, t) for t in parts.elems]
    length = w.known_int(scope, op.inputs[0])
    fn = w.fresh(f"{op.name.lstrip('~')}_body")
    slices = parts.body.inputs[len(carry.own) :]
    inside = {**carry.parameters(carry.own), **{t: w.name(t) for t in slices}}
    body = _block(w, scope, parts.body, inside, f"def {fn}({', '.join([*carry.names, *(w.name(t) for t in slices)])}):")
    saves = any(t in w.consumed for t in parts.states)
    after = carry.next(body, [w.value(body, g) for g, _ in parts.body.guards])
    each = [w.value(body, t) for t in parts.body.outputs[len(carry.own) :]]
    each += [w.name(t) for t in carry.own] if saves else []
    w.line(body, f"return {_names(after)}, {_names(each)}")
    left = _names(carry.results())
    stacked = [*parts.stacked, *(parts.states if saves else ())]
    empty = _names(_empty(w, t) for t in stacked)
    reverse = ", reverse=True" if op.attrs["reverse"] else ""
    w.line(
        scope,
        f"{left}, {_names(_define(w, scope, stacked))} = "
        f"scan({fn}, {_names(carry.first)}, {_names(elems)}, {length}, {empty}{reverse})",
        op,
    )


def _empty(w: Writer, t: Tensor) -> str:
    """The name of what is stacked when there is no iteration."""
    sizes = tuple(n or 0 for n in (t.type.shape or (0,))[1:])
    return w.constant(f"empty_{t.op.name.lstrip('~')}", np.zeros((0, *sizes), numpy_dtype(t.dtype)))
