"""Gather, scatter, one_hot, shapes."""

from __future__ import annotations

from typing import Any

import numpy as np

import samegraph.tf1 as tf

from ..point import Point, Section, asks, slope

INF = float("inf")
ONE = "every framework agrees, and so does the specification"
TF1 = "TensorFlow 1 decides"
RAISES = TF1 + " (on a CPU): an index outside is an error on every backend, fed or computed"
ADDS = "equal indices add up"
RANK = TF1 + ": matmul takes matrices"
NUMBERS = [10.0, 20.0, 30.0]


def _updated(name: str) -> Any:
    """A zero variable of 3 after a sparse update with repeated indices, or with a value of another shape."""

    def program(tf: Any, session: Any) -> Any:
        v = tf.Variable(tf.zeros([3]), use_resource=True)
        step = tf.assign(v, 5.0) if name == "assign" else getattr(tf, name)(v, [0, 0, 2], [1.0, 2.0, 3.0])
        s = session()
        s.run(tf.global_variables_initializer())
        s.run(step)
        return s.run(v)

    return program


def _average_pooled(x: Any) -> Any:
    sizes = [1, 1, 2, 1]
    return tf.reshape(tf.nn.avg_pool(tf.reshape(x, [1, 1, 3, 1]), sizes, sizes, "SAME"), [1, 2, 1])


