"""Assertions: what is known before the run is checked where it is written, the rest when it runs (TF1: tf.assert_equal, ...)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ml_dtypes
import numpy as np

from ..errors import InvalidArgumentError
from ..graph import Operation, Tensor, get_default_graph
from ..host.messages import assert_
from ..op import as_tensor, static_value
from ..registry import OPS
from ..state import no_op
from ..types import FLOAT32, FLOATS, INTEGERS, DType, as_dtype, numpy_dtype

__all__ = [
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
]

Binary = Callable[..., Operation]


def _value(t: Tensor) -> Any:
    """What a tensor is known to hold before the run, or None."""
    return t.op.attrs["value"] if t.op.type == "Const" else static_value(t.type)


def _comparison(op: str, sign: str, compare: Callable[[Any, Any], Any], name: str) -> Binary:
    def check(
        x: Any,
        y: Any,
        data: Any = None,
        summarize: int | None = None,
        message: str | None = None,
        name: str | None = None,
    ) -> Operation:
        with get_default_graph().name_scope(name or default):
            a = as_tensor(x, name="x")
            b = as_tensor(y, a.dtype, name="y")
            said = f"Condition x {sign} y did not hold element-wise:"
            _check_now(compare, said, message, x=a, y=b)
            if data is None:
                data = [said, f"x ({a.name}) = ", a, f"y ({b.name}) = ", b]
            shown = [*([message] if message else []), *data]
            return _holds(OPS[op](a, b), compare, [a, b], shown, summarize)

    default = check.__name__ = check.__qualname__ = name
    check.__doc__ = f"""An operation that fails the run unless x {sign} y, element by element (TF1: tf.{name}).

    InvalidArgumentError at once for constants of which it is wrong. data: what to say instead of the operands."""
    return check


def _holds(
    truth: Tensor, compare: Callable[..., Any], operands: list[Tensor], shown: Sequence[Any], summarize: int | None
) -> Operation:
    if all(_value(t) is not None for t in operands):
        return no_op()
    return assert_(OPS["reduce_all"](truth), shown, summarize, name="Assert")


def _check_now(compare: Callable[..., Any], said: str, message: str | None, **operands: Tensor) -> None:
    values = [_value(t) for t in operands.values()]
    if any(v is None for v in values) or np.all(compare(*values)):
        return
    rows = [f"{k} ({t.name}) = \n{np.asarray(v)}" for (k, t), v in zip(operands.items(), values, strict=True)]
    raise InvalidArgumentError(None, None, "\n".join([*([message] if message else []), said, *rows]))


assert_equal = _comparison("equal", "==", np.equal, "assert_equal")
assert_none_equal = _comparison("not_equal", "!=", np.not_equal, "assert_none_equal")
assert_less = _comparison("less", "<", np.less, "assert_less")
assert_less_equal = _comparison("less_equal", "<=", np.less_equal, "assert_less_equal")
assert_greater = _comparison("greater", ">", np.greater, "assert_greater")
assert_greater_equal = _comparison("greater_equal", ">=", np.greater_equal, "assert_greater_equal")


def _sign(op: str, sign: str, compare: Callable[[Any, Any], Any], name: str) -> Binary:
    def check(
        x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
    ) -> Operation:
        with get_default_graph().name_scope(name or default):
            a = as_tensor(x, name="x")
            said = f"Condition x {sign} 0 did not hold element-wise:"
            _check_now(lambda v: compare(v, 0), said, message, x=a)
            shown = data if data is not None else [message or "", said, f"x ({a.name}) = ", a]
            return _holds(OPS[op](a, as_tensor(0, a.dtype)), compare, [a], shown, summarize)

    default = check.__name__ = check.__qualname__ = name
    check.__doc__ = f"""An operation that fails the run unless x {sign} 0, element by element (TF1: tf.{name}).

    InvalidArgumentError at once for a constant of which it is wrong. data: what to say instead of x."""
    return check


assert_positive = _sign("greater", ">", np.greater, "assert_positive")
assert_negative = _sign("less", "<", np.less, "assert_negative")
assert_non_negative = _sign("greater_equal", ">=", np.greater_equal, "assert_non_negative")
assert_non_positive = _sign("less_equal", "<=", np.less_equal, "assert_non_positive")


def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails the run unless |x - y| <= atol + rtol * |y|, element by element (TF1: tf.assert_near).

    rtol, atol: ten times the distance from 1 to the next number of the dtype when None.
    """
    with get_default_graph().name_scope(name or "assert_near"):
        a = as_tensor(x, name="x")
        b = as_tensor(y, a.dtype, name="y")
        least = 10 * float(ml_dtypes.finfo(numpy_dtype(a.dtype)).eps) if a.dtype in FLOATS else 0
        r, t = (as_tensor(least if v is None else v, a.dtype) for v in (rtol, atol))
        shown = data
        if shown is None:
            said = f"x and y not equal to tolerance rtol = {_shown(r)}, atol = {_shown(t)}"
            shown = [message or "", said, f"x ({a.name}) = ", a, f"y ({b.name}) = ", b]
        near = OPS["less_equal"](OPS["abs"](a - b), t + r * OPS["abs"](b))
        return assert_(OPS["reduce_all"](near), shown, summarize, name="Assert")


