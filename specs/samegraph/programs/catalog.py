"""The programs by name."""

from __future__ import annotations

from . import linear_regression, networks, softmax_regression, word2vec
from .model import Program

NAMES = ("linear_regression", "softmax_regression", "mlp", "cnn", "word2vec", "towers")


def programs(names: list[str] | None = None, corpus: str | None = None) -> list[Program]:
    """The programs of those names (all when None), every variant. `towers` is no training and is compared apart.

    Raises ValueError for a name that is none.
    """
    unknown = [n for n in names or () if n not in NAMES]
    if unknown:
        raise ValueError(f"no program named {', '.join(unknown)}; there are {', '.join(NAMES)}")
    every = [
        linear_regression.DIABETES,
        linear_regression.DEMO,
        softmax_regression.STABLE,
        softmax_regression.TEXTBOOK,
        networks.MLP,
        networks.CNN,
        word2vec.program(corpus),
    ]
    return [p for p in every if names is None or not names or p.name in names]