SECTION = Section(
    "indexing",
    "Gather, scatter, one_hot, shapes",
    (
        asks(
            "gather-scalar-outside",
            "x[5] of 3 elements",
            [NUMBERS, 5],
            tf.gather,
            ["float32", "int32"],
            op="gather",
            why=RAISES,
        ),
        asks(
            "gather-outside",
            "element 5 of 3 by the gather function",
            [NUMBERS, [5]],
            tf.gather,
            ["float32", "int32"],
            op="gather",
            why=RAISES,
        ),
        asks(
            "embedding-outside",
            "row 5 of a table of 3",
            [[[10.0], [20.0], [30.0]], [5]],
            tf.nn.embedding_lookup,
            ["float32", "int32"],
            op="gather",
            why=RAISES,
        ),
        asks(
            "gather-outside-compiled",
            "element 5 of 3, compiled",
            [NUMBERS, [5]],
            tf.gather,
            ["float32", "int32"],
            op="gather",
            why=RAISES,
        ),
        asks(
            "gather-outside-xla",
            "element 5 of 3, TensorFlow compiled by XLA",
            [NUMBERS, [5]],
            tf.gather,
            ["float32", "int32"],
            op="gather",
            why=RAISES + ": TensorFlow itself answers otherwise under XLA",
        ),
        asks(
            "gather-negative",
            "element -1 by the gather function",
            [NUMBERS, [-1]],
            tf.gather,
            ["float32", "int32"],
            op="gather",
            why=RAISES,
        ),
        asks(
            "slice-outside",
            "x[1:10] of 3 elements",
            [NUMBERS],
            lambda x: x[1:10],
            op="strided_slice",
            why="Python's rule: a slice is cut to what is there",
        ),
        asks(
            "slice-of-a-size-outside",
            "2 elements from position 2 of 3",
            [NUMBERS],
            lambda x: tf.slice(x, [2], [2]),
            op="slice",
            why=TF1 + ": raises",
        ),
        asks("slice-negative-step", "x[::-1]", [NUMBERS], lambda x: x[::-1], op="strided_slice", why="Python's rule"),
        Point(
            "scatter-update-repeated",
            "elements 0, 0, 2 of a variable set to 1, 2, 3",
            program=_updated("scatter_update"),
            why="the last wins; TensorFlow 1 leaves it open",
        ),
        asks(
            "scatter-nd-repeated",
            "1, 2, 3 scattered into 3 zeros at 0, 0, 2",
            [[[0], [0], [2]], [1.0, 2.0, 3.0]],
            lambda i, v: tf.scatter_nd(i, v, [3]),
            ["int32", "float32"],
            op="scatter_nd",
            why=ADDS,
        ),
        Point(
            "scatter-add-repeated",
            "1, 2, 3 added to a variable at 0, 0, 2 (x[i] += v where there is no such function)",
            program=_updated("scatter_add"),
            why=ADDS,
        ),
        asks(
            "scatter-outside",
            "1 scattered into 3 zeros at 5",
            [[[5]], [1.0]],
            lambda i, v: tf.scatter_nd(i, v, [3]),
            ["int32", "float32"],
            op="scatter_nd",
            why=RAISES,
        ),
        asks(
            "one-hot-outside",
            "one_hot of -1 and 3 with depth 3",
            [[-1, 3]],
            lambda i: tf.one_hot(i, 3),
            "int32",
            op="one_hot",
            why=TF1 + ": a row of zeros",
        ),
        asks(
            "one-hot-dtype",
            "one_hot of 0 with depth 3",
            [[0]],
            lambda i: tf.one_hot(i, 3),
            "int32",
            dtype=True,
            op="one_hot",
            why=TF1 + ": float32",
        ),
        asks(
            "cross-entropy-label-outside",
            "cross-entropy of 3 logits and label 3",
            [[[0.0, 0.0, 0.0]], [3]],
            lambda x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
            ["float32", "int32"],
            op="sparse_softmax_cross_entropy_with_logits",
            why=RAISES,
        ),
        asks(
            "segment-sum-negative",
            "segment sums of 1 and 2 with ids 0 and -1",
            [[1.0, 2.0], [0, -1]],
            lambda x, i: tf.unsorted_segment_sum(x, i, 2),
            ["float32", "int32"],
            op="unsorted_segment_sum",
            why=TF1 + ": a negative id is left out",
        ),
        slope(
            "segment-sum-of-none",
            "segment sums of 1 and 2 with ids -1 and -1, of no segment at all",
            [[1.0, 2.0]],
            lambda x: tf.unsorted_segment_sum(x, [-1, -1], 0),
            op="unsorted_segment_sum",
            why=TF1 + ": a negative id is left out, and has no gradient",
        ),
        asks(
            "segment-max-empty",
            "segment maxima of 1 with id 0 of 2 segments",
            [[1.0], [0]],
            lambda x, i: tf.unsorted_segment_max(x, i, 2),
            ["float32", "int32"],
            op="unsorted_segment_max",
            why=TF1 + ": an empty segment has the lowest finite number",
        ),
        asks(
            "matmul-vectors", "a vector times a vector by matmul", [NUMBERS, NUMBERS], tf.matmul, op="matmul", why=RANK
        ),
        asks(
            "matmul-matrix-vector",
            "a matrix times a vector by matmul",
            [np.ones((2, 3)), NUMBERS],
            tf.matmul,
            op="matmul",
            why=RANK,
        ),
        asks(
            "matmul-batch-shape",
            "the shape of (2, 1, 2, 3) times (4, 3, 1)",
            [np.ones((2, 1, 2, 3)), np.ones((4, 3, 1))],
            lambda x, y: tf.shape(tf.matmul(x, y)),
            op="matmul",
            why="batch dimensions are broadcast",
        ),
        asks(
            "matmul-inner-0",
            "a (2, 0) times a (0, 1) matrix",
            [np.ones((2, 0)), np.ones((0, 1))],
            tf.matmul,
            op="matmul",
            why="the empty sum",
        ),
        asks(
            "matmul-int32",
            "[[1, 2]] times [[3], [4]] of int32",
            [[[1, 2]], [[3], [4]]],
            tf.matmul,
            "int32",
            op="matmul",
            why=ONE,
        ),
        asks(
            "matmul-0-inf",
            "[[0]] times [[inf]]",
            [[[0.0]], [[INF]]],
            tf.matmul,
            op="matmul",
            why="IEEE 754 arithmetic: zeros are not skipped",
        ),
        asks(
            "conv-same-stride-2",
            "1-D convolution of [1, 2, 3, 4] with three ones, stride 2, SAME",
            [np.arange(1.0, 5.0).reshape(1, 4, 1), np.ones((3, 1, 1))],
            lambda x, w: tf.nn.conv1d(x, w, 2, "SAME"),
            why=TF1 + ": what cannot be padded evenly is padded on the right",
        ),
        asks(
            "avg-pool-same",
            "average pooling of [1, 2, 3], size and stride 2, SAME",
            [np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1)],
            _average_pooled,
            why=TF1 + ": padding is not counted",
        ),
        asks(
            "reshape-empty-minus-1",
            "the shape of nothing reshaped to (-1, 0)",
            [[]],
            lambda x: tf.shape(tf.reshape(x, [-1, 0])),
            op="reshape",
            why="0 / 0 elements: -1 stands for no number",
        ),
        Point(
            "assign-broadcasts",
            "5 assigned to a variable of 3 elements",
            program=_updated("assign"),
            why=TF1 + ": a variable keeps its shape",
        ),
        asks(
            "transpose-default",
            "the shape of a (1, 2, 3) array transposed without arguments",
            [np.zeros((1, 2, 3))],
            lambda x: tf.shape(tf.transpose(x)),
            op="transpose",
            why="all axes are reversed",
        ),
        asks(
            "einsum-diagonal",
            "einsum ii->i of [[0, 1], [2, 3]]",
            [[[0.0, 1.0], [2.0, 3.0]]],
            lambda x: tf.einsum("ii->i", x),
            why="a repeated letter takes the diagonal",
        ),
        asks(
            "where-broadcasts",
            "where([True, False], 1, [2, 3]) by the newer where",
            [[True, False], [2.0, 3.0]],
            lambda c, y: tf.where_v2(c, 1.0, y),
            ["bool", "float32"],
            op="where",
            why="broadcast as NumPy does",
        ),
        asks(
            "where-v1-broadcasts",
            "where([True, False], 1, [2, 3]) by TensorFlow 1's where",
            [[True, False], [2.0, 3.0]],
            lambda c, y: tf.where(c, 1.0, y),
            ["bool", "float32"],
            op="where",
            why=TF1 + ": its where does not broadcast",
        ),
        asks(
            "equal-of-other-shape", "[1, 2] == [1, 2, 3]", [[1, 2], [1, 2, 3]], tf.equal, "int32", op="equal", why=ONE
        ),
        asks(
            "squeeze-of-axis-of-2",
            "the shape of a 2-element vector squeezed along axis 0",
            [[0.0, 0.0]],
            lambda x: tf.shape(tf.squeeze(x, 0)),
            op="squeeze",
            why=TF1 + ": only an axis of size 1 can go",
        ),
        asks(
            "tile-or-repeat",
            "[1, 2] tiled twice (what the others call repeat)",
            [[1, 2]],
            lambda x: tf.tile(x, [2]),
            "int32",
            op="tile",
            why=TF1 + ": the whole is repeated, not each element",
        ),
        asks(
            "segment-min-empty",
            "segment minima of 1 with id 0 of 2 segments",
            [[1.0], [0]],
            lambda x, i: tf.unsorted_segment_min(x, i, 2),
            ["float32", "int32"],
            op="unsorted_segment_min",
            why=TF1 + ": an empty segment has the highest finite number",
        ),
    ),
)
