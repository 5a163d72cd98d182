"""Where rounding decides which way a training goes: the reference, continued from where the column stands.

The two largest values of a pooling window may be nearer to each other than roundings, and then the whole gradient goes to one or
to the other. Both are right, and the trainings part. A column that leaves its bound is therefore looked at again. The comparison
goes on along another branch, under the same bounds, if both hold:
- the float64 reference, taken to where the column stands and moved by a few ulps, has the column's gradient within its bound;
- between there and where the reference stood, the reference's own gradient jumps: halving the way leaves the difference.
A wrong gradient fails the first, for it is wrong at the moved places too; an error that grows step by step fails the second.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..programs.model import Batch, Program
from .judging import AGREE, DIFFER, judged
from .locate import at_step
from .recording import Arrays, GraphRunner, Recording, distance, record
from .reference import Reference

ULPS = (1, 2, 4, 8, 16)
TRIES = 8
HALVINGS = 12
MOST_BRANCHES = 3


@dataclass(frozen=True)
class Branch:
    """A step at which the comparison went on along another branch of the reference.

    ulps: how far the reference's parameters were moved from the column's, each at random. of: how many such places were asked,
    until one had the column's gradient. jump: of the reference's gradient. rest: between the gradients of column and branch. All
    distances are relative, as everywhere in the comparison.
    """

    step: int
    ulps: int
    of: int
    jump: float
    rest: float

    def sentence(self) -> str:
        return (
            f"at step {self.step} rounding decides: the reference's gradient jumps by {self.jump:.2g} beside where it stands, and moved "
            f"by at most {self.ulps} ulps it has this column's within {self.rest:.2g}; compared along that branch from there on"
        )


def judged_along_branches(own: Recording, reference: Reference, program: Program, steps: int) -> dict[str, Any]:
    """`judged`, and where a training left its bound, judged again along the branch of the reference it may have taken."""
    result, taken = judged(own, reference), list[Branch]()
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
        result = judged(own, reference)
    if result["verdict"] == AGREE and taken:
        result["branches"] = [asdict(b) for b in taken]
        result["note"] = "; ".join(b.sentence() for b in taken)
    return result


def _branch(
    own: Recording, reference: Reference, program: Program, step: int, steps: int, places: dict[int, Arrays]
) -> tuple[Reference, Branch] | None:
    """places: the parameters of earlier branches, by the step before which they are taken; the one found is added."""
    column = own.initial if step == 0 else own.parameters.get(step - 1)
    bound = reference.gradient_bound.get(step)
    if column is None or bound is None or step not in own.gradients:
        return None
    start = {n: np.asarray(a, np.float64) for n, a in reference.recording.initial.items()}
    runner = GraphRunner(program, "numpy", "rules", tf.float64, start)
    try:
        batch = at_step(runner, program, step, steps, places)
        stood, gradient = runner.parameters(), runner.gradients(batch)
        rng = np.random.default_rng(step)
        for tried, ulps in enumerate(np.repeat(ULPS, TRIES).tolist(), start=1):
            place = {n: _moved(a, ulps, rng) for n, a in column.items()}
            runner.load(place)
            found = runner.gradients(batch)
            rest = distance(own.gradients[step], found)
            if rest > bound:
                continue
            jump = _jump(runner, batch, (stood, gradient), (place, found))
            if jump < distance(found, gradient) / 4:
                return None
            places[step] = place
            runner.load(place)
            onwards = record(runner, program.batches(steps), steps, reference.keep, first=step)
            joined = replace(reference, recording=_joined(reference.recording, onwards, step))
            return joined, Branch(step, ulps, tried, jump, rest)
        return None
    finally:
        runner.close()


def _jump(runner: GraphRunner, batch: Batch, here: tuple[Arrays, Arrays], there: tuple[Arrays, Arrays]) -> float:
    """What is left of the difference of two gradients when the way between their places has been halved HALVINGS times."""
    for _ in range(HALVINGS):
        middle = {n: (a + there[0][n]) / 2 for n, a in here[0].items()}
        runner.load(middle)
        gradient = runner.gradients(batch)
        if distance(gradient, here[1]) >= distance(gradient, there[1]):
            there = middle, gradient
        else:
            here = middle, gradient
    return distance(there[1], here[1])


def _moved(array: Any, ulps: int, rng: np.random.Generator) -> Any:
    one = np.asarray(array, np.float32)
    return one.astype(np.float64) + np.where(one == 0, 0.0, np.spacing(np.abs(one))) * ulps * rng.uniform(
        -1, 1, one.shape
    )


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
