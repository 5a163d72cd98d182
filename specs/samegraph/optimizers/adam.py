"""Adam and what is built on its step."""

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
    variable -= learning_rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon). With epsilon_hat False, PyTorch's
    and optax's spelling: variable -= learning_rate m' / (sqrt(v') + epsilon), m' = m / (1 - beta1^t), v' = v / (1 - beta2^t).
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adam",
        *,
        epsilon_hat: bool = True,
    ) -> None:
        super().__init__(use_locking, name)
        self._epsilon_hat = epsilon_hat
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
        updates, direction = self._direction(grad, variable)
        return [*updates, assign_sub(variable, hyper(self._learning_rate, variable.dtype) * direction)]

    def _direction(self, grad: Tensor, variable: Variable) -> tuple[list[Any], Tensor]:
        """The slots' updates, and the step for a learning rate of 1."""
        dtype, sqrt = variable.dtype, OPS["sqrt"]
        beta1, beta2, epsilon = (hyper(h, dtype) for h in (self._beta1, self._beta2, self._epsilon))
        power1, power2 = (hyper(as_tensor(p), dtype) for p in self._powers)
        m, v = self._slot(variable, "m"), self._slot(variable, "v")
        new_m = assign(m, beta1 * m + (1.0 - beta1) * grad)
        new_v = assign(v, beta2 * v + (1.0 - beta2) * (grad * grad))
        if self._epsilon_hat:
            direction = sqrt(1.0 - power2) / (1.0 - power1) * new_m / (sqrt(new_v) + epsilon)
        else:
            direction = new_m / (1.0 - power1) / (sqrt(new_v / (1.0 - power2)) + epsilon)
        return [new_m, new_v], direction

    def _finish(self, updates: list[Any]) -> list[Any]:
        with get_default_graph().control_dependencies(updates):
            return [
                assign(p, p * hyper(b, p.dtype)) for p, b in zip(self._powers, (self._beta1, self._beta2), strict=True)
            ]


class AdamWOptimizer(AdamOptimizer):
    """Adam whose weight decay does not pass through the moments (Loshchilov and Hutter, 2017; not in TF1).

    variable -= learning_rate (Adam's direction + weight_decay variable), with epsilon where PyTorch and optax put it unless
    epsilon_hat is set.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: Any = 0.01,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-8,
        name: str = "AdamW",
        *,
        epsilon_hat: bool = False,
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, name=name, epsilon_hat=epsilon_hat)
        self._weight_decay = weight_decay

    def _direction(self, grad: Tensor, variable: Variable) -> tuple[list[Any], Tensor]:
        updates, direction = super()._direction(grad, variable)
        return updates, direction + hyper(self._weight_decay, variable.dtype) * variable


class LambOptimizer(AdamWOptimizer):
    """AdamW with each variable's step made as long as the variable is (You et al., 2019; not in TF1).

    d = Adam's direction + weight_decay variable; variable -= learning_rate |variable| / |d| d, for a variable of zeros
    learning_rate d.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: Any = 0.0,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-6,
        name: str = "Lamb",
        *,
        epsilon_hat: bool = False,
    ) -> None:
        super().__init__(learning_rate, weight_decay, beta1, beta2, epsilon, name, epsilon_hat=epsilon_hat)

    def _direction(self, grad: Tensor, variable: Variable) -> tuple[list[Any], Tensor]:
        updates, direction = super()._direction(grad, variable)
        length, step = (OPS["sqrt"](OPS["reduce_sum"](OPS["square"](t))) for t in (variable, direction))
        one = OPS["ones_like"](length)
        divisor = OPS["where"](OPS["equal"](step, 0.0), one, step)
        ratio = OPS["where"](OPS["equal"](length, 0.0), one, length / divisor)
        return updates, ratio * direction
