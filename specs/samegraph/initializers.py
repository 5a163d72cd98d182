"""Initial values of variables: callables of a shape (TF1: tf.initializers)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .graph import Tensor
from .op import constant
from .random import random_normal, random_uniform, truncated_normal
from .registry import OPS
from .types import FLOAT32, FLOATS, DType, TensorShape, as_dtype, as_shape, size_of

_TRUNCATED_STDDEV = 0.87962566103423978  # of a standard normal cut off at two standard deviations


class Initializer:
    """Base of the initializers: called with (shape, dtype, partition_info), it answers a Tensor (TF1: tf.keras.initializers.Initializer).

    dtype None means the one given when the initializer was made; partition_info is None, as samegraph's variables are whole.
    """

    def __init__(self, dtype: Any = FLOAT32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return self._value(_sizes(shape), self.dtype if dtype is None else as_dtype(dtype))

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        raise TypeError(f"{type(self).__name__} does not say what its value is")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal initializer (TF1: Initializer.get_config)."""
        return {k: v.name if isinstance(v, DType) else v for k, v in vars(self).items() if not k.startswith("_")}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        return cls(**config)


def _sizes(shape: Any) -> tuple[int, ...]:
    sizes = as_shape(shape.as_list() if isinstance(shape, TensorShape) else shape)
    if sizes is None or None in sizes:
        raise ValueError(f"an initializer needs a fully defined shape, got {shape}")
    return tuple(n for n in sizes if n is not None)


def _float(dtype: Any) -> DType:
    dtype = as_dtype(dtype)
    if dtype not in FLOATS:
        raise ValueError(f"Expected floating point type, got {dtype!r}.")
    return dtype


class Zeros(Initializer):
    """Zeros (TF1: tf.zeros_initializer)."""

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        return OPS["zeros"](shape, dtype)


class Ones(Initializer):
    """Ones (TF1: tf.ones_initializer)."""

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        return OPS["ones"](shape, dtype)


class Constant(Initializer):
    """A number everywhere, or a list or array in C order whose last value is repeated (TF1: tf.constant_initializer).

    Raises TypeError for another kind of value, ValueError for more values than the shape takes or, with verify_shape, for
    values of another shape.
    """

    def __init__(self, value: Any = 0, dtype: Any = FLOAT32, verify_shape: bool = False) -> None:
        if not (np.isscalar(value) or isinstance(value, (list, tuple, np.ndarray))):
            raise TypeError(
                f"Invalid type for initial value={value} of type: {type(value).__name__}. Expected Python scalar, list or "
                "tuple of values, or numpy.ndarray."
            )
        super().__init__(dtype)
        self.value = value
        self._verify_shape = verify_shape

    def __call__(
        self, shape: Any, dtype: Any = None, partition_info: Any = None, verify_shape: bool | None = None
    ) -> Tensor:
        sizes, own = _sizes(shape), np.shape(self.value)
        if (self._verify_shape if verify_shape is None else verify_shape) and own != sizes:
            raise TypeError(f"Expected Tensor's shape: {sizes}, got {own}.")
        wanted = self.dtype if dtype is None else as_dtype(dtype)
        return OPS["fill"](sizes, constant(self.value, wanted)) if own == () else constant(self.value, wanted, sizes)


