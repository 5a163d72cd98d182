"""JAX computes a step on a CPU in the thread that runs it, or where the user asks for that, in another."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from samegraph.backend import load
from samegraph.types import numpy_dtype as dtype_of

from tests.parity.conftest import needed

PROGRAM = """
import resource
import samegraph.tf1 as tf
from samegraph.backend import load

load("jax")
{setting}
x = tf.placeholder(tf.float32, [64, 10])
w = tf.Variable(tf.ones([10, 1]))
loss = tf.reduce_mean(tf.square(tf.matmul(x, w)))
train = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
with tf.Session(backend="jax") as session:
    session.run(w.initializer)
    feed = {{x: [[0.5] * 10] * 64}}
    before = session.run(loss, feed)
    for _ in range(100):
        session.run([train, loss], feed)
    waits = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
    for _ in range(1000):
        session.run([train, loss], feed)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - waits, before > session.run(loss, feed))
"""


SUITE = """
import sys
import jax, pytest
from samegraph.backend import load

backend = load("jax")
jax.config.update("jax_cpu_enable_async_dispatch", True)
{fault}
chosen = "overwritten or belong_to_the_caller or fails_half_way"
options = ["-q", "-p", "no:cacheprovider", "--samegraph-backend", "jax", "-k", chosen]
sys.exit(pytest.main(["--pyargs", "samegraph.conformance.test_sessions", *options]))
"""


def waits_of_1000_steps(setting: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a thread of the process slept until another woke it. With one thread in JAX's pool it is the same every time."""
    monkeypatch.setenv("PJRT_NPROC", "1")
    program = PROGRAM.format(setting=setting)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=300)
    waits, falls = done.stdout.split()
    assert falls == "True"
    return int(waits)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not count how often threads wait")
def test_a_step_is_computed_where_it_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    needed("jax")
    assert waits_of_1000_steps("", monkeypatch) < 200
    asked_for = "import jax; jax.config.update('jax_cpu_enable_async_dispatch', True)"
    assert waits_of_1000_steps(asked_for, monkeypatch) > 500


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "int8", "bool"])
def test_a_large_feed_is_copied_once(dtype: str) -> None:
    """JAX takes over memory at a multiple of 64 bytes; what lies elsewhere it copies."""
    needed("jax")
    whole = np.arange(600 * 400).reshape(600, 400).astype(dtype_of(dtype))
    for fed in (whole, whole.T, whole[::2]):
        taken = [load("jax").to_step(fed, "cpu") for _ in range(20)]
        assert all(t.__array_interface__["data"][0] % 64 == 0 for t in taken)
        for t in taken:
            assert t.dtype == fed.dtype and not np.may_share_memory(t, fed)
            np.testing.assert_array_equal(t, fed)


def test_what_a_user_holds_is_safe_where_steps_are_computed_elsewhere() -> None:
    needed("jax")
    done = subprocess.run([sys.executable, "-c", SUITE.format(fault="")], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout, done.stdout
    # It can tell: what shares a feed's memory shows only where steps are computed elsewhere.
    shared = SUITE.format(fault="object.__setattr__(backend, 'to_step', lambda array, device: array)")
    done = subprocess.run([sys.executable, "-c", shared], capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stdout
    assert "while_the_step_still_runs[jax-native]" in done.stdout, done.stdout
