"""How Cond, While and Scan are written: a function a block, and one line that calls them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..backend import Backend
from ..blocks.structured import Parts, assigned, holds_host, inner, varying
from ..graph import Block, Operation, Tensor
from ..program import NeedsRules
from ..types import numpy_dtype
from .naming import as_tuple
from .needs import effects
from .scopes import Scope
from .writer import Writer


def write_structured(w: Writer, scope: Scope, op: Operation) -> None:
    """Writes a Cond, While or Scan and gives its outputs names."""
    state = assigned(op)
    if state and scope.differentiated:
        raise NeedsRules(f"{op.name} assigns")
    if holds_host(op):
        w.uncompiled(f"operations of the host lie inside of {op.name}")
        if scope.differentiated:
            raise NeedsRules(f"operations of the host lie inside of {op.name}")
    if _lacks_verb(w.backend, op.type):
        w.uncompiled(f"the backend has no {op.type} for compiled steps")
    if varying(op):
        w.uncompiled(f"{'the branches' if op.type == 'Cond' else 'the iterations'} of {op.name} differ in shape")
    {"Cond": _write_cond, "While": _write_while, "Scan": _write_scan}[op.type](w, scope, op, state)
    for t in op.outputs:
        if t not in w.needs.fed:
            w.shift(scope, t)


def _lacks_verb(backend: Backend, type: str) -> bool:
    verbs = {"Cond": backend.cond, "While": backend.while_loop, "Scan": backend.scan}
    return backend.compile is not None and verbs[type] is None


def _reverses_while(backend: Backend) -> bool:
    """Whether the framework differentiates a loop of unknown length as the step runs it."""
    return backend.compile is None or "while_loop_vjp" not in backend.lacks


def _block(w: Writer, scope: Scope, block: Block, parameters: dict[Tensor, str], line: str) -> Scope:
    """The first line of a block's function and what the block computes; the scope, in which its answer is to be written."""
    body = scope.child()
    body.defined.update(parameters)
    w.line(scope, line)
    ops = inner(block, w.needs.resolve)
    controls = dict.fromkeys(c for op in ops for c in op.control_inputs if c.block is block)
    w.write(body, [*effects(ops), *block.outputs, *controls, *(g for g, _ in block.guards)])
    return body


def _write_cond(w: Writer, scope: Scope, op: Operation, state: list[Operation]) -> None:
    parts = Parts(op)
    pred = w.value(scope, op.inputs[0])
    functions = []
    for k, (block, stem) in enumerate(zip(parts.blocks, ("true", "false"), strict=True)):
        before = dict(w.current)
        functions.append(w.names.fresh(f"{op.name.lstrip('~')}_{stem}"))
        body = _block(w, scope, block, {}, f"def {functions[-1]}():")
        answer = [w.value(body, t) for t in block.outputs]
        answer += [w.current[v] for v in state]
        for j, other in enumerate(parts.blocks):
            answer += [w.value(body, g) if j == k else w.names.yes() for g, _ in other.guards]
        w.line(body, f"return {as_tuple(answer)}")
        w.current.update(before)
    left = _define(w, scope, parts.results) + _new_values(w, scope, state) + _define(w, scope, parts.flags)
    w.line(scope, f"{as_tuple(left)} = cond({pred}, {', '.join(functions)})", op)


def _define(w: Writer, scope: Scope, outputs: Sequence[Tensor]) -> list[str]:
    """Names for the outputs, "_" for those that are fed."""
    own = [t for t in outputs if t not in w.needs.fed]
    scope.defined.update((t, w.names.of(t)) for t in own)
    return [w.names.of(t) if t in own else "_" for t in outputs]


def _new_values(w: Writer, scope: Scope, state: list[Operation]) -> list[str]:
    for v in state:
        w.current[v] = w.names.fresh(f"new_{v.name}")
        w.copied.add(v)
    return [w.current[v] for v in state]


