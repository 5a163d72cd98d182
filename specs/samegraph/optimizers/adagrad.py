"""Adagrad."""

from __future__ import annotations

from typing import Any

from ..registry import OPS
from ..state import Variable
from .base import Place, RowwiseOptimizer, hyper


class AdagradOptimizer(RowwiseOptimizer):
    """accumulator += g^2; variable -= learning_rate g / sqrt(accumulator) (Duchi et al., 2011; TF1: tf.train.AdagradOptimizer).

    The accumulator starts at `initial_accumulator_value`, which TF1 wants positive: ValueError; 0 is allowed with an
    epsilon. epsilon: added to the accumulator under the root, as Keras and optax do, or with `epsilon_outside` to the root,
    as PyTorch does.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
        *,
        epsilon: Any = 0.0,
        epsilon_outside: bool = False,
    ) -> None:
        if initial_accumulator_value < 0.0 or (initial_accumulator_value == 0.0 and epsilon == 0.0):
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate, self._initial = learning_rate, initial_accumulator_value
        self._epsilon, self._outside = epsilon, epsilon_outside

    def _create_slots(self, variables: list[Variable]) -> None:
        for v in variables:
            self._slot(v, "accumulator", self._initial)

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        rate, epsilon = (hyper(h, variable.dtype) for h in (self._learning_rate, self._epsilon))
        slot = self._slot(variable, "accumulator", self._initial)
        total = at.read(slot) + at.gradient * at.gradient
        if self._outside:
            scale = OPS["sqrt"](total) + epsilon
        else:
            scale = OPS["sqrt"](total if self._epsilon == 0.0 else total + epsilon)
        return [at.write(slot, total), at.subtract(variable, rate * at.gradient / scale)]
