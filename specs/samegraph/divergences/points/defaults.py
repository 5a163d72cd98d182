"""Normalisation, layers, initialisers, losses: defaults."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..point import Point, Section, asks

INF = float("inf")
TF1 = "TensorFlow 1 decides"
BATCH = np.array([[1.0], [2.0], [4.0]], np.float32)
LOGITS = [[2.0, 0.0], [2.0, 0.0]]
LAYER = "not specified: a layer of Keras; the specification holds what tf.layers and tf.nn do"


def _drawn(tf: Any, session: Any) -> Any:
    tf.set_random_seed(0)
    return session().run(tf.random_normal([2]))


def _fused(x):  # type: ignore[no-untyped-def]
    y, mean, variance = tf.nn.fused_batch_norm(tf.reshape(x, [3, 1, 1, 1]), [1.0], [0.0], epsilon=1e-3)
    return tf.reshape(y, [-1]), mean, variance


def _dropout():  # type: ignore[no-untyped-def]
    parameters = inspect.signature(tf.nn.dropout).parameters
    return {n: parameters[n].default for n in ("keep_prob", "rate")}


SECTION = Section(
    "defaults",
    "Normalisation, layers, initialisers, losses: defaults",
    (
        asks(
            "batch-norm-training-step",
            "[1, 2, 4] through batch normalisation, default epsilon: output and running variance after one step of decay 0.9",
            [BATCH],
            None,
            unsaid=LAYER,
        ),
        asks("batch-norm-defaults", "batch normalisation's default epsilon and decay", [], None, unsaid=LAYER),
        asks(
            "fused-batch-norm-variance",
            "TensorFlow 1's fused batch normalisation of [1, 2, 4]: output, mean, variance",
            [BATCH],
            _fused,
            why=TF1 + ": the variance it returns is the unbiased one",
        ),
        asks("layer-norm-epsilon", "layer normalisation's default epsilon", [], None, unsaid=LAYER),
        asks("dense-initializer", "what a dense layer's weights and bias start as", [], None, unsaid=LAYER),
        Point(
            "first-normals",
            "the first two normal numbers of seed 0",
            program=_drawn,
            why="one counter-based stream (Philox), equal bit for bit on every backend; no framework's own",
        ),
        asks(
            "cross-entropy-reduction",
            "cross-entropy of two rows of logits",
            [LOGITS, [0, 1]],
            lambda x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
            ["float32", "int32"],
            op="sparse_softmax_cross_entropy_with_logits",
            why=TF1 + ": a loss a row",
        ),
        asks(
            "l2-loss",
            "the l2 loss of [3, 4, 0]",
            [[3.0, 4.0, 0.0]],
            tf.nn.l2_loss,
            op="l2_loss",
            why=TF1 + ": half the sum of squares",
        ),
        asks(
            "clip-by-global-norm",
            "[3, 4] clipped to norm 1",
            [[3.0, 4.0]],
            lambda x: tf.clip_by_global_norm([x], 1.0)[0],
            why="divided by the norm itself, without an epsilon",
        ),
        asks(
            "clip-by-global-norm-inf",
            "[inf, 1] clipped to norm 1",
            [[INF, 1.0]],
            lambda x: tf.clip_by_global_norm([x], 1.0)[0],
            why=TF1 + ": NaN everywhere, so that it is noticed",
        ),
        asks(
            "dropout-argument",
            "what dropout's argument is: the share kept or the share dropped, and its default",
            [],
            _dropout,
            why=TF1 + ": keep_prob first, rate as its newer name, neither with a default",
        ),
    ),
)
