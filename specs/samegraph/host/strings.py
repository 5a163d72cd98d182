"""Operations that make strings of numbers, numbers of strings, and strings of strings. They run on the host."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import InvalidArgumentError
from ..graph import Operation, Tensor
from ..op import as_tensor
from ..types import (
    BOOL,
    EVERY,
    FLOAT32,
    FLOAT64,
    FLOATS,
    INT32,
    INT64,
    STRING,
    TensorType,
    as_dtype,
    compatible,
    merge,
    numpy_dtype,
    require_dtype,
    require_shape,
)
from .calls import Array, HostState, host_node, host_op

_NUMBER = re.compile(rb"\s*[+-]?(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf(inity)?|nan)\s*", re.IGNORECASE)
_INTEGER = re.compile(rb"\s*-?\d+\s*|\s*\+\d+\s*")


def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Each element as text, as C's printf writes %f, or %e when scientific, or %g when shortest (TF1: tf.as_string).

    precision: digits after the point, of floats alone. width: at least so many characters, filled up with `fill`: a space
    (the default), "0", or "-", which fills at the right. "+" as fill shows the sign. Raises ValueError for both notations
    at once, for a fill of several characters, and for a precision of other numbers than floats.
    """
    x = as_tensor(input)
    _check_text_form(x, precision, scientific, shortest, fill)
    form = f"%{fill if fill != ' ' else ''}{width if width >= 0 else ''}"
    if x.dtype in FLOATS:
        form += f"{f'.{precision}' if precision >= 0 else ''}{'e' if scientific else 'g' if shortest else 'f'}"
    else:
        form += "s" if x.dtype in (BOOL, STRING) else "d"
    op = host_node("AsString", [x], [TensorType(x.type.shape, STRING)], name, form=form)
    return op.outputs[0]


def _check_text_form(x: Tensor, precision: int, scientific: bool, shortest: bool, fill: str) -> None:
    if scientific and shortest:
        raise ValueError("as_string: Cannot select both scientific and shortest notation")
    if fill not in ("", " ", "0", "+", "-"):
        raise ValueError(f"as_string: fill is one of ' ', '0', '+' and '-', got {fill!r}")
    if x.dtype not in FLOATS and (precision >= 0 or scientific or shortest):
        raise ValueError(f"as_string: precision and notation are not supported for {x.dtype.name}")


