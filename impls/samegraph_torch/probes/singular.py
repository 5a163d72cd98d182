"""Singular points, domains, saturation."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F


def _cross_entropy(*labels: float):
    return lambda x: F.cross_entropy(x[None], torch.tensor([labels]))


def _chain(x):
    for _ in range(10_000):
        x = x + 1e-4
    return x


TABLE: dict[str, Any] = {
    "sqrt-at-0": torch.sqrt,
    "sqrt-negative": torch.sqrt,
    "rsqrt-at-0": torch.rsqrt,
    "norm-at-0": torch.linalg.norm,
    "sqrt-of-sum-of-squares": lambda x: torch.sqrt((x * x).sum()),
    "l2-normalize-at-0": lambda x: F.normalize(x, dim=-1),
    "std-of-constant": lambda x: torch.std(x, correction=0),
    "pow-0-0": torch.pow,
    "pow-0-2": torch.pow,
    "pow-0-half": torch.pow,
    "pow-negative-base": torch.pow,
    "pow-negative-base-half": torch.pow,
    "pow-0-minus-1": torch.pow,
    "pow-2-at-negative-zero": lambda x: torch.pow(x, 2.0),
    "reciprocal-at-negative-zero": lambda x: 1.0 / x,
    "times-0-at-inf": lambda x: x * 0.0,
    "log-at-0": torch.log,
    "log-negative": torch.log,
    "log1p-at-minus-1": torch.log1p,
    "xlogy-at-0-0": torch.xlogy,
    "x-log-x-at-0": lambda x: x * torch.log(x),
    "divide-1-0": torch.divide,
    "divide-0-0": torch.divide,
    "divide-no-nan-1-0": lambda a, b: torch.where(b == 0, 0.0, a / b),
    "where-sqrt-dead": lambda x: torch.where(x > 0, torch.sqrt(x), 0.0),
    "where-reciprocal-dead": lambda x: torch.where(x > 0, 1 / x, 0.0),
    "atan2-at-origin": torch.atan2,
    "asin-at-1": torch.asin,
    "acos-outside": torch.acos,
    "reduce-prod-zero": torch.prod,
    "cumprod-zero": lambda x: torch.cumprod(x, 0),
    "softmax-one-minus-inf": lambda x: torch.softmax(x, 0)[0],
    "softmax-all-minus-inf": lambda x: torch.softmax(x, 0)[0],
    "softmax-plus-inf": lambda x: torch.softmax(x, 0)[0],
    "log-softmax-large": lambda x: torch.log_softmax(x, 0)[1],
    "log-of-softmax-large": lambda x: torch.log(torch.softmax(x, 0))[1],
    "logsumexp-minus-inf": lambda x: torch.logsumexp(x, 0),
    "logsumexp-plus-inf": lambda x: torch.logsumexp(x, 0),
    "softplus-wide": F.softplus,
    "sigmoid-saturated": torch.sigmoid,
    "log-of-sigmoid": lambda x: torch.log(torch.sigmoid(x)),
    "log-sigmoid": F.logsigmoid,
    "tanh-saturated": torch.tanh,
    "sigmoid-cross-entropy-large": lambda x: F.binary_cross_entropy_with_logits(
        x, torch.ones_like(x), reduction="none"
    ),
    "binary-cross-entropy-of-probability": lambda x: F.binary_cross_entropy(x, torch.ones_like(x)),
    "weighted-cross-entropy-at-0": lambda x: F.binary_cross_entropy_with_logits(
        x, torch.ones_like(x), pos_weight=torch.tensor(2.0), reduction="none"
    ),
    "exp-overflow": torch.exp,
    "expm1-saturated": torch.expm1,
    "lgamma-at-0": torch.lgamma,
    "logaddexp-minus-inf": torch.logaddexp,
    "mean-of-nothing-gradient": lambda x: x[:0].mean(),
    "squared-difference-inf": lambda a, b: (a - b) ** 2,
    "sin-x-over-x-at-0": lambda x: torch.sin(x) / x,
    "tan-at-half-pi": torch.tan,
    "sin-of-1e8": torch.sin,
    "cross-entropy-label-at-minus-inf": _cross_entropy(1.0, 0.0),
    "cross-entropy-other-at-minus-inf": _cross_entropy(1.0, 0.0),
    "cross-entropy-labels-sum-to-2": _cross_entropy(1.0, 1.0),
    "cosine-similarity-of-zero": lambda x: F.cosine_similarity(x, torch.tensor([1.0, 0.0]), dim=0),
    "matmul-overflow": lambda x: (x * 1e20).sum(),
    "variance-cancellation": lambda x: x.var(correction=0),
    "chain-of-additions": _chain,
    "determinant-singular": torch.linalg.det,
    "segment-prod-zero": lambda x: torch.ones(2).scatter_reduce(0, torch.tensor([0, 0, 1]), x, "prod"),
    "digamma-at-poles": torch.digamma,
}
