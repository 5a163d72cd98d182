"""Neural networks' functions that are composed of ops: layers, moments, dropout, losses over sampled classes."""

from __future__ import annotations

import math
import numbers
from typing import Any

import numpy as np

from ..candidates import log_uniform_candidates
from ..graph import Tensor
from ..op import as_tensor
from ..random import random_uniform
from ..registry import OPS
from ..scopes import name_scope
from ..types import FLOAT32, FLOATS, INT64, ShapeError, TensorShape, as_shape, compatible, require_shape

Sampled = tuple[Any, Any, Any]  # classes [num_sampled], expected counts of the true classes, of the sampled ones


# Layers -----------------------------------------------------------------------------------------------------------------


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """`value` plus the vector `bias` along its last axis, along axis 1 for data_format "NC..." (TF1: tf.nn.bias_add).

    ValueError for another data_format, for a bias that is no vector, or of another size than the axis.
    """
    if (
        data_format is not None
        and not data_format.startswith("NC")
        and not (data_format[:1] + data_format[-1:] == "NC")
    ):
        raise ValueError(f"`data_format` must be of the form `N...C` or `NC...`. Received: data_format={data_format}")
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        x = as_tensor(value)
        b = as_tensor(bias, x.dtype)
        axis = 1 if (data_format or "").startswith("NC") else -1
        if x.type.shape is not None and b.type.shape is not None:
            fits = (
                len(x.type.shape) >= 2 and len(b.type.shape) == 1 and compatible(x.type.shape[axis:][:1], b.type.shape)
            )
            require_shape(
                fits,
                f"bias_add: the bias must be a vector as long as axis {axis} of the value, got {b.type} for {x.type}",
            )
        if axis == 1:
            b = OPS["reshape"](b, [-1] + [1] * (x.type.rank - 2))
        return OPS["add"](x, b, name=scope)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """matmul(x, weights) + biases (TF1: tf.nn.xw_plus_b)."""
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        return bias_add(OPS["matmul"](x, weights), biases, name=scope)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """relu(matmul(x, weights) + biases) (TF1: tf.nn.relu_layer)."""
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        return OPS["relu"](bias_add(OPS["matmul"](x, weights), biases), name=scope)


def moments(x: Any, axes: Any, keepdims: bool = False, name: str | None = None) -> tuple[Tensor, Tensor]:
    """(mean, variance) over `axes`, the variance without Bessel's correction (TF1: tf.nn.moments). float16 in float32.

    Unlike in TF1 gradients flow through the mean inside the variance: they cancel at first order, not at second.
    """
    with name_scope(name, "moments", [x]):
        given = as_tensor(x)
        y = OPS["cast"](given, dtype=FLOAT32) if given.dtype == "float16" else given
        mean = OPS["reduce_mean"](y, axis=axes, keepdims=True, name="mean")
        squares = OPS["squared_difference"](y, mean)
        variance = OPS["reduce_mean"](squares, axis=axes, keepdims=True, name="variance")
        if not keepdims:
            mean, variance = (OPS["squeeze"](t, axis=axes) for t in (mean, variance))
        if given.dtype == "float16":
            mean, variance = (OPS["cast"](t, dtype=given.dtype) for t in (mean, variance))
        return mean, variance


