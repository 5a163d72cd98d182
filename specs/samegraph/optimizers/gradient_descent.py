"""Gradient descent."""

from __future__ import annotations

from typing import Any

from ..gradients import IndexedSlices
from ..graph import Tensor
from ..state import Variable, assign_sub, scatter_sub
from .base import Optimizer, hyper


class GradientDescentOptimizer(Optimizer):
    """variable -= learning_rate * gradient (TF1: tf.train.GradientDescentOptimizer).

    learning_rate: a number, or a scalar tensor read at every step. Rows of a gathered table are updated alone.
    """

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def _apply_dense(self, grad: Tensor, variable: Variable) -> list[Any]:
        return [assign_sub(variable, grad * hyper(self._learning_rate, variable.dtype))]

    def _apply_sparse(self, grad: IndexedSlices, variable: Variable) -> list[Any]:
        return [scatter_sub(variable, grad.indices, grad.values * hyper(self._learning_rate, variable.dtype))]
