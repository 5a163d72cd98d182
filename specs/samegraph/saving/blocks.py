"""Cond, While and Scan in a file: which operations lie in which block, and how they are made anew from that.

A block is a number, its place in the document's list "blocks", which holds the number of the block around it, or null. The
row of an operation inside one has its "block". A structured operation has {"graph": {"block": number, "outputs": ["op:0",
...]}} for each of its blocks; a block's inputs are its BodyInputs, in their order. What follows from that (captured tensors,
draws made ahead, guards, states) is not written: it is found again as when a program makes the operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from ..blocks.structured import (
    STRUCTURE,
    STRUCTURED,
    block_within,
    make_cond,
    make_scan,
    make_while,
)
from ..graph import Block, Graph, Operation, Tensor
from ..op import static_value
from ..random import DRAWS
from ..types import BOOL, INDICES, TensorType, compatible

INPUT = "BodyInput"


def require(condition: bool, message: str) -> None:
    """ValueError with the message unless the condition holds."""
    if not condition:
        raise ValueError(message)


# Writing ----------------------------------------------------------------------------------------------------------------


def own_inputs(op: Operation) -> Sequence[Tensor]:
    """The inputs that an operation's row names: of a structured one neither captured tensors nor draws."""
    if op.type not in STRUCTURED:
        return op.inputs
    drawn = sum(len(d.outputs) for d in op.attrs.get("draws", ()))
    return op.inputs[: op.attrs["operands"] - drawn]


def own_outputs(op: Operation) -> Sequence[Tensor]:
    """The outputs that an operation's row names: of a structured one its results."""
    return op.outputs[: op.attrs["results"]] if op.type in STRUCTURED else op.outputs


def behind(op: Operation) -> Sequence[Tensor]:
    """What has to be written before an operation: what its row names, and what its blocks answer."""
    inside = (t for b in op.attrs["blocks"] for t in (*b.inputs, *b.outputs)) if op.type in STRUCTURED else ()
    return [*own_inputs(op), *inside, *(op.variable.outputs if op.variable is not None else ())]


class Numbers:
    """The blocks of some operations by number. parents: for each the number of the block around it."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.parents: list[int | None] = []
        self._numbers: dict[Block, int] = {}
        for op in reversed(list(operations)):  # those around were made after those inside
            for block in op.attrs["blocks"] if op.type in STRUCTURED else ():
                self._numbers[block] = len(self.parents)
                self.parents.append(None if op.block is None else self._numbers[op.block])

    def of(self, op: Operation) -> int | None:
        """Where an operation lies; a draw that was moved out of a branch, where its shape is."""
        moved = op.type in DRAWS and bool(op.inputs) and op.inputs[0].op.block not in (None, op.block)
        block = op.inputs[0].op.block if moved else op.block
        return None if block is None else self._numbers[block]

    def attrs(self, op: Operation) -> dict[str, Any]:
        """What a structured operation's row says of its blocks."""
        rows = [
            {"graph": {"block": self._numbers[b], "outputs": [t.name for t in b.outputs]}} for b in op.attrs["blocks"]
        ]
        return {"blocks": {"tuple": rows}} | ({"carried": op.attrs["carried"]} if op.type == "Scan" else {})


def derived(op: Operation, attr: str) -> bool:
    """Whether an attribute of a structured operation is not written as it is."""
    return op.type in STRUCTURED and attr in STRUCTURE


# Reading ----------------------------------------------------------------------------------------------------------------


class Row(Protocol):
    """What of one operation of a document is needed here."""

    type: str
    name: str
    graph: Graph
    block: Block | None
    inputs: tuple[Tensor, ...]
    controls: tuple[Operation, ...]
    types: list[TensorType]
    attrs: dict[str, Any]

    def require(self, inputs: int | None = None, attrs: Iterable[str] = (), variable: bool = False) -> None: ...
    def add(self, types: list[TensorType], attrs: dict[str, Any]) -> Operation: ...
    def only(self) -> TensorType: ...
    def merged(self, types: Sequence[TensorType]) -> list[TensorType]: ...


def opened(parents: Any, most: int) -> list[Block]:
    """Empty blocks, of a document's list of them; ValueError for one that is none, UnimplementedError for too deep ones."""
    require(isinstance(parents, list) and len(parents) <= most, "it is no list, or too long a one")
    found: list[Block] = []
    for parent in parents:
        known = parent is None or (type(parent) is int and 0 <= parent < len(found))
        require(known, f"{str(parent)[:80]!r} is no block before it")
        found.append(block_within(None if parent is None else found[parent]))
    return found


def block_of(blocks: Sequence[Block], number: Any) -> Block:
    """The block of that number, which is still open; ValueError for any other number."""
    require(type(number) is int and 0 <= number < len(blocks), f"{str(number)[:80]!r} is the number of no block")
    require(blocks[number].needed is None, f"block {number} was complete before it")
    return blocks[number]