def unbiased(variance: Tensor, x: Tensor) -> Tensor:
    """With Bessel's correction: times n / (n - 1), n the elements of `x` for each of `variance`; unchanged for n = 1."""
    count = OPS["size_ratio"](x, variance)
    return variance * (count / OPS["maximum"](count - 1.0, 1.0))


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: str | None = None
) -> Tensor:
    """scale * (x - mean) / sqrt(variance + variance_epsilon) + offset; both may be None (TF1: tf.nn.batch_normalization)."""
    with name_scope(name, "batchnorm", [x, mean, variance]):
        factor = OPS["rsqrt"](as_tensor(variance) + variance_epsilon)
        if scale is not None:
            factor = factor * scale
        shift = -as_tensor(mean) * factor if offset is None else offset - mean * factor
        return x * factor + shift


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """(normalised images, mean, variance) of each channel of images of rank 4 (TF1: tf.nn.fused_batch_norm).

    Training: by the moments of the batch, of which the variance comes back with Bessel's correction. Else by the `mean` and
    `variance` given, which come back. epsilon is at least 1.001e-5, float16 is computed in float32. ValueError for moments
    given while training, or missing otherwise.
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be 'NHWC' or 'NCHW', got {data_format!r}")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both `mean` and `variance` must be `None` when `is_training=True`.")
    if not is_training and (mean is None or variance is None):
        raise ValueError("fused_batch_norm: `mean` and `variance` must be given when `is_training=False`")
    with name_scope(name, "FusedBatchNorm", [x, scale, offset]):
        given = as_tensor(x)
        require_shape(given.type.rank == 4, f"fused_batch_norm: images of rank 4 are needed, got {given!r}")
        y = _as_dtype_of(as_tensor(scale), given)
        axes, sizes = ((0, 1, 2), [-1]) if data_format == "NHWC" else ((0, 2, 3), [-1, 1, 1])
        if is_training:
            mean, used = moments(y, axes)
            variance = unbiased(used, y)
        else:
            mean, variance = as_tensor(mean, y.dtype), as_tensor(variance, y.dtype)
            used = variance
        m, v, shift, factor = (OPS["reshape"](as_tensor(t, y.dtype), sizes) for t in (mean, used, offset, scale))
        made = batch_normalization(y, m, v, shift, factor, max(epsilon, 1.001e-5))
        return _as_dtype_of(given, made), mean, variance


def layer_normalization(
    x: Any, scale: Any, offset: Any, begin_norm_axis: int = 1, variance_epsilon: float = 1e-12, name: str | None = None
) -> Tensor:
    """`x` with mean 0 and variance 1 over the axes from begin_norm_axis on, times `scale`, plus `offset`; both may be None.

    (the formula of TF1: tf.contrib.layers.layer_norm; Ba, Kiros and Hinton, Layer Normalization, 2016)
    """
    with name_scope(name, "LayerNorm", [x]):
        t = as_tensor(x)
        axes = tuple(range(begin_norm_axis % t.type.rank, t.type.rank))
        mean, variance = moments(t, axes, keepdims=True)
        return batch_normalization(t, mean, variance, offset, scale, variance_epsilon)


def local_response_normalization(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1,
    alpha: float = 1,
    beta: float = 0.5,
    name: str | None = None,
) -> Tensor:
    """input / (bias + alpha * s) ** beta, s the sum of squares over the channels at most depth_radius away.

    (TF1: tf.nn.local_response_normalization; section 3.3 of Krizhevsky, Sutskever and Hinton, ImageNet Classification with
    Deep Convolutional Neural Networks, 2012) ShapeError unless `input` has rank 4.
    """
    with name_scope(name, "LRN", [input]) as scope:
        x = as_tensor(input)
        require_shape(x.type.rank == 4, f"local_response_normalization: images of rank 4 are needed, got {x!r}")
        channels = OPS["shape"](x)[3] if x.type.dims[3] is None else x.type.dims[3]
        ones = OPS["fill"]([channels, channels], as_tensor(1, x.dtype))
        near = OPS["matrix_band_part"](ones, num_lower=depth_radius, num_upper=depth_radius)
        sums = OPS["matmul"](OPS["square"](x), near)
        return OPS["truediv"](x, OPS["pow"](sums * alpha + bias, as_tensor(beta, x.dtype)), name=scope)


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None) -> Tensor:
    """x / sqrt(max(sum(x ** 2), epsilon)), the sum over `axis` (TF1: tf.nn.l2_normalize)."""
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = as_tensor(x)
        squares = OPS["reduce_sum"](OPS["square"](x), axis=axis, keepdims=True)
        return OPS["mul"](x, OPS["rsqrt"](OPS["maximum"](squares, epsilon)), name=scope)


def dropout(x: Any, rate: Any, noise_shape: Any = None, seed: int | None = None, name: str | None = None) -> Tensor:
    """`x` with each element dropped with probability `rate`, the others divided by 1 - rate (TF1: tf.nn.dropout).

    rate: a number in [0, 1) or a scalar tensor. noise_shape: where it is 1, elements are dropped together. One uniform draw
    an element decides: it is kept when the draw is at least `rate`. ValueError for another rate, or an `x` of integers.
    """
    number = float(rate) if isinstance(rate, numbers.Real) else None
    if number is not None and not 0 <= number < 1:
        raise ValueError(f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}")
    with name_scope(name, "dropout", [x]):
        x = as_tensor(x)
        if x.dtype not in FLOATS:
            raise ValueError(
                f"`x.dtype` must be a floating point tensor as `x` will be scaled. Received: x_dtype={x.dtype!r}"
            )
        if number == 0:
            return x
        if number is not None:
            scaled = x * as_tensor(1 / (1 - number), x.dtype)
        else:
            rate = as_tensor(rate, x.dtype)
            rate = rate if rate.dtype == x.dtype else OPS["cast"](rate, dtype=x.dtype, name="rate")
            scaled = x / (as_tensor(1, x.dtype) - rate)
        draws = random_uniform(_noise_shape(x, noise_shape), dtype=x.dtype, seed=seed)
        kept = OPS["where"](draws >= rate, scaled, OPS["zeros_like"](scaled))
        kept.set_shape(x.type.shape)
        return kept


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    if noise_shape is None:
        return OPS["shape"](x)
    if not isinstance(noise_shape, (list, tuple, TensorShape)) or any(isinstance(n, Tensor) for n in noise_shape):
        return noise_shape
    sizes = as_shape(noise_shape)
    own = x.type.shape
    if sizes is None or own is None or len(sizes) != len(own):
        return noise_shape
    return [n if given is None else given for given, n in zip(sizes, own, strict=True)]


# Losses -----------------------------------------------------------------------------------------------------------------


def softmax_cross_entropy_with_logits_v2(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """-sum(labels * log_softmax(logits)) along `axis`, with gradients to both (TF1: tf.nn.softmax_cross_entropy_with_logits_v2)."""
    x = as_tensor(logits)
    y = as_tensor(labels, x.dtype)
    y = y if y.dtype == x.dtype else OPS["cast"](y, dtype=x.dtype)
    if axis != -1 and axis != x.type.rank - 1:
        order = tuple(i for i in range(x.type.rank) if i != axis % x.type.rank)
        x, y = (OPS["transpose"](t, perm=(*order, axis % x.type.rank)) for t in (x, y))
    return OPS["softmax_cross_entropy_with_logits"](y, x, name=name)


def softmax_cross_entropy_with_logits(labels: Any, logits: Any, axis: int = -1, name: str | None = None) -> Tensor:
    """As softmax_cross_entropy_with_logits_v2, without a gradient to the labels (TF1: tf.nn.softmax_cross_entropy_with_logits)."""
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]):
        held = OPS["stop_gradient"](as_tensor(labels, as_tensor(logits).dtype), name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(held, logits, axis, name)


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any, name: str | None = None) -> Tensor:
    """-labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)) (TF1: tf.nn.sigmoid_cross_entropy_with_logits).

    ValueError for different shapes.
    """
    x = as_tensor(logits)
    y = as_tensor(labels, x.dtype)
    return OPS["sigmoid_cross_entropy_with_logits"](y, x, name=name or "logistic_loss")


def weighted_cross_entropy_with_logits(labels: Any, logits: Any, pos_weight: Any, name: str | None = None) -> Tensor:
    """-pos_weight * labels * log(sigmoid(logits)) - (1 - labels) * log(1 - sigmoid(logits)).

    (TF1: tf.nn.weighted_cross_entropy_with_logits, whose gradient at logits of exactly 0 is wrong.) ValueError for different
    shapes.
    """
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        x = as_tensor(logits)
        z = as_tensor(labels, x.dtype)
        if not compatible(x.type.shape, z.type.shape):
            raise ShapeError(f"`logits` and `labels` must have the same shape, received ({x.shape} vs {z.shape}).")
        weight = 1 + (pos_weight - 1) * z
        return OPS["add"]((1 - z) * x, weight * OPS["softplus"](-x), name=scope)


def log_poisson_loss(targets: Any, log_input: Any, compute_full_loss: bool = False, name: str | None = None) -> Tensor:
    """exp(log_input) - targets * log_input, the Poisson log-likelihood but for log(targets!) (TF1: tf.nn.log_poisson_loss).

    compute_full_loss: that too, by Stirling's formula, for targets outside of [0, 1]. ShapeError for different shapes.
    """
    with name_scope(name, "log_poisson_loss", [log_input, targets]) as scope:
        x = as_tensor(log_input)
        z = as_tensor(targets, x.dtype)
        if not compatible(x.type.shape, z.type.shape):
            raise ShapeError(f"log_input and targets must have the same shape, received ({x.shape} vs {z.shape}).")
        loss = OPS["exp"](x) - x * z
        if not compute_full_loss:
            return OPS["identity"](loss, name=scope)
        large = OPS["logical_or"](OPS["less"](z, 0.0), OPS["greater"](z, 1.0))
        safe = OPS["where"](large, z, OPS["ones_like"](z))
        stirling = safe * OPS["log"](safe) - safe + 0.5 * OPS["log"](2.0 * math.pi * safe)
        return OPS["add"](loss, OPS["where"](large, stirling, OPS["zeros_like"](z)), name=scope)


# Sampled classes --------------------------------------------------------------------------------------------------------


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Sampled | None = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str | None = "nce_loss",
) -> Tensor:
    """Noise-contrastive estimation: a logistic loss of the true classes against sampled ones, [batch] (TF1: tf.nn.nce_loss).

    weights [num_classes, width], biases [num_classes], labels [batch, num_true], inputs [batch, width]. sampled_values:
    what a sampler answered; default: log_uniform_candidate_sampler, without repetition.
    """
    logits, targets = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
    )
    losses = sigmoid_cross_entropy_with_logits(targets, logits, name="sampled_losses")
    return _sum_rows(losses)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Sampled | None = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str | None = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Softmax cross-entropy over the true and the sampled classes alone, [batch] (TF1: tf.nn.sampled_softmax_loss).

    The arguments are those of nce_loss; the labels take no gradient.
    """
    logits, targets = _sampled_logits(
        weights,
        biases,
        labels,
        inputs,
        num_sampled,
        num_classes,
        num_true,
        sampled_values,
        remove_accidental_hits,
        partition_strategy,
        name,
        seed,
    )
    return softmax_cross_entropy_with_logits_v2(OPS["stop_gradient"](targets, name="labels_stop_gradient"), logits)


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Sampled | None,
    remove_accidental_hits: bool,
    partition_strategy: str,
    name: str | None,
    seed: int | None = None,
) -> tuple[Tensor, Tensor]:
    """Logits of true and sampled classes, less log expected counts, [batch, num_true + num_sampled], and their labels."""
    with name_scope(name, "compute_sampled_logits", [weights, biases, inputs, labels]):
        x, classes = as_tensor(inputs), as_tensor(labels)
        classes = classes if classes.dtype == INT64 else OPS["cast"](classes, dtype=INT64)
        if sampled_values is None:
            sampled_values = log_uniform_candidates(classes, num_true, num_sampled, True, num_classes, seed)
        sampled, true_count, sampled_count = (OPS["stop_gradient"](as_tensor(s)) for s in sampled_values)
        sampled = sampled if sampled.dtype == INT64 else OPS["cast"](sampled, dtype=INT64)
        true_logits, sampled_logits = _logits(weights, biases, classes, x, sampled, num_true, partition_strategy)
        if remove_accidental_hits:
            sampled_logits = sampled_logits + _accidental_hits(classes, sampled, x)
        true_logits = true_logits - OPS["log"](_as_dtype_of(x, true_count))
        sampled_logits = sampled_logits - OPS["log"](_as_dtype_of(x, sampled_count))
        targets = (OPS["ones_like"](true_logits) / num_true, OPS["zeros_like"](sampled_logits))
        return OPS["concat"](true_logits, sampled_logits, axis=1), OPS["concat"](*targets, axis=1)


