"""The functions that a step is made of, while they are being written."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph import Operation, Tensor
from ..segments import Segment


class Scope:
    """The body of one function being written: what has a value in it.

    own: tensors that it computes itself, whatever they are outside. differentiated: whether a framework differentiates it.
    defined: the names of what has a value. open, done: what was begun to be written, and what is. makers: segments by what they
    make. xs: what the function is differentiated by. shifts: the zeros added to those of them inside.
    """

    def __init__(self, parent: Scope | None, own: set[Tensor], indent: int, differentiated: bool = False) -> None:
        self.parent, self.own, self.indent = parent, own, indent
        self.differentiated = differentiated
        self.defined: dict[Tensor, str] = {}
        self.done: set[object] = set()
        self.open: set[object] = set()
        self.makers: dict[Tensor, Segment] = {}
        self.shifts: dict[Tensor, str] = {}
        self.xs: frozenset[Tensor] = frozenset()

    def child(self) -> Scope:
        """The body of a function inside this one."""
        return Scope(self, set(), self.indent + 1, self.differentiated)

    def find(self, t: Tensor) -> str | None:
        found = self.defined.get(t)
        if found is None and self.parent is not None and t not in self.own:
            return self.parent.find(t)
        return found

    def __contains__(self, t: object) -> bool:
        """Whether a tensor has a value here."""
        return isinstance(t, Tensor) and self.find(t) is not None

    def outwards(self) -> Iterator[Scope]:
        """This one and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def visible(self) -> list[Tensor]:
        """What has a value here or outside, but for what this function computes itself."""
        here, *outside = self.outwards()
        return [*here.defined, *(t for outer in outside for t in outer.defined if t not in self.own)]

    def is_given(self, item: object) -> bool:
        """Whether an operation need not run because all it answers is there already, as when it is fed."""
        return isinstance(item, Operation) and bool(item.outputs) and all(t in self for t in item.outputs)
