"""From a fetch set and a fed set to the source of one straight-line function."""

from __future__ import annotations

import builtins
import itertools
import keyword
import linecache
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import segments, straight
from .backend import Backend, Call
from .blocks import python_loops
from .blocks.structured import (
    ASSIGNS,
    SCATTERS,
    STRUCTURED,
    assigned,
    everything,
    guards_of,
    needed_inputs,
)
from .blocks.writer import effects, result_name, write_structured
from .errors import UnimplementedError
from .gradients import Backwards, GradientsNode
from .graph import Operation, Tensor, ancestors
from .host.calls import HostState, called_inside, on_host
from .op import Op, static_value
from .random import DRAWS
from .registry import OPS
from .segments import Segment
from .specialising import NONE, by_rules
from .straight import Line
from .types import DType, TensorType, numpy_dtype

WIDE = frozenset(("float64", "int64", "uint64"))
_serial = itertools.count()


class StepFailed(Exception):
    """A guard of a step was False. index: which."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(index)


class NeedsRules(Exception):
    """This program's gradients cannot be handed to a framework; the rules can compute them."""


@dataclass
class Program:
    """def step(*feeds, *draws, *variables) -> (fetched values, new values of `assigned`, failed guard or 0).

    feeds: tensors to feed. draws: random operations, their outputs fed like feeds. variables: read or assigned.
    assigned: those given a new value. rows: those of them updated by rows, in place where the backend can. copied: those
    whose new value may share memory with something else. guards: the operation each guard protects. lines: the operation
    that a line of `source` computes. hosts: operations of the host inside of branches and loops, by the names they are called
    by there. dynamic: why the step cannot be compiled, "" when it can. unshared: fetches whose value nothing else holds or
    shares memory with once the step is through.
    """

    fetches: list[Tensor]
    feeds: list[Tensor]
    draws: list[Operation]
    variables: list[Operation]
    assigned: list[Operation]
    rows: list[Operation]
    copied: set[Operation]
    guards: list[Operation]
    source: str
    lines: dict[int, Operation]
    constants: dict[str, np.ndarray[Any, Any]]
    wide: bool
    dynamic: str
    route: str
    hosts: dict[str, Operation] = field(default_factory=dict)
    unshared: frozenset[Tensor] = frozenset()
    filename: str = field(default_factory=lambda: f"<samegraph step {next(_serial)}>")

    def load(self, backend: Backend, device: str, host: HostState | None = None) -> Callable[..., Any]:
        """The step as a function over the backend's kernels; its source is there for tracebacks.

        host: what the session keeps for the host's operations, needed where there are `hosts`.
        """
        names: dict[str, Any] = {
            **backend.kernels,
            "value_and_vjp": backend.value_and_vjp,
            "update_rows": backend.update_rows or _copying_update(backend),
            "barrier": backend.barrier,
            "ok_all": backend.ok_all or _first_false,
            "ints": lambda t: _ints(backend.to_numpy(t)),
            "stop_if": _stop_if,
            "none_failed": backend.to_device(np.zeros((), np.int32), device),
            **_loops(backend, device, backend.compile is not None and not self.dynamic),
            "inf": float("inf"),
            "nan": float("nan"),
            **backend.modules,
        }
        names.update({k: backend.to_device(v, device) for k, v in self.constants.items()})
        names.update({k: called_inside(op, backend, device, host) for k, op in self.hosts.items() if host is not None})
        linecache.cache[self.filename] = (len(self.source), None, self.source.splitlines(True), self.filename)
        exec(compile(self.source, self.filename, "exec"), names)
        return names["step"]


def _loops(backend: Backend, device: str, compiled: bool) -> dict[str, Any]:
    """The verbs of control flow: the framework's own where the step is compiled, else Python's."""

    def scan(*args: Any, **kwargs: Any) -> Any:
        return python_loops.scan(backend.kernels["stack"], *args, **kwargs)

    def recorded_while(*args: Any) -> Any:
        finals, count, states = python_loops.recorded_while(*args)
        return finals, backend.to_device(np.asarray(count, np.int32), device), states

    if compiled:
        return {"cond": backend.cond, "while_loop": backend.while_loop, "scan": backend.scan}
    plain = {"cond": python_loops.cond, "while_loop": python_loops.while_loop}
    return {**plain, "scan": scan, "recorded_while": recorded_while}


def _ints(array: np.ndarray[Any, Any]) -> Any:
    return int(array) if array.ndim == 0 else tuple(int(i) for i in array.reshape(-1))


def _stop_if(failed: Any) -> None:
    if failed:
        raise StepFailed(int(failed) - 1)


def _first_false(flags: Sequence[Any]) -> int:
    return next((i + 1 for i, ok in enumerate(flags) if not bool(ok)), 0)


