"""TensorFlow asked raw, its own TensorFlow 1 included: its answers to the divergence ledger, without samegraph's kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from samegraph.divergences import Probe, Probes

from . import defaults, dtypes, indexing, integers, kinks, protocol, reductions, singular


def plain(value: Any) -> Any:
    """Tensors as NumPy arrays, IndexedSlices as indices and values, dtypes as their names."""
    if isinstance(value, tf.IndexedSlices):
        return {"indices": plain(value.indices), "values": plain(value.values)}
    if isinstance(value, (tf.Tensor, tf.Variable)):
        return np.asarray(value)
    if isinstance(value, tf.DType):
        return value.name
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value


def value_and_gradients(fn: Probe, inputs: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = fn(*inputs)
    return y, tape.gradient(y, list(inputs))


probes = Probes(
    framework="tensorflow",
    version=tf.__version__,
    table={
        **kinks.TABLE,
        **singular.TABLE,
        **protocol.TABLE,
        **integers.TABLE,
        **dtypes.TABLE,
        **reductions.TABLE,
        **indexing.TABLE,
        **defaults.TABLE,
    },
    native=tf.constant,
    plain=plain,
    value_and_gradients=value_and_gradients,
    tf1=tf.compat.v1,
)
