"""One op on one set of operands: its graph, its outputs, its first and second gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import samegraph.tf1 as tf
from samegraph.gradients import gradients
from samegraph.graph import Tensor, ancestors
from samegraph.op import Op
from samegraph.program import WIDE
from samegraph.registry import OPS
from samegraph.types import FLOATS, STRING, as_dtype, numpy_dtype


@dataclass(frozen=True)
class Inputs:
    """Operands as arrays (a shape operand as a tuple of ints or an int) and attributes.

    kind: "drawn", "empty", "0-d" or "point N". dtype: what the main operands hold. unknown: placeholders know only ranks.
    """

    op: Op[Any, Any]
    arrays: tuple[Any, ...]
    attrs: dict[str, Any]
    kind: str = "drawn"
    dtype: str = "float64"
    unknown: bool = False

    @property
    def size(self) -> int:
        """Elements of all operands."""
        return sum(np.size(a) for a in self.arrays)

    @property
    def scale(self) -> float:
        """The magnitude that roundings are measured against: that of the operands, at least 1."""
        floats = [a for a in self.arrays if isinstance(a, np.ndarray) and a.size and as_dtype(a.dtype) in FLOATS]
        finite = [np.abs(np.nan_to_num(a.astype(np.float64), posinf=0, neginf=0)).max() for a in floats]
        return float(max(finite, default=1.0))

    def widened(self) -> Inputs:
        """The same with every float in float64: what the reference computes."""
        wide = tuple(
            np.asarray(a, np.float64) if isinstance(a, np.ndarray) and as_dtype(a.dtype) in FLOATS else a
            for a in self.arrays
        )
        attrs = dict(self.attrs)
        if attrs.get("dtype") in FLOATS:
            attrs["dtype"] = "float64"
        return Inputs(self.op, wide, attrs, self.kind, "float64", self.unknown)

    def __str__(self) -> str:
        named = [
            f"{self.op.operand_name(i)} = {a.dtype}{a.shape} {a.tolist()}" if hasattr(a, "dtype") else f"{a}"
            for i, a in enumerate(self.arrays)
        ]
        given = [f"{k} = {v!r}" for k, v in self.attrs.items()]
        known = ", unknown dims" if self.unknown else ""
        return f"{self.op.name} in {self.dtype} ({self.kind}{known}):\n  " + "\n  ".join([*named, *given])


def is_shape(op: Op[Any, Any], i: int) -> bool:
    """Whether operand `i` holds a shape."""
    return i < len(op.operands) and op.operands[i] in op.shapes


class Case:
    """The graph of an op on placeholders for its operands, in the default graph. ShapeError, DTypeError where it refuses them."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.feeds: dict[Tensor, Any] = {}
        self.weights: list[tuple[Tensor, Tensor]] = []
        operands = []
        for i, array in enumerate(inputs.arrays):
            if is_shape(inputs.op, i):
                operands.append(array)
                continue
            shape = [None] * array.ndim if inputs.unknown else array.shape
            fed = tf.placeholder(as_dtype(array.dtype), shape, name=f"operand_{i}")
            self.feeds[fed] = array
            operands.append(fed)
        out = inputs.op(*operands, **inputs.attrs)
        self.outputs: list[Tensor] = out if isinstance(out, list) else [out]

    @property
    def floats(self) -> list[Tensor]:
        """The outputs that a gradient can start from."""
        return [t for t in self.outputs if t.dtype in FLOATS]

    def differentiable(self) -> list[Tensor]:
        """The operands a gradient flows into."""
        made = self.outputs[0].op
        return list(
            dict.fromkeys(made.inputs[i] for i in self.inputs.op.differentiable(made) if made.inputs[i] in self.feeds)
        )

    def scalar(self) -> Tensor | None:
        """sum(outputs * weights), for weights to be fed (see `weigh`); None where no gradient flows."""
        if not self.differentiable() or not self.floats:
            return None
        terms = []
        for t in self.floats:
            weight = tf.placeholder(t.dtype, t.shape, name="weight")
            self.weights.append((t, weight))
            terms.append(OPS["reduce_sum"](t * weight))
        y = terms[0]
        for term in terms[1:]:
            y = y + term
        return y

    def weigh(self, shapes: dict[Tensor, tuple[int, ...]]) -> None:
        """Feeds fixed weights for outputs of those shapes."""
        rng = np.random.default_rng(0)
        for t, weight in self.weights:
            self.feeds[weight] = (rng.integers(1, 5, shapes[t]) / 4.0).astype(numpy_dtype(t.dtype))

    def gradients_of(self, y: Any, xs: list[Tensor]) -> list[Tensor]:
        """Gradients of `y`, dense, zeros where unconnected."""
        return [_dense(g) for g in gradients(y, xs, unconnected_gradients="zero")]

    def seconds(self, first: list[Tensor]) -> list[Tensor]:
        """Gradients of the weighted sum of first gradients."""
        xs = self.differentiable()
        shapes = [self.feeds[x].shape for x in xs]
        along = [
            g * tf.constant(np.linspace(0.5, 1.5, int(np.prod(s))).reshape(s))
            for g, s in zip(first, shapes, strict=True)
        ]
        return self.gradients_of(along, xs)

    def point_gradients(self) -> list[Tensor | None]:
        """What `gradients` of the sum of all outputs answers for every operand."""
        operands = list(self.outputs[0].op.inputs)
        totals = [tf.reduce_sum(t) for t in self.floats]
        found = gradients(totals, operands) if totals else [None] * len(operands)
        return [None if g is None else _dense(g) for g in found]


