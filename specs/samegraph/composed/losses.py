"""Losses that are weighted, averaged and collected (TF1: tf.losses)."""

from __future__ import annotations

from typing import Any

from ..graph import Tensor, get_default_graph
from ..op import as_tensor
from ..registry import OPS
from ..scopes import name_scope
from ..state import GraphKeys
from ..types import FLOAT32, DType, ShapeError, compatible
from .nn import sigmoid_cross_entropy_with_logits, softmax_cross_entropy_with_logits


class Reduction:
    """How losses become one (TF1: tf.losses.Reduction)."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = "weighted_sum_by_nonzero_weights"
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        return cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE, cls.SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def validate(cls, key: str) -> None:
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key: {key}. Key should be in {cls.all()}.")


def _cast(value: Any, dtype: DType) -> Tensor:
    t = as_tensor(value)
    return t if t.dtype == dtype else OPS["cast"](t, dtype=dtype)


def _given(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"Argument `{name}` must not be None.")


def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """losses * weights, reduced in float32, added to loss_collection (TF1: tf.losses.compute_weighted_loss).

    weights: a scalar, or of the rank of the losses with their sizes or 1. ValueError for others, and for an unknown reduction.
    """
    Reduction.validate(reduction)
    with name_scope(scope, "weighted_loss", [losses, weights]):
        given = as_tensor(losses)
        values, factors = _cast(given, FLOAT32), _cast(weights, FLOAT32)
        _check_weights(factors, values)
        loss = values * factors
        if reduction != Reduction.NONE:
            loss = OPS["reduce_sum"](loss)
            count = _count(values, factors, reduction)
            loss = loss if count is None else OPS["divide_no_nan"](loss, count, name="value")
        loss = _cast(loss, given.dtype)
        add_loss(loss, loss_collection)
        return loss


def _check_weights(weights: Tensor, values: Tensor) -> None:
    w, v = weights.type.shape, values.type.shape
    if w in (None, ()) or v is None:
        return
    if len(w or ()) != len(v) or not all(m == 1 or compatible((m,), (n,)) for m, n in zip(w or (), v, strict=True)):
        raise ShapeError(
            f"weights can not be broadcast to values. values.shape={values.shape}. weights.shape={weights.shape}."
        )


def _count(values: Tensor, weights: Tensor, reduction: str) -> Tensor | None:
    ones = OPS["ones_like"](values)
    if reduction == Reduction.SUM:
        return None
    if reduction == Reduction.MEAN:
        return OPS["reduce_sum"](ones * weights)
    if reduction == Reduction.SUM_OVER_BATCH_SIZE:
        return OPS["reduce_sum"](ones)
    present = OPS["cast"](OPS["not_equal"](weights, 0.0), dtype=FLOAT32)
    return OPS["reduce_sum"](ones * present)


def absolute_difference(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of |predictions - labels| in float32 (TF1: tf.losses.absolute_difference). ValueError for different shapes."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "absolute_difference", [predictions, labels, weights]) as inner:
        p, y = _alike(predictions, labels)
        return compute_weighted_loss(OPS["abs"](p - y), weights, inner, loss_collection, reduction)


def mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of (predictions - labels) ** 2 in float32 (TF1: tf.losses.mean_squared_error). ValueError for different shapes."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_squared_error", [predictions, labels, weights]) as inner:
        p, y = _alike(predictions, labels)
        return compute_weighted_loss(OPS["squared_difference"](p, y), weights, inner, loss_collection, reduction)


def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of e ** 2 / 2 up to |e| = delta, then delta * |e| - delta ** 2 / 2, e = predictions - labels (TF1: tf.losses.huber_loss)."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "huber_loss", [predictions, labels, weights]) as inner:
        p, y = _alike(predictions, labels)
        size = OPS["abs"](p - y)
        near = OPS["minimum"](size, delta)
        losses = 0.5 * near * near + delta * (size - near)
        return compute_weighted_loss(losses, weights, inner, loss_collection, reduction)


def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of max(0, 1 - y * logits), y = -1 for a label of 0 and 1 for a label of 1 (TF1: tf.losses.hinge_loss)."""
    _given(labels=labels, logits=logits)
    with name_scope(scope, "hinge_loss", [logits, labels, weights]) as inner:
        x, y = _alike(logits, labels)
        return compute_weighted_loss(OPS["relu"](1.0 - (2.0 * y - 1.0) * x), weights, inner, loss_collection, reduction)


