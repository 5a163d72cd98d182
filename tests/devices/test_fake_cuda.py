"""PyTorch's kernels on a GPU that is not there: FakeTensorMode refuses what mixes devices, without computing anything."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import numpy as np
import pytest

if not os.environ.get("SAMEGRAPH_REQUIRE_ALL"):
    pytest.importorskip("torch", reason="PyTorch is not installed; tox -e torch installs it")

import torch
from samegraph.backend import load
from samegraph.types import numpy_dtype
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.devices.cases import NAMES, run_cases
from tests.devices.programs import PROGRAMS, train

whole = load("torch")
numpy_of = {whole.to_device(np.zeros(0, numpy_dtype(d)), "cpu").dtype: numpy_dtype(d) for d in whole.dtypes}


# PyTorch built without CUDA ends the process when it differentiates tensors of a GPU: there, by a second CPU, likewise not there.
DEVICES = {"rules": "gpu", "native": "cpu:1"}


def fake(route):
    """The backend with one device that computes shapes only; what is fetched must lie on it."""
    native = torch.device(DEVICES[route].replace("gpu", "cuda"))
    mode = FakeTensorMode(allow_non_fake_inputs=False)

    @contextmanager
    def scope(device):
        with ExitStack() as stack:
            stack.enter_context(whole.scope(device))
            stack.enter_context(mode)
            yield

    def to_numpy(value):
        assert (value.device.type, value.device.index or 0) == (native.type, native.index or 0), f"on {value.device}"
        return np.zeros(tuple(value.shape), numpy_of[value.dtype])

    def to_device(array, device):
        dtype = whole.to_device(np.zeros(0, array.dtype), "cpu").dtype
        with mode:
            return torch.empty(array.shape, dtype=dtype, device=native)

    return replace(
        whole,
        devices=lambda: [DEVICES[route]],
        to_device=to_device,
        to_numpy=to_numpy,
        scope=scope,
        ok_all=lambda flags: 0,  # whether a check holds is not known without computing
    )


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("name", NAMES)
def test_kernel(name, route):
    run_cases(fake(route), name, route)


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program, route):
    train(fake(route), program, route)
