"""Steps on a GPU are told to compute float32 as such; outside of them the user's own settings stay. Asked without a GPU."""

from __future__ import annotations

import samegraph_tensorflow
import samegraph_torch
import tensorflow as tf


def test_tensorflow(monkeypatch):
    monkeypatch.setattr(samegraph_tensorflow, "_is_chosen", lambda device: True)
    enabled = tf.config.experimental.tensor_float_32_execution_enabled
    before = enabled()
    try:
        tf.config.experimental.enable_tensor_float_32_execution(True)
        assert samegraph_tensorflow._enclosed(enabled, "gpu")() is False and enabled() is True
        with samegraph_tensorflow._scope("gpu"):
            assert enabled() is False
        assert enabled() is True and samegraph_tensorflow._enclosed(enabled, "cpu")() is True
    finally:
        tf.config.experimental.enable_tensor_float_32_execution(before)


def test_torch():
    owner, name, whole = samegraph_torch._CONVOLUTIONS
    before = getattr(owner, name)

    def asked():
        return getattr(owner, name)

    assert before != whole, "else nothing is shown"
    assert samegraph_torch._enclosed(asked, "gpu")() == whole and asked() == before
    with samegraph_torch._scope("gpu"):
        assert asked() == whole
    assert asked() == before == samegraph_torch._enclosed(asked, "cpu")()
