"""Gradient descent with momentum."""

from __future__ import annotations

from typing import Any

from ..state import Variable
from .base import Place, RowwiseOptimizer, hyper


class MomentumOptimizer(RowwiseOptimizer):
    """velocity = momentum velocity + g; variable -= learning_rate velocity (TF1: tf.train.MomentumOptimizer).

    use_nesterov: variable -= learning_rate (g + momentum velocity), as in Sutskever et al., 2013. rate_in_velocity: Keras'
    spelling, velocity = momentum velocity + learning_rate g, which differs from TF1's when the rate changes.
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
        *,
        rate_in_velocity: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._momentum, self._nesterov = learning_rate, momentum, use_nesterov
        self._rate_in_velocity = rate_in_velocity

    def _create_slots(self, variables: list[Variable]) -> None:
        for v in variables:
            self._slot(v, "momentum")

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        rate, momentum = (hyper(h, variable.dtype) for h in (self._learning_rate, self._momentum))
        slot = self._slot(variable, "momentum")
        pull = rate * at.gradient if self._rate_in_velocity else at.gradient
        velocity = momentum * at.read(slot) + pull
        step = pull + momentum * velocity if self._nesterov else velocity
        return [
            at.write(slot, velocity),
            at.subtract(variable, step if self._rate_in_velocity else rate * step),
        ]
