"""Reductions, ordering, NaN, empties."""

from __future__ import annotations

import numpy as np

import samegraph.tf1 as tf

from ..point import Section, asks

NAN, INF = float("nan"), float("inf")
TF1 = "TensorFlow 1 decides"
NANS = "NaN has no place in an order"
IDENTITY = "the reduction's identity"
POPULATION = TF1 + ": divides by n, not by n - 1"
FIRST = "the first of equals"
ALTERNATING = np.tile(np.array([1, 0], np.float32), 600)
MANY = np.full(2**20, 0.1, np.float32)


def _keeps_order(x):  # type: ignore[no-untyped-def]
    """Whether 64 equal elements keep their order."""
    return tf.reduce_all(tf.equal(tf.argsort(x), tf.range(64)))


def _is_stable(x):  # type: ignore[no-untyped-def]
    return tf.reduce_all(tf.equal(tf.argsort(x), np.argsort(ALTERNATING, kind="stable").astype(np.int32)))


SECTION = Section(
    "reductions",
    "Reductions, ordering, NaN, empties",
    (
        asks(
            "argmax-ties", "argmax of [1, 3, 3]", [[1.0, 3.0, 3.0]], lambda x: tf.argmax(x, 0), op="argmax", why=FIRST
        ),
        asks(
            "argmin-ties", "argmin of [1, 1, 3]", [[1.0, 1.0, 3.0]], lambda x: tf.argmin(x, 0), op="argmin", why=FIRST
        ),
        asks("argmax-nan", "argmax of [1, NaN, 3]", [[1.0, NAN, 3.0]], None, op="argmax", unsaid=NANS),
        asks(
            "argmax-all-nan",
            "argmax of [NaN, NaN]",
            [[NAN, NAN]],
            lambda x: tf.argmax(x, 0),
            op="argmax",
            why="the first, where nothing is larger",
        ),
        asks(
            "reduce-max-nan-value",
            "maximum of [1, NaN, 3]",
            [[1.0, NAN, 3.0]],
            tf.reduce_max,
            op="reduce_max",
            why="NaN spreads",
        ),
        asks(
            "reduce-min-nan-value",
            "minimum of [NaN, 1]",
            [[NAN, 1.0]],
            tf.reduce_min,
            op="reduce_min",
            why="NaN spreads",
        ),
        asks(
            "max-pool-nan",
            "2x2 max pooling of 1, NaN, 3 and 4, and of four NaN",
            [np.array([[[1, NAN, NAN, NAN], [3, 4, NAN, NAN]]], np.float32)[..., None]],
            lambda x: tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
            op="max_pool",
            why="NaN spreads, as from reduce_max",
        ),
        asks(
            "maximum-nan-either-side",
            "maximum(x, 1) and maximum(1, x) of [NaN, 1]",
            [[NAN, 1.0]],
            lambda x: (tf.maximum(x, 1.0), tf.maximum(1.0, x)),
            op="maximum",
            why="NaN spreads from either side",
        ),
        asks("sort-nan", "[NaN, 1, -inf] sorted", [[NAN, 1.0, -INF]], None, unsaid=NANS),
        asks(
            "argsort-64-equal",
            "does argsort keep the order of 64 equal elements?",
            [np.zeros(64)],
            _keeps_order,
            op="argsort",
            why="sorting is stable",
        ),
        asks(
            "argsort-alternating",
            "is argsort of 1200 alternating ones and zeros stable?",
            [ALTERNATING],
            _is_stable,
            op="argsort",
            why="sorting is stable",
        ),
        asks(
            "top-k-order",
            "indices of the 2 largest of [1, 3, 3]",
            [[1.0, 3.0, 3.0]],
            lambda x: tf.nn.top_k(x, 2)[1],
            op="top_k",
            why=FIRST,
        ),
        asks(
            "unique-order",
            "the distinct elements of [3, 1, 3, 2]",
            [[3.0, 1.0, 3.0, 2.0]],
            lambda x: tf.unique(x)[0],
            op="unique",
            why=TF1 + ": in the order in which they are first seen",
        ),
        asks("sum-of-empty", "the sum of nothing", [[]], tf.reduce_sum, op="reduce_sum", why=IDENTITY),
        asks("prod-of-empty", "the product of nothing", [[]], tf.reduce_prod, op="reduce_prod", why=IDENTITY),
        asks(
            "max-of-empty",
            "the maximum of nothing",
            [[]],
            tf.reduce_max,
            op="reduce_max",
            why=TF1 + ": -inf, its identity",
        ),
        asks(
            "max-of-empty-axis",
            "the maximum of a (0, 2) array along axis 0",
            [np.zeros((0, 2))],
            lambda x: tf.reduce_max(x, 0),
            op="reduce_max",
            why=TF1 + ": -inf, its identity",
        ),
        asks(
            "argmax-of-empty",
            "argmax of nothing",
            [[]],
            lambda x: tf.argmax(x, 0),
            op="argmax",
            why="there is no element to name",
        ),
        asks("mean-of-empty", "the mean of nothing", [[]], tf.reduce_mean, op="reduce_mean", why="0 / 0"),
        asks(
            "logsumexp-of-empty", "logsumexp of nothing", [[]], tf.reduce_logsumexp, op="reduce_logsumexp", why="log(0)"
        ),
        asks(
            "sum-over-no-axis",
            "the sum of [1, 2] over no axis",
            [[1.0, 2.0]],
            lambda x: tf.reduce_sum(x, axis=[]),
            op="reduce_sum",
            why="nothing is reduced, so nothing changes",
        ),
        asks(
            "variance-default",
            "the variance of [1, 3]",
            [[1.0, 3.0]],
            lambda x: tf.nn.moments(x, [0])[1],
            why=POPULATION,
        ),
        asks(
            "std-default",
            "the standard deviation of [1, 3]",
            [[1.0, 3.0]],
            lambda x: tf.sqrt(tf.nn.moments(x, [0])[1]),
            why=POPULATION,
        ),
        asks("variance-of-one", "the variance of [1]", [[1.0]], lambda x: tf.nn.moments(x, [0])[1], why=POPULATION),
        asks(
            "cumsum-dtype",
            "the running sum of [1, 1] of int32",
            [[1, 1]],
            tf.cumsum,
            "int32",
            dtype=True,
            op="cumsum",
            why=TF1 + ": the operand's dtype",
        ),
        asks(
            "cumsum-default-axis",
            "the running sum of [[1, 2], [3, 4]] without an axis",
            [[[1.0, 2.0], [3.0, 4.0]]],
            tf.cumsum,
            op="cumsum",
            why=TF1 + ": axis 0",
        ),
        asks(
            "argmax-default-axis",
            "argmax of [[1, 9], [3, 4]] without an axis",
            [[[1.0, 9.0], [3.0, 4.0]]],
            lambda x: tf.argmax(x),
            op="argmax",
            why=TF1 + ": axis 0",
        ),
        asks(
            "softmax-default-axis",
            "softmax of [[0, 1], [2, 3]] without an axis",
            [[[0.0, 1.0], [2.0, 3.0]]],
            tf.nn.softmax,
            op="softmax",
            why="the last axis",
        ),
        asks(
            "cumsum-inf",
            "the running sum of [inf, -inf, 1]",
            [[INF, -INF, 1.0]],
            tf.cumsum,
            op="cumsum",
            why="inf - inf, and NaN spreads",
        ),
        asks(
            "nan-equals-nan",
            "NaN == NaN and NaN != NaN",
            [NAN],
            lambda x: (tf.equal(x, x), tf.not_equal(x, x)),
            op="equal",
            why="IEEE 754 comparison",
        ),
        asks(
            "sum-of-a-million",
            "the sum of 2^20 times 0.1 (exactly 104857.6)",
            [MANY],
            tf.reduce_sum,
            op="reduce_sum",
            why="within the op's tolerance of the exact sum; the order is the backend's",
        ),
        asks(
            "cumsum-of-a-million",
            "the last running sum of 2^20 times 0.1",
            [MANY],
            None,
            op="cumsum",
            unsaid="the order of summation is the backend's, and after a million steps it shows",
        ),
        asks(
            "denormal",
            "1e-40 * 1",
            [1e-40],
            None,
            unsaid="whether denormals are flushed to zero is the backend's own setting",
        ),
        asks(
            "denormal-compiled",
            "1e-40 * 1.000001, compiled where the framework compiles",
            [1e-40],
            None,
            unsaid="whether denormals are flushed to zero is the backend's own setting",
        ),
        asks(
            "all-of-ints",
            "whether all of [1, 0] of int32 are true",
            [[1, 0]],
            tf.reduce_all,
            "int32",
            op="reduce_all",
            why=TF1 + ": an integer is no truth value",
        ),
        asks(
            "segment-max-of-minus-inf",
            "the segment maximum of -inf alone",
            [[-INF]],
            lambda x: tf.unsorted_segment_max(x, [0], 1),
            op="unsorted_segment_max",
            why="mathematics decides: -inf is an element, and the largest",
        ),
        asks(
            "segment-min-of-inf",
            "the segment minimum of inf alone",
            [[INF]],
            lambda x: tf.unsorted_segment_min(x, [0], 1),
            op="unsorted_segment_min",
            why="mathematics decides: inf is an element, and the smallest",
        ),
    ),
)
