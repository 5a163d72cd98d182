"""What makes a straight-line step cheap: nothing is computed twice, nothing at every step that is the same at every step, values
of which only the shape counts are not waited for, and memory is written over where the old value is dead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

from .backend import Call, Share
from .graph import Operation, Tensor
from .host.calls import on_host
from .registry import OPS

Resolve = Callable[[Tensor], Tensor]
SMALL = 2**16  # elements: what is computed once is kept as long as the program, and so must not be large
_WORTH_FREEING = 2**12
_NAME = re.compile(r"[^\W\d]\w*")


def merged(
    ops: Iterable[Operation], resolve: Resolve, fed: frozenset[Tensor], is_late: Callable[[Operation], bool]
) -> dict[Tensor, Tensor]:
    """What stands for a tensor that another one equals, however the step is fed.

    is_late: whether a read comes after an assignment of the program.
    """
    same: dict[Tensor, Tensor] = {}
    seen: dict[object, Operation] = {}
    reshaped: dict[Tensor, Tensor] = {}  # what a tensor holds the elements of, in their order
    for op in ops:
        if op.block is not None or on_host(op) or any(t in fed for t in op.outputs):
            continue
        inputs = [same.get(r, r) for r in map(resolve, op.inputs)]
        if (op.type == "ReadVariableOp" and not is_late(op)) or (op.kernel and _keeps(op, inputs)):
            same[op.outputs[0]] = inputs[0]
        elif op.kernel and _reshapes(op, inputs):
            out, whole = op.outputs[0], reshaped.get(inputs[0], inputs[0])
            first = seen.setdefault((whole, out.type), op).outputs[0]
            if out.type == whole.type or first is not out:
                same[out] = whole if out.type == whole.type else first
            else:
                reshaped[out] = whole
        elif op.kernel or op.type == "Const":
            first_op = seen.setdefault(_key(op, inputs), op)
            if first_op is not op:
                same.update(zip(op.outputs, first_op.outputs, strict=True))
    return same


def _reshapes(op: Operation, inputs: Sequence[Tensor]) -> bool:
    """Whether the operation holds the elements of its first operand, in their order, and both shapes are known."""
    return OPS[op.kernel].reshapes and op.outputs[0].type.is_static and inputs[0].type.is_static


def _keeps(op: Operation, inputs: Sequence[Tensor]) -> bool:
    """Whether the operation answers what it takes."""
    if not OPS[op.kernel].keeps:
        return False
    out, taken = op.outputs[0].type, inputs[0].type
    return out == taken and out.shape is not None and (out.is_static or len(op.inputs) == 1)


def _key(op: Operation, inputs: Sequence[Tensor]) -> object:
    if op.type == "Const":
        value = op.attrs["value"]
        return (str(value.dtype), value.shape, value.tobytes()) if value.size <= 16 and value.dtype != object else op
    attrs = tuple(sorted(op.attrs.items()))
    return op.kernel, tuple(inputs), attrs, tuple(t.type.shape for t in op.outputs)


def is_sized(op: Operation, i: int, t: Tensor) -> bool:
    """Whether of `t`, input `i` of `op`, only the shape counts, and is known."""
    return bool(op.kernel) and OPS[op.kernel].is_sized(i) and t.type.is_static and _count(t) <= SMALL


def _count(t: Tensor) -> int:
    """Elements of a tensor of known shape."""
    return prod(n or 0 for n in t.type.dims)


def is_small(outputs: Iterable[Tensor]) -> bool:
    return all(t.type.is_static and _count(t) <= SMALL for t in outputs)


@dataclass
class Line:
    """A line of the step. call, kernel: what it computes, when it is one kernel's call on its own; outputs, names: into what."""

    indent: int
    text: str
    op: Operation | None = None
    kernel: str = ""
    call: Call | None = None
    outputs: list[Tensor] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def note(self, kernel: str, call: Call, outputs: list[Tensor], names: list[str]) -> None:
        self.kernel, self.call, self.outputs, self.names = kernel, call, outputs, names


