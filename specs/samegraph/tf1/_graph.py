"""Graphs, sessions, variables and what goes with them, under TF1's names and argument orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from .. import state as _state
from ..gradients import IndexedSlices, UnconnectedGradients, gradients
from ..graph import Graph, Operation, Tensor, get_default_graph, reset_default_graph
from ..op import as_tensor, waiting
from ..op import constant as _constant
from ..random import set_random_seed
from ..scopes import (
    AUTO_REUSE,
    VariableAggregation,
    VariableScope,
    VariableSynchronization,
    get_local_variable,
    get_variable,
    get_variable_scope,
    name_scope,
    no_regularizer,
    variable_scope,
)
from ..session import InteractiveSession, Session, get_default_session
from ..state import (
    GraphKeys,
    Variable,
    assign,
    assign_add,
    assign_sub,
    global_variables,
    global_variables_initializer,
    group,
    local_variables,
    local_variables_initializer,
    no_op,
    placeholder,
    placeholder_with_default,
    scatter_add,
    scatter_sub,
    scatter_update,
    trainable_variables,
    variables_initializer,
)
from ..types import Dimension, DType, TensorShape, as_dtype, as_shape

__all__ = [
    "AUTO_REUSE",
    "DType",
    "Dimension",
    "Graph",
    "GraphKeys",
    "IndexedSlices",
    "InteractiveSession",
    "Operation",
    "Session",
    "Tensor",
    "TensorShape",
    "UnconnectedGradients",
    "Variable",
    "VariableAggregation",
    "VariableScope",
    "VariableSynchronization",
    "add_to_collection",
    "add_to_collections",
    "all_variables",
    "as_dtype",
    "assign",
    "assign_add",
    "assign_sub",
    "constant",
    "control_dependencies",
    "convert_to_tensor",
    "device",
    "disable_eager_execution",
    "disable_tensor_equality",
    "disable_v2_behavior",
    "disable_v2_tensorshape",
    "enable_resource_variables",
    "executing_eagerly",
    "get_collection",
    "get_collection_ref",
    "get_default_graph",
    "get_default_session",
    "get_local_variable",
    "get_variable",
    "get_variable_scope",
    "global_variables",
    "global_variables_initializer",
    "gradients",
    "group",
    "initialize_all_variables",
    "initialize_local_variables",
    "initialize_variables",
    "is_tensor",
    "local_variables",
    "local_variables_initializer",
    "name_scope",
    "newaxis",
    "no_op",
    "no_regularizer",
    "placeholder",
    "placeholder_with_default",
    "reset_default_graph",
    "resource_variables_enabled",
    "scatter_add",
    "scatter_sub",
    "scatter_update",
    "set_random_seed",
    "trainable_variables",
    "tuple",
    "variable_scope",
    "variables_initializer",
]

newaxis = None
tuple = _state.tuple_
all_variables = global_variables
initialize_all_variables = global_variables_initializer
initialize_local_variables = local_variables_initializer
initialize_variables = variables_initializer


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str = "Const", verify_shape: bool = False
) -> Tensor:
    """A constant; with `shape`, the last value is repeated to fill it, or with verify_shape must fit (TF1: tf.constant).

    Raises TypeError for values that do not convert to `dtype`, or do not fit with verify_shape; ValueError for too many.
    """
    sizes = None if shape is None else as_shape(shape)
    wanted, filled = None if dtype is None else as_dtype(dtype), None if verify_shape else sizes
    made = waiting(lambda own: _constant(value, wanted, filled, own), name or "Const")
    if verify_shape and sizes is not None and made.type.shape != sizes:
        raise TypeError(f"Expected Tensor's shape: {TensorShape(sizes)}, got {made.shape}.")
    return made


def convert_to_tensor(
    value: Any, dtype: Any = None, name: str | None = None, preferred_dtype: Any = None, dtype_hint: Any = None
) -> Tensor:
    """`value` as a Tensor (TF1: tf.convert_to_tensor).

    dtype: what it must hold. preferred_dtype, dtype_hint: what it holds when it converts to that. Raises ValueError for a
    Tensor of another dtype, TypeError for a value that does not convert.
    """
    if dtype is not None:
        return as_tensor(value, as_dtype(dtype), name, exact=True)
    hint = preferred_dtype if preferred_dtype is not None else dtype_hint
    if hint is not None:
        try:
            return as_tensor(value, as_dtype(hint), name)
        except (TypeError, ValueError):
            pass
    return as_tensor(value, None, name)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a Tensor, a Variable or IndexedSlices (TF1: tf.is_tensor)."""
    return isinstance(x, (Tensor, Variable, IndexedSlices))


def control_dependencies(control_inputs: Iterable[Any] | None) -> AbstractContextManager[None]:
    """Operations made inside run after `control_inputs` (TF1: tf.control_dependencies)."""
    return get_default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: Any) -> AbstractContextManager[None]:
    """Recorded with the operations made inside; a session runs on one device (TF1: tf.device)."""
    return get_default_graph().device(device_name_or_function)


def add_to_collection(name: str, value: Any) -> None:
    """Adds to a collection of the default graph (TF1: tf.add_to_collection)."""
    get_default_graph().add_to_collection(name, value)


def add_to_collections(names: Iterable[str] | str, value: Any) -> None:
    """Adds to several collections of the default graph (TF1: tf.add_to_collections)."""
    get_default_graph().add_to_collections(names, value)


def get_collection(key: str, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph, filtered by name (TF1: tf.get_collection)."""
    return get_default_graph().get_collection(key, scope)


def get_collection_ref(key: str) -> list[Any]:
    """A collection of the default graph itself (TF1: tf.get_collection_ref)."""
    return get_default_graph().get_collection_ref(key)


def executing_eagerly() -> bool:
    """False: samegraph runs graphs (TF1: tf.executing_eagerly)."""
    return False


def resource_variables_enabled() -> bool:
    """True: a read sees the variable at one moment of the run (TF1: tf.resource_variables_enabled)."""
    return True


def _true_already(name: str) -> Callable[[], None]:
    def switch() -> None:
        pass

    switch.__name__ = switch.__qualname__ = name
    switch.__doc__ = f"Does nothing: samegraph is so already (TF1: tf.{name})."
    return switch


disable_eager_execution = _true_already("disable_eager_execution")
disable_tensor_equality = _true_already("disable_tensor_equality")
disable_v2_behavior = _true_already("disable_v2_behavior")
disable_v2_tensorshape = _true_already("disable_v2_tensorshape")
enable_resource_variables = _true_already("enable_resource_variables")
