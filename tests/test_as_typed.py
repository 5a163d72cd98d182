"""The command that results give for their repetition."""

from __future__ import annotations

import sys

import pytest

pytest.importorskip("click", reason="the command comes with the extra cli")

from samegraph.cli.output import as_typed


def test_with_the_settings_it_was_run_under(monkeypatch):
    for name in ("XLA_FLAGS", "TF_XLA_FLAGS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "argv", ["/somewhere/samegraph", "verify", "jax", "-k", "a or b"])
    assert as_typed() == "samegraph verify jax -k 'a or b'"
    monkeypatch.setenv("XLA_FLAGS", "--one --two")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert as_typed() == "XLA_FLAGS='--one --two' OMP_NUM_THREADS=1 samegraph verify jax -k 'a or b'"
