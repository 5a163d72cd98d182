"""tf.layers: layers that make their own variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph import Tensor
from ..initializers import Zeros
from ..linalg import tensordot
from ..nn import bias_add
from ..op import as_tensor
from ..registry import OPS
from ..scopes import get_variable, variable_scope
from ._absent import absent

__all__ = ["dense"]

_ZEROS = Zeros()


def dense(
    inputs: Any,
    units: int,
    activation: Callable[[Tensor], Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = _ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """activation(inputs . kernel + bias) along the last axis, of size `units` (TF1: tf.layers.dense).

    The variables are `kernel` and `bias` in the scope `name`, by default dense, dense_1, ... ValueError when the last size of
    the inputs is not known, and for activity_regularizer, which samegraph does not have.
    """
    if activity_regularizer is not None:
        raise ValueError("dense: samegraph has no activity_regularizer")
    with variable_scope(name, "dense", reuse=reuse):
        x = as_tensor(inputs)
        width = x.type.dims[-1]
        if width is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        kernel = get_variable(
            "kernel",
            [width, units],
            x.dtype,
            kernel_initializer,
            kernel_regularizer,
            trainable,
            constraint=kernel_constraint,
        )
        out = OPS["matmul"](x, kernel) if x.type.rank == 2 else tensordot(x, kernel, [[x.type.rank - 1], [0]])
        if use_bias:
            out = bias_add(
                out,
                get_variable(
                    "bias", [units], x.dtype, bias_initializer, bias_regularizer, trainable, constraint=bias_constraint
                ),
            )
        return out if activation is None else activation(out)


__getattr__ = absent(__name__)
