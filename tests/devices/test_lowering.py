"""JAX's steps lowered for GPUs and TPUs that are not there: what has no translation for them fails here."""

from __future__ import annotations

import os
from dataclasses import replace
from unittest import mock

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


def check_products(text):
    """Products and convolutions of float32 are computed in it: by default a GPU rounds their operands to 10 bits."""
    for line in text.splitlines():
        if ("stablehlo.dot_general" in line or "stablehlo.convolution" in line) and "xf32>" in line:
            assert "HIGHEST" in line and "DEFAULT" not in line, f"not in whole float32: {line.strip()}"


def lowering(step, donate):
    """Lowers for every platform, and answers zeros."""

    def call(*args):
        exported = export.export(jax.jit(step, donate_argnums=tuple(donate)), platforms=PLATFORMS)(*args)
        assert exported.platforms == PLATFORMS
        check_products(exported.mlir_module())
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


@pytest.mark.parametrize("name", ["matmul", "conv2d"])
def test_a_product_in_less_is_refused(name):
    """The check bites: the same kernel, as JAX computes it when it is not told."""

    def default(*args, precision=None, **options):
        return plain(*args, **options)

    module, attribute = {"matmul": (jax.numpy, "matmul"), "conv2d": (jax.lax, "conv_general_dilated")}[name]
    plain = getattr(module, attribute)
    with mock.patch.object(module, attribute, default), pytest.raises(Exception, match="not in whole float32"):
        run_cases(lowered, BLOCKS[name], "rules")
