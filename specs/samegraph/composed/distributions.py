"""Two probability distributions, of those in TF1's tf.distributions: what policy-gradient programs draw from."""

from __future__ import annotations

import math
from typing import Any

from ..graph import Tensor
from ..op import as_tensor, shape_tensor
from ..random import multinomial, random_normal
from ..registry import OPS
from ..scopes import name_scope
from ..types import FLOAT32, INT32, INTEGERS, DType, TensorShape, as_dtype, broadcast

_HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


class Categorical:
    """One of the classes 0 ... K - 1 for each row of `logits` or `probs` [..., K] (TF1: tf.distributions.Categorical).

    ValueError when both or neither are given. validate_args and allow_nan_stats are accepted, without effect.
    """

    def __init__(
        self,
        logits: Any = None,
        probs: Any = None,
        dtype: Any = INT32,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Categorical",
    ) -> None:
        if (logits is None) == (probs is None):
            raise ValueError("Must pass probs or logits, but not both.")
        self.name, self.dtype = name, as_dtype(dtype)
        with name_scope(name):
            if logits is not None:
                self.logits = as_tensor(logits, name="logits")
                self.probs: Tensor = OPS["softmax"](self.logits, axis=-1, name="probs")
            else:
                self.probs = as_tensor(probs, name="probs")
                self.logits = OPS["log"](self.probs, name="logits")
        if self.logits.type.shape == ():
            raise ValueError("Categorical: a scalar has no classes; logits and probs are [..., classes]")

    @property
    def batch_shape(self) -> TensorShape:
        shape = self.logits.type.shape
        return TensorShape(None if shape is None else shape[:-1])

    @property
    def event_shape(self) -> TensorShape:
        return TensorShape([])

    @property
    def event_size(self) -> Tensor:
        """The number of classes, a scalar."""
        return OPS["shape"](self.logits)[-1]

    def sample(self, sample_shape: Any = (), seed: int | None = None, name: str = "sample") -> Tensor:
        """Classes of the shape sample_shape + batch_shape."""
        with name_scope(f"{self.name}/{name}"):
            sizes = _vector(sample_shape)
            rows = OPS["reshape"](self.logits, [-1, self.event_size])
            drawn = multinomial(rows, OPS["reduce_prod"](sizes), seed, output_dtype=_index_dtype(self.dtype))
            classes = OPS["transpose"](drawn, perm=(1, 0))
            batch = OPS["shape"](self.logits)[:-1]
            classes = OPS["reshape"](classes, OPS["concat"](sizes, batch, axis=0))
            return classes if classes.dtype == self.dtype else OPS["cast"](classes, dtype=self.dtype)

    def log_prob(self, value: Any, name: str = "log_prob") -> Tensor:
        """The logarithm of the probability of each class in `value`, whose shape broadcasts against batch_shape."""
        with name_scope(f"{self.name}/{name}"):
            k, logits = as_tensor(value), self.logits
            k = k if k.dtype in INTEGERS else OPS["cast"](k, dtype=INT32)
            shape = logits.type.shape
            if shape is None or None in shape or k.type.shape != shape[:-1]:
                ones = OPS["ones_like"](OPS["cast"](OPS["expand_dims"](k, axis=-1), dtype=logits.dtype))
                logits = logits * ones
                k = k * OPS["cast"](OPS["ones_like"](logits[..., 0]), dtype=k.dtype)
            return -OPS["sparse_softmax_cross_entropy_with_logits"](k, logits)

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        """The probability of each class in `value`."""
        return OPS["exp"](self.log_prob(value, name))

    def entropy(self, name: str = "entropy") -> Tensor:
        """-sum(p log p) over the classes, of the shape batch_shape."""
        with name_scope(f"{self.name}/{name}"):
            logs = OPS["log_softmax"](self.logits, axis=-1)
            return -OPS["reduce_sum"](OPS["softmax"](self.logits, axis=-1) * logs, axis=-1)

    def mode(self, name: str = "mode") -> Tensor:
        """The most probable class, the first of several."""
        best = OPS["argmax"](self.logits, axis=-1, output_type=_index_dtype(self.dtype), name=f"{self.name}/{name}")
        return best if best.dtype == self.dtype else OPS["cast"](best, dtype=self.dtype)


class Normal:
    """The normal distribution of mean `loc` and standard deviation `scale`, broadcast (TF1: tf.distributions.Normal).

    Samples are loc + scale * a standard draw, so that gradients reach both. validate_args and allow_nan_stats are accepted,
    without effect.
    """

    def __init__(
        self, loc: Any, scale: Any, validate_args: bool = False, allow_nan_stats: bool = True, name: str = "Normal"
    ) -> None:
        self.name = name
        with name_scope(name):
            first = next((t for t in (loc, scale) if hasattr(t, "dtype")), None)
            kind = FLOAT32 if first is None else as_dtype(first.dtype)
            self.loc, self.scale = as_tensor(loc, kind, name="loc"), as_tensor(scale, kind, name="scale")

    @property
    def dtype(self) -> DType:
        return self.loc.dtype

    @property
    def batch_shape(self) -> TensorShape:
        shapes = self.loc.type.shape, self.scale.type.shape
        return TensorShape(None if shapes[0] is None or shapes[1] is None else broadcast(shapes[0], shapes[1]))

    @property
    def event_shape(self) -> TensorShape:
        return TensorShape([])

    def _all(self, t: Tensor) -> Tensor:
        """`t` of the shape batch_shape."""
        return t + OPS["zeros_like"](self.loc + self.scale)

    def sample(self, sample_shape: Any = (), seed: int | None = None, name: str = "sample") -> Tensor:
        """Values of the shape sample_shape + batch_shape."""
        with name_scope(f"{self.name}/{name}"):
            sizes = OPS["concat"](_vector(sample_shape), OPS["shape"](self.loc + self.scale), axis=0)
            return random_normal(sizes, dtype=self.dtype, seed=seed) * self.scale + self.loc

    def log_prob(self, value: Any, name: str = "log_prob") -> Tensor:
        """The logarithm of the density at `value`."""
        with name_scope(f"{self.name}/{name}"):
            z = (as_tensor(value, self.dtype) - self.loc) / self.scale
            return -0.5 * OPS["square"](z) - (OPS["log"](self.scale) + _HALF_LOG_TAU)

    def prob(self, value: Any, name: str = "prob") -> Tensor:
        """The density at `value`."""
        return OPS["exp"](self.log_prob(value, name))

    def entropy(self, name: str = "entropy") -> Tensor:
        """log(scale) + (1 + log(2 pi)) / 2, of the shape batch_shape."""
        with name_scope(f"{self.name}/{name}"):
            return self._all(OPS["log"](self.scale)) + (0.5 + _HALF_LOG_TAU)

    def mean(self, name: str = "mean") -> Tensor:
        return self._all(self.loc)

    mode = mean

    def stddev(self, name: str = "stddev") -> Tensor:
        return self._all(self.scale)

    def variance(self, name: str = "variance") -> Tensor:
        return OPS["square"](self.stddev())


def _vector(shape: Any) -> Tensor:
    """A shape given as an int, a list or a tensor, as a vector."""
    sizes = shape_tensor(shape)
    return OPS["reshape"](sizes, [1]) if sizes.type.shape == () else sizes


def _index_dtype(dtype: DType) -> DType:
    return dtype if dtype in ("int32", "int64") else INT32
