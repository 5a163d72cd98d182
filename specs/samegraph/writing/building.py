"""From a fetch set and a fed set to the program of one straight-line function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from .. import straight
from ..backend import Backend
from ..blocks.structured import ASSIGNS, SCATTERS, STRUCTURED
from ..graph import Operation, Tensor
from ..host.calls import on_host
from ..program import WIDE, MissingFeed, NeedsRules, Program
from ..random import DRAWS
from ..segments import Segment
from ..specialising import NONE
from ..straight import Line
from .calls import write_host, write_kernel
from .native import write_segment
from .needs import Needs
from .scopes import Scope
from .state import commit, write_assign, write_read, write_scatter
from .structured import write_structured
from .writer import Writer

T = TypeVar("T")


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
        needs = Needs(fetches, feeds, backend, True, elsewhere, kept)
        with suppress(NeedsRules):
            doubtful = needs.doubtful_effects()
            if not doubtful or doubtful.issubset(Needs(fetches, feeds, backend, False, elsewhere, kept).ops):
                return _StepWriter(needs, backend).program()
    return _StepWriter(Needs(fetches, feeds, backend, False, elsewhere, kept), backend).program()


class _StepWriter(Writer):
    """Writes the function of a whole step."""

    def program(self) -> Program:
        needs = self.needs
        draws = [op for op in needs.ops if op.type in DRAWS]
        variables = needs.variables()
        scope = Scope(None, set(), 1)
        parameters = self._parameters(scope, draws, variables)
        self.write(scope, needs.roots())
        failed = self._write_guards(scope)
        commit(self, scope, failed)
        self._write_return(scope, failed)
        unshared = self._unshared(scope)
        lines = self._whole(parameters)
        return Program(
            fetches=needs.fetched,
            feeds=needs.feeds,
            draws=draws,
            variables=variables,
            assigned=list(needs.state_ops),
            rows=[v for v in needs.state_ops if v in needs.deferred],
            copied=self.copied,
            guards=[op for _, op in needs.guards],
            source="".join(f"{'    ' * line.indent}{line.text}\n" for line in lines),
            lines={i + 1: line.op for i, line in enumerate(lines) if line.op is not None},
            constants=self.names.constants,
            wide=self._is_wide(),
            dynamic=self.dynamic,
            route="native" if needs.native else "rules",
            unshared=unshared,
            hosts=self.hosts,
        )

    def _parameters(self, scope: Scope, draws: list[Operation], variables: list[Operation]) -> list[str]:
        given = [*self.needs.feeds, *(t for op in draws for t in op.outputs)]
        scope.defined.update((t, self.names.of(t)) for t in given)
        for v in variables:
            value = v.outputs[0]
            self.current[v] = self.names.fresh(v.name) if value in self.needs.fed else self.names.of(value)
            scope.defined.setdefault(value, self.current[v])
        return [*(scope.defined[t] for t in given), *(self.current[v] for v in variables)]

    def _write_guards(self, scope: Scope) -> str | None:
        if not self.needs.guards:
            return None
        flags = ", ".join(self.value(scope, g) for g, _ in self.needs.guards)
        self.line(scope, f"failed = ok_all(({flags},))")
        if self.backend.compile is None:
            self.line(scope, "stop_if(failed)")
        return "failed"

    def _write_return(self, scope: Scope, failed: str | None) -> None:
        out = ", ".join(scope.find(t) or "" for t in self.needs.fetched)
        new = ", ".join(self.current[v] for v in self.needs.state_ops)
        self.line(scope, f"return ({out}{',' * bool(out)}), ({new}{',' * bool(new)}), {failed or 0}")

    def _unshared(self, scope: Scope) -> frozenset[Tensor]:
        if not self.needs.straight:
            return frozenset()
        memory = straight.Memory(self.lines)
        return frozenset(t for t in self.needs.fetched if memory.is_unshared(scope.find(t) or ""))

    def _whole(self, parameters: list[str]) -> list[Line]:
        """The lines of the source, as the backend spells them where the step is run as it is written."""
        first, lines = self.first, self.lines
        if self.needs.straight:
            spell, share = _by_op(self.backend, self.backend.spelled), _by_op(self.backend, self.backend.shared)
            lines = straight.sharing(lines, share, self.names.fresh)
            first, lines = straight.spelled_out(first, spell), straight.economical(lines, spell)
        return [*first, *[Line(0, "")] * bool(first), Line(0, f"def step({', '.join(parameters)}):"), *lines]

    def _is_wide(self) -> bool:
        computed = [t for op in self.needs.everywhere for t in (*op.outputs, *op.inputs)]
        return any(t.dtype in WIDE for t in (*computed, *self.needs.feeds)) or any(
            str(array.dtype) in WIDE for array in self.names.constants.values()
        )

    def _write_constant(self, scope: Scope, t: Tensor, value: Any) -> None:
        if t not in self.needs.xs:
            scope.defined[t] = self.names.literal(t, value)
            return
        scope.defined[t] = self.names.of(t)  # of its own: what is differentiated takes another value for it
        self.names.constants[self.names.of(t)] = value

    def write_one(self, scope: Scope, item: Operation | Segment) -> None:
        if isinstance(item, Segment):
            write_segment(self, scope, item)
        elif scope.differentiated and (item.type in ASSIGNS or item.type in SCATTERS):
            raise NeedsRules(item.name)  # what is differentiated depends on an assignment that depends on it
        elif item.type in ASSIGNS:
            write_assign(self, scope, item)
        elif item.type in SCATTERS:
            write_scatter(self, scope, item)
        elif item.type == "ReadVariableOp":
            write_read(self, scope, item)
        elif item.type == "Const":
            self._write_constant(scope, item.outputs[0], item.attrs["value"])
        elif on_host(item) and item.block is not None:
            write_host(self, scope, item)
        elif item.type == "NoOp" or on_host(item) or (item.type == "Gradients" and not self.needs.native):
            pass
        elif item.kernel:
            write_kernel(self, scope, item)
        elif item.type in STRUCTURED:
            write_structured(self, scope, item)
        elif item.type == "Gradients":
            raise NeedsRules(item.name)
        elif item.type == "VariableV2" or item.type in DRAWS or any(t in self.needs.fed for t in item.outputs):
            pass  # an argument of the step, which something is ordered after
        else:
            raise MissingFeed(item)


def _by_op(backend: Backend, said: Mapping[Callable[..., Any], T]) -> dict[str, T]:
    """What is said of kernels, by the name of the op; not of a kernel that has taken another's place."""
    return {name: said[kernel] for name, kernel in backend.kernels.items() if kernel in said} if said else {}