def _copying_update(backend: Backend) -> Callable[..., Any]:
    def update_rows(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
        new = backend.kernels["scatter_rows"](table, indices, updates, how=how)
        return new if ok is None else backend.kernels["where"](ok, new, table)

    return update_rows


class _Scope:
    """The body of one function being written: what has a value in it."""

    def __init__(self, parent: _Scope | None, own: set[Tensor], indent: int, differentiated: bool = False) -> None:
        self.parent, self.own, self.indent = parent, own, indent
        self.differentiated = differentiated
        self.defined: dict[Tensor, str] = {}
        self.done: set[object] = set()
        self.open: set[object] = set()
        self.makers: dict[Tensor, Segment] = {}
        self.planned = False
        self.shifts: dict[Tensor, str] = {}
        self.xs: frozenset[Tensor] = frozenset()

    def child(self) -> _Scope:
        """The body of a function inside this one."""
        return _Scope(self, set(), self.indent + 1, self.differentiated)

    def find(self, t: Tensor) -> str | None:
        found = self.defined.get(t)
        if found is None and self.parent is not None and t not in self.own:
            return self.parent.find(t)
        return found


def build(
    fetches: Sequence[Tensor | Operation],
    feeds: Sequence[Tensor],
    backend: Backend,
    native: bool,
    elsewhere: frozenset[Operation] = NONE,
    kept: frozenset[Operation] = NONE,
) -> Program:
    """The program that computes `fetches` when `feeds` are given.

    elsewhere: operations that other programs of the same run see to; they are not run for the sake of order. kept: variables
    whose old value must outlive the step, so that rows are not updated in place.
    """
    if native and backend.value_and_vjp is not None:
        writer = _Writer(fetches, feeds, backend, True, elsewhere, kept)
        with suppress(NeedsRules):
            doubtful = writer.doubtful_effects()
            if not doubtful or doubtful.issubset(_Writer(fetches, feeds, backend, False, elsewhere, kept).ops):
                return writer.program()
    return _Writer(fetches, feeds, backend, False, elsewhere, kept).program()


def _itself(t: Tensor) -> Tensor:
    return t


class _Writer:
    def __init__(
        self,
        fetches: Sequence[Tensor | Operation],
        feeds: Sequence[Tensor],
        backend: Backend,
        native: bool,
        elsewhere: frozenset[Operation],
        kept: frozenset[Operation],
    ) -> None:
        self.backend, self.native, self.elsewhere, self.kept = backend, native, elsewhere, kept
        self.feeds = list(feeds)
        self.fed = frozenset(self.feeds)
        self.stop: frozenset[Tensor | Operation] = self.fed | elsewhere
        self.resolve: Callable[[Tensor], Tensor] = _itself if native else by_rules(self.feeds)
        self.fetched = [self.resolve(f) for f in fetches if isinstance(f, Tensor)]
        self.roots: list[Tensor | Operation] = [f if isinstance(f, Operation) else self.resolve(f) for f in fetches]
        self.after: dict[Operation, bool] = {}
        self.ops = self._needed(self.roots)
        self.guards = guards_of(self.ops)
        self.ops = self._needed([*self.roots, *(g for g, _ in self.guards)])
        self.lines: list[Line] = []
        self.before: list[Line] = []
        self.names: dict[object, str] = {}
        self.used: dict[str, int] = {}
        self.taken: set[str] = {
            "step",
            "ok_all",
            "failed",
            "ints",
            "barrier",
            "update_rows",
            "stop_if",
            "none_failed",
            "yes",
            "inf",
            "nan",
            "value_and_vjp",
            "cond",
            "while_loop",
            "recorded_while",
            "scan",
        }
        self.taken.update(backend.kernels, backend.modules, dir(builtins))
        self.constants: dict[str, np.ndarray[Any, Any]] = {}
        self.hosts: dict[str, Operation] = {}
        self.dynamic = ""
        self.reverses_while = backend.compile is None or "while_loop_vjp" not in backend.lacks
        self.straight = backend.compile is None and not native
        self.once: dict[Tensor, str] = {}
        self.state_ops: dict[Operation, list[Operation]] = {}
        for op in self.ops:
            for v in assigned(op):
                self.state_ops.setdefault(v, []).append(op)
        if self.straight:
            self._merge()
        self.everywhere = list(everything(self.ops, None if native else self.resolve))
        self.consumed = {self.resolve(t) for op in self.everywhere for t in op.inputs} | set(self.fetched)
        self.deferred = self._deferrable()
        self.current: dict[Operation, str] = {}
        self.copied: set[Operation] = set()

    def _merge(self) -> None:
        """From here on, tensors that are always equal are one."""
        apart = self.resolve
        same = straight.merged(self.ops, apart, self.fed, self._assigned_before)

        def resolve(t: Tensor) -> Tensor:
            meant = apart(t)
            return same.get(meant, meant)

        self.resolve = resolve
        self.fetched = [resolve(t) for t in self.fetched]
        self.roots = [r if isinstance(r, Operation) else resolve(r) for r in self.roots]

    # What is needed ---------------------------------------------------------------------------------------------------

    def _needed(self, roots: Iterable[Tensor | Operation]) -> list[Operation]:
        resolve = None if self.native else self.resolve
        return ancestors(roots, stop=self.stop, resolve=resolve, inputs=self._taken)

    def _taken(self, op: Operation) -> Sequence[Tensor]:
        """What an operation is computed from; by the rules, one that others only run after is what it expands to."""
        if op.type == "ReadVariableOp" and self._assigned_before(op):
            return ()
        return op.outputs if op.type == "Gradients" and not self.native else needed_inputs(op)

    def doubtful_effects(self) -> set[Operation]:
        """Assignments and draws that the rules may do without: they take a y only where a value of it is asked for.

        A framework computes all of y to differentiate it. TF1 runs what the rules' operations take, and no more.
        """
        effects = {op for op in self.ops if assigned(op) or op.type in DRAWS}
        if not effects or not any(op.type == "Gradients" and op.attrs["grad_ys"] for op in self.ops):
            return set()
        return effects.difference(ancestors(self.roots, stop=self.stop, inputs=self._surely_taken))

    def _surely_taken(self, op: Operation) -> Sequence[Tensor]:
        """Without weights the rules start from ones like y, which take y."""
        return GradientsNode(op).grad_ys if op.type == "Gradients" and op.attrs["grad_ys"] else self._taken(op)

    def _deferrable(self) -> dict[Operation, None]:
        """Variables only updated by rows, whose new value nothing in the program computes with."""
        reads = {op.variable for op in self.ops if op.type == "ReadVariableOp" and self._assigned_before(op)}
        return {
            v: None
            for v, ops in self.state_ops.items()
            if v not in reads
            and v not in self.kept
            and all(op.type in SCATTERS and op.outputs[0] not in self.consumed for op in ops)
        }

    def _assigned_before(self, op: Operation) -> bool:
        """Whether a read comes after an assignment of this program, whose value it then is."""
        if op not in self.after:
            behind = ancestors([op], stop=self.stop) if op.control_inputs else []
            self.after[op] = any(op.variable in assigned(a) for a in behind if a is not op)
        return self.after[op]

    # The function -----------------------------------------------------------------------------------------------------

    def program(self) -> Program:
        draws = [op for op in self.ops if op.type in DRAWS]
        used = self._used_at_start()
        read = [op for op in self.ops if op.type == "VariableV2" and op.outputs[0] in used]
        read += [v for v, ops in self.state_ops.items() if any(op.type != "Assign" for op in ops)]
        variables = list(dict.fromkeys(read))
        scope = _Scope(None, set(), 1)
        for t in self.feeds:
            scope.defined[t] = self.name(t)
        args = [scope.defined[t] for t in self.feeds]
        for op in draws:
            for t in op.outputs:
                scope.defined[t] = self.name(t)
                args.append(scope.defined[t])
        for v in variables:
            self.current[v] = self.name(v.outputs[0]) if v.outputs[0] not in self.fed else self.fresh(v.name)
            scope.defined.setdefault(v.outputs[0], self.current[v])
            args.append(self.current[v])
        self.write(scope, self._all_roots())
        failed = self._write_guards(scope)
        self._commit(scope, failed)
        assigned = list(self.state_ops)
        out = ", ".join(scope.find(t) or "" for t in self.fetched)
        new = ", ".join(self.current[v] for v in assigned)
        self.line(scope, f"return ({out}{',' * bool(out)}), ({new}{',' * bool(new)}), {failed or 0}")
        return self._finished(scope, args, draws, variables, assigned)

    def _used_at_start(self) -> set[Tensor]:
        """What something takes as it is: not the variables behind reads that an assignment comes before."""
        used = set(self.fetched)
        for op in self.ops:
            if op.type != "ReadVariableOp" or not self._assigned_before(op):
                used.update(self.resolve(t) for t in needed_inputs(op))
        return used

    def _finished(
        self,
        scope: _Scope,
        args: list[str],
        draws: list[Operation],
        variables: list[Operation],
        assigned: list[Operation],
    ) -> Program:
        unshared = self._unshared(scope)
        if self.straight:
            kernels, spelled = self.backend.kernels, self.backend.spelled
            spell = {k: spelled[fn] for k, fn in kernels.items() if fn in spelled} if spelled else {}
            self.lines = straight.economical(self.lines, spell)
            self.before = straight.spelled_out(self.before, spell)
        whole = [
            *self.before,
            *[Line(0, "")] * bool(self.before),
            Line(0, f"def step({', '.join(args)}):"),
            *self.lines,
        ]
        types = [t for op in self.everywhere for t in (*op.outputs, *op.inputs)] + self.feeds
        return Program(
            fetches=self.fetched,
            feeds=self.feeds,
            draws=draws,
            variables=variables,
            assigned=assigned,
            rows=[v for v in assigned if v in self.deferred],
            copied=self.copied,
            guards=[op for _, op in self.guards],
            source="".join(f"{'    ' * line.indent}{line.text}\n" for line in whole),
            lines={i + 1: line.op for i, line in enumerate(whole) if line.op is not None},
            constants=self.constants,
            wide=any(t.dtype in WIDE for t in types) or any(str(v.dtype) in WIDE for v in self.constants.values()),
            dynamic=self.dynamic,
            route="native" if self.native else "rules",
            unshared=unshared,
            hosts=self.hosts,
        )

    def _unshared(self, scope: _Scope) -> frozenset[Tensor]:
        if not self.straight:
            return frozenset()
        memory = straight.Memory(self.lines)
        return frozenset(t for t in self.fetched if memory.is_unshared(scope.find(t) or ""))

    def _all_roots(self) -> list[Tensor | Operation]:
        controls = dict.fromkeys(c for op in self.ops for c in op.control_inputs if c not in self.elsewhere)
        # what only lends its shape is not waited for, but if it assigns it runs
        assigning = [op for ops in self.state_ops.values() for op in ops] if self.straight else []
        return [*effects(self.ops), *self.roots, *controls, *assigning, *(g for g, _ in self.guards)]

    def _write_guards(self, scope: _Scope) -> str | None:
        if not self.guards:
            return None
        flags = ", ".join(self.value(scope, g) for g, _ in self.guards)
        self.line(scope, f"failed = ok_all(({flags},))")
        if self.backend.compile is None:
            self.line(scope, "stop_if(failed)")
        return "failed"

    def _commit(self, scope: _Scope, failed: str | None) -> None:
        """Row updates come last: after everything that may fail, and after every read of the old rows."""
        updates = [op for v in self.deferred for op in self.state_ops[v]]
        if not updates:
            return
        self._detach(scope)
        if self.backend.barrier is not None:
            held = [self.current[v] for v in self.deferred]
            held += [self.value(scope, t) for op in updates for t in op.inputs if t not in self.fed]
            held += [n for t in self.fetched if (n := scope.find(t)) is not None]
            names = ", ".join(n for n in dict.fromkeys(held) if n not in self.constants)
            self.line(scope, f"({names},) = barrier(({names},))")
        ok = f"equal({failed}, none_failed)" if failed and self.backend.compile is not None else "None"
        made: dict[Operation, str] = {}
        for op in updates:
            assert op.variable is not None
            table = self.current[op.variable]
            new = made.get(op.variable) or self.fresh(f"new_{op.variable.name}")
            if op.variable in made:  # None: the table itself was changed
                table = f"{table} if {new} is None else {new}"
            made[op.variable] = new
            ids, rows = (self.value(scope, self.resolve(t)) for t in op.inputs)
            self.line(scope, f"{new} = update_rows({table}, {ids}, {rows}, {SCATTERS[op.type]!r}, {ok})", op)
            scope.defined[op.outputs[0]] = new
        self.current.update(made)

    def _detach(self, scope: _Scope) -> None:
        """Gives what is used when a table has changed, and may share memory with one, memory of its own.

        That is what outlives the step, and what the updates take in: a table's old rows may be added to another's.
        """
        tables = {v.outputs[0] for v in self.deferred}
        taken = [self.resolve(t) for v in self.deferred for op in self.state_ops[v] for t in op.inputs]
        for t in dict.fromkeys([*self.fetched, *taken]):
            if self._shares(t, tables):
                self.line(scope, f"{(new := self.fresh(self.name(t) + '_before'))} = owned({self.value(scope, t)})")
                scope.defined[t] = new
        for v, ops in self.state_ops.items():
            if (
                v not in self.deferred
                and ops[-1].type == "Assign"
                and self._shares(self.resolve(ops[-1].inputs[0]), tables)
            ):
                new = self.fresh(f"new_{v.name}")
                self.line(scope, f"{new} = owned({self.current[v]})")
                self.current[v] = new

    def _shares(self, t: Tensor, tables: set[Tensor]) -> bool:
        todo, seen = [t], set[Tensor]()
        while todo:
            t = self.resolve(todo.pop())
            if t in tables:
                return True
            if t not in seen and t not in self.fed:
                seen.add(t)
                todo.extend(self._may_be_views_of(t.op))
        return False

    def _may_be_views_of(self, op: Operation) -> Iterable[Tensor]:
        """Whose memory the values of an operation may be."""
        if op.type == "ReadVariableOp":  # also of what was assigned before it
            assigned = [o for o in self.state_ops.get(op.variable or op, ()) if o.type == "Assign"]
            return [*op.inputs, *(t for o in assigned for t in o.inputs)]
        views = op.type == "Assign" or op.type in STRUCTURED or (op.kernel and OPS[op.kernel].may_view)
        return op.inputs if views else ()

    # Names and lines --------------------------------------------------------------------------------------------------

    def line(self, scope: _Scope, text: str, op: Operation | None = None) -> None:
        self.lines.append(Line(scope.indent, text, op))

    def name(self, t: Tensor) -> str:
        """The one name of a tensor, like the user's."""
        if t not in self.names:
            op = t.op
            if op.name.startswith("~"):
                stem = op.kernel or op.name[1:]
                stem = stem if stem not in self.taken else f"{stem}_"
            else:
                stem = op.name
            one = len(op.outputs) == 1 or (op.attrs.get("results") == 1 and t.index == 0)
            self.names[t] = self.fresh(stem if one else f"{stem}_{result_name(t)}")
        return self.names[t]

    def fresh(self, stem: str) -> str:
        name = re.sub(r"\W", "_", stem)
        name = name if name.isupper() and len(name) == 1 else name[:1].lower() + name[1:]
        if not name or name[0].isdigit() or keyword.iskeyword(name) or name[0] == "_":
            name = f"t_{name}"
        unique, i = name, self.used.get(name, 0)
        while unique in self.taken:
            i += 1
            unique = f"{name}_{i}"
        self.used[name] = i
        self.taken.add(unique)
        return unique

    def value(self, scope: _Scope, t: Tensor) -> str:
        """The name that holds `t`, after writing what it takes."""
        t = self.resolve(t)
        if scope.find(t) is None:
            self.write(scope, [t])
        name = scope.find(t)
        if name is None and on_host(t.op):
            raise UnimplementedError(
                None,
                t.op.origin,
                f"{t.op.type} runs on the host, and cannot stand inside a branch or a loop; compute it outside",
            )
        if name is None:
            raise NeedsRules(t.name)
        return name

    # Writing ----------------------------------------------------------------------------------------------------------

    def write(self, scope: _Scope, roots: Iterable[Tensor | Operation]) -> None:
        """Writes what the roots need, each after what it needs itself."""
        roots = list(roots)
        if self.native and not scope.planned:
            scope.planned = True
            planned = segments.plan(self._in_scope(scope, roots))
            scope.makers = segments.find_aux(planned, roots, self._visible(scope))
        todo: list[tuple[Any, bool]] = [(r, False) for r in reversed(roots)]
        while todo:
            item, ready = todo.pop()
            if isinstance(item, Tensor):
                t = self.resolve(item)
                if scope.find(t) is not None:
                    continue
                maker = scope.makers.get(t)
                item = maker if maker is not None and maker not in scope.open and not maker.written else t.op
            if item in scope.done or _is_given(scope, item):
                continue
            if ready:
                scope.open.discard(item)
                scope.done.add(item)
                self._write_one(scope, item)
            elif item not in scope.open:
                scope.open.add(item)
                todo.append((item, True))
                todo.extend((d, False) for d in reversed(self._needs(item)))
            elif self.native:
                raise NeedsRules(
                    "what is differentiated comes after an assignment that needs a value from inside of it"
                )

    def _in_scope(self, scope: _Scope, roots: Sequence[Tensor | Operation]) -> list[Operation]:
        if scope.parent is None:
            return self.ops
        return ancestors(roots, stop=_Visible(scope), controls=False, inputs=needed_inputs)

    def _visible(self, scope: _Scope) -> Iterable[object]:
        return [*self.feeds, *scope.defined, *self.elsewhere] if scope.parent is None else _all_defined(scope)

    def _needs(self, item: Any) -> list[Any]:
        if isinstance(item, Segment):
            return item.closure()
        if item.type == "ReadVariableOp" and not self._assigned_before(item):
            return list(item.inputs)
        stateful = not item.kernel
        inputs = [self.resolve(t) for t in self._waited_for(item)]
        if item.type == "ReadVariableOp":
            inputs = []
        return [*inputs, *(c for c in item.control_inputs if c not in self.elsewhere)] if stateful else inputs

    def _waited_for(self, op: Operation) -> Sequence[Tensor]:
        """What must have a value before an operation is written: not those of which only a known shape counts."""
        if not self.straight or not op.kernel:
            return self._taken(op)
        sized = {t for i, t in enumerate(op.inputs) if straight.is_sized(op, i, self.resolve(t))}
        return [t for t in self._taken(op) if t not in sized or self._counts(op, t)] if sized else self._taken(op)

    def _counts(self, op: Operation, t: Tensor) -> bool:
        """Whether the value of `t` enters as another operand as well."""
        return any(u is t and not OPS[op.kernel].is_sized(i) for i, u in enumerate(op.inputs))

    def _write_one(self, scope: _Scope, item: Any) -> None:
        if isinstance(item, Segment):
            self._write_segment(scope, item)
        elif scope.differentiated and (item.type in ASSIGNS or item.type in SCATTERS):
            raise NeedsRules(item.name)  # what is differentiated depends on an assignment that depends on it
        elif item.type in ASSIGNS:
            self._write_assign(scope, item)
        elif item.type in SCATTERS:
            self._write_scatter(scope, item)
        elif item.type == "ReadVariableOp":
            self._write_read(scope, item)
        elif item.type == "Const":
            name = self.name(item.outputs[0])
            self.constants[name] = item.attrs["value"]
            scope.defined[item.outputs[0]] = name
        elif on_host(item) and item.block is not None:
            self._write_host(scope, item)
        elif item.type == "NoOp" or on_host(item) or (item.type == "Gradients" and not self.native):
            pass
        elif item.kernel:
            self._write_kernel(scope, item)
        elif item.type in STRUCTURED:
            write_structured(self, scope, item)
        elif item.type == "Gradients":
            raise NeedsRules(item.name)
        elif item.type == "VariableV2" or item.type in DRAWS or any(t in self.fed for t in item.outputs):
            pass  # an argument of the step, which something is ordered after
        else:
            raise MissingFeed(item)

    def _write_kernel(self, scope: _Scope, op: Operation) -> None:
        spec: Op[Any, Any] = OPS[op.kernel]
        if spec.dynamic:
            self.uncompiled("a shape depends on computed values")
        args = [self._argument(scope, spec, op, i, t) for i, t in enumerate(op.inputs)]
        outputs = [t for t in op.outputs if t not in self.fed]
        names = [self.name(t) if t in outputs else "_" for t in op.outputs]
        left = f"({', '.join(names)},)" if spec.several else names[0]
        given = [f"{k}={_literal(v)}" for k, v in op.attrs.items() if k in spec.defaults and v != spec.defaults[k]]
        line = Line(scope.indent, f"{left} = {op.kernel}({', '.join([*args, *given])})", op)
        if self.straight and scope.parent is None:
            call = Call(args, op.attrs, [self.resolve(t).type for t in op.inputs], op.outputs[0].type)
            line.note(op.kernel, call, outputs, [self.name(t) for t in outputs])
        if line.call is not None and self._is_constant(op, outputs):
            line.indent = 0
            self.once.update((t, self.name(t)) for t in outputs)
        (self.before if line.indent == 0 else self.lines).append(line)
        for t in outputs:
            scope.defined[t] = self.name(t)
            self.shift(scope, t)

    def _is_constant(self, op: Operation, outputs: list[Tensor]) -> bool:
        """Whether an operation answers the same in every step, small enough to be kept as long as the program."""
        spec: Op[Any, Any] = OPS[op.kernel]
        if spec.check is not None or spec.dynamic or len(outputs) < len(op.outputs) or not straight.is_small(outputs):
            return False
        return all(
            (t.op.type == "Const" and t not in self.fed) or t in self.once
            for t in map(self.resolve, self._waited_for(op))
        )

    def _write_host(self, scope: _Scope, op: Operation) -> None:
        """Inside a branch or loop: a call, of what is no text written down."""
        if op.attrs.get("lost"):
            raise UnimplementedError(
                None,
                op.origin,
                f"the gradient needs what {op.name} answered inside of a cond or loop, which is not kept; call the function "
                "outside of it, or stop the gradient with tf.stop_gradient",
            )
        called = self.fresh(f"call_{op.name.lstrip('~')}")
        self.hosts[called] = op
        args = ", ".join(self.value(scope, t) for t in needed_inputs(op))
        scope.defined.update((t, self.name(t)) for t in op.outputs)
        left = f"{_tuple(self.name(t) for t in op.outputs)} = " if op.outputs else ""
        self.line(scope, f"{left}{called}({args})", op)

    def shift(self, scope: _Scope, t: Tensor) -> None:
        """Adds the zero that a gradient with respect to `t`, inside the path of another, is taken by."""
        if t in scope.shifts:
            before = scope.defined[t]
            scope.defined[t] = self.name(t)
            self.line(scope, f"{self.name(t)} = add({before}, {scope.shifts[t]})", t.op)

    def _argument(self, scope: _Scope, spec: Op[Any, Any], op: Operation, i: int, t: Tensor) -> str:
        t = self.resolve(t)
        if self.straight and straight.is_sized(op, i, t):
            return self._stand_in(t.type)
        if not (i < len(spec.operands) and spec.operands[i] in spec.shapes):
            return scope.find(t) or self.value(scope, t)
        if static_value(t.type) is not None:
            return repr(static_value(t.type))
        self.uncompiled("a shape depends on computed values")
        return f"ints({scope.find(t)})"

    def _stand_in(self, t: TensorType) -> str:
        """The name of something of that type, for operands of which only the shape counts."""
        if t not in self.names:
            self.names[t] = self.fresh("_".join(["like", *map(str, t.dims)]))
            self.constants[self.names[t]] = np.broadcast_to(np.zeros((), numpy_dtype(t.dtype)), t.dims)  # type: ignore[arg-type]
        return self.names[t]

    # What block_writer asks for -----------------------------------------------------------------------------------------

    def known_int(self, scope: _Scope, t: Tensor) -> str:
        """A number that is written into the source where it is known before the step."""
        t = self.resolve(t)
        known = static_value(t.type)
        if known is not None:
            return repr(known)
        self.uncompiled("a shape depends on computed values")
        return f"ints({self.value(scope, t)})"

    def uncompiled(self, reason: str) -> None:
        self.dynamic = self.dynamic or reason

    def lacks_verb(self, type: str) -> bool:
        verbs = {"Cond": self.backend.cond, "While": self.backend.while_loop, "Scan": self.backend.scan}
        return self.backend.compile is not None and verbs[type] is None

    def refuse_native(self, why: str) -> None:
        raise NeedsRules(why)

    def yes(self) -> str:
        """The name of a constant that is True."""
        self.constants["yes"] = np.asarray(True)
        return "yes"

    def constant(self, stem: str, array: np.ndarray[Any, Any]) -> str:
        name = self.fresh(stem)
        self.constants[name] = array
        return name

    def _write_assign(self, scope: _Scope, op: Operation) -> None:
        variable, out = op.variable, op.outputs[0]
        assert variable is not None
        value = self.value(scope, op.inputs[0])
        kernel = ASSIGNS[op.type]
        if kernel:
            new = self.fresh(f"new_{variable.name}")
            line = Line(scope.indent, f"{new} = {kernel}({self.current[variable]}, {value})", op)
            if self.straight and scope.parent is None:
                types = [variable.outputs[0].type, self.resolve(op.inputs[0]).type]
                line.note(kernel, Call([self.current[variable], value], {}, types, out.type), [out], [new])
            self.lines.append(line)
            self.copied.discard(variable)
        else:
            new = value
            if self.native and any(o.type == "Gradients" for o in self.ops):
                # a name of its own: within what is differentiated, the value's name is that of its differentiated copy
                new = self.fresh(f"new_{variable.name}")
                self.line(scope, f"{new} = {value}", op)
            shares = _may_share(self.resolve(op.inputs[0])) or self.resolve(op.inputs[0]) in self.once
            self.copied.add(variable) if shares else self.copied.discard(variable)
        self.current[variable] = scope.defined[out] = new

    def _write_scatter(self, scope: _Scope, op: Operation) -> None:
        """Deferred ones are written by _commit; the others make a new table."""
        variable = op.variable
        assert variable is not None
        if variable in self.deferred:
            return
        ids, rows = (self.value(scope, t) for t in op.inputs)
        new = self.fresh(f"new_{variable.name}")
        self.line(
            scope, f"{new} = scatter_rows({self.current[variable]}, {ids}, {rows}, how={SCATTERS[op.type]!r})", op
        )
        self.copied.discard(variable)
        self.current[variable] = scope.defined[op.outputs[0]] = new

    def _write_read(self, scope: _Scope, op: Operation) -> None:
        variable = op.variable
        assert variable is not None
        if not self._assigned_before(op):
            scope.defined[op.outputs[0]] = self.value(scope, op.inputs[0])
            self.shift(scope, op.outputs[0])
            return
        if scope.differentiated:
            raise NeedsRules(op.name)
        scope.defined[op.outputs[0]] = self.current[variable]

    # Native gradients -------------------------------------------------------------------------------------------------

    def _write_segment(self, scope: _Scope, s: Segment) -> None:
        """An inner function from xs to ys, differentiated in place by the framework."""
        s.written = True
        if not self.fed.isdisjoint(s.inside):
            raise NeedsRules("a gradient flows backwards through a tensor that is fed")
        if _through_siblings(s):
            raise NeedsRules("a gradient with respect to one that another of the same call was computed from")
        if any(not within.xs.isdisjoint(s.inside) for within in _around(scope)):
            raise NeedsRules("a gradient's own dependence on a tensor it flows through, which only its rule can tell")
        inner = _Scope(scope, s.inside, scope.indent + 1, differentiated=True)
        inner.xs = frozenset(s.xs)
        fn = self.fresh(f"{s.ys[0].op.name.lstrip('~')}_of")
        parameters: list[str] = []
        # An assignment shares the name of the value it assigns, a read that of its variable; they do not vary with an x.
        constant = {scope.find(t) for t in s.closure() if t not in s.xs}
        for x in s.xs:
            if x in s.inside:
                inner.shifts[x] = self.fresh(f"{self.name(x)}_shift")
                parameters.append(inner.shifts[x])
            else:
                name = scope.find(x) or self.name(x)
                inner.defined[x] = self.fresh(name) if name in parameters or name in constant else name
                parameters.append(inner.defined[x])
        self.line(scope, f"def {fn}({', '.join(parameters)}):")
        self.write(inner, [*s.ys, *s.aux])
        aux = {t: self.value(inner, t) for t in s.aux}
        self.line(inner, f"return {_tuple(self.value(inner, y) for y in s.ys)}, {_tuple(aux.values())}")
        self._call_segment(scope, s, fn, aux)

    def _call_segment(self, scope: _Scope, s: Segment, fn: str, aux: dict[Tensor, str]) -> None:
        """aux: the names that values from inside have there; they keep them outside."""
        given = _tuple(f"zeros_like({self._plain(scope, x)})" if x in s.inside else self.value(scope, x) for x in s.xs)
        grads = {x: self.fresh(f"d_{self.name(x)}") for x in s.xs}
        cotangents = f", {_tuple(self.value(scope, g) for g in s.grad_ys)}" if s.grad_ys else ""
        outer_ys = _tuple(self.name(y) if y in s.inside else "_" for y in s.ys)
        self.line(
            scope,
            f"({outer_ys}, {_tuple(aux.values())}), {_tuple(grads.values())} = value_and_vjp({fn}, {given}{cotangents})",
            s.nodes[0],
        )
        scope.defined.update((y, self.name(y)) for y in s.ys if y in s.inside)
        scope.defined.update((t, name) for t, name in aux.items() if t in s.inside or t in s.beside)
        for t, x in s.outputs.items():
            if t not in self.fed:
                scope.defined[t] = grads[x]
                self.shift(scope, t)

    def _plain(self, scope: _Scope, x: Tensor) -> str:
        """The value of an x that lies inside its own segment: computed once more outside, for its shape."""
        return self.value(scope, x)


def _through_siblings(s: Segment) -> bool:
    """Whether an x is an output of a gradients operation of which another output reaches a y as well.

    In TF1 the gradients of one call are computed from each other, the one nearer to the ys first; a framework's are not.
    """
    made = [x for x in s.xs if x.op.type == "Gradients" and len(x.op.outputs) > 1]
    reached = Backwards(s.ys, s.stops).users if made else {}
    return any(t in reached for x in made for t in x.op.outputs if t is not x)


class MissingFeed(Exception):
    """The program needs the value of a placeholder that is not fed. op: the placeholder."""

    def __init__(self, op: Operation) -> None:
        self.op = op
        super().__init__(op.name)


class _Visible:
    """A set of the tensors that have a value in a scope."""

    def __init__(self, scope: _Scope) -> None:
        self.scope = scope

    def __contains__(self, t: object) -> bool:
        return isinstance(t, Tensor) and self.scope.find(t) is not None


def _around(scope: _Scope | None) -> Iterator[_Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


def _all_defined(scope: _Scope) -> list[Tensor]:
    out = list(scope.defined)
    outer = scope.parent
    while outer is not None:
        out += [t for t in outer.defined if t not in scope.own]
        outer = outer.parent
    return out


def _is_given(scope: _Scope, item: Any) -> bool:
    """Whether an operation need not run because all it answers is there already, as when it is fed."""
    return isinstance(item, Operation) and bool(item.outputs) and all(scope.find(t) is not None for t in item.outputs)


def _tuple(items: Iterable[str]) -> str:
    text = ", ".join(items)
    return f"({text},)" if text else "()"


def _literal(value: Any) -> str:
    if isinstance(value, DType):
        return repr(value.name)
    if isinstance(value, tuple):
        return _tuple(_literal(v) for v in value)
    return repr(value)


def _may_share(t: Tensor) -> bool:
    """Whether the value of `t` may share memory with a feed, a constant or a variable."""
    return not t.op.kernel or OPS[t.op.kernel].may_view
