"""What a GPU is given where rows are put into a table and several are meant for one place, computed on a CPU."""

from __future__ import annotations

from importlib import import_module

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import export
from samegraph.backend import load
from samegraph_jax.repeated import last_of_equal

CHOOSING = {"torch": "last_of_equal", "tensorflow": "last_of_equal", "jax": "_last_of_equal"}


@pytest.mark.parametrize("name", CHOOSING)
@settings(max_examples=20, deadline=None, derandomize=True)
@given(ids=st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_the_last_wins(name, ids):
    backend = load(name)
    choose = getattr(import_module(f"samegraph_{name}.repeated"), CHOOSING[name])
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    got = choose(backend.to_device(np.array(ids, np.int32), "cpu"), backend.to_device(rows, "cpu"))
    last = {at: i for i, at in enumerate(ids)}
    np.testing.assert_array_equal(backend.to_numpy(got), rows[[last[at] for at in ids]])


def test_lowered_for_a_gpu():
    """JAX chooses where it knows the platform: on a GPU rows are put in order, on a CPU nothing is added."""
    given = np.zeros(3, np.int32), np.zeros((3, 2), np.float32)
    sorts = {
        p: "sort" in export.export(jax.jit(last_of_equal), platforms=[p])(*given).mlir_module() for p in ("cpu", "cuda")
    }
    assert sorts == {"cpu": False, "cuda": True}
