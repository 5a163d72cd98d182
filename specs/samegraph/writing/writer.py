"""The source of a step while it grows: each line comes after those it takes values from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

from .. import segments
from ..backend import Backend
from ..blocks.structured import needed_inputs
from ..errors import UnimplementedError
from ..graph import Operation, Tensor, ancestors
from ..host.calls import on_host
from ..op import static_value
from ..program import NeedsRules
from ..segments import Segment
from ..straight import Line
from .naming import Names
from .needs import Needs
from .scopes import Scope

SHAPE_IS_COMPUTED = "a shape depends on computed values"


class Writer(ABC):
    """Writes what is asked for and what that takes; how one operation is written, a subclass knows.

    lines: of the step. first: lines before it, for what every step answers the same; once: the tensors computed there.
    current: the names of the variables' values so far. copied, hosts, dynamic: see Program.
    """

    def __init__(self, needs: Needs, backend: Backend) -> None:
        self.needs, self.backend = needs, backend
        self.names = Names(backend)
        self.lines: list[Line] = []
        self.first: list[Line] = []
        self.once: set[Tensor] = set()
        self.current: dict[Operation, str] = {}
        self.copied: set[Operation] = set()
        self.hosts: dict[str, Operation] = {}
        self.dynamic = ""

    @abstractmethod
    def write_one(self, scope: Scope, item: Operation | Segment) -> None:
        """Writes an operation or a segment; what it takes has a value by then."""

    def write(self, scope: Scope, roots: Iterable[Tensor | Operation]) -> None:
        """Writes what the roots need, each after what it needs itself."""
        roots = list(roots)
        if self.needs.native:
            self._plan(scope, roots)
        todo: list[tuple[Tensor | Operation | Segment, bool]] = [(r, False) for r in reversed(roots)]
        while todo:
            item, ready = todo.pop()
            if isinstance(item, Tensor):
                t = self.needs.resolve(item)
                if t in scope:
                    continue
                maker = scope.makers.get(t)
                item = maker if maker is not None and maker not in scope.open else t.op
            if item in scope.done or scope.is_given(item):
                continue
            if ready:
                scope.done.add(item)
                self.write_one(scope, item)
            elif item not in scope.open:
                scope.open.add(item)
                todo.append((item, True))
                todo.extend((d, False) for d in reversed(self.needs.before(item)))
            elif self.needs.native:
                raise NeedsRules(
                    "what is differentiated comes after an assignment that needs a value from inside of it"
                )

    def _plan(self, scope: Scope, roots: list[Tensor | Operation]) -> None:
        """Finds what of a function the framework is to differentiate."""
        visible: Iterable[object]
        if scope.parent is None:
            ops, visible = self.needs.ops, [*self.needs.feeds, *scope.defined, *self.needs.elsewhere]
        else:
            ops, visible = ancestors(roots, stop=scope, controls=False, inputs=needed_inputs), scope.visible()
        scope.makers = segments.find_aux(segments.plan(ops), roots, visible)

    def value(self, scope: Scope, t: Tensor) -> str:
        """The name that holds `t`, after writing what it takes."""
        t = self.needs.resolve(t)
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

    def known_int(self, scope: Scope, t: Tensor) -> str:
        """A number that is written into the source where it is known before the step."""
        t = self.needs.resolve(t)
        known = static_value(t.type)
        if known is not None:
            return repr(known)
        self.uncompiled(SHAPE_IS_COMPUTED)
        return f"ints({self.value(scope, t)})"

    def shift(self, scope: Scope, t: Tensor) -> None:
        """Adds the zero that a gradient with respect to `t`, inside the path of another, is taken by."""
        if t in scope.shifts:
            before = scope.defined[t]
            scope.defined[t] = self.names.of(t)
            self.line(scope, f"{self.names.of(t)} = add({before}, {scope.shifts[t]})", t.op)

    def line(self, scope: Scope, text: str, op: Operation | None = None) -> None:
        self.lines.append(Line(scope.indent, text, op))

    def uncompiled(self, reason: str) -> None:
        self.dynamic = self.dynamic or reason
