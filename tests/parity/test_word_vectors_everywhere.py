"""Word vectors on every backend: one step by either route, and a training, against NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
import samegraph.tf1 as tf
from samegraph.backend import load
from samegraph.programs.skip_gram import Settings
from samegraph.word_vectors.training import train

from tests.parity.conftest import needed
from tests.skip_gram_steps import SMALL, graph_step, one_batch, plain_step, text

BACKENDS = ("torch", "jax", "tensorflow")


@pytest.fixture(autouse=True)
def _present(backend):
    needed(backend)


@pytest.mark.parametrize("route", ["rules", "native"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_step_by_either_route_is_the_formula(backend, route):
    assert load(backend).value_and_vjp is not None
    batch, *tables = one_batch()
    for found, wanted in zip(graph_step(batch, *tables, backend, route), plain_step(batch, *tables), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-11)
    narrow = [t.astype(np.float32) for t in tables]
    for found, wanted in zip(
        graph_step(batch, *narrow, backend, route, tf.float32), plain_step(batch, *tables), strict=True
    ):
        np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_training_is_numpys(backend):
    corpus, settings = text(8000), Settings(**{**vars(SMALL), "dimensions": 8})
    ours, other = train("numpy", corpus, settings), train(backend, corpus, settings)
    assert ours.losses[0] > ours.loss and other.steps == ours.steps
    np.testing.assert_allclose(other.losses, ours.losses, rtol=1e-5)
    np.testing.assert_allclose(other.vectors, ours.vectors, rtol=1e-3, atol=1e-4)
    another = train(backend, corpus, Settings(**{**vars(settings), "seed": 2}))
    assert np.abs(np.subtract(another.losses, ours.losses)).max() > 1e-3  # other batches would be seen