@host_op("AsString")
def _as_string(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    (x,), form = inputs, op.attrs["form"]
    if x.dtype == np.bool_:
        texts = [form % ("true" if v else "false") for v in x.ravel()]
    elif x.dtype == object:
        return [_each([form.encode() % v for v in x.ravel()], x.shape)]
    else:
        texts = [form % v for v in x.astype(np.float64 if x.dtype.kind not in "iu" else x.dtype).ravel().tolist()]
    return [_each([t.encode() for t in texts], x.shape)]


def _each(values: Sequence[Any], shape: tuple[int, ...]) -> Array:
    out: Array = np.empty(len(values), dtype=object)
    out[:] = values
    return out.reshape(shape)


def string_join(inputs: Sequence[Any], separator: str = "", name: str | None = None) -> Tensor:
    """Element by element, the strings of all inputs in a row (TF1: tf.string_join). Scalars go with every element.

    ShapeError for other shapes that differ.
    """
    parts = [as_tensor(p, STRING) for p in inputs]
    require_shape(bool(parts), "string_join: at least one tensor is needed")
    shape: Any = ()
    for p in parts:
        require_dtype(p.dtype == STRING, f"string_join: {p.name} holds {p.dtype.name}; write tf.as_string")
        if p.type.shape != ():
            require_shape(
                shape == () or compatible(shape, p.type.shape),
                f"string_join: shapes differ, {p.name} has {p.shape} and those before it {shape}",
            )
            shape = p.type.shape if shape == () else merge(shape, p.type.shape)
    unknown = any(p.type.shape is None for p in parts)
    out = TensorType(None if unknown else shape, STRING)
    return host_node("StringJoin", parts, [out], name, separator=separator).outputs[0]


@host_op("StringJoin")
def _string_join(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    shapes = {a.shape for a in inputs if a.ndim}
    if len(shapes) > 1:
        raise InvalidArgumentError(None, op, f"string_join: shapes differ: {', '.join(map(str, sorted(shapes)))}")
    rows = np.broadcast_arrays(*inputs)
    separator = op.attrs["separator"].encode()
    joined = [separator.join(row) for row in zip(*(r.ravel() for r in rows), strict=True)]
    return [_each(joined, rows[0].shape)]


def string_to_number(
    string_tensor: Any = None, out_type: Any = FLOAT32, name: str | None = None, input: Any = None
) -> Tensor:
    """The number that each string spells (TF1: tf.string_to_number). A run fails for a string that spells none.

    out_type: float32, float64, int32 or int64. input: another name of string_tensor.
    """
    x, dtype = as_tensor(string_tensor if input is None else input, STRING), as_dtype(out_type)
    require_dtype(x.dtype == STRING, f"string_to_number: strings are needed, got {x.type}")
    require_dtype(
        dtype in (FLOAT32, FLOAT64, INT32, INT64),
        f"string_to_number: out_type is float32, float64, int32 or int64, not {dtype.name}",
    )
    return host_node("StringToNumber", [x], [TensorType(x.type.shape, dtype)], name).outputs[0]


@host_op("StringToNumber")
def _string_to_number(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    dtype = numpy_dtype(op.outputs[0].dtype)
    out = np.empty(inputs[0].shape, dtype)
    for i, text in np.ndenumerate(inputs[0]):
        try:
            with np.errstate(over="ignore"):
                out[i] = _number(text, dtype)
        except (ValueError, OverflowError):
            raise InvalidArgumentError(
                None, op, f"StringToNumberOp could not correctly convert string: {text.decode('utf-8', 'replace')}"
            ) from None
    return [out]


def _number(text: bytes, dtype: np.dtype[Any]) -> Any:
    if dtype.kind == "i":
        if not _INTEGER.fullmatch(text):
            raise ValueError
        value = int(text)
        if not np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
            raise OverflowError
        return value
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return float(int(text, 16)) if b"x" in text.lower() else float(text)


def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """The numbers whose memory each string is, along a new last axis (TF1: tf.decode_raw). bytes: the old name of input_bytes.

    A run fails for strings of different lengths, and for one that is no whole number of elements.
    """
    x, dtype = as_tensor(input_bytes if bytes is None else bytes, STRING), as_dtype(out_type)
    require_dtype(x.dtype == STRING, f"decode_raw: strings are needed, got {x.type}")
    require_dtype(dtype in EVERY, f"decode_raw: {dtype.name} is not supported")
    shape = None if x.type.shape is None else (*x.type.shape, None)
    attrs = {"little_endian": little_endian}
    return host_node("DecodeRaw", [x], [TensorType(shape, dtype)], name, **attrs).outputs[0]


@host_op("DecodeRaw")
def _decode_raw(op: Operation, inputs: list[Array], state: HostState) -> Sequence[Any]:
    dtype = numpy_dtype(op.outputs[0].dtype)
    flat = inputs[0].ravel().tolist()
    length = len(flat[0]) if flat else 0
    odd = next((i for i, text in enumerate(flat) if len(text) != length), None)
    if odd is not None:
        raise InvalidArgumentError(
            None,
            op,
            f"DecodeRaw requires input strings to all be the same size, but element {odd} has size {len(flat[odd])} != {length}",
        )
    if length % dtype.itemsize:
        raise InvalidArgumentError(
            None,
            op,
            f"Input to DecodeRaw has length {length} that is not a multiple of {dtype.itemsize}, the size of {op.outputs[0].dtype.name}",
        )
    array = np.frombuffer(b"".join(flat), dtype).reshape(*inputs[0].shape, length // dtype.itemsize)
    return [array.copy() if op.attrs["little_endian"] == (sys.byteorder == "little") else array.byteswap()]
