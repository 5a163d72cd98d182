"""TensorFlow's kernels in functions that know no sizes."""

from __future__ import annotations

import numpy as np
import pytest
from samegraph.backend import load


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_rows_or_zeros_of_an_unknown_number(oracle, shape):
    import tensorflow as tf

    rows = tf.TensorSpec([None, *shape], "float32")
    run = tf.function(
        load("tensorflow").kernels["gather_or_zeros"], input_signature=[rows, tf.TensorSpec([None], "int32")]
    )
    params = np.random.default_rng(2).normal(size=(3, *shape)).astype("float32")
    assert np.array_equal(run(params, [2, -1, 0]), [params[2], np.zeros(shape), params[0]])
    assert np.array_equal(run(params[:0], [-1, -2]), np.zeros((2, *shape)))