def answering(block: Block, around: Block | None, outputs: Sequence[Tensor]) -> Block:
    """A block of an operation in `around`, with what it answers; ValueError for one that lies elsewhere."""
    require(block.parent is around, "a block of it lies in another one")
    block.outputs = list(outputs)
    return block


def body_input(row: Row) -> Operation:
    row.require(0)
    require(row.block is not None, "it lies in no block")
    assert row.block is not None
    op = row.add([row.only()], {})
    row.block.inputs += op.outputs
    return op


def structured(row: Row) -> Operation:
    """A Cond, While or Scan. ValueError for blocks that do not fit it."""
    attrs = dict(row.attrs)
    blocks = attrs.pop("blocks", ())
    count = 1 if row.type == "Scan" else 2
    require(
        isinstance(blocks, tuple) and all(isinstance(b, Block) for b in blocks) and len(set(blocks)) == count,
        f"it has other blocks than the {count} of a {row.type}",
    )
    with row.graph.control_dependencies(row.controls):
        op = _MAKERS[row.type](row, blocks, attrs)
    for t, said in zip(own_outputs(op), row.merged([t.type for t in own_outputs(op)]), strict=True):
        t.type = said
    return op


def _cond(row: Row, blocks: Sequence[Block], attrs: dict[str, Any]) -> Operation:
    yes, no = blocks
    row.require(1, row.attrs.keys() & {"blocks", "gathers"})
    _check_truth(row.inputs[0])
    require(not yes.inputs and not no.inputs, "its branches have inputs")
    answers = [[t.dtype for t in b.outputs] for b in blocks]
    require(bool(answers[0]) and answers[0] == answers[1], "its branches answer different things")
    rows = not attrs or (attrs["gathers"] is True and len(yes.outputs) == 2 and yes.outputs[1].dtype in INDICES)
    require(rows, "it gathers no rows")
    return make_cond(row.inputs[0], blocks, row.name, attrs=attrs)


def _while(row: Row, blocks: Sequence[Block], attrs: dict[str, Any]) -> Operation:
    test, body = blocks
    row.require(None, row.attrs.keys() & {"blocks", "while", "back_prop"})
    _check_flags(attrs)
    require(bool(row.inputs) and len(test.outputs) == 1, "it has no variables, or another condition than one")
    _check_truth(test.outputs[0])
    for variables in (test.inputs, body.inputs, body.outputs):
        _check_fit([t.type for t in row.inputs], variables)
    return make_while(row.inputs, test, body, row.name, attrs)


def _scan(row: Row, blocks: Sequence[Block], attrs: dict[str, Any]) -> Operation:
    (body,) = blocks
    row.require(None, row.attrs.keys() & {"blocks", "carried", "reverse", "while", "back_prop"})
    carried = attrs.pop("carried")
    _check_flags(attrs)
    require(bool(row.inputs) and type(carried) is int and 0 <= carried < len(row.inputs), "its inputs are not counted")
    length, *rest = row.inputs
    known = static_value(length.type)
    require(length.dtype in INDICES and compatible(length.type.shape, ()), "its length is no integer")
    require(known is None or known >= 0, "its length is negative")
    init, elems = rest[:carried], rest[carried:]
    for t in elems:
        good = t.type.shape is not None and t.type.shape != () and compatible(t.type.shape[:1], (known,))
        require(good, f"{t.name}, which it goes through, has another length")
    slices = [TensorType(t.type.dims[1:], t.dtype) for t in elems]
    _check_fit([*(t.type for t in init), *slices], body.inputs)
    _check_fit([t.type for t in init], body.outputs[:carried])
    return make_scan(length, init, elems, body, row.name, {"reverse": attrs.pop("reverse"), **attrs})


_MAKERS: Mapping[str, Callable[[Row, Sequence[Block], dict[str, Any]], Operation]] = {
    "Cond": _cond,
    "While": _while,
    "Scan": _scan,
}


def _check_truth(t: Tensor) -> None:
    require(t.dtype == BOOL and compatible(t.type.shape, ()), f"{t.name} is no truth value")


def _check_flags(attrs: Mapping[str, Any]) -> None:
    require(all(isinstance(v, bool) for v in attrs.values()), "an attribute of it is no truth value")


def _check_fit(types: Sequence[TensorType], variables: Sequence[Tensor]) -> None:
    fits = len(types) == len(variables) and all(
        t.dtype == v.dtype and compatible(t.shape, v.type.shape) for t, v in zip(types, variables, strict=True)
    )
    require(fits, f"{[str(v.type) for v in variables][:9]} of a block do not fit {[str(t) for t in types][:9]}")
