"""tf.layers: layers that make their own variables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..composed import nn as _nn
from ..composed.linalg import tensordot
from ..composed.nn import bias_add
from ..graph import Tensor, get_default_graph
from ..initializers import Ones, Zeros
from ..op import as_tensor
from ..registry import OPS
from ..scopes import get_variable, name_scope, variable_scope
from ..state import GraphKeys, Variable, assign
from ..types import FLOAT32, normal_axis, size_of
from . import _images
from ._absent import absent

__all__ = [
    "average_pooling2d",
    "batch_normalization",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "dense",
    "dropout",
    "flatten",
    "max_pooling2d",
]

_ZEROS, _ONES = Zeros(), Ones()
_FORMATS = {"channels_last": "NHWC", "channels_first": "NCHW"}


def dense(
    inputs: Any,
    units: int,
    activation: Callable[[Tensor], Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = _ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """activation(inputs . kernel + bias) along the last axis, of size `units` (TF1: tf.layers.dense).

    The variables are `kernel` and `bias` in the scope `name`, by default dense, dense_1, ... ValueError when the last size of
    the inputs is not known, and for activity_regularizer, which samegraph does not have.
    """
    _no_activity_regularizer("dense", activity_regularizer)
    with variable_scope(name, "dense", reuse=reuse):
        x = as_tensor(inputs)
        width = x.type.dims[-1]
        if width is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        kernel = _variable([width, units], x, kernel_initializer, kernel_regularizer, kernel_constraint, trainable)
        bias = _variable([units], x, bias_initializer, bias_regularizer, bias_constraint, trainable)
        last = [[x.type.rank - 1], [0]]
        make = lambda w: OPS["matmul"](x, w) if x.type.rank == 2 else tensordot(x, w, last)
        return _affine("NHWC", make, kernel, bias if use_bias else None, activation)


# Convolutions -----------------------------------------------------------------------------------------------------------


def _format(data_format: str) -> str:
    if data_format not in _FORMATS:
        raise ValueError(f"data_format must be 'channels_last' or 'channels_first', got {data_format!r}")
    return _FORMATS[data_format]


def _pair(value: Any, what: str) -> list[int]:
    given = [value, value] if isinstance(value, int) else list(value)
    if len(given) != 2:
        raise ValueError(f"{what} is one number, or two for rows and columns; got {value!r}")
    return given


def _channels(x: Tensor, form: str) -> int:
    count = x.type.dims[1 if form.startswith("NC") else -1]
    if count is None:
        raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
    return count


def conv2d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = (1, 1),
    activation: Callable[[Tensor], Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = _ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """activation(conv2d(inputs, kernel) + bias), of `filters` channels (TF1: tf.layers.conv2d).

    The variables are `kernel` [rows, columns, in, filters] and `bias` in the scope `name`, by default conv2d, conv2d_1, ...
    ValueError when the number of channels is not known, and for activity_regularizer, which samegraph does not have.
    """
    _no_activity_regularizer("conv2d", activity_regularizer)
    with variable_scope(name, "conv2d", reuse=reuse):
        x, form = as_tensor(inputs), _format(data_format)
        how: dict[str, Any] = {"strides": _pair(strides, "strides"), "padding": padding.upper(), "data_format": form}
        sizes = [*_pair(kernel_size, "kernel_size"), _channels(x, form), filters]
        rates = _pair(dilation_rate, "dilation_rate")
        return _affine(
            form,
            lambda kernel: _images.conv2d(x, kernel, dilations=rates, **how),
            _variable(sizes, x, kernel_initializer, kernel_regularizer, kernel_constraint, trainable),
            _variable([filters], x, bias_initializer, bias_regularizer, bias_constraint, trainable)
            if use_bias
            else None,
            activation,
        )


def conv1d(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str = "channels_last",
    dilation_rate: Any = 1,
    activation: Callable[[Tensor], Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = _ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """As conv2d, of sequences [batch, steps, channels]; `kernel` has shape [steps, in, filters] (TF1: tf.layers.conv1d)."""
    _no_activity_regularizer("conv1d", activity_regularizer)
    with variable_scope(name, "conv1d", reuse=reuse):
        x, form = as_tensor(inputs), _format(data_format).replace("H", "")
        size, stride, rate = (v if isinstance(v, int) else v[0] for v in (kernel_size, strides, dilation_rate))
        how: dict[str, Any] = {"padding": padding.upper(), "data_format": form, "dilations": rate}
        return _affine(
            form,
            lambda kernel: _images.conv1d(x, kernel, stride, **how),
            _variable(
                [size, _channels(x, form), filters],
                x,
                kernel_initializer,
                kernel_regularizer,
                kernel_constraint,
                trainable,
            ),
            _variable([filters], x, bias_initializer, bias_regularizer, bias_constraint, trainable)
            if use_bias
            else None,
            activation,
        )


def conv2d_transpose(
    inputs: Any,
    filters: int,
    kernel_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str = "channels_last",
    activation: Callable[[Tensor], Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = _ZEROS,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """The transpose of a convolution, that makes images larger by `strides` (TF1: tf.layers.conv2d_transpose).

    `kernel` has shape [rows, columns, filters, in]. An axis of n elements becomes one of n * stride with padding "same", of
    n * stride + max(size - stride, 0) with "valid".
    """
    _no_activity_regularizer("conv2d_transpose", activity_regularizer)
    with variable_scope(name, "conv2d_transpose", reuse=reuse):
        x, form = as_tensor(inputs), _format(data_format)
        size, steps = _pair(kernel_size, "kernel_size"), _pair(strides, "strides")
        out = _grown(x, form, filters, size, steps, padding.lower() == "same")
        how: dict[str, Any] = {"strides": steps, "padding": padding.upper(), "data_format": form}
        sizes = [*size, filters, _channels(x, form)]
        return _affine(
            form,
            lambda kernel: _images.conv2d_transpose(x, kernel, out, **how),
            _variable(sizes, x, kernel_initializer, kernel_regularizer, kernel_constraint, trainable),
            _variable([filters], x, bias_initializer, bias_regularizer, bias_constraint, trainable)
            if use_bias
            else None,
            activation,
        )


def _grown(x: Tensor, form: str, filters: int, size: list[int], steps: list[int], same: bool) -> list[Any]:
    """The shape of what conv2d_transpose makes of `x`."""
    n, *rest = [OPS["shape"](x)[i] if n is None else n for i, n in enumerate(x.type.dims)]
    inner = rest[1:] if form == "NCHW" else rest[:2]
    wide = [m * step + (0 if same else max(k - step, 0)) for m, k, step in zip(inner, size, steps, strict=True)]
    return [n, filters, *wide] if form == "NCHW" else [n, *wide, filters]


# Poolings ---------------------------------------------------------------------------------------------------------------


def max_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The greatest element of each window of images (TF1: tf.layers.max_pooling2d)."""
    how = _pair(pool_size, "pool_size"), _pair(strides, "strides"), padding.upper(), _format(data_format)
    with name_scope(name, "max_pooling2d"):
        return _images.max_pool(inputs, *how)


