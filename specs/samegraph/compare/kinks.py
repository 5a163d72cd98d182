"""Places at which rounding decides what a gradient is, and how they are told from wrong gradients.

The two largest values of a pooling window may be nearer to each other than roundings, or what goes into a ReLU nearer to 0. Then
the whole gradient goes to one or to the other, and both are right. The reference shows it, if it is so:
- moved by a few ulps from where it stands, it answers what the other training answers;
- between there and where it stood, its own gradient jumps: halving the way leaves the difference.
A wrong gradient fails the first, for it is wrong at the moved places too; an error that grows step by step fails the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..programs.model import Batch
from .recording import Arrays, GraphRunner, Step, distance

ULPS = (1, 2, 4, 8, 16)
TRIES = 8
HALVINGS = 12
MOST_DECIDED = 3


@dataclass(frozen=True)
class Decided:
    """A step at which the reference, moved by at most `ulps` ulps, answered as the training did.

    of: how many such places were asked, until one did. jump: of the reference's gradient, relative. rest: between the gradients of
    the training and the reference, relative.
    """

    step: int
    ulps: int
    of: int
    jump: float
    rest: float

    def sentence(self) -> str:
        return (
            f"at step {self.step} rounding decides: the reference's gradient jumps by {self.jump:.2g} beside where it stands, and moved "
            f"by at most {self.ulps} ulps it has this column's within {self.rest:.2g}"
        )


def decided(
    runner: GraphRunner, step: int, batch: Batch, stood: Step, made: Step, accepts: Callable[[Step], bool]
) -> tuple[Step, Decided] | None:
    """What the reference does from a place beside `made.before` that `accepts` takes, if its gradient jumps on the way to it.

    runner: of the reference. stood: what it did from where it stood. made: what the training did.
    """
    for tried, (ulps, place) in enumerate(_beside(made.before, np.random.default_rng(step)), start=1):
        found = runner.made_from(place, batch)
        if not accepts(found):
            continue
        jump = _jump(runner, batch, stood, found)
        if jump < distance(found.gradients, stood.gradients) / 4:
            return None
        return found, Decided(step, ulps, tried, jump, distance(made.gradients, found.gradients))
    return None


def _beside(place: Arrays, rng: np.random.Generator) -> Iterator[tuple[int, Arrays]]:
    for ulps in np.repeat(ULPS, TRIES).tolist():
        yield ulps, {n: _moved(a, ulps, rng) for n, a in place.items()}


def _moved(array: Any, ulps: int, rng: np.random.Generator) -> Any:
    """A 0 is meant, not rounded, and stays."""
    one = np.asarray(array, np.float32)
    ulp = np.where(one == 0, 0.0, np.spacing(np.abs(one)))
    return one.astype(np.float64) + ulp * ulps * rng.uniform(-1, 1, one.shape)


def _jump(runner: GraphRunner, batch: Batch, stood: Step, found: Step) -> float:
    """What is left of the difference of two gradients when the way between their places has been halved HALVINGS times."""
    here, there = (stood.before, stood.gradients), (found.before, found.gradients)
    for _ in range(HALVINGS):
        middle = {n: (a + there[0][n]) / 2 for n, a in here[0].items()}
        runner.load(middle)
        gradient = runner.gradients(batch)
        if distance(gradient, here[1]) >= distance(gradient, there[1]):
            there = middle, gradient
        else:
            here = middle, gradient
    return distance(there[1], here[1])
