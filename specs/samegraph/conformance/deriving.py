"""The inputs an op is tried on: drawn ones in every dtype, empty and 0-d ones derived from those, and its exact points."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import samegraph.tf1 as tf
from samegraph.conformance import strategies as gen
from samegraph.conformance.cases import Case, Inputs, cast, dtypes_for, is_shape
from samegraph.errors import InvalidArgumentError, OpError
from samegraph.op import Op
from samegraph.session import Session
from samegraph.types import STRING, DTypeError, ShapeError

# Float64 is the dtype of every reference, float32 the one that users compute in: each is drawn at least so often.
_USUAL = ("float32", "float64", "float32", "float64")
_SPARE = 3  # times as many are drawn, for ops that take some dtypes in some cases only
_EMPTY, _ATOMS, _TOGETHER = 4, 14, 3


@cache
def draw(op: Op[Any, Any], count: int) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """`count` (operands, attributes) from the op's own block, the same ones on every machine and every day."""
    found: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    @given(data=st.data())
    def collect(data: Any) -> None:
        assert op.drawn is not None, f"{op.name} draws no cases"
        arrays, attrs = op.drawn(data.draw, gen)
        found.append((tuple(a if is_shape(op, i) else np.asarray(a) for i, a in enumerate(arrays)), attrs))

    collect()
    return found


def inputs_of(op: Op[Any, Any], count: int) -> list[Inputs]:
    """All inputs the suite tries `op` on, the smallest first: at least `count` drawn, at least one in each dtype it declares."""
    plan = [*(d for d in _USUAL if d in op.dtypes), *(d.name for d in op.dtypes if d not in (*_USUAL, STRING))]
    enough = max(count, len(plan))
    rows = draw(op, enough)
    out, missing = _drawn(op, rows, plan, enough)
    if missing:
        rows = draw(op, _SPARE * enough)
        out, _ = _drawn(op, rows, plan, enough)
    out += _derived(op, rows)
    return sorted(out, key=lambda inputs: inputs.size) + list(points_of(op))


def _drawn(
    op: Op[Any, Any], rows: list[tuple[tuple[Any, ...], dict[str, Any]]], plan: list[str], enough: int
) -> tuple[list[Inputs], set[str]]:
    """Of `rows` at least `enough` and as many as it takes for every dtype of `plan`, each in a dtype; and the dtypes it lacks."""
    waiting, missing = list(plan), set(plan)
    out = []
    for i, (arrays, attrs) in enumerate(rows):
        allowed = dtypes_for(op, arrays)
        allowed = [d for d in allowed if fits(op, cast(op, arrays, d), attrs)]
        dtype = next((d for d in (*waiting, *allowed) if d in allowed), None)
        if dtype in waiting:
            waiting.remove(dtype)
        missing.discard(dtype or "")
        waiting = waiting or list(plan)
        if dtype is not None:
            out.append(Inputs(op, cast(op, arrays, dtype), attrs, "drawn", dtype, unknown=i % 2 == 1))
        if i + 1 >= enough and not missing:
            break
    return out, missing


def fits(op: Op[Any, Any], arrays: tuple[Any, ...], attrs: dict[str, Any]) -> bool:
    """Whether the type rule takes the shapes, which may depend on the width of the dtype (bitcast)."""
    with tf.Graph().as_default():
        try:
            Case(Inputs(op, arrays, attrs))
        except ShapeError:
            return False
        return True


def points_of(op: Op[Any, Any]) -> Iterator[Inputs]:
    """The exact points, in float32 and float64."""
    for (number, point), dtype in itertools.product(enumerate(op.points), ("float32", "float64")):
        arrays = tuple(v if is_shape(op, i) else np.asarray(v) for i, v in enumerate(point.operands))
        yield Inputs(op, cast(op, arrays, dtype, integers=False), dict(point.attrs), f"point {number}", dtype)


# Empty and 0-d ----------------------------------------------------------------------------------------------------------


