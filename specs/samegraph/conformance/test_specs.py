"""Every op's own block, on no backend: its rule is the derivative, its block is whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import samegraph.tf1 as tf
from samegraph.conformance import strategies as gen
from samegraph.conformance.cases import Case
from samegraph.op import Op
from samegraph.types import FLOATS


def test_block_is_whole(op: Op[Any, Any]) -> None:
    """An op has a meaning, a type rule, cases to draw, and a gradient or the reason why there is none."""
    assert op.__doc__ and op.rule is not None and op.drawn is not None
    assert (op.gradient is None) == bool(op.lack_of_gradient)


@pytest.mark.samegraph_differentiable
@given(data=st.data())
def test_rule_is_the_derivative(op: Op[Any, Any], data: Any) -> None:
    """Rules agree with central differences along a random direction; where the one-sided ones differ there is a kink."""
    assert op.drawn is not None
    arrays, attrs = op.drawn(data.draw, gen)
    if attrs.get("dtype") in FLOATS:
        attrs = {**attrs, "dtype": "float64"}
    with tf.Graph().as_default():
        case = Case(op, tuple(a if not hasattr(a, "dtype") else np.asarray(a) for a in arrays), attrs)
        found = case.scalar()
        assume(found is not None)
        assert found is not None
        y, grads = found
        xs = case.differentiable()
        rng = np.random.default_rng(1)
        along = {x: rng.normal(size=case.feeds[x].shape) for x in xs}
        base = dict(case.feeds)
        slope = sum(float(np.sum(g * along[x])) for g, x in zip(case.run(grads, "numpy"), xs, strict=True))
        assume(np.isfinite(slope))

        def at(step: float) -> float:
            case.feeds = {t: v + step * along[t] if t in along else v for t, v in base.items()}
            return float(case.run([y], "numpy")[0])

        h = 1e-6
        middle, right, left = at(0.0), at(h), at(-h)
    forward, backward = (right - middle) / h, (middle - left) / h
    size = max(1.0, abs(slope), abs(middle))
    # below the bound of the assertion: a kink that passes here cannot fail there
    assume(abs(forward - backward) <= 2e-5 * size)
    assert abs((right - left) / (2 * h) - slope) <= 2e-5 * size, (
        f"rule {slope}, central difference {(right - left) / (2 * h)}"
    )
