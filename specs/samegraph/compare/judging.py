"""Verdicts: a recording held against the reference."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from .one_step import EachStep
from .recording import Recording, all_finite, distance, norm
from .reference import Reference

AGREE, AGREE_NONFINITE, DIFFER, NOT_RUN = "agree", "agree-nonfinite", "differ", "not run"
NO_SUCH_COLUMN = "no such column"


def judged(
    own: Recording, reference: Reference, bound: float | None = None, looked: EachStep | None = None
) -> dict[str, Any]:
    """Verdict, its reason, and the series behind it, by step; None at steps where nothing was kept.

    bound: one for all steps; None: the reference's own. looked: what watched the recording, if each step is held by itself too.
    """
    ref = reference.recording
    steps = [s for s in reference.distance_bound if s in own.parameters]
    apart = {s: distance(own.parameters[s], ref.parameters[s]) for s in steps}
    bounds = {s: bound or reference.distance_bound[s] for s in steps}
    slopes = {s: distance(own.gradients[s], ref.gradients[s]) for s in steps}
    slope_bounds = {s: bound or reference.gradient_bound[s] for s in steps}
    losses = [abs(a - b) / max(abs(b), 1e-300) for a, b in zip(own.losses, ref.losses, strict=False)]
    loss_bounds = [bound or b for b in reference.loss_bound]
    every = range(len(own.losses))
    out: dict[str, Any] = {
        "loss": own.losses,
        "gradient_norm": [norm(own.gradients[s]) if s in own.gradients else None for s in every],
        "distance": [apart.get(s) for s in every],
        "bound": [bounds.get(s) for s in every],
        "gradient_difference": {
            n: [distance({n: own.gradients[s][n]}, {n: ref.gradients[s][n]}) if s in apart else None for s in every]
            for n in ref.initial
        },
        "comparisons": _comparisons(own, steps, looked) + len(losses),
    }
    if looked is not None:
        out["each_step"] = _each_step(looked, len(own.losses))
    if own.stopped is not None or ref.stopped is not None:
        first = min(s for s in (own.stopped, ref.stopped) if s is not None)
        finite = [s for s in steps if s < first]
        out["comparisons"] = _comparisons(own, finite, looked) + first
        wrong = _first_excess(
            {s: apart[s] for s in finite},
            bounds,
            {s: slopes[s] for s in finite},
            slope_bounds,
            losses[:first],
            loss_bounds,
            looked,
        )
        if own.stopped != ref.stopped:
            wrong = wrong or (first, f"not finite first at step {own.stopped}, the reference at step {ref.stopped}")
        out["verdict"] = DIFFER if wrong else AGREE_NONFINITE
        out["first_step"], out["reason"] = wrong if wrong else (first, None)
        return out
    wrong = _first_excess(apart, bounds, slopes, slope_bounds, losses, loss_bounds, looked)
    flaw = _not_a_training(own, steps)
    if looked is not None and not looked.nearest:
        flaw = flaw or "no step was looked at by itself"
    out["verdict"] = DIFFER if wrong or flaw else AGREE
    out["reason"] = wrong[1] if wrong else flaw
    out["first_step"] = wrong[0] if wrong else None
    return out


def _comparisons(own: Recording, steps: list[int], looked: EachStep | None) -> int:
    """How many numbers of gradients and parameters were compared, one way or both."""
    compared = {*steps, *(looked.nearest if looked is not None else ())}
    return len(compared) * 2 * sum(a.size for a in own.initial.values())


def _each_step(looked: EachStep, steps: int) -> dict[str, Any]:
    worst = max(looked.nearest.values(), key=lambda e: e.share, default=None)
    return {
        "share": [looked.nearest[s].share if s in looked.nearest else None for s in range(steps)],
        "worst": None if worst is None else asdict(worst),
        "decided": [asdict(d) for d in looked.decided],
    }


def _first_excess(
    apart: Any,
    bounds: Any,
    slopes: Any,
    slope_bounds: Any,
    losses: Any,
    loss_bounds: Any,
    looked: EachStep | None,
) -> tuple[int, str] | None:
    if looked is not None and looked.excess is not None:
        found = [(looked.excess.step, looked.excess.sentence())]
    else:
        found = []
    found += [
        (s, f"parameters {apart[s]:.3g} from the reference, bound {bounds[s]:.3g}")
        for s in apart
        if not apart[s] <= bounds[s]
    ]
    found += [
        (s, f"gradients {slopes[s]:.3g} from the reference, bound {slope_bounds[s]:.3g}")
        for s in slopes
        if not slopes[s] <= slope_bounds[s]
    ]
    found += [
        (i, f"loss {d:.3g} from the reference, bound {b:.3g}")
        for i, (d, b) in enumerate(zip(losses, loss_bounds, strict=False))
        if not d <= b
    ]
    if not found:
        return None
    step, what = min(found, key=lambda f: f[0])
    return step, what if what.startswith("step") else f"step {step}: {what}"


def _not_a_training(own: Recording, steps: list[int]) -> str | None:
    """Why an agreement would mean nothing: something not finite, nothing moved, gradients all zero, a loss that did not fall."""
    if not steps:
        return "nothing was compared"
    if not np.isfinite(own.losses).all() or not all(all_finite(own.parameters[s]) for s in steps):
        return "something is not finite"
    if all(norm(own.gradients[s]) == 0 for s in steps):
        return "all gradients are zero"
    if distance(own.parameters[steps[-1]], own.initial) == 0:
        return "no parameter moved"
    tenth = max(1, len(own.losses) // 10)
    if len(own.losses) > 1 and np.mean(own.losses[-tenth:]) >= np.mean(own.losses[:tenth]):
        return "the loss did not fall"
    return None
