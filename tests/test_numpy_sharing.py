"""What several ops of a step have in common on NumPy is computed once; none of them writes over it."""

from __future__ import annotations

import numpy as np
import pytest
from samegraph_numpy.sharing import MODULES, SHARED

LABELS = {"cross_entropy_of": np.full((2, 3), 1 / 3), "sparse_cross_entropy_of": np.array([2, 0])}


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"powers"}))
def test_shared_work_is_left_alone(name):
    assert len(SHARED) == len(MODULES) - 1
    work = MODULES["powers"](np.array([[1.0, 2.0, 4.0], [0.0, -1.0, 3.0]]), -1)
    before = [part.copy() for part in work]
    out = MODULES[name](work, *([LABELS[name]] if name in LABELS else []))
    for part, was in zip(work, before, strict=True):
        np.testing.assert_array_equal(part, was)
        assert not np.may_share_memory(out, part)
