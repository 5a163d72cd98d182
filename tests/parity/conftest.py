"""Tests that need several frameworks at once. In an environment made for them a missing one is red, not skipped."""

from __future__ import annotations

import gc
import os

import pytest


def needed(name):
    """The module, or a skip with the reason; an error where SAMEGRAPH_REQUIRE_ALL is set."""
    if os.environ.get("SAMEGRAPH_REQUIRE_ALL"):
        return __import__("importlib").import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed; tox -e parity installs it")


def pytest_collection_finish(session):
    if os.environ.get("SAMEGRAPH_REQUIRE_ALL"):
        for name in ("tensorflow.compat.v1", "torch", "jax"):
            needed(name)
        gc.collect()
        gc.freeze()  # else every collection looks through what the frameworks made when they were imported


@pytest.fixture(scope="session")
def oracle():
    """TensorFlow 1, as the specification asks it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Its graphs and sessions are used explicitly; disable_v2_behavior() would take eager execution from our own adapter.
    oracle = needed("tensorflow.compat.v1")
    oracle.disable_control_flow_v2()
    return oracle


@pytest.fixture(scope="session")
def torch():
    return needed("torch")


@pytest.fixture(scope="session")
def jax():
    return needed("jax")


@pytest.fixture(scope="session")
def optax():
    return needed("optax")
