"""One op on one set of operands: its graph, its value, its gradients by either route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.gradients import gradients
from samegraph.graph import Tensor
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.session import Session
from samegraph.types import FLOATS, as_dtype, numpy_dtype


@dataclass
class Case:
    """Operands as arrays, attributes, and the graph in which the op is applied to placeholders for them."""

    op: Op[Any, Any]
    arrays: tuple[Any, ...]
    attrs: dict[str, Any]
    unknown: bool = False

    def __post_init__(self) -> None:
        self.feeds: dict[Tensor, Any] = {}
        operands = []
        for i, array in enumerate(self.arrays):
            if i < len(self.op.operands) and self.op.operands[i] in self.op.shapes:
                operands.append(array)
                continue
            shape = [None] * array.ndim if self.unknown else array.shape
            fed = tf.placeholder(as_dtype(array.dtype), shape, name=f"operand_{i}")
            self.feeds[fed] = array
            operands.append(fed)
        out = self.op(*operands, **self.attrs)
        self.outputs: list[Tensor] = out if isinstance(out, list) else [out]

    def differentiable(self) -> list[Tensor]:
        """The operands a gradient flows into."""
        inputs = self.outputs[0].op.inputs
        return list(
            dict.fromkeys(inputs[i] for i in self.op.differentiable(self.outputs[0].op) if inputs[i] in self.feeds)
        )

    def scalar(self, seed: int = 0) -> tuple[Tensor, list[Tensor]] | None:
        """sum(outputs * weights) for fixed weights, and its gradients; None where no gradient flows."""
        xs = self.differentiable()
        floats = [t for t in self.outputs if t.dtype in FLOATS]
        if not xs or not floats:
            return None
        y = None
        rng = np.random.default_rng(seed)
        for t in floats:
            weights = rng.integers(1, 5, self.run_shape(t)) / 4.0
            weight = tf.placeholder(t.dtype, weights.shape)
            self.feeds[weight] = weights.astype(numpy_dtype(t.dtype))
            term = OPS["reduce_sum"](t * weight)
            y = term if y is None else y + term
        assert y is not None
        grads = gradients(y, xs, unconnected_gradients="zero")
        return y, [g._as_tensor() if not isinstance(g, Tensor) else g for g in grads]

    def run_shape(self, t: Tensor) -> tuple[int, ...]:
        """The shape an output has when run."""
        if t.type.is_static:
            return t.type.shape  # type: ignore[return-value]
        return self.run([t], "numpy")[0].shape

    def run(self, fetches: list[Any], backend: str | Backend, route: str = "rules") -> list[Any]:
        fetched = Session(graph=tf.get_default_graph(), backend=backend, gradients=route).run(fetches, self.feeds)
        return [np.asarray(v) for v in fetched]


def cast(op: Op[Any, Any], arrays: tuple[Any, ...], dtype: str) -> tuple[Any, ...]:
    """Drawn operands with the main ones (and the floats among the others) in the dtype under test."""
    out = []
    for i, value in enumerate(arrays):
        if i < len(op.operands) and op.operands[i] in op.shapes:
            out.append(value)
            continue
        array = np.asarray(value)
        if array.dtype == np.float64:
            target = dtype if not op.is_apart(i) or dtype in FLOATS else "float32"
            if target in ("uint8", "uint16", "uint32", "uint64"):
                array = np.abs(array)
            array = array > 0 if target == "bool" else array.astype(numpy_dtype(target))
        out.append(array)
    return tuple(out)


def dtypes_of(op: Op[Any, Any], arrays: tuple[Any, ...], backend: Backend) -> list[str]:
    """The dtypes in which these operands may be tried: all the op and the backend have, or the operands' own."""
    drawn = [np.asarray(a).dtype for i, a in enumerate(arrays) if not op.is_apart(i)]
    if any(d != np.float64 for d in drawn):
        own = as_dtype(drawn[0]).name
        return [own] if own in backend.dtypes else []
    return [d.name for d in op.dtypes if d in backend.dtypes]