def _logits(
    weights: Any, biases: Any, classes: Tensor, x: Tensor, sampled: Tensor, num_true: int, partition_strategy: str
) -> tuple[Tensor, Tensor]:
    """Logits of the true classes [batch, num_true] and of the sampled ones [batch, num_sampled]. Each table is read once."""
    flat = OPS["reshape"](classes, [-1])
    ids = OPS["concat"](flat, sampled, axis=0)
    rows = _as_dtype_of(x, OPS["embedding_lookup"](weights, ids, partition_strategy))
    shifts = _as_dtype_of(x, OPS["embedding_lookup"](biases, ids, partition_strategy))
    count = OPS["shape"](flat)[0]
    true_rows = OPS["slice"](rows, [0, 0], [count, -1])
    sampled_rows = OPS["slice"](rows, [count, 0], [-1, -1])
    true_shifts, sampled_shifts = OPS["slice"](shifts, [0], [count]), OPS["slice"](shifts, [count], [-1])
    width = OPS["shape"](true_rows)[1]
    products = OPS["expand_dims"](x, axis=1) * OPS["reshape"](true_rows, [-1, num_true, width])
    dots = _sum_rows(OPS["reshape"](products, [-1, width]))
    true_logits = OPS["reshape"](dots, [-1, num_true]) + OPS["reshape"](true_shifts, [-1, num_true])
    return true_logits, OPS["matmul"](x, sampled_rows, transpose_b=True) + sampled_shifts


def _accidental_hits(classes: Tensor, sampled: Tensor, x: Tensor) -> Tensor:
    """The least float where a sampled class is a true one of that row, else 0: [batch, num_sampled]."""
    hits = OPS["reduce_any"](OPS["equal"](OPS["expand_dims"](classes, axis=2), sampled), axis=1)
    zeros = OPS["zeros_like"](OPS["cast"](hits, dtype=x.dtype))
    return OPS["where"](hits, zeros + as_tensor(float(np.finfo(np.float32).min), x.dtype), zeros)


def _as_dtype_of(x: Tensor, t: Tensor) -> Tensor:
    return t if t.dtype == x.dtype else OPS["cast"](t, dtype=x.dtype)


def _sum_rows(x: Tensor) -> Tensor:
    """The sums of the rows of a matrix, as a product with ones: a long row is summed faster so."""
    ones = OPS["fill"]([OPS["shape"](x)[1], 1], as_tensor(1, x.dtype))
    return OPS["reshape"](OPS["matmul"](x, ones), [-1])
