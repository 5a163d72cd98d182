"""Proximal gradient descent."""

from __future__ import annotations

from typing import Any

from ..registry import OPS
from ..state import Variable
from .base import Place, RowwiseOptimizer, hyper


class ProximalGradientDescentOptimizer(RowwiseOptimizer):
    """Descent, then the nearest point under l1 and l2 (Duchi and Singer, 2009; TF1: tf.train.ProximalGradientDescentOptimizer).

    p = variable - learning_rate g; variable = sign(p) max(|p| - learning_rate l1, 0) / (1 + learning_rate l2).
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._l1, self._l2 = learning_rate, l1_regularization_strength, l2_regularization_strength

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        rate, l1, l2 = (hyper(h, variable.dtype) for h in (self._learning_rate, self._l1, self._l2))
        p = at.read(variable) - rate * at.gradient
        size = OPS["abs"](p) - rate * l1
        return [at.write(variable, OPS["sign"](p) * OPS["maximum"](size, 0.0) / (1.0 + rate * l2))]
