"""Adadelta."""

from __future__ import annotations

from typing import Any

from ..registry import OPS
from ..state import Variable
from .base import Place, RowwiseOptimizer, hyper


class AdadeltaOptimizer(RowwiseOptimizer):
    """Steps scaled by their own running size (Zeiler, 2012; TF1: tf.train.AdadeltaOptimizer).

    accum = rho accum + (1 - rho) g^2; step = sqrt(accum_update + epsilon) / sqrt(accum + epsilon) g;
    accum_update = rho accum_update + (1 - rho) step^2; variable -= learning_rate step.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._rho, self._epsilon = learning_rate, rho, epsilon

    def _create_slots(self, variables: list[Variable]) -> None:
        for v in variables:
            self._slot(v, "accum")
            self._slot(v, "accum_update")

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        rate, rho, epsilon = (hyper(h, variable.dtype) for h in (self._learning_rate, self._rho, self._epsilon))
        accum, accum_update = self._slot(variable, "accum"), self._slot(variable, "accum_update")
        sizes, sqrt = at.read(accum_update), OPS["sqrt"]
        squares = rho * at.read(accum) + (1.0 - rho) * at.gradient * at.gradient
        step = sqrt(sizes + epsilon) / sqrt(squares + epsilon) * at.gradient
        return [
            at.write(accum, squares),
            at.write(accum_update, rho * sizes + (1.0 - rho) * step * step),
            at.subtract(variable, rate * step),
        ]
