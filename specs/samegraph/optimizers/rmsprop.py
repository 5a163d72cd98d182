"""RMSProp."""

from __future__ import annotations

from typing import Any

from ..registry import OPS
from ..state import Variable
from .base import Place, RowwiseOptimizer, hyper


class RMSPropOptimizer(RowwiseOptimizer):
    """Gradients over a running root mean square of theirs (Tieleman and Hinton, 2012; TF1: tf.train.RMSPropOptimizer).

    ms = decay ms + (1 - decay) g^2, from 1 on; velocity = momentum velocity + learning_rate g / sqrt(ms + epsilon);
    variable -= velocity. centered: the mean gradient's square is taken off ms under the root.
    Other libraries' spellings: initial_mean_square 0 (Keras, PyTorch, optax); epsilon_outside, sqrt(ms) + epsilon, and
    rate_outside, velocity without the rate and variable -= learning_rate velocity (both PyTorch's).
    """

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
        *,
        initial_mean_square: float = 1.0,
        epsilon_outside: bool = False,
        rate_outside: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._decay, self._momentum, self._epsilon = learning_rate, decay, momentum, epsilon
        self._centered, self._initial = centered, initial_mean_square
        self._epsilon_outside, self._rate_outside = epsilon_outside, rate_outside

    def _create_slots(self, variables: list[Variable]) -> None:
        for v in variables:
            self._slot(v, "rms", self._initial)
            if self._centered:
                self._slot(v, "mg")
            self._slot(v, "momentum")

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        dtype, g = variable.dtype, at.gradient
        rate, decay, momentum, epsilon = (
            hyper(h, dtype) for h in (self._learning_rate, self._decay, self._momentum, self._epsilon)
        )
        rms, velocity = self._slot(variable, "rms", self._initial), self._slot(variable, "momentum")
        mean_square = at.read(rms) * decay + g * g * (1.0 - decay)
        updates, spread = [at.write(rms, mean_square)], mean_square
        if self._centered:
            slot = self._slot(variable, "mg")
            mean = at.read(slot) * decay + g * (1.0 - decay)
            updates.append(at.write(slot, mean))
            spread = mean_square - mean * mean
        scale = OPS["sqrt"](spread) + epsilon if self._epsilon_outside else OPS["sqrt"](spread + epsilon)
        pull = g / scale if self._rate_outside else rate * g / scale
        new = momentum * at.read(velocity) + pull
        updates.append(at.write(velocity, new))
        return [*updates, at.subtract(variable, rate * new if self._rate_outside else new)]