def average_pooling2d(
    inputs: Any,
    pool_size: Any,
    strides: Any,
    padding: str = "valid",
    data_format: str = "channels_last",
    name: str | None = None,
) -> Tensor:
    """The mean of each window of images, padding not counted (TF1: tf.layers.average_pooling2d)."""
    how = _pair(pool_size, "pool_size"), _pair(strides, "strides"), padding.upper(), _format(data_format)
    with name_scope(name, "average_pooling2d"):
        return _images.avg_pool(inputs, *how)


def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Tensor:
    """[batch, everything else]; channels are put last first (TF1: tf.layers.flatten)."""
    _format(data_format)
    x = as_tensor(inputs)
    with name_scope(name, "flatten"):
        if data_format == "channels_first" and x.type.rank > 2:
            x = OPS["transpose"](x, perm=(0, *range(2, x.type.rank), 1))
        if x.type.rank == 1:
            return OPS["expand_dims"](x, axis=1)
        count = size_of(x.type.dims[1:])
        return OPS["reshape"](x, [OPS["shape"](x)[0], -1] if count is None else [-1, count])


# Training or not --------------------------------------------------------------------------------------------------------


def _chosen(training: Any, yes: Callable[[], Tensor], no: Callable[[], Tensor]) -> Tensor:
    """What `yes` makes where `training` is true, else what `no` makes; one of them alone where that is known now."""
    if isinstance(training, (Tensor, Variable)):
        return OPS["where"](training, yes(), no())
    return yes() if training else no()


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """tf.nn.dropout while `training`, a bool or a boolean tensor; otherwise the inputs (TF1: tf.layers.dropout)."""
    x = as_tensor(inputs)
    with name_scope(name, "dropout"):
        return _chosen(training, lambda: _nn.dropout(x, rate, noise_shape, seed), lambda: OPS["identity"](x))


