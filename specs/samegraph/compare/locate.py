"""Which tensor of a graph is the first to differ, or to stop being finite, at a given step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..graph import Operation, Tensor, ancestors
from ..programs.model import Model, Program
from ..types import FLOATS
from .recording import Arrays, GraphRunner

# Far above what roundings of one step do in float32, far below any wrong formula.
TENSOR_TOLERANCE = 1e-4
LOG_ADVICE = (
    "log of 0: a softmax underflowed. Compute the loss from the logits instead, "
    "tf.nn.softmax_cross_entropy_with_logits_v2(labels=..., logits=...), which never takes the log of a probability"
)


def at_step(
    runner: GraphRunner, program: Program, step: int, steps: int, places: Mapping[int, Arrays] | None = None
) -> Any:
    """Drives a fresh runner up to the step and answers the step's batch. places: parameters to take before some steps."""
    batches = program.batches(steps)
    for i in range(step):
        if places and i in places:
            runner.load(places[i])
        runner.step(next(batches))
    return next(batches)


def forward_tensors(model: Model) -> list[Tensor]:
    """The floating-point tensors the loss is computed from, in the order they are computed."""
    return [
        t
        for op in ancestors([model.loss])
        for t in op.outputs
        if t.dtype in FLOATS and op.type not in ("Const", "Placeholder")
    ]


def values(runner: GraphRunner, batch: Any) -> list[tuple[str, Operation, Any]]:
    """(name, operation, value) of every tensor of the forward part, then of every gradient."""
    tensors = forward_tensors(runner.model)
    found = runner.session.run(tensors, runner.model.feed(batch)) if tensors else []
    rows: list[tuple[str, Operation, Any]] = [(t.name, t.op, v) for t, v in zip(tensors, found, strict=True)]
    for name, gradient in runner.gradients(batch).items():
        rows.append((f"gradient of {name}", runner.model.parameters[name].op, gradient))
    return rows


def first_nonfinite(
    program: Program, backend: str, route: str, dtype: str, initial: Arrays, step: int, steps: int
) -> dict[str, Any] | None:
    """Tensor, operation, the user's line and advice for the first tensor that is not finite at `step`."""
    runner = GraphRunner(program, backend, route, tf.as_dtype(dtype), initial)
    batch = at_step(runner, program, step, steps)
    for name, op, value in values(runner, batch):
        if not np.isfinite(value).all():
            return {"step": step, "tensor": name, "operation": op.type, "line": _line(op), "advice": _advice(op)}
    return None


def first_difference(
    program: Program, backend: str, route: str, dtype: str, initial: Arrays, step: int, steps: int
) -> dict[str, Any] | None:
    """Runs the backend up to `step`, then that step's tensors on NumPy in float64 from the same parameters."""
    runner = GraphRunner(program, backend, route, tf.as_dtype(dtype), initial)
    batch = at_step(runner, program, step, steps)
    start = {n: np.asarray(a, np.float64) for n, a in runner.parameters().items()}
    other = GraphRunner(program, "numpy", "rules", tf.float64, start)
    other.session.random.counts = dict(_by_name(runner, other))
    wanted = {name: want for name, _, want in values(other, batch)}  # casts make the two graphs differ in number
    for name, op, got in values(runner, batch):
        if name not in wanted:
            continue
        want = wanted[name]
        scale = max(1e-30, float(np.max(np.abs(want), initial=0.0)))
        apart = float(np.max(np.abs(np.asarray(got, np.float64) - want), initial=0.0)) / scale
        if not apart <= TENSOR_TOLERANCE:
            return {
                "step": step,
                "tensor": name,
                "operation": op.type,
                "line": _line(op),
                "distance": apart,
                "bound": TENSOR_TOLERANCE,
            }
    return None


def _by_name(runner: GraphRunner, other: GraphRunner) -> Any:
    """The draw counters of one session for the same operations of another graph."""
    for op, count in runner.session.random.counts.items():
        yield other.model.graph.get_operation_by_name(op.name), count


def _line(op: Operation) -> str:
    """`file.py:12: the line`, without the folders of this machine."""
    path, number = op.where
    text = op.made_at.split(f"{path}:{number}", 1)[1]
    return f"{Path(path).name}:{number}{text}"


def _advice(op: Operation) -> str:
    if op.type == "Log" and any(t.op.type == "Softmax" for t in op.inputs):
        return LOG_ADVICE
    return f"the first value that is not finite comes out of {op.type}; look at what goes into it"