def _shown(t: Tensor) -> str:
    value = _value(t)
    return str(t if value is None else np.asarray(value))


# Ranks and dtypes -------------------------------------------------------------------------------------------------------


def _ranked(
    x: Any,
    fits: Callable[[int], bool],
    wanted: str,
    truth: Callable[[Tensor], Tensor],
    number: Any,
    how: tuple[Any, int | None, str | None],
) -> Operation:
    t, (data, summarize, message) = as_tensor(x), how
    if t.type.shape is not None:
        if not fits(len(t.type.shape)):
            said = f"{message}.  " if message else ""
            raise ValueError(
                f"{said}Tensor {t.name} must have {wanted}.  Received rank {len(t.type.shape)}, shape {t.shape}"
            )
        return no_op()
    if data is None:
        head = wanted.rpartition(" ")[0] if isinstance(number, int) else wanted
        data = [message or "", f"Tensor {t.name} must have {head}", number, "Received shape: ", OPS["shape"](t)]
    return assert_(truth(OPS["rank"](t)), data, summarize, name="Assert")


def assert_rank(
    x: Any,
    rank: int,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """An operation that fails the run unless `x` has that rank; ValueError where it is known (TF1: tf.assert_rank)."""
    with get_default_graph().name_scope(name or "assert_rank"):
        how = data, summarize, message
        return _ranked(x, lambda n: n == rank, f"rank {rank}", lambda n: OPS["equal"](n, rank), rank, how)


def assert_rank_at_least(
    x: Any,
    rank: int,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As assert_rank, for that rank or a higher one (TF1: tf.assert_rank_at_least)."""
    with get_default_graph().name_scope(name or "assert_rank_at_least"):
        how = data, summarize, message
        truth: Callable[[Tensor], Tensor] = lambda n: OPS["greater_equal"](n, rank)
        return _ranked(x, lambda n: n >= rank, f"rank at least {rank}", truth, rank, how)


def assert_rank_in(
    x: Any,
    ranks: Sequence[int],
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """As assert_rank, for one of several ranks (TF1: tf.assert_rank_in)."""
    with get_default_graph().name_scope(name or "assert_rank_in"):
        how = data, summarize, message
        truth: Callable[[Tensor], Tensor] = lambda n: OPS["reduce_any"](OPS["equal"](n, list(ranks)))
        return _ranked(x, lambda n: n in ranks, f"rank in {tuple(ranks)}", truth, list(ranks), how)


def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """TypeError unless `x` holds integers (TF1: tf.assert_integer)."""
    t = as_tensor(x)
    if t.dtype not in INTEGERS:
        raise TypeError(f'{message or ""}Expected "x" to be integer type.  Found: {t.name} of dtype {t.dtype!r}')
    return no_op(name)


def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> Operation:
    """TypeError unless `tensor` holds that dtype (TF1: tf.assert_type)."""
    t, wanted = as_tensor(tensor), as_dtype(tf_type)
    if t.dtype != wanted:
        raise TypeError(f"{message or ''}{t.name} must be of type {wanted!r}; got {t.dtype!r}")
    return no_op(name)


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """`tensor`; ValueError when it is known not to be a scalar (TF1: tf.assert_scalar)."""
    t = as_tensor(tensor)
    if t.type.shape not in (None, ()):
        raise ValueError(f"{message or ''}Expected scalar shape for {t.name}, saw shape: {t.shape}.")
    return t


def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> DType:
    """The one dtype of floats that `tensors` hold, float32 of none; ValueError for others (TF1: tf.assert_same_float_dtype)."""
    wanted = None if dtype is None else as_dtype(dtype)
    for t in tensors or ():
        if t is None:
            continue
        if wanted is not None and t.dtype != wanted:
            raise ValueError(
                f"Tensor {t.name} must be of the same type as the others, {wanted.name}, got {t.dtype.name}."
            )
        wanted = t.dtype
    if wanted is not None and wanted not in FLOATS:
        raise ValueError(f"Expected floating point type, got {wanted.name}.")
    return wanted or FLOAT32


def assert_proper_iterable(values: Any) -> None:
    """TypeError for a tensor, an array, text and what is no iterable (TF1: tf.assert_proper_iterable)."""
    if isinstance(values, (Tensor, str, bytes, np.ndarray)) or not hasattr(values, "__iter__"):
        raise TypeError(f"Expected argument 'values' to be a 'proper' iterable.  Found: {type(values)}")
