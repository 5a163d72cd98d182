"""The reference a program is measured against: NumPy in float64 by the rules, with the bounds that follow from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..programs.model import Batch, Program
from .recording import Arrays, GraphRunner, Recording, distance, record, snapshot_steps
from .storage import load_arrays, save_arrays

FACTOR = 10.0
FLOAT64_BOUND = 1e-10
_HALF_ULP = float(np.finfo(np.float32).eps) / 2


@dataclass
class Reference:
    """A recording in float64, and how far a float32 training may be from it, by step.

    The bound is FACTOR times the largest, up to that step, of: the reference program in float32 against it; it against
    itself with the initial values but zeros moved by one float32 ulp; half a float32 ulp.
    """

    recording: Recording
    keep: list[int]
    distance_bound: dict[int, float]
    gradient_bound: dict[int, float]
    loss_bound: list[float]


def make(program: Program, steps: int, tell: Callable[[str, int], None]) -> Reference:
    """Runs the reference and the two runs that give its bounds."""
    single = GraphRunner(program, "numpy", "rules", tf.float32)
    initial = single.parameters()
    keep = snapshot_steps(steps, 2 * sum(2 * a.nbytes for a in initial.values()))
    in_single = record(single, program.batches(steps), steps, keep, lambda i: tell("float32", i))
    single.close()
    wide = _in_float64(program, initial, steps, keep, tell, "float64")
    moved = _in_float64(program, _moved(initial), steps, keep, tell, "one ulp moved")
    return _bounded(wide, [in_single, moved], keep)


def _in_float64(
    program: Program, initial: Arrays, steps: int, keep: list[int], tell: Callable[[str, int], None], what: str
) -> Recording:
    start = {n: np.asarray(a, np.float64) for n, a in initial.items()}
    runner = GraphRunner(program, "numpy", "rules", tf.float64, start)
    try:
        return record(runner, program.batches(steps), steps, keep, lambda i: tell(what, i))
    finally:
        runner.close()


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


def _bounded(wide: Recording, others: list[Recording], keep: list[int]) -> Reference:
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
    return Reference(wide, keep, apart, slopes, list(losses.values()))


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
    for key, array in arrays.items():
        kind, *rest = key.split("/", 2)
        if kind == "initial":
            r.initial[rest[0]] = array
        elif kind in ("parameters", "gradients", "draws"):
            into: Any = draws if kind == "draws" else getattr(r, kind)
            into.setdefault(int(rest[0]), {})[rest[1]] = array
    r.draws = [draws[i] for i in sorted(draws)]
    bounds = [{int(s): float(b) for s, b in arrays[n]} for n in ("distance_bound", "gradient_bound")]
    return Reference(r, arrays["keep"].tolist(), bounds[0], bounds[1], arrays["loss_bound"].tolist())


def batch_with_draws(batch: Batch, draws: Arrays, dtype: str) -> Batch:
    """A batch as a twin takes it: floats in its dtype, with the random numbers the graph drew."""
    whole = {**batch, **draws}
    return {n: a.astype(dtype) if a.dtype.kind == "f" else a for n, a in whole.items()}
