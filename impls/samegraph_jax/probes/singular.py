"""Singular points, domains, saturation."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy import special


def _weighted(x):
    """The formula as TensorFlow 1 documents it, for a label of 1 and a weight of 2."""
    return 2.0 * (jnp.log1p(jnp.exp(-jnp.abs(x))) + jax.nn.relu(-x))


@jax.jit
def _chain(x):
    for _ in range(10_000):
        x = x + 1e-4
    return x


TABLE: dict[str, Any] = {
    "sqrt-at-0": jnp.sqrt,
    "sqrt-negative": jnp.sqrt,
    "rsqrt-at-0": jax.lax.rsqrt,
    "norm-at-0": jnp.linalg.norm,
    "sqrt-of-sum-of-squares": lambda x: jnp.sqrt((x * x).sum()),
    "l2-normalize-at-0": lambda x: x / jnp.linalg.norm(x),
    "std-of-constant": jnp.std,
    "pow-0-0": jnp.power,
    "pow-0-2": jnp.power,
    "pow-0-half": jnp.power,
    "pow-negative-base": jnp.power,
    "pow-negative-base-half": jnp.power,
    "pow-0-minus-1": jnp.power,
    "pow-2-at-negative-zero": lambda x: jnp.power(x, 2.0),
    "reciprocal-at-negative-zero": lambda x: 1.0 / x,
    "times-0-at-inf": lambda x: x * 0.0,
    "log-at-0": jnp.log,
    "log-negative": jnp.log,
    "log1p-at-minus-1": jnp.log1p,
    "xlogy-at-0-0": special.xlogy,
    "x-log-x-at-0": lambda x: x * jnp.log(x),
    "divide-1-0": jnp.divide,
    "divide-0-0": jnp.divide,
    "divide-no-nan-1-0": lambda a, b: jnp.where(b == 0, 0.0, a / b),
    "where-sqrt-dead": lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0),
    "where-reciprocal-dead": lambda x: jnp.where(x > 0, 1 / x, 0.0),
    "atan2-at-origin": jnp.arctan2,
    "asin-at-1": jnp.arcsin,
    "acos-outside": jnp.arccos,
    "reduce-prod-zero": jnp.prod,
    "cumprod-zero": jnp.cumprod,
    "softmax-one-minus-inf": lambda x: jax.nn.softmax(x)[0],
    "softmax-all-minus-inf": lambda x: jax.nn.softmax(x)[0],
    "softmax-plus-inf": lambda x: jax.nn.softmax(x)[0],
    "log-softmax-large": lambda x: jax.nn.log_softmax(x)[1],
    "log-of-softmax-large": lambda x: jnp.log(jax.nn.softmax(x))[1],
    "logsumexp-minus-inf": special.logsumexp,
    "logsumexp-plus-inf": special.logsumexp,
    "softplus-wide": jax.nn.softplus,
    "sigmoid-saturated": jax.nn.sigmoid,
    "log-of-sigmoid": lambda x: jnp.log(jax.nn.sigmoid(x)),
    "log-sigmoid": jax.nn.log_sigmoid,
    "tanh-saturated": jnp.tanh,
    "sigmoid-cross-entropy-large": lambda x: -jax.nn.log_sigmoid(x),
    "binary-cross-entropy-of-probability": lambda x: -jnp.log(x),
    "weighted-cross-entropy-at-0": _weighted,
    "exp-overflow": jnp.exp,
    "expm1-saturated": jnp.expm1,
    "lgamma-at-0": special.gammaln,
    "logaddexp-minus-inf": jnp.logaddexp,
    "mean-of-nothing-gradient": lambda x: x[:0].mean(),
    "squared-difference-inf": lambda a, b: (a - b) ** 2,
    "sin-x-over-x-at-0": lambda x: jnp.sin(x) / x,
    "tan-at-half-pi": jnp.tan,
    "sin-of-1e8": jnp.sin,
    "matmul-overflow": lambda x: (x * 1e20).sum(),
    "variance-cancellation": jnp.var,
    "chain-of-additions": _chain,
    "determinant-singular": jnp.linalg.det,
    "segment-prod-zero": lambda x: jax.ops.segment_prod(x, jnp.array([0, 0, 1]), 2),
    "digamma-at-poles": special.digamma,
}
