"""tf.nn: activations, losses, layers, lookups in tables."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from ..candidates import all_candidates as all_candidate_sampler
from ..candidates import fixed_unigram_candidates as fixed_unigram_candidate_sampler
from ..candidates import log_uniform_candidates as log_uniform_candidate_sampler
from ..candidates import uniform_candidates as uniform_candidate_sampler
from ..composed import nn as _nn
from ..composed.nn import (
    batch_normalization,
    bias_add,
    fused_batch_norm,
    local_response_normalization,
    log_poisson_loss,
    nce_loss,
    relu_layer,
    sampled_softmax_loss,
    xw_plus_b,
)
from ..composed.ordering import in_top_k
from ..graph import Tensor
from ..registry import OPS
from . import _images
from ._absent import absent
from ._images import *  # noqa: F403
from ._maths import sigmoid, tanh
from ._rearranging import depth_to_space, space_to_depth
from ._table import feature, renamed

__all__ = [
    "all_candidate_sampler",
    "batch_normalization",
    "bias_add",
    "depth_to_space",
    "dropout",
    "elu",
    "embedding_lookup",
    "fixed_unigram_candidate_sampler",
    "fused_batch_norm",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "leaky_relu",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "log_uniform_candidate_sampler",
    "lrn",
    "moments",
    "nce_loss",
    "relu",
    "relu6",
    "relu_layer",
    "sampled_softmax_loss",
    "selu",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "softplus",
    "softsign",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "tanh",
    "top_k",
    "uniform_candidate_sampler",
    "weighted_cross_entropy_with_logits",
    "xw_plus_b",
    "zero_fraction",
]
__all__ += _images.__all__

# Activations ------------------------------------------------------------------------------------------------------------

relu = feature("relu")
relu6 = feature("relu6")
elu = feature("elu")
selu = feature("selu")
softplus = feature("softplus")
softsign = feature("softsign")


def leaky_relu(features: Any, alpha: float = 0.2, name: str | None = None) -> Tensor:
    """x where it is positive, else alpha * x (TF1: tf.nn.leaky_relu)."""
    return OPS["leaky_relu"](features, alpha=alpha, name=name)


def softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """exp(logits) over its sum along `axis`, the last by default (TF1: tf.nn.softmax). dim: the old name of axis."""
    return OPS["softmax"](logits, axis=_last(axis, dim), name=name)


def log_softmax(logits: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Tensor:
    """The logarithm of softmax, without overflow (TF1: tf.nn.log_softmax). dim: the old name of axis."""
    return OPS["log_softmax"](logits, axis=_last(axis, dim), name=name)


def _last(axis: Any, dim: Any) -> Any:
    axis = renamed("axis", axis, "dim", dim)
    return -1 if axis is None else axis


# Layers -----------------------------------------------------------------------------------------------------------------


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """`x` with each element dropped with probability rate = 1 - keep_prob, the others divided by keep_prob (TF1: tf.nn.dropout).

    noise_shape: where it is 1, elements are dropped together. ValueError without a rate, with both, for a rate outside of
    [0, 1), and for an `x` of integers.
    """
    try:
        rate = renamed("rate", rate, "keep_prob", None if keep_prob is None else 1.0 - keep_prob)
    except TypeError:
        raise ValueError(f"keep_prob must be a floating point number or Tensor (got {keep_prob!r})") from None
    if rate is None:
        raise ValueError("You must provide a rate to dropout.")
    return _nn.dropout(x, rate, noise_shape, seed, name)


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """(mean, variance) over `axes`, the variance without Bessel's correction (TF1: tf.nn.moments). shift: ignored, as in TF1."""
    return _nn.moments(x, axes, bool(renamed("keepdims", keepdims, "keep_dims", keep_dims)), name)


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Tensor:
    """x / sqrt(max(sum(x ** 2), epsilon)) along `axis` (TF1: tf.nn.l2_normalize). dim: the old name of axis."""
    return _nn.l2_normalize(x, renamed("axis", axis, "dim", dim), epsilon, name)


lrn = local_response_normalization


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """sum(t ** 2) / 2 (TF1: tf.nn.l2_loss)."""
    return OPS["l2_loss"](t, name=name)


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """How much of `value` is zero, 0 to 1 (TF1: tf.nn.zero_fraction)."""
    return OPS["reduce_mean"](OPS["cast"](OPS["equal"](value, 0), dtype="float32"), name=name)


def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Tensor:
    """The rows `ids` of a table, or of a list of the parts it is split into (TF1: tf.nn.embedding_lookup)."""
    return OPS["embedding_lookup"](params, ids, partition_strategy, name, validate_indices, max_norm)


TopKV2 = namedtuple("TopKV2", ["values", "indices"])


def top_k(input: Any, k: int = 1, sorted: bool = True, name: str | None = None) -> TopKV2:
    """(values, indices) of the k greatest elements along the last axis, descending (TF1: tf.nn.top_k)."""
    return TopKV2(*OPS["top_k"](input, k=k, name=name))


# Losses -----------------------------------------------------------------------------------------------------------------


def _named_only(what: str, sentinel: Any, labels: Any, logits: Any) -> None:
    if sentinel is not None:
        raise ValueError(f"Only call `{what}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError("Both labels and logits must be provided.")


def softmax_cross_entropy_with_logits(
    _sentinel: Any = None,
    labels: Any = None,
    logits: Any = None,
    dim: int = -1,
    name: str | None = None,
    axis: int | None = None,
) -> Tensor:
    """Cross-entropy of a row's classes, without a gradient to the labels (TF1: tf.nn.softmax_cross_entropy_with_logits).

    ValueError for arguments by position, and without labels or logits. dim: the old name of axis.
    """
    _named_only("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    return _nn.softmax_cross_entropy_with_logits(labels, logits, dim if axis is None else axis, name)


def softmax_cross_entropy_with_logits_v2(
    labels: Any, logits: Any, axis: Any = None, name: str | None = None, dim: Any = None
) -> Tensor:
    """Cross-entropy of a row's classes (TF1: tf.nn.softmax_cross_entropy_with_logits_v2). dim: the old name of axis."""
    return _nn.softmax_cross_entropy_with_logits_v2(labels, logits, _last(axis, dim), name)


def sparse_softmax_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Cross-entropy of a row's class, given by its number (TF1: tf.nn.sparse_softmax_cross_entropy_with_logits).

    ValueError for arguments by position, and without labels or logits.
    """
    _named_only("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    return OPS["sparse_softmax_cross_entropy_with_logits"](labels, logits, name=name)


def sigmoid_cross_entropy_with_logits(
    _sentinel: Any = None, labels: Any = None, logits: Any = None, name: str | None = None
) -> Tensor:
    """Cross-entropy of independent classes, element by element (TF1: tf.nn.sigmoid_cross_entropy_with_logits).

    ValueError for arguments by position, without labels or logits, and for different shapes.
    """
    _named_only("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    return _nn.sigmoid_cross_entropy_with_logits(labels, logits, name)


def weighted_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, pos_weight: Any = None, name: str | None = None, targets: Any = None
) -> Tensor:
    """As sigmoid_cross_entropy_with_logits, positive labels weighted (TF1: tf.nn.weighted_cross_entropy_with_logits).

    targets: the old name of labels.
    """
    labels = renamed("labels", labels, "targets", targets)
    return _nn.weighted_cross_entropy_with_logits(labels, logits, pos_weight, name)


__getattr__ = absent(__name__)
