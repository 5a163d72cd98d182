"""What training minimises: cross-entropies from logits, and half the sum of squares."""

from __future__ import annotations

import math

from ..graph import Tensor
from ..op import TensorLike, op
from ..types import FLOATS, TensorType, broadcast, compatible, floats, ints, merge, require_shape, shape_text
from .activations import log_softmax, softmax
from .arithmetic import mul, negative, sub
from .broadcasting import ones_like, sum_to_like
from .comparison import equal, where
from .indexing import indices_in_range, require_indices
from .maths import sigmoid
from .reduction import SUMS, expand_axes, reduce_sum
from .scans import index_along

INF = math.inf
LOG2 = math.log(2.0)


@op("SoftmaxCrossEntropyWithLogits", dtypes=FLOATS, tolerance=SUMS)
def softmax_cross_entropy_with_logits(labels: TensorLike, logits: TensorLike, *, name: str | None = None) -> Tensor:
    """-sum(labels * log_softmax(logits)) over the last axis, the classes; the axes before it broadcast.

    Right for labels that do not sum to 1 too; the gradient flows to the labels as well.
    """
    ...


@softmax_cross_entropy_with_logits.type_rule
def _(labels, logits):
    require_shape(
        labels.rank >= 1 and logits.rank >= 1,
        f"the last axis is that of the classes, so both need rank 1 or more, got {labels} and {logits}",
    )
    a, b = labels.dims[-1], logits.dims[-1]
    require_shape(
        a == b or a is None or b is None, f"labels are of {a} classes and logits of {b}{_sparse_hint(labels, logits)}"
    )
    return TensorType(broadcast(labels.dims[:-1], logits.dims[:-1]), logits.dtype)


softmax_cross_entropy_with_logits.refuses("both need rank 1 or more", floats(), floats(2))
softmax_cross_entropy_with_logits.refuses("both need rank 1 or more", floats(2), floats())
softmax_cross_entropy_with_logits.refuses("labels are of 2 classes and logits of 3\n", floats(4, 2), floats(4, 3))
softmax_cross_entropy_with_logits.refuses(
    "logits of 3; for a class number a row use sparse_", floats(4, 1), floats(4, 3)
)
softmax_cross_entropy_with_logits.refuses("logits of 2; a transpose would fit", floats(2, 3), floats(3, 2))
softmax_cross_entropy_with_logits.infers(floats(), floats(3), floats(3))
softmax_cross_entropy_with_logits.infers(floats(2), floats(2, None), floats(2, 3))
softmax_cross_entropy_with_logits.infers(floats(5, 2), floats(2, 3), floats(5, 1, None))


def _sparse_hint(labels, logits):
    if labels.dims[-1] == 1:
        return "; for a class number a row use sparse_softmax_cross_entropy_with_logits with labels of shape [rows]"
    return "; a transpose would fit" if labels.dims == logits.dims[::-1] else ""


@softmax_cross_entropy_with_logits.vjp
def _(g, out, labels, logits):
    g = expand_axes(g, axes=(out.type.rank,))
    total = reduce_sum(labels, axis=-1, keepdims=True)
    d_labels = mul(g, negative(log_softmax(logits)))
    d_logits = mul(g, sub(mul(softmax(logits), total), labels))
    return sum_to_like(d_labels, labels), sum_to_like(d_logits, logits)


@softmax_cross_entropy_with_logits.cases
def _(draw, gen):
    a, b = draw(gen.broadcastable_shapes(2))
    classes = draw(gen.integers(1, 5))
    return (draw(gen.floats((*a, classes), low=0.0, high=1.0)), draw(gen.floats((*b, classes)))), {}


softmax_cross_entropy_with_logits.point(
    [1.0, 1.0],
    [0.0, 0.0],
    value=2 * LOG2,
    gradients=([LOG2, LOG2], [0.0, 0.0]),
    why="labels that do not sum to 1; TF1's [-.5, -.5] is no slope of its value",
)
softmax_cross_entropy_with_logits.point(
    [0.5, 0.0], [0.0, 0.0], value=LOG2 / 2, gradients=([LOG2, LOG2], [-0.25, 0.25]), why="labels that do not sum to 1"
)
softmax_cross_entropy_with_logits.point(
    [0.0, 1.0], [1000.0, 0.0], value=1000.0, gradients=([0.0, 1000.0], [1.0, -1.0]), why="no overflow"
)
softmax_cross_entropy_with_logits.point(
    [1.0, 0.0], [-INF, 0.0], value=INF, gradients=([INF, 0.0], [-1.0, 1.0]), why="as TF1"
)


@op("SparseSoftmaxCrossEntropyWithLogits", dtypes=FLOATS, apart=["labels"], stops=["labels"], tolerance=SUMS)
def sparse_softmax_cross_entropy_with_logits(
    labels: TensorLike, logits: TensorLike, *, name: str | None = None
) -> Tensor:
    """-log_softmax(logits) at the class numbers `labels`; `logits` has the shape of `labels` and the axis of classes."""
    ...


