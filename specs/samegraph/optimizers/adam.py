"""Adam."""

from __future__ import annotations

from typing import Any

from ..graph import Tensor, get_default_graph
from ..op import as_tensor
from ..registry import OPS
from ..state import Variable, assign, assign_sub
from .base import Optimizer, hyper


class AdamOptimizer(Optimizer):
    """Adam in the epsilon-hat form of the paper (Kingma and Ba, 2014, end of section 2; TF1: tf.train.AdamOptimizer).

    m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
    variable -= learning_rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon).
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate, self._beta1, self._beta2, self._epsilon = learning_rate, beta1, beta2, epsilon
        self._powers: list[Variable] = []

    def _create_slots(self, variables: list[Variable]) -> None:
        if not self._powers:
            dtype = variables[0].dtype
            with get_default_graph().name_scope(None):
                for beta, name in ((self._beta1, "beta1_power"), (self._beta2, "beta2_power")):
                    self._powers.append(Variable(hyper(beta, dtype), trainable=False, name=name))
        for v in variables:
            self._slot(v, "m")
            self._slot(v, "v")

    def variables(self) -> list[Variable]:
        return [*self._powers, *super().variables()]

    def _apply_dense(self, grad: Tensor, variable: Variable) -> list[Any]:
        dtype = variable.dtype
        rate, beta1, beta2, epsilon = (
            hyper(h, dtype) for h in (self._learning_rate, self._beta1, self._beta2, self._epsilon)
        )
        power1, power2 = (hyper(as_tensor(p), dtype) for p in self._powers)
        m, v = self._slot(variable, "m"), self._slot(variable, "v")
        new_m = assign(m, beta1 * m + (1.0 - beta1) * grad)
        new_v = assign(v, beta2 * v + (1.0 - beta2) * (grad * grad))
        step = rate * OPS["sqrt"](1.0 - power2) / (1.0 - power1)
        return [new_m, new_v, assign_sub(variable, step * new_m / (OPS["sqrt"](new_v) + epsilon))]

    def _finish(self, updates: list[Any]) -> list[Any]:
        with get_default_graph().control_dependencies(updates):
            return [
                assign(p, p * hyper(b, p.dtype)) for p, b in zip(self._powers, (self._beta1, self._beta2), strict=True)
            ]
