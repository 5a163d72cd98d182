"""The reference a program is measured against: NumPy in float64 by the rules, with the bounds that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..backend import Backend
from ..programs.model import Batch, Program
from . import rounded
from .one_step import Bounds, EachStep, bounds_from, steps_looked_at
from .recording import Arrays, GraphRunner, Recording, distance, record, snapshot_steps
from .storage import load_arrays, save_arrays

MADE_BY = ("numpy", "rules")
FACTOR = 10.0
FLOAT64_BOUND = 1e-10
_HALF_ULP = float(np.finfo(np.float32).eps) / 2


@dataclass
class Reference:
    """A recording in float64, and how far a float32 training may be from it, by step.

    The bound is FACTOR times the largest, up to that step, of: the reference rounded to float32 at every operation
    against it; it against itself with the initial values but zeros moved by one float32 ulp; half a float32 ulp. No float32
    arithmetic of any backend is in it. each_step: what one step may be off by, from where the training stands (`one_step`).
    """

    recording: Recording
    keep: list[int]
    distance_bound: dict[int, float]
    gradient_bound: dict[int, float]
    loss_bound: list[float]
    each_step: Bounds

    def watcher(self, program: Program) -> EachStep:
        """Holds each step of a recording to its bounds."""
        return EachStep(program, self.recording.initial, sorted(self.each_step), self.each_step)


def make(program: Program, steps: int, tell: Callable[[str, int], None]) -> Reference:
    """Runs the reference and the two runs that give its bounds."""
    drawing = GraphRunner(program, *MADE_BY, tf.float32)
    initial = drawing.parameters()
    drawing.close()
    size = sum(a.size for a in initial.values())
    keep = snapshot_steps(steps, 2 * 8 * size)

    def run(what: str, start: Arrays, backend: str | Backend = "numpy", watcher: EachStep | None = None) -> Recording:
        wide = {n: np.asarray(a, np.float64) for n, a in start.items()}
        runner = GraphRunner(program, backend, "rules", tf.float64, wide)
        batches = program.batches(steps)
        if watcher is not None:
            batches = map(rounded.single_batch, batches)
        try:
            return record(runner, batches, steps, keep, lambda i: tell(what, i), watcher=watcher)
        finally:
            runner.close()

    wide, moved = run("float64", initial), run("one ulp moved", _moved(initial))
    looks = EachStep(program, initial, steps_looked_at(steps, size, keep))
    try:
        as_single = run("rounded to float32", initial, rounded.backend(), looks)
    finally:
        looks.close()
    return _bounded(wide, [as_single, moved], keep, bounds_from(looks))


def _moved(initial: Arrays) -> Arrays:
    """Every initial value but 0 moved by one float32 ulp, up or down at random.

    A 0 is meant, not rounded. Beside it stands 1e-45, which a bias of 0 under a ReLU turns into another gradient: the bound
    would then let gradients pass that are a tenth off.
    """
    rng = np.random.default_rng(0)
    moved = {}
    for n, a in initial.items():
        towards = np.where(rng.random(a.shape) < 0.5, np.float32(np.inf), np.float32(-np.inf))
        moved[n] = np.where(a == 0, a, np.nextafter(a, towards, dtype=np.float32))
    return moved


def _bounded(wide: Recording, others: list[Recording], keep: list[int], each_step: Bounds) -> Reference:
    def running(by_step: dict[int, list[float]]) -> dict[int, float]:
        out, worst = {}, _HALF_ULP
        for step, found in sorted(by_step.items()):
            worst = max(worst, *(f for f in found if np.isfinite(f)), 0.0)
            out[step] = FACTOR * worst
        return out

    steps = [s for s in keep if s in wide.parameters and all(s in o.parameters for o in others)]
    apart = running({s: [distance(o.parameters[s], wide.parameters[s]) for o in others] for s in steps})
    slopes = running({s: [distance(o.gradients[s], wide.gradients[s]) for o in others] for s in steps})
    losses = running(
        {
            i: [_relative(o.losses[i], wide.losses[i]) for o in others if i < len(o.losses)] or [0.0]
            for i in range(len(wide.losses))
        }
    )
    return Reference(wide, keep, apart, slopes, list(losses.values()), each_step)


def _relative(a: float, b: float) -> float:
    return abs(a - b) / max(abs(b), 1e-300)


def save(reference: Reference, path: Path) -> None:
    """Writes a reference for the processes that are compared with it."""
    r = reference.recording
    arrays: Arrays = {
        "losses": np.array(r.losses),
        "keep": np.array(reference.keep),
        "loss_bound": np.array(reference.loss_bound),
    }
    for name, bounds in (("distance_bound", reference.distance_bound), ("gradient_bound", reference.gradient_bound)):
        arrays[name] = np.array([[s, b] for s, b in bounds.items()], np.float64).reshape(-1, 2)
    arrays |= {
        f"each_step/{step}/{quantity}": np.array(bound)
        for step, bounds in reference.each_step.items()
        for quantity, bound in bounds.items()
    }
    arrays |= {f"initial/{n}": a for n, a in r.initial.items()}
    for kind, by_step in (
        ("parameters", r.parameters),
        ("gradients", r.gradients),
        ("draws", dict(enumerate(r.draws))),
    ):
        arrays |= {f"{kind}/{step}/{n}": a for step, group in by_step.items() for n, a in group.items()}
    arrays["stopped"] = np.array(-1 if r.stopped is None else r.stopped)
    save_arrays(path, arrays)


def load(path: Path) -> Reference:
    """A reference that `save` wrote."""
    arrays = load_arrays(path)
    r = Recording(losses=arrays["losses"].tolist(), stopped=None if arrays["stopped"] < 0 else int(arrays["stopped"]))
    draws: dict[int, Arrays] = {}
    each_step: dict[int, dict[str, float]] = {}
    for key, array in arrays.items():
        kind, *rest = key.split("/", 2)
        if kind == "initial":
            r.initial[rest[0]] = array
        elif kind == "each_step":
            each_step.setdefault(int(rest[0]), {})[rest[1]] = float(array)
        elif kind in ("parameters", "gradients", "draws"):
            into: Any = draws if kind == "draws" else getattr(r, kind)
            into.setdefault(int(rest[0]), {})[rest[1]] = array
    r.draws = [draws[i] for i in sorted(draws)]
    bounds = [{int(s): float(b) for s, b in arrays[n]} for n in ("distance_bound", "gradient_bound")]
    return Reference(r, arrays["keep"].tolist(), bounds[0], bounds[1], arrays["loss_bound"].tolist(), each_step)


def batch_with_draws(batch: Batch, draws: Arrays, dtype: str) -> Batch:
    """A batch as a twin takes it: floats in its dtype, with the random numbers the graph drew."""
    whole = {**batch, **draws}
    return {n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in whole.items()}
