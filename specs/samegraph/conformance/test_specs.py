"""Every op's own block, on no backend: it is whole, its cases try every dtype, its rule is the derivative."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.conformance.cases import Case, Inputs, cast, dtypes_for
from samegraph.conformance.checks import counted
from samegraph.conformance.deriving import draw, inputs_of
from samegraph.conformance.plugin import SPECIFICATION
from samegraph.op import Op
from samegraph.types import FLOATS, STRING, DTypeError, ShapeError, TensorType
from samegraph.writing.building import build

_DIRECTIONS, _ELEMENTS = 2, 12  # random directions, and single elements, a case
_STEP, _BOUND = 1e-6, 2e-5  # of central differences in float64, whose truncation and rounding meet about there
_TINY, _ANALYTIC_BOUND = 1e-30, 1e-10  # the complex step has no cancellation: only the kernels' own roundings
# Ops whose NumPy kernels refuse complex numbers, by name: another that does is a fault.
_WITHOUT_COMPLEX = frozenset(
    "atan2 bessel_i0e bessel_i1e digamma erf erfc lgamma mod polygamma softplus truncatemod zeta".split()
)


def test_block_is_whole(op: Op[Any, Any]) -> None:
    """An op has a meaning, a type rule, cases to draw, a gradient or the reason why there is none, reasons for tolerances."""
    assert op.__doc__ and op.rule is not None and op.drawn is not None
    assert (op.gradient is None) == bool(op.lack_of_gradient)
    assert op.tolerance.reason and all(reason for _, reason in op.tolerance.exceptions.values())


def test_every_dtype_is_tried(op: Op[Any, Any], count: int) -> None:
    """The cases of an op can be cast to every dtype that it declares."""
    tried = {inputs.dtype for inputs in inputs_of(op, count) if inputs.kind == "drawn"}
    main = any(not op.is_apart(i) for i in range(len(op.operands) + bool(op.variadic)))
    missing = {d.name for d in op.dtypes if d != STRING} - tried if main else set()
    assert not missing, f"no case of {op.name} holds {', '.join(sorted(missing))}, which it declares"


def test_what_is_refused(op: Op[Any, Any]) -> None:
    """The operands that the block says are refused are, where the line is written, in the words that it says."""
    for refusal in op.refusals:
        with pytest.raises((ShapeError, DTypeError)) as caught:
            print(f"{op.name} takes {refusal}:", op(*_given(refusal.operands), **refusal.attrs))
        assert refusal.words in str(caught.value)


def test_what_the_type_rule_says(op: Op[Any, Any]) -> None:
    """Of the operands that the block names, the type rule says neither less nor more than the block does."""
    for typing in op.typings:
        made = op(*_given(typing.operands), **typing.attrs)
        found = [t.type for t in (made if isinstance(made, list) else [made])]
        assert found == list(typing.types), f"{op.name} of {typing.operands}, {dict(typing.attrs)}"


def _given(operands: Any) -> Any:
    """The operands of a refusal or a typing: a placeholder for a type, and for None in a shape a size that is not known."""
    if isinstance(operands, (tuple, list)):
        return [_given(v) for v in operands]
    if operands is None:
        return tf.shape(tf.placeholder("float32", [None]))[0]
    return tf.placeholder(operands.dtype, operands.shape) if isinstance(operands, TensorType) else operands


@pytest.mark.samegraph_differentiable
def test_rule_is_the_derivative(op: Op[Any, Any], count: int) -> None:
    """Rules agree with central differences along random directions and single elements, where there is no kink."""
    judged = False
    for f in functions(op, count):
        for along in f.directions():
            slope, found = f.slope(along), f.difference(along)
            if found is None:
                continue
            judged = True
            counted(SPECIFICATION)
            assert abs(found - slope) <= _BOUND * f.size(along), f"rule {slope}, difference {found}\n{f.inputs}"
    assert judged, "no case was drawn where the function is smooth"


@pytest.mark.samegraph_differentiable
def test_rule_is_the_complex_step(op: Op[Any, Any], count: int) -> None:
    """Rules agree with Im f(x + ih) / h, computed by the NumPy kernels on complex numbers, where the function is analytic."""
    if op.not_analytic:
        pytest.skip(f"{op.name}: {op.not_analytic}")
    judged = False
    for f in functions(op, count):
        for along in f.directions():
            slope = f.slope(along)
            if f.difference(along) is None:
                continue
            try:
                found = f.complex_step(along)
            except (TypeError, np.exceptions.ComplexWarning) as error:
                if op.name not in _WITHOUT_COMPLEX:
                    raise
                pytest.skip(f"NumPy has no complex numbers for it: {error}")
            judged = True
            counted(SPECIFICATION)
            assert abs(found - slope) <= _ANALYTIC_BOUND * f.size(along), (
                f"rule {slope}, complex step {found}\n{f.inputs}"
            )
    assert judged, "no case was drawn where the function is smooth"


class Function:
    """One case in float64 as a function of its differentiable operands: the weighted sum of its outputs, and its gradients."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        with tf.Graph().as_default():
            case = Case(inputs)
            y = case.scalar()
            self.smooth = y is not None
            if y is None:
                return
            values = _compiled(case.outputs, case.feeds)(*case.feeds.values())
            case.weigh({t: np.shape(v) for t, v in zip(case.outputs, values, strict=True)})
            xs = case.differentiable()
            self.fed = list(case.feeds.values())
            self.places = [list(case.feeds).index(x) for x in xs]
            self.value = _compiled([y], case.feeds)
            self.gradients = _compiled(case.gradients_of(y, xs), case.feeds)(*self.fed)

    def directions(self) -> Iterator[list[Any]]:
        """An array an operand: random ones, then ones with a single 1 in them."""
        rng = np.random.default_rng(1)
        shapes = [self.fed[i].shape for i in self.places]
        for _ in range(_DIRECTIONS):
            yield [rng.normal(size=s) for s in shapes]
        ends = np.cumsum([int(np.prod(s)) for s in shapes])
        for k in rng.permutation(ends[-1])[:_ELEMENTS]:
            flat = np.split(np.arange(int(ends[-1])) == k, ends[:-1])
            yield [part.astype(np.float64).reshape(s) for part, s in zip(flat, shapes, strict=True)]

    def slope(self, along: list[Any]) -> float:
        """What the rules say the slope along that direction is."""
        return float(sum(np.sum(g * d) for g, d in zip(self.gradients, along, strict=True)))

    def _moved(self, along: list[Any], step: Any) -> Any:
        fed = list(self.fed)
        for i, d in zip(self.places, along, strict=True):
            fed[i] = fed[i] + step * d
        return self.value(*fed)[0]

    def at(self, along: list[Any], step: float) -> float:
        return float(self._moved(along, step))

    def size(self, along: list[Any]) -> float:
        """The magnitude that bounds are measured against."""
        slope = abs(self.slope(along))
        return max(1.0, slope if np.isfinite(slope) else 0.0, abs(self.at(along, 0.0)))

    def difference(self, along: list[Any]) -> float | None:
        """The central difference; None where it is none: at a kink one-sided ones differ, at a pole those of two steps do."""
        middle, right, left = (self.at(along, step) for step in (0.0, _STEP, -_STEP))
        found, wide = (
            (right - left) / (2 * _STEP),
            (self.at(along, 2 * _STEP) - self.at(along, -2 * _STEP)) / (4 * _STEP),
        )
        # the bound of the assertion: a kink that passes here cannot fail there
        apart = max(abs((right - middle) - (middle - left)) / _STEP, abs(found - wide))
        return found if apart <= _BOUND * self.size(along) else None

    def complex_step(self, along: list[Any]) -> float:
        """TypeError or ComplexWarning where a kernel does not take complex numbers."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            return float(np.imag(self._moved(along, _TINY * 1j))) / _TINY


def _compiled(fetches: list[Any], feeds: Any) -> Callable[..., Any]:
    """The step of NumPy's kernels for `fetches`, without the session's checks of what is fed."""
    numpy = load("numpy")
    step = build(fetches, list(feeds), numpy, native=False).load(numpy, "cpu")

    def call(*arrays: Any) -> Any:
        with np.errstate(all="ignore"):
            return step(*arrays)[0]

    return call


@lru_cache(maxsize=2)
def functions(op: Op[Any, Any], count: int) -> list[Function]:
    """The drawn cases of an op that have a gradient, in float64."""
    found = []
    for arrays, attrs in draw(op, count):
        if "float64" in dtypes_for(op, arrays):
            given = {**attrs, "dtype": "float64"} if attrs.get("dtype") in FLOATS else attrs
            f = Function(Inputs(op, cast(op, arrays, "float64"), given))
            found += [f] if f.smooth and any(np.size(f.fed[i]) for i in f.places) else []
    return found
