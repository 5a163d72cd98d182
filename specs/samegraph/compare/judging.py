"""Verdicts: a recording held against the reference."""

from __future__ import annotations

from typing import Any

import numpy as np

from .recording import Recording, all_finite, distance, norm
from .reference import Reference

AGREE, AGREE_NONFINITE, DIFFER, NOT_RUN = "agree", "agree-nonfinite", "differ", "not run"
NO_SUCH_COLUMN = "no such column"


def judged(own: Recording, reference: Reference, bound: float | None = None) -> dict[str, Any]:
    """Verdict, its reason, and the series behind it, by step; None at steps where nothing was kept.

    bound: one for all steps; None: the reference's own.
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
        "comparisons": _comparisons(own, steps) + len(losses),
    }
    if own.stopped is not None or ref.stopped is not None:
        first = min(s for s in (own.stopped, ref.stopped) if s is not None)
        finite = [s for s in steps if s < first]
        out["comparisons"] = _comparisons(own, finite) + first
        wrong = _first_excess(
            {s: apart[s] for s in finite},
            bounds,
            {s: slopes[s] for s in finite},
            slope_bounds,
            losses[:first],
            loss_bounds,
        )
        if own.stopped != ref.stopped:
            wrong = wrong or (first, f"not finite first at step {own.stopped}, the reference at step {ref.stopped}")
        out["verdict"] = DIFFER if wrong else AGREE_NONFINITE
        out["first_step"], out["reason"] = wrong if wrong else (first, None)
        return out
    wrong = _first_excess(apart, bounds, slopes, slope_bounds, losses, loss_bounds)
    flaw = _not_a_training(own, steps)
    out["verdict"] = DIFFER if wrong or flaw else AGREE
    out["reason"] = wrong[1] if wrong else flaw
    out["first_step"] = wrong[0] if wrong else None
    return out


def _comparisons(own: Recording, steps: list[int]) -> int:
    return sum(a.size for s in steps for group in (own.parameters[s], own.gradients[s]) for a in group.values())


def _first_excess(
    apart: Any, bounds: Any, slopes: Any, slope_bounds: Any, losses: Any, loss_bounds: Any
) -> tuple[int, str] | None:
    found = [
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
    return step, f"step {step}: {what}"


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
