"""TensorFlow 1 still answers what is recorded of it; `python -m tests.oracle_cases` records it anew."""

from __future__ import annotations

import json

import pytest

from tests.oracle_cases import ANSWERS, CASES, asked
from tests.test_nn import check


@pytest.fixture(scope="module")
def found(oracle):
    return asked(oracle)


@pytest.fixture(scope="module")
def recorded():
    return json.loads(ANSWERS.read_text())


@pytest.mark.parametrize("name", CASES)
def test_the_answer(found, recorded, name):
    assert name in recorded["answers"], "run python -m tests.oracle_cases"
    check(found["answers"][name], recorded["answers"][name], name)


def test_the_signatures(found, recorded):
    if found["version"] != recorded["version"]:
        pytest.skip(f"recorded of TensorFlow {recorded['version']}, this is {found['version']}")
    assert found["signatures"] == recorded["signatures"], "run python -m tests.oracle_cases"