def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of -y * log(p + epsilon) - (1 - y) * log(1 - p + epsilon) (TF1: tf.losses.log_loss)."""
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "log_loss", [predictions, labels, weights]) as inner:
        p, y = _alike(predictions, labels)
        losses = -y * OPS["log"](p + epsilon) - (1.0 - y) * OPS["log"](1.0 - p + epsilon)
        return compute_weighted_loss(losses, weights, inner, loss_collection, reduction)


def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    dim: int | None = None,
) -> Tensor:
    """Mean of 1 - sum(labels * predictions) along `axis`, of vectors of length 1 (TF1: tf.losses.cosine_distance).

    dim: the old name of axis. ValueError without one, or with both.
    """
    if (axis is None) == (dim is None):
        raise ValueError(
            "You must specify argument `axis`." if axis is None else "Cannot specify both 'dim' and 'axis'."
        )
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "cosine_distance_loss", [predictions, labels, weights]) as inner:
        p, y = _alike(predictions, labels)
        losses = 1.0 - OPS["reduce_sum"](p * y, axis=dim if axis is None else axis, keepdims=True)
        return compute_weighted_loss(losses, weights, inner, loss_collection, reduction)


def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
) -> Tensor:
    """The mean of ((p_i - p_j) - (y_i - y_j)) ** 2 over pairs of two elements of a sample, weighted, summed over samples.

    weights: as compute_weighted_loss takes them, commonly one a sample; elements of weight 0 do not count as present (TF1:
    tf.losses.mean_pairwise_squared_error).
    """
    _given(labels=labels, predictions=predictions)
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        p, y = _alike(predictions, labels)
        differences, factors = p - y, _cast(weights, FLOAT32)
        _check_weights(factors, differences)
        axes = tuple(range(1, differences.type.rank))
        squares = OPS["reduce_sum"](OPS["square"](differences), axis=axes, keepdims=True)
        sums = OPS["reduce_sum"](differences, axis=axes, keepdims=True)
        ones = OPS["ones_like"](differences)
        present = OPS["cast"](OPS["not_equal"](factors, 0.0), dtype=FLOAT32)
        count = OPS["reduce_sum"](ones * present, axis=axes, keepdims=True)
        first = 2.0 * OPS["divide_no_nan"](squares, OPS["maximum"](count - 1.0, 0.0))
        second = 2.0 * OPS["divide_no_nan"](OPS["square"](sums), OPS["maximum"](count * (count - 1.0), 0.0))
        weighted = (first - second) * factors
        loss = OPS["reduce_sum"](weighted, name="value")
        add_loss(loss, loss_collection)
        return loss


def _alike(predictions: Any, labels: Any) -> tuple[Tensor, Tensor]:
    p, y = _cast(predictions, FLOAT32), _cast(labels, FLOAT32)
    _same_shape(p, y)
    return p, y


def _same_shape(predictions: Tensor, labels: Tensor) -> None:
    if not compatible(predictions.type.shape, labels.type.shape):
        raise ShapeError(
            f"Shapes {predictions.shape} and {labels.shape} are incompatible: predictions and labels must be of one shape"
        )


def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of sigmoid_cross_entropy_with_logits (TF1: tf.losses.sigmoid_cross_entropy). label_smoothing: towards 1/2."""
    _given(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]) as inner:
        x = as_tensor(logits)
        y = _cast(multi_class_labels, x.dtype)
        _same_shape(x, y)
        if label_smoothing > 0:
            y = y * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = sigmoid_cross_entropy_with_logits(y, x, name="xentropy")
        return compute_weighted_loss(losses, weights, inner, loss_collection, reduction)


def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of softmax_cross_entropy_with_logits, no gradient to the labels (TF1: tf.losses.softmax_cross_entropy).

    label_smoothing: towards 1/classes.
    """
    _given(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as inner:
        x = as_tensor(logits)
        y = _cast(onehot_labels, x.dtype)
        _same_shape(x, y)
        if label_smoothing > 0:
            classes = OPS["cast"](OPS["shape"](y)[-1], dtype=x.dtype)
            y = y * (1.0 - label_smoothing) + label_smoothing / classes
        losses = softmax_cross_entropy_with_logits(y, x, name="xentropy")
        return compute_weighted_loss(losses, weights, inner, loss_collection, reduction)


def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: str | None = GraphKeys.LOSSES,
    reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
) -> Tensor:
    """Mean of sparse_softmax_cross_entropy_with_logits; labels [batch, 1] lose that 1 (TF1: tf.losses.sparse_softmax_cross_entropy)."""
    _given(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as inner:
        x, y, w = as_tensor(logits), as_tensor(labels), as_tensor(weights)
        if y.type.shape is not None and len(y.type.shape) == x.type.rank and y.type.shape[-1:] == (1,):
            y = OPS["squeeze"](y, axis=-1)
        if w.type.shape is not None and y.type.shape is not None and len(w.type.shape) == len(y.type.shape) + 1:
            w = OPS["squeeze"](w, axis=-1)
        losses = OPS["sparse_softmax_cross_entropy_with_logits"](y, x, name="xentropy")
        return compute_weighted_loss(losses, w, inner, loss_collection, reduction)


# Collections ------------------------------------------------------------------------------------------------------------


def add_loss(loss: Tensor, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Adds to a collection of losses; to none when it is None (TF1: tf.losses.add_loss)."""
    if loss_collection:
        get_default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Tensor]:
    """The losses collected (TF1: tf.losses.get_losses)."""
    return get_default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Tensor]:
    """The losses that regularizers of get_variable made (TF1: tf.losses.get_regularization_losses)."""
    return get_default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Tensor:
    """Their sum, 0 for none (TF1: tf.losses.get_regularization_loss)."""
    losses = get_regularization_losses(scope)
    return _sum(losses, name) if losses else as_tensor(0.0)


def get_total_loss(
    add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None
) -> Tensor:
    """The sum of the losses collected, with those of regularizers (TF1: tf.losses.get_total_loss). ValueError for none."""
    losses = get_losses(scope) + (get_regularization_losses(scope) if add_regularization_losses else [])
    if not losses:
        raise ValueError(
            "inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape."
        )
    return _sum(losses, name)


def _sum(losses: list[Tensor], name: str) -> Tensor:
    total = losses[0]
    for loss in losses[1:]:
        total = total + loss
    return OPS["identity"](total, name=name)
