"""The names in a step's source, each given once, and the constants that some of them hold."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..backend import Backend
from ..graph import Tensor
from ..types import TensorType, numpy_dtype

# What a step calls its own and what loading it provides, beside the backend's kernels.
_RESERVED = (
    "step failed yes ok_all stop_if none_failed ints barrier update_rows order_rows inf nan value_and_vjp cond while_loop "
    "recorded_while scan"
).split()
_SMALL = 4096  # bytes: comparing more costs more than it spares


class Names:
    """The names of one program; constants: the arrays that some stand for."""

    def __init__(self, backend: Backend) -> None:
        self.constants: dict[str, np.ndarray[Any, Any]] = {}
        self._tensors: dict[Tensor, str] = {}
        self._stand_ins: dict[TensorType, str] = {}
        self._literals: dict[object, str] = {}
        self._last: dict[str, int] = {}
        self._taken = {*_RESERVED, *backend.kernels, *backend.modules, *dir(builtins)}

    def of(self, t: Tensor) -> str:
        """The one name of a tensor, like the user's."""
        if t not in self._tensors:
            op = t.op
            if op.name.startswith("~"):
                stem = op.kernel or op.name[1:]
                stem = stem if stem not in self._taken else f"{stem}_"
            else:
                stem = op.name
            one = len(op.outputs) == 1 or (op.attrs.get("results") == 1 and t.index == 0)
            self._tensors[t] = self.fresh(stem if one else f"{stem}_{_result(t)}")
        return self._tensors[t]

    def fresh(self, stem: str) -> str:
        """A name like `stem` that nothing has yet."""
        name = re.sub(r"\W", "_", stem)
        name = name if name.isupper() and len(name) == 1 else name[:1].lower() + name[1:]
        if not name or name[0].isdigit() or keyword.iskeyword(name) or name[0] == "_":
            name = f"t_{name}"
        unique, i = name, self._last.get(name, 0)
        while unique in self._taken:
            i += 1
            unique = f"{name}_{i}"
        self._last[name] = i
        self._taken.add(unique)
        return unique

    def constant(self, stem: str, array: np.ndarray[Any, Any]) -> str:
        name = self.fresh(stem)
        self.constants[name] = array
        return name

    def literal(self, t: Tensor, array: np.ndarray[Any, Any]) -> str:
        """The name of a constant tensor: small ones that hold the same have one name, and a framework gets them once."""
        small = array.nbytes <= _SMALL and not array.dtype.hasobject
        key: object = (array.dtype.name, array.shape, array.tobytes()) if small else t
        if key not in self._literals:
            self._literals[key] = self.of(t)
            self.constants[self.of(t)] = array
        return self._literals[key]

    def yes(self) -> str:
        """The name of a constant that is True."""
        self.constants["yes"] = np.asarray(True)
        return "yes"

    def stand_in(self, t: TensorType) -> str:
        """The name of something of that type, for operands of which only the shape counts."""
        if t not in self._stand_ins:
            zeros = np.broadcast_to(np.zeros((), numpy_dtype(t.dtype)), t.dims)  # type: ignore[arg-type]
            self._stand_ins[t] = self.constant("_".join(["like", *map(str, t.dims)]), zeros)
        return self._stand_ins[t]


def _result(t: Tensor) -> str:
    """What tells an output of an operation from the others: for a loop variable, what the user calls it."""
    if t.op.type in ("While", "Scan") and t.index < t.op.attrs["carried"]:
        own = t.op.attrs["blocks"][-1].inputs[t.index].op.name.rpartition("/")[2]
        return own if not own.startswith("Var") else str(t.index)
    return str(t.index)


def as_tuple(names: Iterable[str]) -> str:
    """The source of a tuple."""
    text = ", ".join(names)
    return f"({text},)" if text else "()"
