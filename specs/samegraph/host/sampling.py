"""Random values whose distribution has computed parameters: NumPy draws them on the host, once the parameters are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..graph import Operation, Tensor, get_default_graph
from ..op import as_tensor, shape_tensor
from ..random import op_seeds
from ..registry import OPS
from ..types import FLOAT32, FLOATS, INT32, INT64, DType, TensorType, as_dtype, numpy_dtype, require_dtype
from .calls import Array, HostState, host_node, host_op

_ABOVE_0 = float(np.nextafter(0, 1))


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = FLOAT32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """`shape` values for each pair of a shape parameter alpha and an inverse scale beta (TF1: tf.random_gamma).

    The result has the shape `shape` followed by that to which alpha and beta broadcast, and is at least the least positive
    float. A gradient flows to beta; none to alpha, to which TF1 has one. A run fails for an alpha that is not above 0.
    """
    kind = as_dtype(dtype)
    require_dtype(kind in FLOATS, f"random_gamma: floats are drawn, not {kind.name}")
    with get_default_graph().name_scope(name or "random_gamma") as scope:
        a, b = as_tensor(alpha, kind), as_tensor(1.0 if beta is None else beta, kind)
        a = OPS["add"](a, OPS["zeros_like"](b)) if b.type.shape != () else a
        raw = _drawn("RandomGamma", shape, a, kind, seed)
        tiny = as_tensor(float(np.finfo(numpy_dtype(kind)).tiny) if kind != "bfloat16" else 2.0**-126, kind)
        return OPS["maximum"](tiny, OPS["truediv"](raw, b), name=scope)


def random_poisson(
    lam: Any, shape: Any, dtype: Any = FLOAT32, seed: int | None = None, name: str | None = None
) -> Tensor:
    """`shape` counts for each rate of `lam`, as `dtype` (TF1: tf.random_poisson). No gradient, as in TF1.

    The result has the shape `shape` followed by that of lam. A run fails for a negative rate.
    """
    kind = as_dtype(dtype)
    require_dtype(kind in (*FLOATS, INT32, INT64), f"random_poisson: {kind.name} is not supported")
    with get_default_graph().name_scope(name or "random_poisson"):
        return _drawn("RandomPoissonV2", shape, as_tensor(lam, None if kind in (INT32, INT64) else kind), kind, seed)


def _drawn(type: str, shape: Any, parameter: Tensor, dtype: DType, seed: int | None) -> Tensor:
    dims = shape_tensor(shape)
    first, last = dims.type.known, parameter.type.shape
    if first is None and dims.type.shape is not None and dims.type.shape[0] is not None:
        first = (None,) * dims.type.shape[0]
    out = TensorType(None if first is None or last is None else (*first, *last), dtype)
    graph_seed, op_seed = op_seeds(seed)
    return host_node(type, [dims, parameter], [out], type, seed=graph_seed, seed2=op_seed).outputs[0]


def _wanted(op: Operation, inputs: list[Array], least: float, what: str) -> tuple[tuple[int, ...], Array]:
    sizes, parameter = tuple(int(n) for n in inputs[0].ravel()), inputs[1].astype(np.float64)
    if not (parameter >= least).all():
        raise InvalidArgumentError(None, op, f"{what}, got {parameter.min()}")
    return (*sizes, *parameter.shape), parameter


@host_op("RandomGamma")
def _gamma(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    sizes, alpha = _wanted(op, inputs, _ABOVE_0, "alpha must be above 0")
    drawn = state.random.generator(op).standard_gamma(alpha, sizes)
    return [np.asarray(drawn).astype(numpy_dtype(op.outputs[0].dtype))]


@host_op("RandomPoissonV2")
def _poisson(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    sizes, rate = _wanted(op, inputs, 0.0, "the rate must not be negative")
    drawn = state.random.generator(op).poisson(rate, sizes)
    return [np.asarray(drawn).astype(numpy_dtype(op.outputs[0].dtype))]
