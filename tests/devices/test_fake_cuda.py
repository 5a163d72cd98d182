"""PyTorch's kernels on devices that are not there: FakeTensorMode refuses what mixes devices, without computing anything.

The device is a GPU. PyTorch built without CUDA cannot index a GPU's tensors in Python's way, and ends the process when it
differentiates them: what does so runs on a second CPU instead, which is not there either and as little to be mixed with the first.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from unittest import mock

import numpy as np
import pytest

if not os.environ.get("SAMEGRAPH_REQUIRE_ALL"):
    pytest.importorskip("torch", reason="PyTorch is not installed; tox -e torch installs it")

import torch
from samegraph.backend import load
from samegraph.errors import InternalError
from samegraph.types import numpy_dtype
from torch._subclasses.fake_tensor import FakeTensorMode

from tests.devices.cases import BLOCKS, run_cases
from tests.devices.programs import PROGRAMS, train

pytestmark = pytest.mark.skipif(
    torch.version.cuda is not None and not torch.cuda.is_available(),
    reason="PyTorch built with CUDA asks its driver, which is not there, even where nothing is computed; a build without CUDA does not",
)
whole = load("torch")
numpy_of = {whole.to_device(np.zeros(0, numpy_dtype(d)), "cpu").dtype: numpy_dtype(d) for d in whole.dtypes}


def fake(device):
    """The backend with one device that computes shapes only; what is fetched must lie on it."""
    native = torch.device(device.replace("gpu", "cuda"))
    mode = FakeTensorMode()

    def tensor(data, dtype=None, device=None):
        """torch.tensor, which under FakeTensorMode forgets the number of a CPU."""
        return torch.full(np.shape(data), 0, dtype=dtype, device=device)

    @contextmanager
    def scope(device):
        with ExitStack() as stack:
            stack.enter_context(whole.scope(device))
            stack.enter_context(mode)
            stack.enter_context(mock.patch.object(torch, "tensor", tensor))
            yield

    def to_numpy(value):
        assert (value.device.type, value.device.index or 0) == (native.type, native.index or 0), f"on {value.device}"
        if hasattr(value, "sizes"):
            return np.array(value.sizes, numpy_of[value.dtype])
        return np.zeros(tuple(value.shape), numpy_of[value.dtype])

    def shape(x, **attrs):
        """The one value that is known without computing, for kernels whose operand is a shape."""
        out = whole.kernels["shape"](x, **attrs)
        out.sizes = tuple(x.shape)
        return out

    def to_device(array, device):
        dtype = whole.to_device(np.zeros(0, array.dtype), "cpu").dtype
        with mode:
            return torch.empty(array.shape, dtype=dtype, device=native)

    return replace(
        whole,
        kernels={**whole.kernels, "shape": shape},
        devices=lambda: [device],
        to_device=to_device,
        to_numpy=to_numpy,
        scope=scope,
        enclosed=None,  # the two that go around scope and to_numpy
        hand_over=None,
        ok_all=lambda flags: 0,  # whether a check holds is not known without computing
    )


def on_a_device_that_is_not_there(run, route):
    if route == "rules":
        try:
            return run(fake("gpu"))
        except (InternalError, RuntimeError) as error:
            if "not linked with support for cuda" not in str(error):
                raise
    return run(fake("cpu:1"))


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("op", BLOCKS.values(), ids=BLOCKS)
def test_kernel(op, route):
    if op.dynamic:
        pytest.skip("the output's size depends on values, and a fake tensor has none")
    on_a_device_that_is_not_there(lambda backend: run_cases(backend, op, route), route)


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_program(program, route):
    on_a_device_that_is_not_there(lambda backend: train(backend, program, route), route)


def test_a_mix_is_refused():
    """The check itself bites: a kernel that makes its tensors on the first CPU is found."""
    kernels = {**whole.kernels, "zeros_like": lambda x: torch.zeros(x.shape, dtype=x.dtype, device="cpu")}
    for device in ("gpu", "cpu:1"):
        with pytest.raises(AssertionError, match="on cpu"):
            run_cases(replace(fake(device), kernels=kernels), BLOCKS["zeros_like"], "rules")


def test_names_of_devices(monkeypatch):
    """The first GPU has no number; what samegraph calls gpu, PyTorch calls cuda."""
    from samegraph_torch import _native

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert whole.devices() == ["cpu", "gpu", "gpu:1", "mps"]
    assert [_native(d) for d in whole.devices()] == ["cpu", "cuda", "cuda:1", "mps"]
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert whole.devices() == ["cpu"]


def test_only_gpus_are_waited_for(monkeypatch):
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    for device in ("cpu", "gpu", "gpu:1"):
        whole.synchronize(device)
    assert waited == ["cuda", "cuda:1"]
