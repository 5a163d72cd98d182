"""What is composed of ops answers as TensorFlow 1 on every backend, its gradients by both routes."""

from __future__ import annotations

import json

import pytest
import samegraph.tf1 as tf

from tests.oracle_cases import ANSWERS, answer
from tests.test_nn import check

RECORDED = json.loads(ANSWERS.read_text())["answers"]
COMPOSED = (
    "angles_and_their_functions",
    "gamma_and_its_family",
    "quotients_and_bits",
    "spreads_and_norms",
    "counts",
    "orders",
    "chosen_rows",
    "reductions_of_segments",
    "rearrangements",
)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("route", ["native", "rules"])
@pytest.mark.parametrize("backend", ["torch", "jax", "tensorflow"])
@pytest.mark.parametrize("name", COMPOSED)
def test_as_tensorflow_1(name, backend, route, monkeypatch):
    monkeypatch.setenv("SAMEGRAPH_BACKEND", backend)
    monkeypatch.setenv("SAMEGRAPH_GRADIENTS", route)
    check(answer(tf, name), RECORDED[name], name)
