"""What runs on the host, between the parts of a step: Python functions, and every operation on strings.

A backend never sees these operations. A session fetches their inputs, computes them with Python and NumPy, and feeds what
they answer to the operations that follow. Inside of a cond or loop they are called where they stand, while the step runs,
which no framework compiles then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..backend import Backend, load
from ..errors import (
    InternalError,
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from ..graph import Operation, Tensor, get_default_graph
from ..op import as_tensor
from ..random import RandomStream
from ..registry import OPS
from ..types import STRING, TensorType, as_dtype, compatible, numpy_dtype, shape_text

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class HostState:
    """What a session keeps for the host's operations: its random stream, and how often each effect came about."""

    random: RandomStream
    counts: dict[Operation, int] = field(default_factory=dict)


Compute = Callable[[Operation, list[Array], HostState], Sequence[Any]]


@dataclass(frozen=True)
class HostOp:
    """How the operations of one type are computed.

    compute: (operation, arrays it may keep, what the session keeps) -> one value an output. effect: it is run
    for what it does, not for a value that the step goes on with, and so only after the step succeeded. check: an effect that
    may fail the step, and so comes before what is ordered after it.
    """

    compute: Compute
    effect: bool = False
    check: bool = False


HOST: dict[str, HostOp] = {}


def host_op(type: str, effect: bool = False, check: bool = False) -> Callable[[Compute], Compute]:
    """Registers how operations of that type are computed."""

    def take(compute: Compute) -> Compute:
        HOST[type] = HostOp(compute, effect, check)
        return compute

    return take


def on_host(op: Operation) -> bool:
    """Whether an operation is the host's: it is made for it, or its first operand or result holds strings."""
    if op.type in HOST:
        return True
    return (bool(op.inputs) and op.inputs[0].type.dtype == STRING) or (
        bool(op.outputs) and op.outputs[0].type.dtype == STRING
    )


def computed(op: Operation, inputs: list[Array], state: HostState) -> list[Array]:
    """The values of an operation's outputs, each of its static type. Raises OpErrors that name the operation."""
    known = HOST.get(op.type)
    if known is not None:
        values = known.compute(op, inputs, state)
    elif op.type == "Const":
        values = [op.attrs["value"]]
    elif op.kernel:
        values = _by_kernel(op, inputs)
    else:
        raise UnimplementedError(None, op, f"{op.type} of strings is not supported; variables hold numbers")
    return [_checked(t, value) for t, value in zip(op.outputs, values, strict=True)]


def called_inside(op: Operation, backend: Backend, device: str, state: HostState) -> Callable[..., tuple[Any, ...]]:
    """A function of the backend's values that an operation inside of a branch or loop is called by.

    Strings are NumPy's arrays; constants of strings are none of its arguments. Raises as `computed` does.
    """
    own, given = op.origin, [t.op.type == "Const" and t.dtype == STRING for t in op.inputs]

    def taken(t: Tensor, value: Any) -> Array:
        array: Array = value if t.dtype == STRING else backend.to_numpy(value)
        return array.copy()

    def call(*values: Any) -> tuple[Any, ...]:
        rest = iter(values)
        arrays = [
            taken(t, t.op.attrs["value"] if text else next(rest)) for t, text in zip(own.inputs, given, strict=True)
        ]
        answers = zip(own.outputs, computed(own, arrays, state), strict=True)
        return tuple(a if t.dtype == STRING else backend.to_device(a, device) for t, a in answers)

    return call


def _by_kernel(op: Operation, inputs: list[Array]) -> Sequence[Any]:
    """An op on strings, by NumPy's kernel of it."""
    spec = OPS[op.kernel]
    operands = [
        tuple(int(n) for n in a.ravel()) if i < len(spec.operands) and spec.operands[i] in spec.shapes else a
        for i, a in enumerate(inputs)
    ]
    attrs = {k: v for k, v in op.attrs.items() if k in spec.defaults}
    if op.kernel == "gather" and not np.all((inputs[1] >= 0) & (inputs[1] < inputs[0].shape[attrs["axis"]])):
        raise InvalidArgumentError(None, op, f"{op.type}: {spec.check_message}")  # NumPy counts from the end
    try:
        found = load("numpy").kernels[op.kernel](*operands, **attrs)
    except (IndexError, ValueError) as error:
        raise InvalidArgumentError(None, op, f"{op.type}: {error}") from error
    return found if spec.several else [found]