def _dense(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else g._as_tensor()


def holds(fetches: list[Tensor]) -> tuple[frozenset[str], bool]:
    """The dtypes that computing `fetches` needs, and whether one of them is a 64-bit one."""
    dtypes = frozenset(t.dtype.name for op in ancestors(fetches) for t in (*op.outputs, *op.inputs))
    return dtypes, bool(dtypes & WIDE)


def cast(op: Op[Any, Any], arrays: tuple[Any, ...], dtype: str, integers: bool = True) -> tuple[Any, ...]:
    """Operands with the main ones, and the floats among the others, in the dtype under test; `integers`: main ones too."""
    out = []
    for i, value in enumerate(arrays):
        if is_shape(op, i):
            out.append(value)
            continue
        array = np.asarray(value)
        if array.dtype == np.float64:
            target = dtype if not op.is_apart(i) or dtype in FLOATS else "float32"
            if target in ("uint8", "uint16", "uint32", "uint64"):
                array = np.abs(array)
            array = array > 0 if target == "bool" else array.astype(numpy_dtype(target))
        elif integers and not op.is_apart(i) and array.dtype.kind in "iu" and dtype != "bool":
            array = array.astype(numpy_dtype(dtype))
        out.append(array)
    return tuple(out)


def dtypes_for(op: Op[Any, Any], arrays: tuple[Any, ...]) -> list[str]:
    """The dtypes that the main operands, as drawn, can be given without changing what they mean.

    Strings are not among them: they live on the host, and no kernel of a backend sees one.
    """
    numeric = [d for d in op.dtypes if d != STRING]
    main = [np.asarray(a) for i, a in enumerate(arrays) if not op.is_apart(i)]
    drawn = {a.dtype for a in main}
    if drawn <= {np.dtype(np.float64)}:
        return [d.name for d in numeric]
    if all(d.kind in "iu" for d in drawn):
        return [d.name for d in numeric if d != "bool" and all(_fits(a, d.name) for a in main)]
    return [as_dtype(main[0].dtype).name]


def _fits(array: Any, dtype: str) -> bool:
    return bool(np.array_equal(array.astype(numpy_dtype(dtype)).astype(np.float64), array.astype(np.float64)))
