"""Where rounding decides which way a training goes: the reference, continued from where the column stands.

A column that leaves its bound is looked at again. Where the float64 reference, taken to where the column stands and moved by a few
ulps, has the column's gradient within its bound, and its own gradient jumps on the way there (`kinks`), the two parted because
rounding decided. The comparison goes on along that branch of the reference, under the same bounds.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..programs.model import Program
from .judging import AGREE, DIFFER, judged
from .kinks import Decided, decided
from .locate import at_step
from .one_step import EachStep
from .recording import Arrays, GraphRunner, Recording, Step, distance, record
from .reference import Reference

MOST_BRANCHES = 3


def judged_along_branches(
    own: Recording, reference: Reference, program: Program, steps: int, looked: EachStep | None = None
) -> dict[str, Any]:
    """`judged`, and where a training left its bound, judged again along the branch of the reference it may have taken."""
    result, taken = judged(own, reference, looked=looked), list[Decided]()
    places: dict[int, Arrays] = {}
    while result["verdict"] == DIFFER and len(taken) < MOST_BRANCHES:
        step = result["first_step"]
        if step is None or own.stopped is not None or (taken and step <= taken[-1].step):
            break
        found = _branch(own, reference, program, step, steps, places)
        if found is None:
            break
        reference, branch = found
        taken.append(branch)
        result = judged(own, reference, looked=looked)
    if result["verdict"] == AGREE and (said := _said(taken, looked)):
        if taken:
            result["branches"] = [asdict(d) for d in taken]
        result["note"] = "; ".join(said)
    return result


def _said(taken: list[Decided], looked: EachStep | None) -> list[str]:
    told = {d.step for d in taken}
    alone = [d.sentence() for d in looked.decided if d.step not in told] if looked is not None else []
    return [*(f"{d.sentence()}; compared along that branch from there on" for d in taken), *alone]


def _branch(
    own: Recording, reference: Reference, program: Program, step: int, steps: int, places: dict[int, Arrays]
) -> tuple[Reference, Decided] | None:
    """places: the parameters of earlier branches, by the step before which they are taken; the one found is added."""
    column = own.initial if step == 0 else own.parameters.get(step - 1)
    bound = reference.gradient_bound.get(step)
    if column is None or bound is None or step not in own.gradients:
        return None
    start = {n: np.asarray(a, np.float64) for n, a in reference.recording.initial.items()}
    runner = GraphRunner(program, "numpy", "rules", tf.float64, start)
    made = Step(column, own.losses[step], own.gradients[step], own.parameters[step])
    try:
        batch = at_step(runner, program, step, steps, places)
        stood = runner.made_from(runner.parameters(), batch)
        found = decided(runner, step, batch, stood, made, lambda s: distance(made.gradients, s.gradients) <= bound)
        if found is None:
            return None
        taken, why = found
        places[step] = taken.before
        runner.load(taken.before)
        onwards = record(runner, program.batches(steps), steps, reference.keep, first=step)
        return replace(reference, recording=_joined(reference.recording, onwards, step)), why
    finally:
        runner.close()


def _joined(before: Recording, onwards: Recording, step: int) -> Recording:
    """The steps of one recording up to `step`, and of the other from there."""
    return replace(
        before,
        losses=before.losses[:step] + onwards.losses,
        parameters={s: a for s, a in before.parameters.items() if s < step} | onwards.parameters,
        gradients={s: a for s, a in before.gradients.items() if s < step} | onwards.gradients,
        draws=before.draws[:step] + onwards.draws,
        stopped=onwards.stopped,
    )
