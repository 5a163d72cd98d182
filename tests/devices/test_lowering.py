"""JAX's steps lowered for GPUs and TPUs that are not there: what has no translation for them fails here."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

if not os.environ.get("SAMEGRAPH_REQUIRE_ALL"):
    pytest.importorskip("jax", reason="JAX is not installed; tox -e jax installs it")

import jax
import numpy as np
from jax import export
from samegraph.backend import load

from tests.devices.cases import BLOCKS, run_cases
from tests.devices.programs import PROGRAMS, train

PLATFORMS = ("cuda", "tpu")
whole = load("jax")


def lowering(step, donate):
    """Lowers for every platform, and answers zeros."""

    def call(*args):
        exported = export.export(jax.jit(step, donate_argnums=tuple(donate)), platforms=PLATFORMS)(*args)
        assert exported.platforms == PLATFORMS
        zeros = [
            jax.device_put(np.zeros(t.shape, t.dtype)) for t in exported.out_avals
        ]  # jax.numpy would compile each shape
        return jax.tree.unflatten(exported.out_tree, zeros)

    return call


lowered = replace(whole, compile=lowering)


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("op", BLOCKS.values(), ids=BLOCKS)
def test_kernel(op, route):
    if op.dynamic:
        pytest.skip("the output's size depends on values: such a step is not compiled, so there is nothing to lower")
    run_cases(lowered, op, route)


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program, route):
    train(lowered, program, route)
