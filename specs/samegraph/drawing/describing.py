"""From operations to the nodes and edges of a picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ..graph import Operation, Tensor
from . import wording
from .picture import Edge, Flow, Kind, Node, Picture
from .selection import Selection, is_hidden, scope_of, select
from .texts import shorten

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
        self.prefixes = {p for op in selection.operations for p in _prefixes(op.name)}
        self.lines = {op.where for op in selection.operations if not is_hidden(op)}
        self.results = dict(self._results())

    def picture(self) -> Picture:
        drawn = [op for op in self.selection.operations if op not in self.inlined]
        number = {op: i for i, op in enumerate(drawn)}
        return Picture([self._node(op) for op in drawn], [e for op in drawn for e in self._edges(op, number)])

    @cached_property
    def inlined(self) -> set[Operation]:
        """The small constants, which are written inside the operations that take them."""
        operations = self.selection.operations
        taken = {t.op for user in operations for t in self.selection.inputs(user)}
        waited_for = {c for user in operations for c in self.selection.controls(user)}
        small = (op for op in operations if op.type == "Const" and wording.is_small(op.attrs["value"]))
        return {op for op in small if op in taken and op not in waited_for and op not in self.selection.fetched}

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _node(self, op: Operation) -> Node:
        return Node(
            kind=Kind.ASSIGNMENT if _assigns(op) else _KINDS.get(op.type, Kind.OPERATION),
            part=self.selection.parts[op],
            type=op.type,
            name="" if is_hidden(op) else op.name,
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
            if t.op in self.inlined:
                operand, value = wording.operand_name(op, i), wording.value_text(t.op.attrs["value"])
                yield shorten(f"{operand} = {value}" if operand else value)

    def _results(self) -> Iterator[tuple[Operation, list[str]]]:
        """For the operations that gradients come out of: of what, with respect to what."""
        found: dict[Operation, dict[str, None]] = {}
        for maker in dict.fromkeys(self.selection.makers.values()):
            for t in maker.outputs:
                made = self.selection.resolve(t).op
                if is_hidden(made):
                    found.setdefault(made, {})[shorten(wording.derivative(t))] = None
        for op, names in found.items():
            yield op, list(names)

    def _tooltip(self, op: Operation) -> str:
        rows = [f"{op.type}, of the gradient" if is_hidden(op) else f"{op.name} ({op.type})"]
        rows += [
            f"{wording.operand_name(op, i) or f'input {i}'}: {self._operand(t)}"
            for i, t in enumerate(self.selection.inputs(op))
        ]
        rows += [f"output {t.index}: {wording.type_label(t)}" for t in op.outputs]
        return "\n".join([*rows, wording.line_of(self._where(op))])

    def _operand(self, t: Tensor) -> str:
        if t.op in self.inlined:
            return wording.value_text(t.op.attrs["value"])
        return f"{t.op.type if is_hidden(t.op) else t.name} {wording.type_label(t)}"

    def _where(self, op: Operation) -> tuple[str, int]:
        """The user's line; for what comes out of an expansion the line it is the gradient of, or that asked for it."""
        maker = self.selection.makers.get(op)
        return op.where if maker is None or op.where in self.lines else maker.where

    # Edges ------------------------------------------------------------------------------------------------------------

    def _edges(self, op: Operation, number: dict[Operation, int]) -> Iterator[Edge]:
        for t in self.selection.inputs(op):
            if t.op in number:
                yield Edge(number[t.op], number[op], Flow.DATA, f"{number[t.op]}:{t.index}", wording.type_label(t))
        for c in self._orders(op):
            yield Edge(number[c], number[op], Flow.CONTROL)
        if _assigns(op) and op.variable is not None:
            yield Edge(number[op], number[op.variable], Flow.WRITE)

    def _orders(self, op: Operation) -> list[Operation]:
        """The control inputs that do not follow from what else the operation needs."""
        controls = self.selection.controls(op)
        inputs = {t.op for t in self.selection.inputs(op)}
        needed = [*inputs, *controls] if controls else []
        return [
            c for c in controls if c not in inputs and not any(self._comes_after(n, c) for n in needed if n is not c)
        ]

    def _comes_after(self, op: Operation, other: Operation) -> bool:
        return bool(self._after[op][1] >> self._after[other][0] & 1)

    @cached_property
    def _after(self) -> dict[Operation, tuple[int, int]]:
        """For each operation its number, and a bit for the number of each that it comes after."""
        after: dict[Operation, tuple[int, int]] = {}
        for i, op in enumerate(self.selection.operations):
            bits = 0
            for n in self.selection.needs(op):
                bits |= after[n][1] | 1 << after[n][0]
            after[op] = (i, bits)
        return after


def _assigns(op: Operation) -> bool:
    return op.variable is not None and op.type != "ReadVariableOp"


def _prefixes(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]
