"""The divergence ledger: where raw frameworks differ from the specification and from each other.

This file holds what a framework's own probes are written with; they may import nothing else of samegraph.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GROUP = "samegraph.probes"
# What messages hold of the machine, the process and the source they came from: folders, TensorFlow's names of nodes.
_PASSING = re.compile(r"(?<![\w.])(?:/[^\s/:'\"]+)+/|\{\{[^}]*\}\}\s*|\(defined at .*|Graph execution error:\s*")

Probe = Callable[..., Any]


@dataclass(frozen=True)
class Raised:
    """An answer that is an exception: its type, and the first line of its message."""

    type: str
    says: str

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        lines = _PASSING.sub("", str(error)).strip().splitlines()
        return cls(type(error).__name__, lines[0].strip()[:160] if lines else "")


@dataclass(frozen=True)
class Probes:
    """A framework asked raw, without samegraph's kernels.

    framework: the column's name. version: of the library installed. table: the id of a point to a function of the point's
    inputs; what is not in it is not asked. native: a NumPy array as the framework's own. plain: any answer as NumPy arrays,
    numbers, strings and None, in tuples, lists and dicts. value_and_gradients(fn, inputs): fn(*inputs) and the gradient of
    the sum of its elements with respect to each input, None where the framework says None; absent: values only. tf1: the
    module in which points written as TensorFlow 1 programs are run; absent: they are not asked.
    """

    framework: str
    version: str
    table: Mapping[str, Probe]
    native: Callable[[Any], Any]
    plain: Callable[[Any], Any]
    value_and_gradients: Callable[[Probe, Sequence[Any]], tuple[Any, Sequence[Any]]] | None = None
    tf1: Any = None


def attempt(fn: Callable[[], Any]) -> Any:
    """What `fn` returns, or what it raised: for a point that asks two things at once."""
    try:
        return fn()
    except Exception as error:
        return Raised.of(error)


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of every optimizer probe: epsilon is large, so that its place in a formula shows."""

    epsilon: float = 0.2
    momentum: float = 0.9
    decay: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.1
    l1: float = 0.01
    l2: float = 0.02


SETTINGS = Settings()
