"""The backends whose steps are written line by line: what they write over."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.session import Session
from samegraph.writing.building import build


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_memory_that_another_operand_looks_into_is_not_written_over(torch, backend):
    x = tf.placeholder(tf.float32, [3, 3], name="x")
    turned = tf.exp(x) + tf.transpose(tf.exp(x))
    doubled = tf.exp(-x) + tf.exp(-x)
    text = build([turned, doubled], [x], load(backend), native=False).source
    sums = [line for line in text.splitlines() if ".add(" in line]
    assert len(sums) == 2 and ["out=" in line for line in sums] == [False, True], text
    value = np.arange(9, dtype=np.float32).reshape(3, 3)
    got = Session(graph=tf.get_default_graph(), backend=backend).run(turned, {x: value})
    np.testing.assert_allclose(got, np.exp(value) + np.exp(value).T, rtol=1e-6)