def _derived(op: Op[Any, Any], rows: list[tuple[tuple[Any, ...], dict[str, Any]]]) -> list[Inputs]:
    """Empty and 0-d operands, wherever the type rule takes them, made from the drawn case of most axes."""
    arrays, attrs = max(rows, key=lambda row: sum(np.ndim(a) for a in row[0]))
    allowed = dtypes_for(op, arrays)
    dtypes = [d for d in ("float64", "float32") if d in allowed] or allowed[:1]
    found = [("empty", f) for f in _emptied(op, arrays, attrs)] + [("0-d", f) for f in _scalars(op, arrays, attrs)]
    turns = itertools.cycle(itertools.product((False, True), dtypes))
    return [
        Inputs(op, cast(op, made, dtype), kept, kind, dtype, unknown)
        for (kind, (made, kept)), (unknown, dtype) in zip(found, turns, strict=False)
    ]


def _emptied(op: Op[Any, Any], arrays: tuple[Any, ...], attrs: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Axes of size 0, singly or together: the smallest sets that the op accepts, and all of them."""
    atoms = [(i, a) for i, array in enumerate(arrays) for a in range(_axes(op, i, array))][:_ATOMS]
    taken: list[frozenset[Any]] = []
    sets = (frozenset(s) for k in range(1, _TOGETHER + 1) for s in itertools.combinations(atoms, k))
    for chosen in itertools.chain(sets, [frozenset(atoms)] if len(atoms) > _TOGETHER else []):
        if (len(taken) > _EMPTY and chosen != frozenset(atoms)) or any(
            t <= chosen for t in taken if len(chosen) <= _TOGETHER
        ):
            continue
        made = tuple(_without(array, [a for i, a in chosen if i == at]) for at, array in enumerate(arrays))
        if chosen and accepted(op, made, attrs):
            taken.append(chosen)
            yield made, attrs


def _axes(op: Op[Any, Any], i: int, array: Any) -> int:
    """How many sizes of operand `i` may be made 0: its axes, or what it holds if it holds a shape."""
    if not is_shape(op, i):
        return array.ndim
    return (len(array) if isinstance(array, (tuple, list)) else 1) if np.ndim(array) <= 1 else 0


def _without(array: Any, axes: list[int]) -> Any:
    if not axes:
        return array
    if isinstance(array, np.ndarray) and array.ndim:
        return array[tuple(slice(0, 0) if a in axes else slice(None) for a in range(array.ndim))]
    return tuple(0 if i in axes else n for i, n in enumerate(array)) if isinstance(array, (tuple, list)) else 0


def _scalars(op: Op[Any, Any], arrays: tuple[Any, ...], attrs: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """0-d operands: all of them, and each by itself beside the others as drawn."""
    ranked = [i for i, a in enumerate(arrays) if not is_shape(op, i) and a.ndim and a.size]
    plain = {k: v for k, v in attrs.items() if k in op.required}
    for chosen in [ranked, *([i] for i in ranked if len(ranked) > 1)]:
        made = tuple(a.reshape(-1)[0].reshape(()) if i in chosen else a for i, a in enumerate(arrays))
        kept = next((given for given in (attrs, plain) if chosen and accepted(op, made, given)), None)
        if kept is not None:
            yield made, kept


def accepted(op: Op[Any, Any], arrays: Iterable[Any], attrs: dict[str, Any]) -> bool:
    """Whether the op is defined there: its type rule takes the shapes, its guard the values, its indices lie inside."""
    with tf.Graph().as_default() as graph:
        try:
            case = Case(Inputs(op, tuple(arrays), attrs))
        except (ShapeError, DTypeError):
            return False
        try:
            Session(graph=graph, backend="numpy").run(case.outputs, case.feeds)
        except InvalidArgumentError:
            return False
        except OpError as error:
            return not isinstance(error.__cause__, IndexError)  # another failure is one for the suite to report
        return True