class RandomUniform(Initializer):
    """Uniform values in [minval, maxval), 1 for maxval None (TF1: tf.random_uniform_initializer)."""

    def __init__(self, minval: Any = 0.0, maxval: Any = None, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(dtype)
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        return random_uniform(shape, self.minval, self.maxval, dtype, self.seed)


class RandomNormal(Initializer):
    """Normal values (TF1: tf.random_normal_initializer). Raises ValueError for a dtype that is not floating point."""

    def __init__(self, mean: Any = 0.0, stddev: Any = 1.0, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(_float(dtype))
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        return random_normal(shape, self.mean, self.stddev, dtype, self.seed)


class TruncatedNormal(Initializer):
    """Normal values within two standard deviations (TF1: tf.truncated_normal_initializer). Raises as RandomNormal does."""

    def __init__(self, mean: Any = 0.0, stddev: Any = 1.0, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(_float(dtype))
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        return truncated_normal(shape, self.mean, self.stddev, dtype, self.seed)


class VarianceScaling(Initializer):
    """Values whose variance is scale / fan (TF1: tf.variance_scaling_initializer).

    mode: the fan is "fan_in", "fan_out" or "fan_avg", their mean. distribution: "truncated_normal" (or "normal"),
    "untruncated_normal", "uniform". Raises ValueError for other words, for scale <= 0, and for an integer dtype.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = FLOAT32,
    ) -> None:
        super().__init__(_float(dtype))
        if scale <= 0.0:
            raise ValueError(f"Argument `scale` must be a positive float. Received: {scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"Argument `mode` should be one of ('fan_in', 'fan_out', 'fan_avg'). Received: {mode}")
        known = ("normal", "uniform", "truncated_normal", "untruncated_normal")
        if distribution.lower() not in known:
            raise ValueError(f"Argument `distribution` should be one of {known}. Received: {distribution}")
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution.lower(), seed

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2.0}[self.mode]
        variance = self.scale / max(1.0, fan)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return random_uniform(shape, -limit, limit, dtype, self.seed)
        if self.distribution == "untruncated_normal":
            return random_normal(shape, 0.0, math.sqrt(variance), dtype, self.seed)
        return truncated_normal(shape, 0.0, math.sqrt(variance) / _TRUNCATED_STDDEV, dtype, self.seed)


def fans(shape: Sequence[int]) -> tuple[float, float]:
    """How many values go into and out of a unit: (rows, columns) of a matrix, times the receptive field of a kernel."""
    if len(shape) < 2:
        only = float(shape[0]) if shape else 1.0
        return only, only
    field = size_of(shape[:-2]) or 0
    return float(field * shape[-2]), float(field * shape[-1])


class GlorotUniform(VarianceScaling):
    """Uniform values within sqrt(6 / (fan_in + fan_out)): get_variable's default (TF1: tf.glorot_uniform_initializer)."""

    def __init__(self, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


class GlorotNormal(VarianceScaling):
    """Truncated normal values of variance 2 / (fan_in + fan_out) (TF1: tf.glorot_normal_initializer)."""

    def __init__(self, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        return {"seed": self.seed, "dtype": self.dtype.name}


class UniformUnitScaling(Initializer):
    """Uniform values that keep the scale of a product's input (TF1: tf.uniform_unit_scaling_initializer)."""

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: Any = FLOAT32) -> None:
        super().__init__(_float(dtype))
        self.factor, self.seed = factor, seed

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        limit = math.sqrt(3 / max(float(size_of(shape[:-1]) or 0), 1.0)) * self.factor
        return random_uniform(shape, -limit, limit, dtype, self.seed)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix, zeros elsewhere (TF1: tf.initializers.identity). ValueError for another rank."""

    def __init__(self, gain: float = 1.0, dtype: Any = FLOAT32) -> None:
        super().__init__(_float(dtype))
        self.gain = gain

    def _value(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        if len(shape) != 2:
            raise ValueError(
                f"The tensor to initialize, specified by argument `shape` must be at least two-dimensional. Received shape={shape}"
            )
        return constant(self.gain * np.eye(*shape), dtype)


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal values of variance 1 / fan_in (TF1: tf.initializers.lecun_normal)."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform values of variance 1 / fan_in (TF1: tf.initializers.lecun_uniform)."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def he_normal(seed: int | None = None) -> VarianceScaling:
    """Truncated normal values of variance 2 / fan_in (TF1: tf.initializers.he_normal)."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Uniform values of variance 2 / fan_in (TF1: tf.initializers.he_uniform)."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)
