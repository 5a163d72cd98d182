"""Gather, scatter, one_hot, shapes."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

TABLE: dict[str, Any] = {
    "gather-scalar-outside": tf.gather,
    "gather-outside": tf.gather,
    "embedding-outside": tf.nn.embedding_lookup,
    "gather-outside-compiled": tf.function(lambda x, i: tf.gather(x, i)),
    "gather-outside-xla": tf.function(lambda x, i: tf.gather(x, i), jit_compile=True),
    "gather-negative": tf.gather,
    "slice-outside": lambda x: x[1:10],
    "slice-of-a-size-outside": lambda x: tf.slice(x, [2], [2]),
    "slice-negative-step": lambda x: x[::-1],
    "scatter-nd-repeated": lambda i, v: tf.scatter_nd(i, v, [3]),
    "scatter-outside": lambda i, v: tf.scatter_nd(i, v, [3]),
    "one-hot-outside": lambda i: tf.one_hot(i, 3),
    "one-hot-dtype": lambda i: tf.one_hot(i, 3),
    "cross-entropy-label-outside": lambda x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
    "segment-sum-negative": lambda x, i: tf.math.unsorted_segment_sum(x, i, 2),
    "segment-sum-of-none": lambda x: tf.math.unsorted_segment_sum(x, [-1, -1], 0),
    "segment-max-empty": lambda x, i: tf.math.unsorted_segment_max(x, i, 2),
    "matmul-vectors": tf.matmul,
    "matmul-matrix-vector": tf.matmul,
    "matmul-batch-shape": lambda x, y: tf.shape(tf.matmul(x, y)),
    "matmul-inner-0": tf.matmul,
    "matmul-int32": tf.matmul,
    "matmul-0-inf": tf.matmul,
    "conv-same-stride-2": lambda x, w: tf.nn.conv1d(x, w, 2, "SAME"),
    "avg-pool-same": lambda x: tf.nn.avg_pool1d(x, 2, 2, "SAME"),
    "reshape-empty-minus-1": lambda x: tf.shape(tf.reshape(x, [-1, 0])),
    "transpose-default": lambda x: tf.shape(tf.transpose(x)),
    "einsum-diagonal": lambda x: tf.einsum("ii->i", x),
    "where-broadcasts": lambda c, y: tf.where(c, 1.0, y),
    "where-v1-broadcasts": lambda c, y: tf.compat.v1.where(c, 1.0, y),
    "equal-of-other-shape": tf.equal,
    "squeeze-of-axis-of-2": lambda x: tf.shape(tf.squeeze(x, 0)),
    "tile-or-repeat": lambda x: tf.tile(x, [2]),
    "segment-min-empty": lambda x, i: tf.math.unsorted_segment_min(x, i, 2),
}