def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = _ZEROS,
    gamma_initializer: Any = _ONES,
    moving_mean_initializer: Any = _ZEROS,
    moving_variance_initializer: Any = _ONES,
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: Any = None,
    adjustment: Any = None,
) -> Tensor:
    """gamma * (inputs - mean) / sqrt(variance + epsilon) + beta along `axis` (TF1: tf.layers.batch_normalization).

    training: a bool or a boolean tensor. True: by the moments of the batch, and the variables moving_mean and moving_variance
    move towards them by 1 - momentum when the operations in the collection UPDATE_OPS run; False: by those variables. fused,
    for images by default: epsilon is at least 1.001e-5 and moving_variance follows the variance with Bessel's correction.
    ValueError for renorm, virtual_batch_size and adjustment, which samegraph does not have, and for several axes.
    """
    if renorm or virtual_batch_size is not None or adjustment is not None:
        raise ValueError("batch_normalization: samegraph has no renorm, virtual_batch_size and adjustment")
    with variable_scope(name, "batch_normalization", reuse=reuse):
        given = as_tensor(inputs)
        x = OPS["cast"](given, dtype=FLOAT32) if given.dtype == "float16" else given
        at = _one_axis(axis, x.type.rank)
        corrected = (x.type.rank == 4 and at in (1, 3)) if fused is None else fused
        size = _known_size(x, at)

        def variable(name: str, initializer: Any, trained: bool = True, **how: Any) -> Any:
            return get_variable(name, [size], x.dtype, initializer, trainable=trainable and trained, **how)

        gamma, beta = None, None
        if scale:
            gamma = variable("gamma", gamma_initializer, regularizer=gamma_regularizer, constraint=gamma_constraint)
        if center:
            beta = variable("beta", beta_initializer, regularizer=beta_regularizer, constraint=beta_constraint)
        moving = (
            variable("moving_mean", moving_mean_initializer, trained=False),
            variable("moving_variance", moving_variance_initializer, trained=False),
        )
        mean, variance = _moments(x, at, moving, momentum, training, corrected)
        rest = [1] * (x.type.rank - 1 - at)
        m, v, b, g = (None if t is None else OPS["reshape"](t, [-1, *rest]) for t in (mean, variance, beta, gamma))
        made = _nn.batch_normalization(x, m, v, b, g, max(epsilon, 1.001e-5) if corrected else epsilon)
        return made if made.dtype == given.dtype else OPS["cast"](made, dtype=given.dtype)


def _one_axis(axis: Any, rank: int) -> int:
    axes = [axis] if isinstance(axis, int) else list(axis)
    if len(axes) != 1:
        raise ValueError(f"batch_normalization: samegraph normalises along one axis, got {axis}")
    return normal_axis(axes[0], rank)


def _known_size(x: Tensor, axis: int) -> int:
    size = x.type.dims[axis]
    if size is None:
        raise ValueError(f"batch_normalization: the size of axis {axis} of the inputs must be known, got {x!r}")
    return size


def _moments(
    x: Tensor, at: int, moving: tuple[Variable, Variable], momentum: float, training: Any, fused: bool
) -> tuple[Tensor, Tensor]:
    """The mean and the variance to normalise by. While training those of the batch, which `moving` then follows."""
    held = moving[0]._as_tensor(), moving[1]._as_tensor()
    if not isinstance(training, (Tensor, Variable)) and not training:
        return held
    mean, variance = _nn.moments(x, tuple(i for i in range(x.type.rank) if i != at))
    _follow(moving[0], mean, momentum, training)
    _follow(moving[1], _nn.unbiased(variance, x) if fused else variance, momentum, training)
    return _chosen(training, lambda: mean, lambda: held[0]), _chosen(training, lambda: variance, lambda: held[1])


def _follow(moving: Variable, seen: Tensor, momentum: float, training: Any) -> None:
    """Adds to UPDATE_OPS that `moving` moves towards `seen` by 1 - momentum, where `training` is true."""
    old = moving._as_tensor()
    new = _chosen(training, lambda: old - (old - seen) * (1 - momentum), lambda: old)
    get_default_graph().add_to_collection(GraphKeys.UPDATE_OPS, assign(moving, new))


# Variables --------------------------------------------------------------------------------------------------------------


def _no_activity_regularizer(layer: str, given: Any) -> None:
    if given is not None:
        raise ValueError(f"{layer}: samegraph has no activity_regularizer")


def _variable(
    shape: list[int], x: Tensor, initializer: Any, regularizer: Any, constraint: Any, trainable: bool
) -> dict[str, Any]:
    """get_variable's arguments for a variable of the dtype of `x`."""
    return {
        "shape": shape,
        "dtype": x.dtype,
        "initializer": initializer,
        "regularizer": regularizer,
        "constraint": constraint,
        "trainable": trainable,
    }


def _affine(
    form: str,
    make: Callable[[Tensor], Tensor],
    kernel: dict[str, Any],
    bias: dict[str, Any] | None,
    activation: Callable[[Tensor], Tensor] | None,
) -> Tensor:
    """activation(make(kernel) + bias), of variables that get_variable makes of `kernel` and `bias`, None for no bias."""
    out = make(get_variable("kernel", **kernel)._as_tensor())
    if bias is not None:
        out = bias_add(out, get_variable("bias", **bias), "NCHW" if form.startswith("NC") else "NHWC")
    return out if activation is None else activation(out)


__getattr__ = absent(__name__)