class _Carry:
    """What goes around a loop: its variables, the graph's variables it assigns, and whether its guards have held so far."""

    def __init__(self, w: Writer, scope: Scope, parts: Parts, state: list[Operation]) -> None:
        self.w, self.scope, self.parts, self.state = w, scope, parts, state
        body = parts.body
        self.own = body.inputs[: len(parts.init)]
        self.new = {v: w.names.fresh(f"{v.name}_now") for v in state}
        self.held = [w.names.fresh("held") for _ in parts.flags]
        self.names = [*(w.names.of(t) for t in self.own), *self.new.values(), *self.held]
        self.first = [*(w.value(scope, t) for t in parts.init), *(w.current[v] for v in state)]
        self.first += [w.names.yes()] * len(self.held)

    def parameters(self, inputs: Sequence[Tensor]) -> dict[Tensor, str]:
        """Names inside: of the block's inputs, and of the variables, whose value is that of the iteration."""
        found = dict(zip(inputs, self.names, strict=False))
        found.update({v.outputs[0]: name for v, name in self.new.items()})
        self.w.current.update(self.new)
        return found

    def next(self, body: Scope, guards: Sequence[str]) -> list[str]:
        """What one iteration answers; guards: names of the truth values it found."""
        w = self.w
        answer = [w.value(body, t) for t in self.parts.body.outputs[: len(self.own)]]
        answer += [w.current[v] for v in self.state]
        for held, guard in zip(self.held, guards, strict=True):
            now = w.names.fresh("holds")
            w.line(body, f"{now} = logical_and({held}, {guard})")
            answer.append(now)
        return answer

    def results(self) -> list[str]:
        """Names outside, of what the loop leaves."""
        w, scope = self.w, self.scope
        left = _define(w, scope, self.parts.finals) + _new_values(w, scope, self.state)
        return left + _define(w, scope, self.parts.flags)


def _write_while(w: Writer, scope: Scope, op: Operation, state: list[Operation]) -> None:
    parts = Parts(op)
    if scope.differentiated and not _reverses_while(w.backend):
        w.uncompiled(f"the framework cannot differentiate {op.name}, a loop of unknown length, inside a compiled step")
    carry = _Carry(w, scope, parts, state)
    loop = _guarded_while if parts.blocks[0].guards else _plain_while
    test, step, first, prefix = loop(w, scope, parts, carry)
    left = as_tuple([*prefix, *carry.results()])
    saved = [*parts.counts, *parts.states]
    if not any(t in w.needs.consumed for t in saved):
        w.line(scope, f"{left} = while_loop({test}, {step}, {as_tuple(first)})", op)
        return
    w.uncompiled(f"the gradient of {op.name}, a loop of unknown length, needs the state before every iteration")
    saves = ", ".join(str(i + len(prefix)) for i in range(len(carry.own)))
    count, *states = _define(w, scope, saved)
    w.line(
        scope,
        f"{left}, {count}, {as_tuple(states)} = recorded_while({test}, {step}, {as_tuple(first)}, ({saves},))",
        op,
    )


Loop = tuple[str, str, list[str], list[str]]


def _plain_while(w: Writer, scope: Scope, parts: Parts, carry: _Carry) -> Loop:
    """Functions that test and that step, what goes in first, and names for what comes out before the carry itself."""
    stem = parts.op.name.lstrip("~")
    condition, names = parts.blocks[0], ", ".join(carry.names)
    test, step = w.names.fresh(f"{stem}_cond"), w.names.fresh(f"{stem}_body")
    body = _block(w, scope, condition, carry.parameters(condition.inputs), f"def {test}({names}):")
    w.line(body, f"return {_all(w, body, [w.value(body, condition.outputs[0]), *carry.held])}")
    body = _block(w, scope, parts.body, carry.parameters(parts.body.inputs), f"def {step}({names}):")
    w.line(body, f"return {as_tuple(carry.next(body, [w.value(body, g) for g, _ in parts.body.guards]))}")
    return test, step, carry.first, []


