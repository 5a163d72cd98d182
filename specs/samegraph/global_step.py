"""The global step: one integer variable a graph that counts training steps."""

from __future__ import annotations

from typing import Any

from .graph import Graph, Tensor, get_default_graph
from .initializers import Zeros
from .scopes import get_variable
from .state import GraphKeys, Variable
from .types import INT64, INTEGERS


def create_global_step(graph: Graph | None = None) -> Variable:
    """A new global step: int64, zero, not trained (TF1: tf.train.create_global_step). ValueError when there is one."""
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    keys = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP]
    with graph.as_default(), graph.name_scope(None):
        return get_variable(GraphKeys.GLOBAL_STEP, [], INT64, Zeros(), trainable=False, collections=keys)


def get_global_step(graph: Graph | None = None) -> Any:
    """The global step of `graph` or the default graph, None when there is none (TF1: tf.train.get_global_step).

    It is the one in its collection, else the tensor `global_step:0`. TypeError when that is no integer scalar.
    """
    graph = graph or get_default_graph()
    collected = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(collected) > 1:
        return None
    try:
        step = collected[0] if collected else graph.get_tensor_by_name("global_step:0")
    except KeyError:
        return None
    assert_global_step(step)
    return step


def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """The global step, made when there is none (TF1: tf.train.get_or_create_global_step)."""
    graph = graph or get_default_graph()
    step = get_global_step(graph)
    return create_global_step(graph) if step is None else step


def assert_global_step(global_step_tensor: Any) -> None:
    """TypeError unless it is an integer scalar Variable or Tensor (TF1: tf.train.assert_global_step)."""
    step = global_step_tensor
    if not isinstance(step, (Variable, Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {step}.')
    if step.dtype not in INTEGERS:
        raise TypeError(f'Existing "global_step" does not have integer type: {step.dtype!r}')
    if step.shape.ndims != 0 and step.shape.is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {step.shape}')


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The global step's value in a session (TF1: tf.train.global_step)."""
    return int(sess.run(global_step_tensor))
