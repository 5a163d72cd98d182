"""What all optimizers share: finding variables and gradients, slots, and one operation that applies a step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..gradients import IndexedSlices, gradients
from ..graph import Operation, Tensor, get_default_graph
from ..op import as_tensor
from ..registry import OPS
from ..state import (
    GraphKeys,
    Variable,
    assign,
    assign_add,
    assign_sub,
    group,
    scatter_update,
    trainable_variables,
)
from ..types import FLOATS

GradAndVar = tuple[Any, Variable]


class Optimizer:
    """Base of the optimizers (TF1: tf.train.Optimizer). A subclass says how one variable is updated."""

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2

    def __init__(self, use_locking: bool = False, name: str = "Optimizer") -> None:
        self._name = name
        self._slots: dict[str, dict[Variable, Variable]] = {}

    def get_name(self) -> str:
        return self._name

    def minimize(
        self,
        loss: Any,
        global_step: Variable | None = None,
        var_list: Sequence[Variable] | None = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """An operation that takes one step down the gradient of `loss` (TF1: Optimizer.minimize).

        Raises ValueError when no variable is reached from `loss`.
        """
        pairs = self.compute_gradients(loss, var_list, grad_loss=grad_loss)
        if all(g is None for g, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support gradients, "
                f"between variables {[str(v.name) for _, v in pairs]} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Sequence[Variable] | None = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[GradAndVar]:
        """(gradient or None, variable) pairs (TF1: Optimizer.compute_gradients)."""
        loss = loss() if callable(loss) else loss
        variables = list(trainable_variables() if var_list is None else var_list)
        if not variables:
            raise ValueError("No variables to optimize.")
        loss = as_tensor(loss)
        if loss.dtype not in FLOATS:
            raise ValueError(f"Invalid type {loss.dtype!r} for {loss.name}, expected: {[d.name for d in FLOATS]}.")
        grads = gradients(loss, variables, grad_ys=grad_loss)
        return list(zip(grads, variables, strict=True))

    def apply_gradients(
        self, grads_and_vars: Iterable[GradAndVar], global_step: Variable | None = None, name: str | None = None
    ) -> Operation:
        """An operation that applies gradients to their variables; a gradient None leaves its variable alone."""
        pairs = [(_as_gradient(g), v) for g, v in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        if all(g is None for g, _ in pairs):
            raise ValueError(f"No gradients provided for any variable: {[v.name for _, v in pairs]}.")
        graph = get_default_graph()
        with graph.control_dependencies(None):
            self._create_slots([v for g, v in pairs if g is not None])
        with graph.name_scope(name or self._name) as scope:
            self._prepare()
            updates: list[Any] = []
            for g, v in pairs:
                if g is None:
                    continue
                with graph.name_scope(f"update_{v.op.name}"):
                    updates += self._apply_sparse(g, v) if isinstance(g, IndexedSlices) else self._apply_dense(g, v)
            updates += self._finish(updates)
            if global_step is not None:
                with graph.control_dependencies(list(updates)):
                    updates.append(assign_add(global_step, as_tensor(1, global_step.dtype)))
            train_op = group(*updates, name=scope)
        graph.add_to_collection(GraphKeys.TRAIN_OP, train_op)
        return train_op

    # What a subclass says ---------------------------------------------------------------------------------------------

    def _create_slots(self, variables: list[Variable]) -> None:
        """Makes the slots of `variables`."""

    def _prepare(self) -> None:
        """Makes tensors of the hyper-parameters."""

    def _apply_dense(self, grad: Tensor, variable: Variable) -> list[Any]:
        """The assignments of one step with a dense gradient."""
        raise TypeError(f"{type(self).__name__} does not say how a variable is updated")

    def _apply_sparse(self, grad: IndexedSlices, variable: Variable) -> list[Any]:
        """The assignments of one step with rows; the dense step unless a subclass says better. Equal indices add up."""
        return self._apply_dense(grad._as_tensor(), variable)

    def _finish(self, updates: list[Any]) -> list[Any]:
        """Assignments after all variables."""
        return []

    # Slots ------------------------------------------------------------------------------------------------------------

    def get_slot_names(self) -> list[str]:
        return sorted(self._slots)

    def get_slot(self, variable: Variable, name: str) -> Variable | None:
        """The slot of a variable, None when there is none (TF1: Optimizer.get_slot)."""
        return self._slots.get(name, {}).get(variable)

    def variables(self) -> list[Variable]:
        """The optimizer's own variables."""
        return [v for slots in self._slots.values() for v in slots.values()]

    def _slot(self, variable: Variable, name: str, initial: float | None = None) -> Variable:
        """The slot `name` of `variable`, of its shape, made on first use with `initial` everywhere (0 when None)."""
        slots = self._slots.setdefault(name, {})
        if variable not in slots:
            graph = get_default_graph()
            with graph.inside(None), graph.name_scope(None):
                zeros = OPS["zeros_like"](variable.initial_value)
                value = zeros if not initial else zeros + initial
                slots[variable] = Variable(value, trainable=False, name=f"{variable.op.name}/{self._name}")
        return slots[variable]


class Place:
    """The whole of a variable, or its rows that one step touches: where a formula reads and writes it and its slots.

    gradient: d loss / d value of the place; rows that share an index hold the sum of their gradients, so that a formula which
    is not linear in it sees each row once.
    """

    def __init__(self, gradient: Tensor | IndexedSlices) -> None:
        if isinstance(gradient, IndexedSlices):
            self.rows: Tensor | None = gradient.indices
            self.gradient: Tensor = OPS["sum_duplicates"](gradient.values, gradient.indices)
        else:
            self.rows, self.gradient = None, gradient

    def read(self, variable: Variable) -> Tensor:
        return as_tensor(variable) if self.rows is None else OPS["gather"](variable, self.rows)

    def write(self, variable: Variable, value: Tensor) -> Any:
        return assign(variable, value) if self.rows is None else scatter_update(variable, self.rows, value)

    def subtract(self, variable: Variable, step: Tensor) -> Any:
        """The variable's place less `step`."""
        return assign_sub(variable, step) if self.rows is None else self.write(variable, self.read(variable) - step)


class RowwiseOptimizer(Optimizer):
    """An optimizer with one formula for a whole variable and for rows of it; rows that have no gradient stay as they are."""

    def _apply_dense(self, grad: Tensor, variable: Variable) -> list[Any]:
        return self._apply(Place(grad), variable)

    def _apply_sparse(self, grad: IndexedSlices, variable: Variable) -> list[Any]:
        return self._apply(Place(grad), variable)

    def _apply(self, at: Place, variable: Variable) -> list[Any]:
        """The assignments of one step at a place of `variable`."""
        raise TypeError(f"{type(self).__name__} does not say how a variable is updated")


def _as_gradient(g: Any) -> Any:
    return g if g is None or isinstance(g, IndexedSlices) else as_tensor(g)


def hyper(value: Any, dtype: Any) -> Tensor:
    """A hyper-parameter (a number, a tensor or a callable) as a tensor of `dtype`."""
    value = value() if callable(value) else value
    t = as_tensor(value, None if isinstance(value, Tensor) else dtype)
    return t if t.dtype == dtype else OPS["cast"](t, dtype=dtype)