@sparse_softmax_cross_entropy_with_logits.type_rule
def _(labels, logits):
    require_indices(labels)
    require_shape(logits.rank >= 1, f"logits need an axis of classes, got {logits}")
    require_shape(
        compatible(labels.shape, logits.dims[:-1]),
        f"labels must have the shape of logits without its last axis, {shape_text(logits.dims[:-1])}, got {shape_text(labels.shape)}"
        + ("; tf.squeeze(labels, -1) would fit" if compatible(labels.dims, (*logits.dims[:-1], 1)) else ""),
    )
    return TensorType(merge(labels.shape, logits.dims[:-1]), logits.dtype)


sparse_softmax_cross_entropy_with_logits.refuses("indices must hold int32 or int64", floats(2), floats(2, 3))
sparse_softmax_cross_entropy_with_logits.refuses("logits need an axis of classes", ints(), floats())
sparse_softmax_cross_entropy_with_logits.refuses("got (3,)\n", ints(3), floats(2, 3))
sparse_softmax_cross_entropy_with_logits.refuses(
    "got (2, 1); tf.squeeze(labels, -1) would fit", ints(2, 1), floats(2, 3)
)
sparse_softmax_cross_entropy_with_logits.infers(floats(2), ints(None), floats(2, 3))
sparse_softmax_cross_entropy_with_logits.infers(floats(2), ints(2), floats(None, 3))
sparse_softmax_cross_entropy_with_logits.infers(floats(), ints(), floats(3))


@sparse_softmax_cross_entropy_with_logits.vjp
def _(g, out, labels, logits):
    number = expand_axes(labels, axes=(labels.type.rank,))
    right = equal(number, index_along(logits, axis=-1, dtype=labels.dtype))
    p = softmax(logits)
    slope = where(right, sub(p, ones_like(p)), p)
    return None, mul(expand_axes(g, axes=(labels.type.rank,)), slope)


@sparse_softmax_cross_entropy_with_logits.guard("labels outside of the classes")
def _(labels, logits):
    return indices_in_range(labels, logits, axis=-1)


@sparse_softmax_cross_entropy_with_logits.cases
def _(draw, gen):
    logits = draw(gen.floats(min_dims=1))
    return (draw(gen.indices(below=logits.shape[-1], shape=logits.shape[:-1])), logits), {}


sparse_softmax_cross_entropy_with_logits.point(
    [1, 0],
    [[0.0, 0.0], [-INF, 0.0]],
    value=[LOG2, INF],
    gradients=(None, [[0.5, -0.5], [-1.0, 1.0]]),
    why="as with one-hot labels",
)
sparse_softmax_cross_entropy_with_logits.point(
    0,
    [0.0, -INF],
    value=0.0,
    gradients=(None, [0.0, 0.0]),
    why="a class without probability that is not asked for does not count",
)


@op("SigmoidCrossEntropyWithLogits", dtypes=FLOATS)
def sigmoid_cross_entropy_with_logits(labels: TensorLike, logits: TensorLike, *, name: str | None = None) -> Tensor:
    """-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)), without overflow."""
    ...


@sigmoid_cross_entropy_with_logits.type_rule
def _(labels, logits):
    require_shape(
        compatible(labels.shape, logits.shape),
        f"logits and labels must have the same shape, got {shape_text(logits.shape)} and {shape_text(labels.shape)}",
    )
    return TensorType(merge(labels.shape, logits.shape), logits.dtype)


sigmoid_cross_entropy_with_logits.refuses("logits and labels must have the same shape", floats(2), floats(3))
sigmoid_cross_entropy_with_logits.infers(floats(2), floats(None), floats(2))


@sigmoid_cross_entropy_with_logits.vjp
def _(g, out, labels, logits):
    return mul(g, negative(logits)), mul(g, sub(sigmoid(logits), labels))


sigmoid_cross_entropy_with_logits.no_complex_step("it holds an absolute value")


@sigmoid_cross_entropy_with_logits.cases
def _(draw, gen):
    logits = draw(gen.floats())
    return (draw(gen.floats(logits.shape, low=0.0, high=1.0)), logits), {}


sigmoid_cross_entropy_with_logits.point(
    [0.0, 0.25, 1.0], [0.0, 0.0, 0.0], value=[LOG2] * 3, gradients=([0.0] * 3, [0.5, 0.25, -0.5]), why="smooth at 0"
)
sigmoid_cross_entropy_with_logits.point(
    [1.0, 1.0, 0.0],
    [-1000.0, 1000.0, 1000.0],
    value=[1000.0, 0.0, 1000.0],
    gradients=([1000.0, -1000.0, -1000.0], [-1.0, 0.0, 1.0]),
    why="no overflow",
)


@op("L2Loss", dtypes=FLOATS, tolerance=SUMS)
def l2_loss(x: TensorLike, *, name: str | None = None) -> Tensor:
    """sum(x * x) / 2, over all elements."""
    ...


@l2_loss.type_rule
def _(x):
    return TensorType((), x.dtype)


@l2_loss.vjp
def _(g, out, x):
    return (mul(g, x),)


@l2_loss.cases
def _(draw, gen):
    return (draw(gen.floats()),), {}


l2_loss.point([3.0, 4.0, 0.0], value=12.5, gradients=([3.0, 4.0, 0.0],), why="half the sum, not the mean")
