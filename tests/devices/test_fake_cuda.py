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
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.devices.cases import NAMES, run_cases
from tests.devices.programs import PROGRAMS, train

whole = load("torch")


@pytest.fixture
def fake():
    """The backend with one GPU that computes shapes only; what is fetched must lie on it."""
    mode = FakeTensorMode(allow_non_fake_inputs=False)

    @contextmanager
    def scope(device):
        with ExitStack() as stack:
            stack.enter_context(whole.scope(device))
            stack.enter_context(mode)
            yield

    def to_numpy(value):
        assert value.device.type == "cuda", f"computed on {value.device}"
        return np.zeros(tuple(value.shape), whole.to_numpy(torch.empty(0, dtype=value.dtype)).dtype)

    def to_device(array, device):
        with mode:
            return whole.to_device(array, device)

    return replace(
        whole,
        devices=lambda: ["gpu"],
        to_device=to_device,
        to_numpy=to_numpy,
        scope=scope,
        ok_all=lambda flags: 0,  # whether a check holds is not known without computing
    )


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("name", NAMES)
def test_kernel(fake, name, route):
    run_cases(fake, name, route)


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(fake, program, route):
    train(fake, program, route)
