"""From operations to the nodes and edges of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..graph import Operation, Tensor
from . import wording
from .picture import Edge, Flow, Kind, Node, Part, Picture
from .selection import Selection, is_hidden, scope_of, select

_KINDS = {
    "Placeholder": Kind.PLACEHOLDER,
    "PlaceholderWithDefault": Kind.PLACEHOLDER,
    "VariableV2": Kind.VARIABLE,
    "Const": Kind.CONSTANT,
    "NoOp": Kind.GROUP,
}


def describe(targets: Any, gradients: bool) -> Picture:
    """The picture of what the targets need. See `select`."""
    return _Describer(select(targets, gradients)).picture()


class _Describer:
    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.results = dict(self._results())
        self.names = {op.name for op in selection.operations}
        self.prefixes = {p for name in self.names for p in _prefixes(name)}
        self.lines = {op.where for op in selection.operations if not is_hidden(op)}
        written = dict.fromkeys(op for op in selection.operations if self._is_written_inside(op))
        self.written = {op for op in written if self._has_users(op)}
        self.drawn = [op for op in selection.operations if op not in self.written]

    def picture(self) -> Picture:
        number = {op: i for i, op in enumerate(self.drawn)}
        return Picture([self._node(op) for op in self.drawn], [e for op in self.drawn for e in self._edges(op, number)])

    # Constants --------------------------------------------------------------------------------------------------------

    def _is_written_inside(self, op: Operation) -> bool:
        return op.type == "Const" and op not in self.selection.fetched and wording.is_small(op.attrs["value"])

    def _has_users(self, op: Operation) -> bool:
        if not hasattr(self, "_taken"):
            self._taken = {t.op for user in self.selection.operations for t in self.selection.inputs(user)}
            self._taken -= {c for user in self.selection.operations for c in self.selection.controls(user)}
        return op in self._taken

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _node(self, op: Operation) -> Node:
        hidden = is_hidden(op)
        return Node(
            kind=Kind.ASSIGNMENT if _assigns(op) else _KINDS.get(op.type, Kind.OPERATION),
            part=self.selection.parts[op],
            type=op.type,
            name="" if hidden else op.name,
            scope=self._scope(op),
            notes=tuple(self._notes(op)),
            tooltip=self._tooltip(op),
            fetched=op in self.selection.fetched,
        )

    def _scope(self, op: Operation) -> tuple[str, ...]:
        if is_hidden(op):
            maker = self.selection.makers.get(op)
            scope = scope_of(maker) if maker is not None else ""
        else:
            scope = op.name if op.name in self.prefixes else scope_of(op)
        return tuple(scope.split("/")) if scope else ()

    def _notes(self, op: Operation) -> Iterator[str]:
        if _assigns(op):
            yield wording.assignment(op)
        yield from self.results.get(op, ())
        yield from wording.attributes(op)
        for i, t in enumerate(self.selection.inputs(op)):
            if t.op in self.written:
                yield wording.shorten(f"{wording.operand_name(op, i)} = {wording.value_text(t.op.attrs['value'])}")

    def _results(self) -> Iterator[tuple[Operation, list[str]]]:
        """For the operations that gradients come out of: of what, with respect to what."""
        found: dict[Operation, dict[str, None]] = {}
        for maker in dict.fromkeys(self.selection.makers.values()):
            count = maker.attrs["ys"]
            ys, xs = maker.inputs[:count], maker.inputs[count + maker.attrs["grad_ys"] :]
            for x, t in zip(xs, maker.outputs, strict=True):
                made = self.selection.resolve(t).op
                if is_hidden(made):
                    found.setdefault(made, {})[wording.derivative(list(ys), x)] = None
        for op, texts in found.items():
            yield op, list(texts)

    def _tooltip(self, op: Operation) -> str:
        hidden = is_hidden(op)
        maker = self.selection.makers.get(op)
        where = op.where if not hidden or op.where in self.lines or maker is None else maker.where
        rows = [f"{op.type}, of the gradient" if hidden else f"{op.name} ({op.type})"]
        rows += [f"{wording.operand_name(op, i)}: {self._operand(t)}" for i, t in enumerate(self.selection.inputs(op))]
        rows += [f"output {t.index}: {wording.type_label(t)}" for t in op.outputs]
        return "\n".join([*rows, wording.line_of(where)])

    def _operand(self, t: Tensor) -> str:
        if t.op in self.written:
            return wording.value_text(t.op.attrs["value"])
        return f"{t.op.type if is_hidden(t.op) else t.name} {wording.type_label(t)}"

    # Edges ------------------------------------------------------------------------------------------------------------

    def _edges(self, op: Operation, number: dict[Operation, int]) -> Iterator[Edge]:
        for t in self.selection.inputs(op):
            if t.op in number:
                yield Edge(number[t.op], number[op], Flow.DATA, f"{number[t.op]}:{t.index}", wording.type_label(t))
        for c in self._told_orders(op):
            yield Edge(number[c], number[op], Flow.CONTROL)
        if _assigns(op) and op.variable is not None:
            yield Edge(number[op], number[op.variable], Flow.WRITE)

    def _told_orders(self, op: Operation) -> list[Operation]:
        """The control inputs that do not follow from what else the operation needs."""
        controls = self.selection.controls(op)
        if not controls:
            return []
        needed = [t.op for t in self.selection.inputs(op)]
        position = self._positions()
        return [c for c in controls if not any(position[n][1] >> position[c][0] & 1 for n in [*needed, *controls] if n is not c) and c not in needed]

    def _positions(self) -> dict[Operation, tuple[int, int]]:
        """For each operation its number, and a bit for each operation it comes after."""
        if not hasattr(self, "_after"):
            self._after: dict[Operation, tuple[int, int]] = {}
            for i, op in enumerate(self.selection.operations):
                bits = 0
                for n in self.selection.needs(op):
                    bits |= self._after[n][1] | 1 << self._after[n][0]
                self._after[op] = (i, bits)
        return self._after


def _assigns(op: Operation) -> bool:
    return op.variable is not None and op.type != "ReadVariableOp"


def _prefixes(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]
