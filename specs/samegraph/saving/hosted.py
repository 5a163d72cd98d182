"""The host's operations in a file: all but Python functions, for they are made of plain values."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..graph import Operation
from ..types import (
    BOOL,
    EVERY,
    FLOAT32,
    FLOAT64,
    FLOATS,
    INDICES,
    INT32,
    INT64,
    NUMBERS,
    STRING,
    TensorType,
    compatible,
)
from .blocks import Row, require

_FLOAT_FORM = re.compile(r"%[0+-]?\d{0,4}(\.\d{1,4})?[efg]")
_OTHER_FORM = re.compile(r"%[0+-]?\d{0,4}[sd]")
_UNKNOWN = TensorType(None, STRING)


def _as_string(row: Row) -> Operation:
    row.require(1, ("form",))
    x, form = row.inputs[0], row.attrs["form"]
    pattern = _FLOAT_FORM if x.dtype in FLOATS else _OTHER_FORM
    ends = "efg" if x.dtype in FLOATS else "s" if x.dtype in (BOOL, STRING) else "d"
    good = isinstance(form, str) and pattern.fullmatch(form) is not None and form[-1] in ends
    require(good, f"{str(form)[:80]!r} is no form of a {x.dtype.name}")
    return row.add([TensorType(x.type.shape, STRING)], row.attrs)


def _string_join(row: Row) -> Operation:
    row.require(None, ("separator",))
    require(bool(row.inputs) and all(t.dtype == STRING for t in row.inputs), "it joins strings")
    require(isinstance(row.attrs["separator"], str), "its separator is no text")
    return row.add([_UNKNOWN], row.attrs)


def _string_to_number(row: Row) -> Operation:
    row.require(1)
    dtype = row.only().dtype
    require(row.inputs[0].dtype == STRING and dtype in (FLOAT32, FLOAT64, INT32, INT64), "it reads numbers of strings")
    return row.add([TensorType(row.inputs[0].type.shape, dtype)], row.attrs)


def _decode_raw(row: Row) -> Operation:
    row.require(1, ("little_endian",))
    dtype = row.only().dtype
    require(row.inputs[0].dtype == STRING and dtype in EVERY, "it reads numbers of strings")
    require(isinstance(row.attrs["little_endian"], bool), "its attribute little_endian is no truth value")
    return row.add([TensorType(None, dtype)], row.attrs)


def _print(row: Row) -> Operation:
    row.require(None, ("message", "first_n", "summarize"))
    require(isinstance(row.attrs["message"], str), "its message is no text")
    _check_counts(row, "first_n", "summarize")
    return row.add([], row.attrs)


def _assert(row: Row) -> Operation:
    row.require(None, ("summarize",))
    truth = bool(row.inputs) and row.inputs[0].dtype == BOOL and compatible(row.inputs[0].type.shape, ())
    require(truth, "its condition is no truth value")
    _check_counts(row, "summarize")
    return row.add([], row.attrs)


def _check_counts(row: Row, *names: str) -> None:
    require(all(type(row.attrs[n]) is int for n in names), f"one of its attributes {', '.join(names)} is no number")


def _summary(row: Row) -> Operation:
    row.require(1, ("tag",))
    require(row.inputs[0].dtype in NUMBERS and isinstance(row.attrs["tag"], str), "it says no numbers under a tag")
    return row.add([TensorType((), STRING)], row.attrs)


def _merge(row: Row) -> Operation:
    row.require(None)
    require(all(t.dtype == STRING for t in row.inputs), "it merges strings")
    return row.add([TensorType((), STRING)], row.attrs)


def _draw(row: Row) -> Operation:
    row.require(2, ("seed", "seed2"))
    sizes, parameter = row.inputs
    check_seeds(row)
    drawn, possible = row.only().dtype, (*FLOATS, INT32, INT64) if row.type == "RandomPoissonV2" else FLOATS
    good = sizes.dtype in INDICES and parameter.dtype in NUMBERS and drawn in possible
    require(good, "it draws other values than numbers")
    return row.add([TensorType(None, drawn)], row.attrs)


def check_seeds(row: Row) -> None:
    seeds: list[Any] = [row.attrs["seed"], row.attrs["seed2"]]
    require(
        seeds == [None, None] or all(type(s) is int for s in seeds), "it has one seed of two, or none that are numbers"
    )


ROWS: dict[str, Callable[[Row], Operation]] = {
    "AsString": _as_string,
    "StringJoin": _string_join,
    "StringToNumber": _string_to_number,
    "DecodeRaw": _decode_raw,
    "PrintMessage": _print,
    "Assert": _assert,
    **dict.fromkeys(("ScalarSummary", "HistogramSummary"), _summary),
    "MergeSummary": _merge,
    **dict.fromkeys(("RandomGamma", "RandomPoissonV2"), _draw),
}
