"""How many numbers stand behind a verdict: those whose bound is so small beside them that a wrong one would be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .one_step import EachStep
from .recording import Arrays, norm

TELLS = 0.01
"""The widest bound, as a share of a quantity's own norm, that tells whether the quantity is right."""


@dataclass
class Count:
    """compared: numbers of which a hundredth more or less is seen. sunk: the others, smaller than 100 times what float32 rounds away.

    at_rest: numbers of the parts that are seen, but that the step leaves alone: gradients of 0, and parameters whose gradient is 0.
    At a step that is looked at by itself not one of them may move; but most rows of a table rest at any step, and a count with
    them in it says little.

    steps_sunk: by quantity, at how many steps. A quantity is the loss, a gradient, or a parameter after the step; it is told as
    a whole, by its Euclidean norm.
    """

    compared: int = 0
    at_rest: int = 0
    sunk: int = 0
    steps_sunk: dict[str, int] = field(default_factory=dict)

    def add(self, quantity: str, numbers: int, touched: int, told: bool) -> None:
        if told:
            self.compared += touched
            self.at_rest += numbers - touched
            return
        self.sunk += numbers
        self.steps_sunk[quantity] = self.steps_sunk.get(quantity, 0) + 1


def told_by(bound: float, values: Arrays, name: str) -> bool:
    """Whether a relative bound on all the arrays together tells if this one of them is right."""
    return bound * norm(values) <= TELLS * norm({name: values[name]})


def told_by_itself(looked: EachStep | None, step: int, quantity: str) -> bool:
    """Whether the step was looked at by itself, under a bound that tells if the quantity is right."""
    if looked is None or step not in looked.nearest:
        return False
    bound = (looked.bounds or {}).get(step, {}).get(quantity)
    return bound is not None and bound <= TELLS * looked.norms[step][quantity]


def counted(
    sizes: Mapping[str, int],
    touched: Mapping[int, Mapping[str, int]],
    gradients: Mapping[int, tuple[float, Arrays]],
    parameters: Mapping[int, tuple[float, Arrays]],
    loss_bounds: list[float],
    looked: EachStep | None,
) -> Count:
    """The numbers of the steps in `touched`. gradients, parameters: of the reference with their relative bound, where they were kept.

    sizes: of the parameters, in elements. touched: of how many of them the reference's gradient is not 0, by step. loss_bounds: relative, one for each loss compared.
    """
    count = Count()
    for step, moved in sorted(touched.items()):
        for n, size in sizes.items():
            for quantity, whole, alone in (("gradient", gradients, "gradient"), ("parameter", parameters, "update")):
                told = step in whole and told_by(*whole[step], n)
                count.add(f"{quantity} of {n}", size, moved[n], told or told_by_itself(looked, step, f"{alone} of {n}"))
    for step, bound in enumerate(loss_bounds):
        count.add("loss", 1, 1, bound <= TELLS or told_by_itself(looked, step, "loss"))
    return count
