"""FTRL-Proximal."""

from __future__ import annotations

from typing import Any

from ..registry import OPS
from ..state import Variable
from .base import Place, RowwiseOptimizer, hyper


class FtrlOptimizer(RowwiseOptimizer):
    """Follow the regularized leader, proximal (McMahan et al., 2013; TF1: tf.train.FtrlOptimizer).

    accum' = accum + g^2; linear += g + 2 l2_shrinkage variable - (accum'^-power - accum^-power) / learning_rate variable;
    variable = (clip(linear, -l1, l1) - linear) / (accum'^-power / learning_rate + 2 l2), with l2 raised by
    beta / (2 learning_rate). Raises ValueError for strengths below 0, an accumulator that is not positive or a power above 0.
    """

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float | None = None,
    ) -> None:
        super().__init__(use_locking, name)
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value {initial_accumulator_value} needs to be positive or zero")
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power} needs to be negative or zero")
        for what, strength in (
            ("l1_regularization_strength", l1_regularization_strength),
            ("l2_regularization_strength", l2_regularization_strength),
            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength),
        ):
            if strength < 0.0:
                raise ValueError(f"{what} {strength} needs to be positive or zero")
        self._learning_rate, self._power, self._initial = learning_rate, learning_rate_power, initial_accumulator_value
        self._l1, self._l2, self._beta = l1_regularization_strength, l2_regularization_strength, beta or 0.0
        self._shrinkage = l2_shrinkage_regularization_strength

    def _create_slots(self, variables: list[Variable]) -> None:
        for v in variables:
            self._slot(v, "accum", self._initial)
            self._slot(v, "linear")

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        dtype, g, value = variable.dtype, at.gradient, at.read(variable)
        rate, power, l1, l2, beta, shrinkage = (
            hyper(h, dtype)
            for h in (self._learning_rate, -self._power, self._l1, self._l2, self._beta, self._shrinkage)
        )
        accum, linear = self._slot(variable, "accum", self._initial), self._slot(variable, "linear")
        old, pull = at.read(accum), g if not self._shrinkage else g + 2.0 * shrinkage * value
        new = old + g * g
        grown = OPS["pow"](new, power)
        total = at.read(linear) + pull - (grown - OPS["pow"](old, power)) / rate * value
        beyond = OPS["minimum"](OPS["maximum"](total, -l1), l1) - total
        return [
            at.write(accum, new),
            at.write(linear, total),
            at.write(variable, beyond / ((grown + beta) / rate + 2.0 * l2)),
        ]
