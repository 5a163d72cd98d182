"""Memory is flat over many steps: what a step makes is given back."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import samegraph.tf1 as tf
from samegraph.backend import Backend
from samegraph.conformance.checks import counted
from samegraph.session import Session

_STATUS = Path("/proc/self/statm")
_QUICK, _THOROUGH, _WARM = 2_000, 100_000, 200
_ALLOWED = 16 * 2**20
"""Bytes. One array of a step's own, a feed of 64 KiB, would come to eight times as much over the quick steps."""


def resident() -> int:
    return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not _STATUS.exists(), reason="this system does not say how much memory a process holds at present")
def test_memory_is_flat_over_many_steps(backend: Backend, session: Callable[..., Session], request: Any) -> None:
    steps = _THOROUGH if request.config.getoption("--samegraph-thorough") else _QUICK
    x, y = tf.placeholder(tf.float32, [None, 64]), tf.placeholder(tf.float32, [None, 1])
    w = tf.Variable(tf.zeros([64, 1]))
    loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
    train = tf.train.AdamOptimizer(0.01).minimize(loss)
    s = session()
    s.run(tf.global_variables_initializer())
    draw = np.random.default_rng(0)
    feeds = {x: draw.random((256, 64), np.float32), y: draw.random((256, 1), np.float32)}
    losses = [s.run([train, loss], feeds)[1] for _ in range(_WARM)]
    gc.collect()
    before = resident()
    for _ in range(steps):
        last = s.run([train, loss], feeds)[1]
    gc.collect()
    grown = resident() - before
    assert last < losses[0]
    counted(backend.name, 1)
    assert grown < _ALLOWED, (
        f"{steps} steps hold {grown / 2**20:.1f} MiB more than none, {grown / steps:.0f} bytes a step"
    )
