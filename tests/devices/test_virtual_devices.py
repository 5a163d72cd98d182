"""A second CPU that JAX and TensorFlow pretend to have: steps run on the device asked for, and nowhere else.

Each framework runs in a process of its own, for their number of devices is settled when they start.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import pytest

START = {
    "jax": (
        "import os; flags = os.environ.get('XLA_FLAGS', ''); "
        "os.environ['XLA_FLAGS'] = flags + ' --xla_force_host_platform_device_count=2'"
    ),
    "tensorflow": (
        "import tensorflow as native; "
        "cpu = native.config.list_physical_devices('CPU')[0]; "
        "native.config.set_logical_device_configuration(cpu, [native.config.LogicalDeviceConfiguration()] * 2)"
    ),
}
WHERE = {
    "jax": "{d.id for d in value.devices()} == {1}",
    "tensorflow": "value.device.endswith('CPU:1')",
}
STEP = """
from dataclasses import replace
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.session import Session
from tests.devices.cases import BLOCKS, run_cases
from tests.devices.programs import PROGRAMS, train

whole = load("{name}")
assert whole.devices() == ["cpu", "cpu:1"], whole.devices()
seen = []

def to_numpy(value):
    assert {where}, f"computed on {{getattr(value, 'device', value)}}"
    seen.append(value)
    return whole.to_numpy(value)

second = replace(whole, devices=lambda: ["cpu:1"], to_numpy=to_numpy)
for route in ("rules", "native"):
    for op in ("tanh", "matmul", "gather", "fill", "one_hot", "softmax", "linspace", "zeros_like"):
        run_cases(second, BLOCKS[op], route)
    for program in PROGRAMS:
        train(second, program, route)
with tf.Graph().as_default() as graph:
    made = tf.fill([2], 1.5) + tf.cast(tf.range(2), tf.float32)
    assert list(Session(graph=graph, backend=second).run(made)) == [1.5, 2.5]
assert seen
print("all on the second device")
"""


@pytest.mark.parametrize("name", list(START))
def test_steps_run_on_the_device_asked_for(name):
    if importlib.util.find_spec(name) is None and not os.environ.get("SAMEGRAPH_REQUIRE_ALL"):
        pytest.skip(f"{name} is not installed; tox -e {name} installs it")
    source = START[name] + STEP.format(name=name, where=WHERE[name])
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=550)
    assert done.returncode == 0 and "all on the second device" in done.stdout, done.stderr[-3000:]
