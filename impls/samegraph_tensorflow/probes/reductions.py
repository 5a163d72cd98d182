"""Reductions, ordering, NaN, empties."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


def _is_stable(x):
    return bool((tf.argsort(x).numpy() == np.argsort(x.numpy(), kind="stable")).all())


TABLE: dict[str, Any] = {
    "argmax-ties": tf.argmax,
    "argmin-ties": tf.argmin,
    "argmax-nan": tf.argmax,
    "argmax-all-nan": tf.argmax,
    "max-pool-nan": lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID"),
    "reduce-max-nan-value": tf.reduce_max,
    "reduce-min-nan-value": tf.reduce_min,
    "maximum-nan-either-side": lambda x: (tf.maximum(x, 1.0), tf.maximum(1.0, x)),
    "sort-nan": tf.sort,
    "argsort-64-equal": _is_stable,
    "argsort-alternating": _is_stable,
    "top-k-order": lambda x: tf.math.top_k(x, 2).indices,
    "unique-order": lambda x: tf.unique(x)[0],
    "sum-of-empty": tf.reduce_sum,
    "prod-of-empty": tf.reduce_prod,
    "max-of-empty": tf.reduce_max,
    "max-of-empty-axis": lambda x: tf.reduce_max(x, 0),
    "argmax-of-empty": tf.argmax,
    "mean-of-empty": tf.reduce_mean,
    "logsumexp-of-empty": tf.reduce_logsumexp,
    "sum-over-no-axis": lambda x: tf.reduce_sum(x, axis=[]),
    "variance-default": tf.math.reduce_variance,
    "std-default": tf.math.reduce_std,
    "variance-of-one": tf.math.reduce_variance,
    "cumsum-dtype": tf.cumsum,
    "cumsum-default-axis": tf.cumsum,
    "argmax-default-axis": tf.argmax,
    "softmax-default-axis": tf.nn.softmax,
    "cumsum-inf": tf.cumsum,
    "nan-equals-nan": lambda x: (tf.equal(x, x), tf.not_equal(x, x)),
    "sum-of-a-million": tf.reduce_sum,
    "cumsum-of-a-million": lambda x: tf.cumsum(x)[-1],
    "denormal": lambda x: x * 1.0,
    "denormal-compiled": tf.function(lambda x: x * 1.000001),
    "all-of-ints": tf.reduce_all,
    "segment-max-of-minus-inf": lambda x: tf.math.unsorted_segment_max(x, [0], 1),
    "segment-min-of-inf": lambda x: tf.math.unsorted_segment_min(x, [0], 1),
}
