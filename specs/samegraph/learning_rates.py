"""Learning rates that depend on the step: tensors, read anew at every run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .graph import Tensor
from .op import as_tensor
from .optimizers.base import hyper
from .registry import OPS
from .scopes import name_scope
from .types import INT32, INT64


def _step(global_step: Any, what: str) -> Any:
    if global_step is None:
        raise ValueError(f"global_step is required for {what}.")
    return global_step


def _fraction(global_step: Any, decay_steps: Any, rate: Tensor, staircase: bool) -> Tensor:
    p = hyper(global_step, rate.dtype) / hyper(decay_steps, rate.dtype)
    return OPS["floor"](p) if staircase else p


def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate * decay_rate ** (global_step / decay_steps), the exponent floored with staircase (TF1: tf.train.exponential_decay).

    ValueError without a global_step.
    """
    _step(global_step, "exponential_decay")
    with name_scope(name, "ExponentialDecay") as scope:
        rate = as_tensor(learning_rate)
        p = _fraction(global_step, decay_steps, rate, staircase)
        return OPS["mul"](rate, OPS["pow"](hyper(decay_rate, rate.dtype), p), name=scope)


def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate * exp(-decay_rate * global_step / decay_steps) (TF1: tf.train.natural_exp_decay)."""
    _step(global_step, "natural_exp_decay")
    return exponential_decay(
        learning_rate, global_step, decay_steps, OPS["exp"](-as_tensor(decay_rate)), staircase, name
    )


def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """learning_rate / (1 + decay_rate * global_step / decay_steps) (TF1: tf.train.inverse_time_decay)."""
    _step(global_step, "inverse_time_decay")
    with name_scope(name, "InverseTimeDecay") as scope:
        rate = as_tensor(learning_rate)
        p = _fraction(global_step, decay_steps, rate, staircase)
        return OPS["truediv"](rate, 1.0 + hyper(decay_rate, rate.dtype) * p, name=scope)


def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """From learning_rate to end_learning_rate in decay_steps, as (1 - t) ** power (TF1: tf.train.polynomial_decay).

    cycle: decay_steps is multiplied by the least number that keeps it above global_step; otherwise the end is kept.
    """
    _step(global_step, "polynomial_decay")
    with name_scope(name, "PolynomialDecay") as scope:
        rate = as_tensor(learning_rate)
        end, power = hyper(end_learning_rate, rate.dtype), hyper(power, rate.dtype)
        step, steps = hyper(global_step, rate.dtype), hyper(decay_steps, rate.dtype)
        if cycle:
            first = OPS["equal"](step, 0)
            steps = steps * OPS["where"](first, OPS["ones_like"](step), OPS["ceil"](step / steps))
        else:
            step = OPS["minimum"](step, steps)
        return OPS["add"]((rate - end) * OPS["pow"](1 - step / steps, power), end, name=scope)


def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: float = 0.0, name: str | None = None
) -> Tensor:
    """From learning_rate to alpha * learning_rate in decay_steps along half a cosine (TF1: tf.train.cosine_decay)."""
    _step(global_step, "cosine decay")
    with name_scope(name, "CosineDecay"):
        rate = as_tensor(learning_rate)
        steps = hyper(decay_steps, rate.dtype)
        done = OPS["minimum"](hyper(global_step, rate.dtype), steps) / steps
        half_wave = 0.5 * (1.0 + OPS["cos"](math.pi * done))
        return OPS["mul"](rate, (1 - alpha) * half_wave + alpha)


def piecewise_constant(x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None) -> Tensor:
    """values[0] up to boundaries[0], values[i] up to boundaries[i], the last value after that (TF1: tf.train.piecewise_constant).

    Raises ValueError for boundaries of another dtype than x (int32 into int64 is fine), values of different dtypes, or
    numbers of them that do not fit.
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    with name_scope(name, "PiecewiseConstant"):
        step = as_tensor(x)
        bounds = [_boundary(as_tensor(b), step) for b in boundaries]
        rates = [as_tensor(v) for v in values]
        for v in rates[1:]:
            if v.dtype != rates[0].dtype:
                raise ValueError(
                    f"Values must have elements all with the same dtype ({rates[0].dtype!r} vs {v.dtype!r})."
                )
        rate = rates[-1]
        for bound, earlier in zip(reversed(bounds), reversed(rates[:-1]), strict=True):
            rate = OPS["where"](step <= bound, earlier, rate)
        return rate


def _boundary(bound: Tensor, step: Tensor) -> Tensor:
    if bound.dtype == step.dtype:
        return bound
    if bound.dtype == INT32 and step.dtype == INT64:
        return OPS["cast"](bound, dtype=INT64)
    raise ValueError(f"Boundaries ({bound.dtype!r}) must have the same dtype as x ({step.dtype!r}).")