def _checked(t: Tensor, value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype != numpy_dtype(t.dtype):
        raise InternalError(None, t.op, f"the host computed {array.dtype} for {t.name}, which holds {t.dtype.name}")
    if not compatible(t.type.shape, array.shape):
        raise InvalidArgumentError(
            None, t.op, f"{t.name} has shape {shape_text(t.type.shape)}, but this value has shape {array.shape}"
        )
    return array


def strings(value: Any) -> Array:
    """An array of bytes objects, of text (encoded in UTF-8) and bytes in any nesting; TypeError for anything else."""
    array = np.array(value, dtype=object)
    for i, item in np.ndenumerate(array):
        if not isinstance(item, (str, bytes)):
            raise TypeError(f"a string tensor holds text or bytes, got {item!r}")
        array[i] = item.encode() if isinstance(item, str) else bytes(item)
    return array


def host_node(
    type: str, inputs: Sequence[Tensor], types: Sequence[TensorType], name: str | None, **attrs: Any
) -> Operation:
    """A new operation of a registered type in the default graph, called as its type when name is None."""
    return get_default_graph().add(type, tuple(inputs), types, attrs, name)


# Python functions -------------------------------------------------------------------------------------------------------

_MEANT = (
    (StopIteration, OutOfRangeError),
    (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError),
    ((TypeError, ValueError), InvalidArgumentError),
)


def py_func(
    func: Callable[..., Any], inp: Sequence[Any], Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """`func` of the values of `inp`, called once a run that needs it, in a loop once an iteration (TF1: tf.py_func).

    func takes NumPy arrays (scalars for rank 0, bytes for strings) that it may keep, and answers one value a dtype of Tout,
    of exactly that dtype. A list of tensors, one tensor when Tout is no list, the operation when Tout is empty; their shapes
    are unknown until set_shape. No gradient flows through. What func raises becomes an OpError of TF1's kind, chained, and the
    run changes no variable. stateful: recorded only. A run raises UnimplementedError for a gradient that needs what func
    answered inside of a cond or loop.
    """
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func} of type {type(func)}.")
    several = isinstance(Tout, (list, tuple))
    types = [TensorType(None, as_dtype(d)) for d in (Tout if several else [Tout])]
    op = host_node(
        "PyFunc" if stateful else "PyFuncStateless", [as_tensor(t) for t in inp], types, name or "PyFunc", func=func
    )
    return (op.outputs or op) if several else op.outputs[0]


@host_op("PyFunc")
def _py_func(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    func = op.attrs["func"]
    called = getattr(func, "__name__", type(func).__name__)
    try:
        answer = func(*(a if a.ndim else a[()] for a in inputs))
    except OpError:
        raise
    except Exception as error:
        kind = next((ours for theirs, ours in _MEANT if isinstance(error, theirs)), UnknownError)
        raise kind(None, op, f"{type(error).__name__} in {called}: {error}; no variable was changed") from error
    values = list(answer) if isinstance(answer, (list, tuple)) else [] if answer is None else [answer]
    if len(values) != len(op.outputs):
        raise InvalidArgumentError(
            None, op, f"{called} returns {len(values)} values, but expects to see {len(op.outputs)} values."
        )
    return [_answered(t, value, called) for t, value in zip(op.outputs, values, strict=True)]


HOST["PyFuncStateless"] = HOST["PyFunc"]


def _answered(t: Tensor, value: Any, called: str) -> Array:
    array = np.asarray(value)
    if t.dtype == STRING and array.dtype.kind in "SUO":
        try:
            return strings(value)
        except TypeError as error:
            raise InvalidArgumentError(None, t.op, f"{t.index}-th value returned by {called}: {error}") from None
    if array.dtype != numpy_dtype(t.dtype):
        raise InvalidArgumentError(
            None,
            t.op,
            f"{t.index}-th value returned by {called} is {array.dtype}, but expects {t.dtype.name}; "
            f"write np.asarray(value, np.{t.dtype.name})",
        )
    return array.copy()
