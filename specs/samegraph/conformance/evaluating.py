"""The value of every tensor of a graph, one operation after the other with NumPy's kernels in float64: the reference.

It shares the kernels of the NumPy backend and nothing of sessions and programs: no source is generated, and the order of
reads and assignments is the order in which the operations were made.

How far roundings may carry a value from its reference is measured by evaluating the same graph again with noise of a few
units in the last place on every kernel's result: Monte Carlo arithmetic (D. S. Parker, UCLA CSD-970002, 1997). Values that
float64 holds exactly (small multiples of 2**-20 computed from such) get no noise, so that ties and kinks at exact values
stay where they are; a tie of rounded values is torn apart, and with it the bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from samegraph.backend import load
from samegraph.gradients import expanded
from samegraph.graph import Operation, Tensor, ancestors
from samegraph.op import Op
from samegraph.registry import OPS

Array = np.ndarray[Any, Any]
_EXACT_UNIT, _EXACT_LIMIT = 2.0**20, 2.0**20
# Their zeros lie between the floats, and next to one the value is a difference of larger numbers: it is as far off as
# the value at an operand a few units off, whatever that is in units of its own.
_ZEROS_BETWEEN_FLOATS = ("digamma", "lgamma", "polygamma", "zeta")
_ROW_UPDATES = {"ScatterAdd": "add", "ScatterSub": "sub", "ScatterUpdate": "update"}


def exactly_held(value: Array) -> bool:
    """Whether sums and products of a few such numbers have no rounding error in float64."""
    if value.dtype.kind != "f":
        return True
    scaled = value * _EXACT_UNIT
    return bool(np.all(np.abs(value) < _EXACT_LIMIT) and np.all(scaled == np.rint(scaled)))


class Evaluator:
    """Values by tensor, and variables' values as they stand after the operations evaluated so far.

    feeds: values that stand for tensors, whatever computes them. initial: variables' values at the start.
    noise: a generator for the noise; `exact` is then taken over from the evaluation without.
    """

    def __init__(
        self,
        feeds: Mapping[Tensor, Array],
        initial: Mapping[Operation, Array],
        noise: np.random.Generator | None = None,
        exact: set[Tensor] | None = None,
    ) -> None:
        self.values: dict[Tensor, Array] = dict(feeds)
        self.state: dict[Operation, Array] = dict(initial)
        self.exact: set[Tensor] = set(feeds) if exact is None else exact
        self.noise = noise
        self.kernels = load("numpy").kernels

    def value(self, t: Tensor) -> Array:
        """The value of a tensor; the outputs of gradients are expanded by the rules."""
        if t not in self.values:
            target = expanded(t)
            for op in ancestors([target], stop=self.values, resolve=self._meant, controls=False):
                self.evaluate(op)
            self.values[t] = self.values[target]
            if target in self.exact:
                self.exact.add(t)
        return self.values[t]

    def _meant(self, t: Tensor) -> Tensor:
        return t if t in self.values else expanded(t)

    def evaluate(self, op: Operation) -> None:
        """Gives the outputs of `op` their values; its inputs have theirs."""
        if op.variable is None and all(t in self.values for t in op.outputs):
            return
        if op.type == "Const":
            self._set(op, [op.attrs["value"]], exact=True)
        elif op.type == "VariableV2":
            self._set(op, [self.state[op]], exact=True)
        elif op.type == "ReadVariableOp":
            assert op.variable is not None
            self._set(op, [self.state[op.variable]], exact=True)
        elif op.type == "Gradients":
            for t in op.outputs:
                self.value(t)
        elif op.kernel:
            self._set(op, *self._computed(op))
        elif op.variable is not None:
            self._set(op, [self._assigned(op)], exact=True)
        else:
            assert not op.outputs, f"{op.name} ({op.type}) has no value"

    def _set(self, op: Operation, values: Any, exact: bool) -> None:
        for t, value in zip(op.outputs, values, strict=True):
            if t not in self.values:
                self.values[t] = value
                if exact and self.noise is None and exactly_held(value):
                    self.exact.add(t)

    def _computed(self, op: Operation) -> tuple[list[Array], bool]:
        operands = [self.value(t) for t in op.inputs]
        if self.noise is not None and op.kernel in _ZEROS_BETWEEN_FLOATS:
            operands = [
                np.where(v == np.rint(v), v, self._noisy(v, op)) for v in operands
            ]  # whole numbers may be poles
        exact = all(t in self.exact for t in map(self._meant, op.inputs))
        values = self.compute(OPS[op.kernel], operands, op.attrs)
        if self.noise is not None and not OPS[op.kernel].may_view:
            values = [v if t in self.exact else self._noisy(v, op) for t, v in zip(op.outputs, values, strict=True)]
        return values, exact

    def compute(self, spec: Op[Any, Any], operands: list[Array], attrs: Mapping[str, Any]) -> list[Array]:
        """One kernel on values."""
        shapes = [i < len(spec.operands) and spec.operands[i] in spec.shapes for i in range(len(operands))]
        given = [_ints(v) if is_shape else v for v, is_shape in zip(operands, shapes, strict=True)]
        with np.errstate(all="ignore"):
            out = self.kernels[spec.name](*given, **{k: v for k, v in attrs.items() if k in spec.defaults})
        return [np.asarray(v) for v in out] if spec.several else [np.asarray(out)]

    def _noisy(self, value: Array, op: Operation) -> Array:
        if value.dtype.kind != "f":
            return value
        assert self.noise is not None
        amplitude = max(4.0, OPS[op.kernel].tolerance.ulps / 4) * np.finfo(value.dtype).eps
        return np.asarray(value * (1.0 + amplitude * self.noise.uniform(-1.0, 1.0, value.shape)), value.dtype)

    def _assigned(self, op: Operation) -> Array:
        assert op.variable is not None
        old, given = self.state[op.variable], [self.value(t) for t in op.inputs]
        if op.type in _ROW_UPDATES:
            new = self.kernels["scatter_rows"](old, *given, how=_ROW_UPDATES[op.type])
        elif op.type == "Assign":
            new = given[0]
        else:
            new = old + given[0] if op.type == "AssignAdd" else old - given[0]
        self.state[op.variable] = np.asarray(new)
        return self.state[op.variable]


def _ints(value: Array) -> Any:
    return int(value) if value.ndim == 0 else tuple(int(n) for n in value.reshape(-1))
