"""How variables are read and assigned, and when their rows are updated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..backend import Call
from ..blocks.structured import ASSIGNS, SCATTERS, STRUCTURED
from ..graph import Operation, Tensor
from ..program import NeedsRules
from ..registry import OPS
from ..straight import Line
from .scopes import Scope
from .writer import Writer


def write_assign(w: Writer, scope: Scope, op: Operation) -> None:
    variable, out = op.variable, op.outputs[0]
    assert variable is not None
    assigned = w.needs.resolve(op.inputs[0])
    value = w.value(scope, assigned)
    kernel = ASSIGNS[op.type]
    if kernel:
        new = w.names.fresh(f"new_{variable.name}")
        line = Line(scope.indent, f"{new} = {kernel}({w.current[variable]}, {value})", op)
        if w.needs.straight and scope.parent is None:
            types = [variable.outputs[0].type, assigned.type]
            line.note(kernel, Call([w.current[variable], value], {}, types, out.type), [out], [new])
        w.lines.append(line)
        w.copied.discard(variable)
    else:
        new = value
        if w.needs.native and any(o.type == "Gradients" for o in w.needs.ops):
            # a name of its own: within what is differentiated, the value's name is that of its differentiated copy
            new = w.names.fresh(f"new_{variable.name}")
            w.line(scope, f"{new} = {value}", op)
        shares = _may_share(assigned) or assigned in w.once
        w.copied.add(variable) if shares else w.copied.discard(variable)
    w.current[variable] = scope.defined[out] = new


def _may_share(t: Tensor) -> bool:
    """Whether the value of `t` may share memory with a feed, a constant or a variable."""
    return not t.op.kernel or OPS[t.op.kernel].may_view


def write_scatter(w: Writer, scope: Scope, op: Operation) -> None:
    """Deferred ones are written by commit; the others make a new table."""
    variable = op.variable
    assert variable is not None
    if variable in w.needs.deferred:
        return
    ids, rows = (w.value(scope, t) for t in op.inputs)
    new = w.names.fresh(f"new_{variable.name}")
    w.line(scope, f"{new} = scatter_rows({w.current[variable]}, {ids}, {rows}, how={SCATTERS[op.type]!r})", op)
    w.copied.discard(variable)
    w.current[variable] = scope.defined[op.outputs[0]] = new


def write_read(w: Writer, scope: Scope, op: Operation) -> None:
    variable = op.variable
    assert variable is not None
    if not w.needs.assigned_before(op):
        scope.defined[op.outputs[0]] = w.value(scope, op.inputs[0])
        w.shift(scope, op.outputs[0])
        return
    if scope.differentiated:
        raise NeedsRules(op.name)
    scope.defined[op.outputs[0]] = w.current[variable]


def commit(w: Writer, scope: Scope, failed: str | None) -> None:
    """Row updates come last: after everything that may fail, and after every read of the old rows."""
    updates = [op for v in w.needs.deferred for op in w.needs.state_ops[v]]
    if not updates:
        return
    _detach(w, scope)
    if w.backend.barrier is not None:
        _hold(w, scope, updates)
    ok = f"equal({failed}, none_failed)" if failed and w.backend.compile is not None else "None"
    made: dict[Operation, str] = {}
    places = _places(w, scope, updates)
    for op in updates:
        assert op.variable is not None
        table = w.current[op.variable]
        new = made.get(op.variable) or w.names.fresh(f"new_{op.variable.name}")
        if op.variable in made:  # None: the table itself was changed
            table = f"{table} if {new} is None else {new}"
        made[op.variable] = new
        rows = w.value(scope, op.inputs[1])
        w.line(scope, f"{new} = update_rows({table}, {places[op]}, {rows}, {SCATTERS[op.type]!r}, {ok})", op)
        scope.defined[op.outputs[0]] = new
    w.current.update(made)


def _places(w: Writer, scope: Scope, updates: Sequence[Operation]) -> dict[Operation, str]:
    """Where each update goes: indices, or what the backend makes of those that several updates have in common."""
    ids = {op: w.value(scope, op.inputs[0]) for op in updates}
    if w.backend.order_rows is None or w.backend.update_rows is None:
        return ids
    found: dict[str, str] = {}
    for name, times in Counter(ids.values()).items():
        found[name] = name
        if times > 1:
            found[name] = w.names.fresh(f"{name}_order")
            w.line(scope, f"{found[name]} = order_rows({name})", next(op for op in updates if ids[op] == name))
    return {op: found[name] for op, name in ids.items()}


def _hold(w: Writer, scope: Scope, updates: Iterable[Operation]) -> None:
    """Keeps a compiler from moving an update before what reads the old rows."""
    held = [w.current[v] for v in w.needs.deferred]
    held += [w.value(scope, t) for op in updates for t in op.inputs if t not in w.needs.fed]
    held += [n for t in w.needs.fetched if (n := scope.find(t)) is not None]
    names = ", ".join(n for n in dict.fromkeys(held) if n not in w.names.constants)
    w.line(scope, f"({names},) = barrier(({names},))")


def _detach(w: Writer, scope: Scope) -> None:
    """Gives what is used when a table has changed, and may share memory with one, memory of its own.

    That is what outlives the step, and what the updates take in: a table's old rows may be added to another's.
    """
    deferred, state_ops = w.needs.deferred, w.needs.state_ops
    tables = {v.outputs[0] for v in deferred}
    taken = [w.needs.resolve(t) for v in deferred for op in state_ops[v] for t in op.inputs]
    for t in dict.fromkeys([*w.needs.fetched, *taken]):
        if _shares(w, t, tables):
            w.line(scope, f"{(new := w.names.fresh(w.names.of(t) + '_before'))} = owned({w.value(scope, t)})")
            scope.defined[t] = new
    for v, ops in state_ops.items():
        if v not in deferred and ops[-1].type == "Assign" and _shares(w, ops[-1].inputs[0], tables):
            new = w.names.fresh(f"new_{v.name}")
            w.line(scope, f"{new} = owned({w.current[v]})")
            w.current[v] = new


def _shares(w: Writer, t: Tensor, tables: set[Tensor]) -> bool:
    """Whether the value of `t` may share memory with a table."""
    todo, seen = [t], set[Tensor]()
    while todo:
        t = w.needs.resolve(todo.pop())
        if t in tables:
            return True
        if t not in seen and t not in w.needs.fed:
            seen.add(t)
            todo.extend(_may_be_views_of(w, t.op))
    return False


def _may_be_views_of(w: Writer, op: Operation) -> Iterable[Tensor]:
    """Whose memory the values of an operation may be."""
    if op.type == "ReadVariableOp":  # also of what was assigned before it
        assigned = [o for o in w.needs.state_ops.get(op.variable or op, ()) if o.type == "Assign"]
        return [*op.inputs, *(t for o in assigned for t in o.inputs)]
    views = op.type == "Assign" or op.type in STRUCTURED or (op.kernel and OPS[op.kernel].may_view)
    return op.inputs if views else ()
