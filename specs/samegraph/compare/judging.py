"""Verdicts: a recording held against the reference."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .counting import Count, counted
from .one_step import EachStep
from .recording import Recording, all_finite, distance, norm, touched
from .reference import Reference

AGREE, AGREE_NONFINITE, DIFFER, NOT_RUN = "agree", "agree-nonfinite", "differ", "not run"
NO_SUCH_COLUMN = "no such column"


def judged(
    own: Recording, reference: Reference, bound: float | None = None, looked: EachStep | None = None
) -> dict[str, Any]:
    """Verdict, its reason, and the series behind it, by step; None at steps where nothing was kept.

    bound: one for all steps; None: the reference's own. looked: what watched the recording, if each step is held by itself too.
    """
    ref, held = reference.recording, _Held.to(reference, own, bound)
    every = range(len(own.losses))
    out: dict[str, Any] = {
        "loss": own.losses,
        "gradient_norm": [norm(own.gradients[s]) if s in own.gradients else None for s in every],
        "distance": [held.apart.get(s) for s in every],
        "bound": [held.bounds.get(s) for s in every],
        "gradient_difference": {
            n: [
                distance({n: own.gradients[s][n]}, {n: ref.gradients[s][n]}) if s in held.apart else None for s in every
            ]
            for n in ref.initial
        },
    }
    if looked is not None:
        out["each_step"] = _each_step(looked, len(own.losses))
    stops = [s for s in (own.stopped, ref.stopped) if s is not None]
    if stops:
        held = held.before(min(stops))
    count = _counted(held, ref, looked)
    out["comparisons"], out["at_rest"] = count.compared, count.at_rest
    out["sunk"] = {"numbers": count.sunk, "steps": count.steps_sunk}
    wrong = held.first_excess(looked)
    if stops:
        if own.stopped != ref.stopped:
            wrong = wrong or (
                min(stops),
                f"not finite first at step {own.stopped}, the reference at step {ref.stopped}",
            )
        out["verdict"] = DIFFER if wrong else AGREE_NONFINITE
        out["first_step"], out["reason"] = wrong if wrong else (min(stops), None)
        return out
    flaw = _not_a_training(own, list(held.apart))
    if looked is not None and not looked.nearest:
        flaw = flaw or "no step was looked at by itself"
    if not count.compared:
        flaw = flaw or "every number is smaller than what its bound could tell"
    out["verdict"] = DIFFER if wrong or flaw else AGREE
    out["reason"] = wrong[1] if wrong else flaw
    out["first_step"] = wrong[0] if wrong else None
    return out


@dataclass(frozen=True)
class _Held:
    """How far a recording is from the reference, and how far it may be, relative, by step: parameters, gradients, losses."""

    apart: dict[int, float]
    bounds: dict[int, float]
    slopes: dict[int, float]
    slope_bounds: dict[int, float]
    losses: list[float]
    loss_bounds: list[float]

    @classmethod
    def to(cls, reference: Reference, own: Recording, bound: float | None) -> _Held:
        ref = reference.recording
        steps = [s for s in reference.distance_bound if s in own.parameters]
        losses = [abs(a - b) / max(abs(b), 1e-300) for a, b in zip(own.losses, ref.losses, strict=False)]
        return cls(
            apart={s: distance(own.parameters[s], ref.parameters[s]) for s in steps},
            bounds={s: bound or reference.distance_bound[s] for s in steps},
            slopes={s: distance(own.gradients[s], ref.gradients[s]) for s in steps},
            slope_bounds={s: bound or reference.gradient_bound[s] for s in steps},
            losses=losses,
            loss_bounds=[bound or b for b, _ in zip(reference.loss_bound, losses, strict=False)],
        )

    def before(self, stop: int) -> _Held:
        """Of the steps before this one alone."""
        kept = [s for s in self.apart if s < stop]

        def of(series: dict[int, float]) -> dict[int, float]:
            return {s: series[s] for s in kept}

        return _Held(
            of(self.apart),
            of(self.bounds),
            of(self.slopes),
            of(self.slope_bounds),
            self.losses[:stop],
            self.loss_bounds[:stop],
        )

    def first_excess(self, looked: EachStep | None) -> tuple[int, str] | None:
        """The first step at which something is beyond its bound, and a sentence; None where nothing is."""
        losses, loss_bounds = dict(enumerate(self.losses)), dict(enumerate(self.loss_bounds))
        series = (
            ("parameters", self.apart, self.bounds),
            ("gradients", self.slopes, self.slope_bounds),
            ("loss", losses, loss_bounds),
        )
        found = [
            (s, f"step {s}: {what} {far[s]:.3g} from the reference, bound {bounds[s]:.3g}")
            for what, far, bounds in series
            for s in far
            if not far[s] <= bounds[s]
        ]
        if looked is not None and looked.excess is not None:
            found.insert(0, (looked.excess.step, looked.excess.sentence()))
        return min(found, key=lambda f: f[0], default=None)


def _counted(held: _Held, ref: Recording, looked: EachStep | None) -> Count:
    """The numbers of gradients, parameters and losses, one way or both."""
    by_itself = {s: looked.touched[s] for s in looked.nearest} if looked is not None else {}
    return counted(
        {n: a.size for n, a in ref.initial.items()},
        {**by_itself, **{s: touched(ref.gradients[s]) for s in held.apart}},
        {s: (b, ref.gradients[s]) for s, b in held.slope_bounds.items()},
        {s: (b, ref.parameters[s]) for s, b in held.bounds.items()},
        held.loss_bounds,
        looked,
    )


def _each_step(looked: EachStep, steps: int) -> dict[str, Any]:
    worst = max(looked.nearest.values(), key=lambda e: e.share, default=None)
    return {
        "share": [looked.nearest[s].share if s in looked.nearest else None for s in range(steps)],
        "worst": None if worst is None else asdict(worst),
        "decided": [asdict(d) for d in looked.decided],
    }


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
