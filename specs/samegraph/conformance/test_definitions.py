"""NumPy's kernels, which every backend is compared with, answer what the ops' definitions say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import samegraph.ops  # noqa: F401
import samegraph.tf1 as tf
from samegraph.conformance.cases import Case
from samegraph.conformance.checks import assert_close
from samegraph.conformance.definitions import DEFINITIONS
from samegraph.conformance.deriving import inputs_of
from samegraph.op import Op
from samegraph.registry import OPS
from samegraph.session import Session
from samegraph.types import FLOATS


@pytest.mark.parametrize("defined", [pytest.param(OPS[name], id=name) for name in DEFINITIONS])
def test_numpy_answers_the_definition(defined: Op[Any, Any], count: int) -> None:
    """In float64 and in integers that hold the answer, on drawn operands and those without elements."""
    compared = 0
    for inputs in inputs_of(defined, count):
        if inputs.kind.startswith("point"):
            continue
        wide = inputs.widened() if inputs.dtype in FLOATS else inputs
        with tf.Graph().as_default() as graph:
            case = Case(wide)
            got = [np.asarray(v) for v in Session(graph=graph, backend="numpy").run(case.outputs, case.feeds)]
        with np.errstate(all="ignore"):
            want = DEFINITIONS[defined.name](*wide.arrays, **wide.attrs)
        for g, w in zip(got, want if isinstance(want, list) else [want], strict=True):
            compared += _compare(g, np.asarray(w), defined, wide)
    assert compared, "nothing was compared"


def _compare(got: Any, want: Any, op: Op[Any, Any], inputs: Any) -> int:
    """How many elements were compared: all that the definition has a finite answer for, which fits the dtype."""
    assert got.shape == want.shape, f"shape {got.shape}, by definition {want.shape}\n{inputs}"
    if want.dtype == object:  # None: the definition has no answer
        return 0
    held = np.isfinite(want.astype(np.float64)) if want.dtype.kind == "f" else np.ones(want.shape, bool)
    if got.dtype.kind in "iu":
        info = np.iinfo(got.dtype)
        held &= (want >= info.min) & (want <= info.max)
    if not held.any():
        return 0
    assert_close(got[held], want[held], op.tolerance.of("float64", "cpu"), "numpy", inputs.scale)
    return math.prod(want[held].shape)
