"""Subgradients at kinks and ties."""

from __future__ import annotations

import numpy as np

import samegraph.tf1 as tf

from ..point import Section, slope

NAN, INF = float("nan"), float("inf")
TF1 = "TensorFlow 1 decides"
AT_NAN = "no number is a derivative at NaN, and the backends' own autodiffs put different ones there"
ONE = "every framework agrees, and so does the specification"
SELECT = "a selection has derivative 1 at what it selects; equal elements: the first"

SECTION = Section(
    "kinks",
    "Subgradients at kinks and ties",
    (
        slope(
            "relu-at-0",
            "relu at 0",
            [0.0],
            tf.nn.relu,
            op="relu",
            why="relu'(0) = 0 in every framework; written as max(x, 0) it would be another number",
        ),
        slope(
            "relu-as-maximum",
            "maximum(x, 0) at 0, relu as many write it",
            [0.0],
            lambda x: tf.maximum(x, 0.0),
            op="maximum",
            why=TF1 + ": a tie goes to the first operand",
        ),
        slope(
            "clip-below-only",
            "clipped from below at 0, at exactly 0",
            [0.0],
            lambda x: tf.clip_by_value(x, 0.0, INF),
            op="clip_by_value",
            why=TF1 + ": 1 at a bound",
        ),
        slope(
            "relu6-at-ends",
            "relu6 at 0 and at 6",
            [[0.0, 6.0]],
            tf.nn.relu6,
            op="relu6",
            why="0 at both ends, where every framework has it",
        ),
        slope("relu-nan", "relu of NaN", [NAN], tf.nn.relu, op="relu", why="NaN spreads", open_gradient=AT_NAN),
        slope(
            "relu-negative-zero-and-inf", "relu of -0 and of infinity", [[-0.0, INF]], tf.nn.relu, op="relu", why=ONE
        ),
        slope("abs-at-0", "abs at 0", [0.0], tf.abs, op="abs", why=TF1 + ": sign(0) = 0, the middle of [-1, 1]"),
        slope(
            "abs-negative-zero-and-nan",
            "abs of -0 and of NaN",
            [[-0.0, NAN]],
            tf.abs,
            op="abs",
            why="NaN spreads",
            open_gradient=AT_NAN,
        ),
        slope(
            "sign",
            "sign of -2, 0 and NaN",
            [[-2.0, 0.0, NAN]],
            tf.sign,
            op="sign",
            why="NaN has no sign; the gradient is 0, for the function is constant between its jumps",
        ),
        slope(
            "reduce-max-ties",
            "the maximum of [1, 2, 2]",
            [[1.0, 2.0, 2.0]],
            tf.reduce_max,
            op="reduce_max",
            why=TF1 + ": ties share evenly",
        ),
        slope(
            "reduce-max-ties-whole",
            "the maximum of [1, 2, 2] by the shortest spelling",
            [[1.0, 2.0, 2.0]],
            tf.reduce_max,
            op="reduce_max",
            why=TF1 + ": ties share evenly",
        ),
        slope(
            "reduce-max-ties-axis",
            "the maximum of [1, 2, 2] along axis 0",
            [[1.0, 2.0, 2.0]],
            lambda x: tf.reduce_max(x, 0),
            op="reduce_max",
            why=TF1 + ": ties share evenly, whether or not an axis is named",
        ),
        slope(
            "reduce-max-nan",
            "the maximum of [NaN, 1]",
            [[NAN, 1.0]],
            tf.reduce_max,
            op="reduce_max",
            why="NaN spreads",
            open_gradient=AT_NAN,
        ),
        slope(
            "reduce-max-all-minus-inf",
            "the maximum of [-inf, -inf]",
            [[-INF, -INF]],
            tf.reduce_max,
            op="reduce_max",
            why="a tie like any other",
        ),
        slope(
            "reduce-min-ties",
            "the minimum of [1, 1, 2]",
            [[1.0, 1.0, 2.0]],
            tf.reduce_min,
            op="reduce_min",
            why=TF1 + ": ties share evenly",
        ),
        slope(
            "maximum-tie",
            "maximum(1, 1)",
            [1.0, 1.0],
            tf.maximum,
            op="maximum",
            why=TF1 + ": (1, 0), the first of equals",
        ),
        slope(
            "minimum-tie",
            "minimum(1, 1)",
            [1.0, 1.0],
            tf.minimum,
            op="minimum",
            why=TF1 + ": (1, 0), the first of equals",
        ),
        slope(
            "maximum-nan",
            "maximum(NaN, 1)",
            [NAN, 1.0],
            tf.maximum,
            op="maximum",
            why=TF1 + ": the gradient asks x >= y, which NaN answers with no",
        ),
        slope(
            "clip-at-bounds",
            "clip to [-1, 1] at both bounds",
            [[-1.0, 1.0]],
            lambda x: tf.clip_by_value(x, -1.0, 1.0),
            op="clip_by_value",
            why=TF1 + ": a bound belongs to the inside",
            links=("https://github.com/pytorch/pytorch/pull/191142",),
        ),
        slope(
            "clip-crossed-bounds",
            "clip of 0 to [2, 1], bounds crossed",
            [0.0],
            lambda x: tf.clip_by_value(x, 2.0, 1.0),
            op="clip_by_value",
            why=TF1 + ": min first, then max",
        ),
        slope(
            "clip-nan",
            "clip of NaN to [-1, 1]",
            [NAN],
            lambda x: tf.clip_by_value(x, -1.0, 1.0),
            op="clip_by_value",
            why="NaN lies in no interval, so its gradient is 0",
        ),
        slope(
            "leaky-relu-defaults",
            "leaky_relu of -1 and 0 with the default slope",
            [[-1.0, 0.0]],
            tf.nn.leaky_relu,
            op="leaky_relu",
            why=TF1 + ": slope 0.2, taken at 0 as well",
        ),
        slope("elu", "elu of -1 and 0", [[-1.0, 0.0]], tf.nn.elu, op="elu", why="elu is smooth at 0"),
        slope(
            "selu",
            "selu of -1 and 0",
            [[-1.0, 0.0]],
            tf.nn.selu,
            op="selu",
            why=TF1 + ": at 0 the derivative from the right, scale = 1.0507",
        ),
        slope(
            "gelu-default",
            "gelu of 1 with the default form",
            [1.0],
            None,
            unsaid="TensorFlow 1 has no gelu; the form (erf or tanh) would have to be said",
        ),
        slope(
            "hard-tanh",
            "hard tanh of -1 and 1",
            [[-1.0, 1.0]],
            lambda x: tf.clip_by_value(x, -1.0, 1.0),
            op="clip_by_value",
            why="TensorFlow 1 writes it as a clip, so it has clip's gradient",
        ),
        slope(
            "max-pool-ties",
            "2x2 max pooling of equal elements",
            [np.ones((1, 2, 2, 1))],
            lambda x: tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "VALID"),
            op="max_pool",
            why=SELECT,
        ),
        slope(
            "floor",
            "floor of 1.5",
            [1.5],
            tf.floor,
            op="floor",
            why=TF1 + ": a step function passes no gradient, which is None and not 0",
        ),
        slope(
            "round",
            "round of 1.5",
            [1.5],
            tf.round,
            op="round",
            why=TF1 + ": a step function passes no gradient, which is None and not 0",
        ),
        slope(
            "float-modulo",
            "3.5 modulo 2",
            [3.5],
            lambda x: tf.floormod(x, 2.0),
            op="mod",
            why="x - floor(x / y) y has derivative 1 between its jumps",
        ),
        slope(
            "top-k-ties", "the largest of [1, 1]", [[1.0, 1.0]], lambda x: tf.nn.top_k(x, 1)[0], op="top_k", why=SELECT
        ),
        slope(
            "median-even",
            "the median of [1, 2, 3, 4]",
            [[1.0, 2.0, 3.0, 4.0]],
            None,
            unsaid="TensorFlow 1 has no median",
        ),
        slope(
            "huber",
            "the Huber loss (delta 1) of an error of 1",
            [1.0],
            lambda x: tf.losses.huber_loss(tf.zeros_like(x), x, reduction="none"),
            why="both branches have the same derivative where they meet",
        ),
    ),
)
