"""The NumPy backend with faults that `samegraph verify` must survive and report. A foreign distribution: tests/test_verify.py."""

from __future__ import annotations

import functools
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from samegraph.backend import load

numpy = load("numpy")


def with_tanh(kernel: Any) -> Any:
    return replace(numpy, kernels={**numpy.kernels, "tanh": functools.wraps(numpy.kernels["tanh"])(kernel)})


def expecting(name: str, **said: Any) -> Any:
    path = Path(__file__).with_name(f"{name}.json")
    path.write_text(json.dumps({"skip_budget": 0, "skips": [], "xfails": [], **said}))
    return replace(numpy, conformance=str(path))


def row(test: str) -> dict[str, str]:
    return {"test": test, "reason": "planted", "versions": "", "since": "0.1", "link": ""}


def on_the_gpu(array: Any, device: str) -> Any:
    assert device == "gpu", f"put on {device}"
    return numpy.to_device(array, "cpu")


def state_on_the_gpu(value: Any, device: str, rows: bool) -> Any:
    assert device == "gpu", f"kept on {device}"
    return numpy.make_state(value, "cpu", rows)


without_tanh = {k: v for k, v in numpy.kernels.items() if k != "tanh"}

clean = numpy
hangs = with_tanh(lambda x: time.sleep(600))
dies = with_tanh(lambda x: os.abort())
gives_nan = with_tanh(lambda x: np.tanh(x) + x.dtype.type(np.nan))
lies = replace(numpy, lacks={"tanh": "planted"})
lacks_tanh = replace(expecting("lacks_tanh", skip_budget=2), kernels=without_tanh, lacks={"tanh": "planted"})
over_budget = expecting("over_budget", skips=[row("test_gradients[tanh]")])
passes_unexpectedly = expecting("passes_unexpectedly", xfails=[row("test_gradients[tanh]")])
with_a_gpu = replace(numpy, devices=lambda: ["cpu", "gpu"], to_device=on_the_gpu, make_state=state_on_the_gpu)
stale_row = expecting("stale_row", skips=[row("test_gradients[no_such_op]")])