class Memory:
    """When a name is last used, and which other names may share its memory; of the lines of one function, an answer the last.

    fresh: names that a kernel made memory for, which nothing but views known here can share.
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self.last: dict[str, int] = {}
        self.roots: dict[str, frozenset[str]] = {}
        self.fresh: dict[str, Tensor] = {}
        self.answer = _NAME.findall(lines[-1].text)
        loose = set[str]()
        for i, line in enumerate(lines):
            used = _NAME.findall(line.text)
            self.last.update(dict.fromkeys(used, i if line.indent <= 1 else len(lines)))
            if line.call is not None:
                self._note(line)
            elif i + 1 < len(lines):
                loose.update(used)
        for name in loose:
            for root in self.roots.get(name, ()):
                self.fresh.pop(root, None)
        self.last_of_root: dict[str, int] = {}
        for name, roots in self.roots.items():
            for root in roots:
                self.last_of_root[root] = max(self.last_of_root.get(root, 0), self.last[name])

    def _note(self, line: Line) -> None:
        assert line.call is not None
        views = OPS[line.kernel].may_view
        taken = frozenset[str]().union(*(self.roots.get(a, (a,)) for a in line.call.args)) if views else frozenset()
        for name, t in zip(line.names, line.outputs, strict=True):
            self.roots[name] = taken or frozenset((name,))
            if not views:
                self.fresh[name] = t

    def is_dead_after(self, name: str, i: int) -> bool:
        """Whether line `i` is the last to need the memory that a kernel made for `name` alone."""
        return name in self.fresh and self.last_of_root[name] == i

    def is_unshared(self, name: str) -> bool:
        """Whether a name that the step answers is all that holds its memory then."""
        return (
            name in self.fresh
            and self.answer.count(name) == 1
            and not any(name in self.roots.get(other, ()) for other in self.answer if other != name)
        )


def sharing(
    lines: list[Line], shared: Mapping[str, Callable[[Call], Share | None]], fresh: Callable[[str], str]
) -> list[Line]:
    """The lines, but for work that several of them would do: that is done once, before the first of them."""
    works: dict[int, Share] = {}
    last: dict[str, int] = {}
    names: dict[str, str] = {}
    for i, line in enumerate(lines):
        found = (
            shared[line.kernel](line.call)
            if line.call is not None and line.indent == 1 and line.kernel in shared
            else None
        )
        if found is not None:
            works[i] = found
            last[found[0]] = i
    wanted = Counter(work for work, _ in works.values())
    out: list[Line] = []
    for i, line in enumerate(lines):
        work, rest = works.get(i, ("", str))
        if wanted[work] < 2:
            out.append(line)
            continue
        if work not in names:
            names[work] = fresh("shared")
            out.append(replace(line, text=f"{names[work]} = {work}", outputs=[], names=[]))
        out.append(replace(line, text=f"{line.names[0]} = {rest(names[work])}"))
        if last[work] == i:
            out.append(Line(1, f"del {names[work]}", line.op))
    return out


def economical(lines: list[Line], spelled: Mapping[str, Callable[[Call], str | None]]) -> list[Line]:
    """The lines as the backend spells them, writing into dead memory, and freeing what is large as soon as it is dead."""
    memory = Memory(lines)
    held: dict[str, list[str]] = {}  # the names that held a name's memory before it
    passed_on = set[str]()
    out: list[Line] = []
    for i, line in enumerate(lines):
        if line.call is not None:
            spell = spelled.get(line.kernel)
            into = _dead_operand(line, memory, i) if spell is not None else None
            text = spell(_with_out(line.call, into)) if spell is not None else None
            if text is not None:
                line = replace(line, text=f"{line.names[0]} = {text}")
                if into is not None and f"out={into}" in text:
                    held[line.names[0]] = held.pop(into, [])
                    held[line.names[0]].append(into)
                    passed_on.add(into)
        out.append(line)
        if line.indent == 1 and i + 1 < len(lines):
            names = [name for name in _dead_after(lines[i], memory, i) if name not in passed_on]
            if names:
                out.append(
                    Line(1, f"del {', '.join(n for name in names for n in [name, *held.pop(name, [])])}", line.op)
                )
    return out


def spelled_out(lines: Iterable[Line], spelled: Mapping[str, Callable[[Call], str | None]]) -> list[Line]:
    """As economical, but for the spelling: of lines whose values outlive them."""
    out: list[Line] = []
    for line in lines:
        text = spelled[line.kernel](line.call) if line.call is not None and line.kernel in spelled else None
        out.append(line if text is None else replace(line, text=f"{line.names[0]} = {text}"))
    return out


def _dead_operand(line: Line, memory: Memory, i: int) -> str | None:
    """The operand whose memory the result fits into exactly, which nothing needs after line `i`, and of which no other operand is a view."""
    assert line.call is not None
    t = line.outputs[0].type
    if len(line.outputs) != 1 or not t.is_static or not t.shape:
        return None
    args = line.call.args
    fits = (a for a in args if memory.is_dead_after(a, i) and memory.fresh[a].type == t)
    return next((a for a in fits if not any(b != a and a in memory.roots.get(b, ()) for b in args)), None)


def _with_out(call: Call, out: str | None) -> Call:
    return replace(call, out=out)


def _dead_after(line: Line, memory: Memory, i: int) -> list[str]:
    """The names of values worth freeing that nothing reads after line `i`."""
    names = (n for n in dict.fromkeys(_NAME.findall(line.text)) if n in memory.fresh and memory.last[n] == i)
    return [n for n in names if not memory.fresh[n].type.is_static or _count(memory.fresh[n]) >= _WORTH_FREEING]