def _guarded_while(w: Writer, scope: Scope, parts: Parts, carry: _Carry) -> Loop:
    """A condition that can fail answers whether it failed, too: its answer goes around the loop with the variables."""
    stem = parts.op.name.lstrip("~")
    condition, names = parts.blocks[0], ", ".join(carry.names)
    ask, test, step, going = (w.names.fresh(n) for n in (f"{stem}_ask", f"{stem}_cond", f"{stem}_body", "going"))
    body = _block(w, scope, condition, carry.parameters(condition.inputs), f"def {ask}({names}):")
    w.line(
        body,
        f"return {as_tuple([w.value(body, condition.outputs[0]), *(w.value(body, g) for g, _ in condition.guards)])}",
    )
    w.line(scope, f"def {test}({going}, {names}):")
    w.line(scope.child(), f"return {going}")
    body = _block(w, scope, parts.body, carry.parameters(parts.body.inputs), f"def {step}({going}, {names}):")
    own = [w.value(body, g) for g, _ in parts.body.guards]
    after = carry.next(body, [w.names.yes()] * len(condition.guards) + own)
    found = [w.names.fresh("held") for _ in condition.guards]
    at = len(after) - len(carry.held)
    w.line(body, f"{as_tuple([going, *found])} = {ask}({', '.join(after)})")
    after[at : at + len(found)] = [_all(w, body, pair) for pair in zip(after[at:], found, strict=False)]
    w.line(body, f"return {as_tuple([_all(w, body, [going, *after[at:]]), *after])}")
    first = list(carry.first)
    asked = [w.names.fresh("going"), *(w.names.fresh("held") for _ in found)]
    w.line(scope, f"{as_tuple(asked)} = {ask}({', '.join(first)})")
    at = len(first) - len(carry.held)
    first[at : at + len(found)] = asked[1:]
    return test, step, [_all(w, scope, asked), *first], ["_"]


def _all(w: Writer, scope: Scope, truths: Iterable[str]) -> str:
    """The name of whether all hold."""
    first, *rest = truths
    for t in rest:
        both = w.names.fresh("goes_on")
        w.line(scope, f"{both} = logical_and({first}, {t})")
        first = both
    return first


def _write_scan(w: Writer, scope: Scope, op: Operation, state: list[Operation]) -> None:
    parts = Parts(op)
    carry = _Carry(w, scope, parts, state)
    elems = [w.value(scope, t) for t in parts.elems]
    length = w.known_int(scope, op.inputs[0])
    fn = w.names.fresh(f"{op.name.lstrip('~')}_body")
    slices = parts.body.inputs[len(carry.own) :]
    inside = {**carry.parameters(carry.own), **{t: w.names.of(t) for t in slices}}
    body = _block(
        w, scope, parts.body, inside, f"def {fn}({', '.join([*carry.names, *(w.names.of(t) for t in slices)])}):"
    )
    saves = any(t in w.needs.consumed for t in parts.states)
    after = carry.next(body, [w.value(body, g) for g, _ in parts.body.guards])
    each = [w.value(body, t) for t in parts.body.outputs[len(carry.own) :]]
    each += [w.names.of(t) for t in carry.own] if saves else []
    w.line(body, f"return {as_tuple(after)}, {as_tuple(each)}")
    left = as_tuple(carry.results())
    stacked = [*parts.stacked, *(parts.states if saves else ())]
    empty = as_tuple(_empty(w, t) for t in stacked)
    reverse = ", reverse=True" if op.attrs["reverse"] else ""
    w.line(
        scope,
        f"{left}, {as_tuple(_define(w, scope, stacked))} = "
        f"scan({fn}, {as_tuple(carry.first)}, {as_tuple(elems)}, {length}, {empty}{reverse})",
        op,
    )


def _empty(w: Writer, t: Tensor) -> str:
    """The name of what is stacked when there is no iteration."""
    sizes = tuple(n or 0 for n in (t.type.shape or ())[1:])
    return w.names.constant(f"empty_{t.op.name.lstrip('~')}", np.empty((0, *sizes), numpy_dtype(t.dtype)))
