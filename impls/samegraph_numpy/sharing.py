"""Work that several ops of a step have in common on NumPy: the exponentials of a softmax, its logarithm and its cross entropy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from samegraph.backend import Call, Share

from .kernels.activations import _log_softmax_of, _powers, _softmax_of
from .kernels.losses import _cross_entropy_of, _sparse_cross_entropy_of


def _along_axis(name: str) -> Callable[[Call], Share]:
    return lambda call: (f"powers({call.args[0]}, {call.attrs['axis']})", lambda powers: f"{name}({powers})")


def _of_logits(name: str) -> Callable[[Call], Share]:
    return lambda call: (f"powers({call.args[1]}, -1)", lambda powers: f"{name}({powers}, {call.args[0]})")


SHARED: dict[str, Callable[[Call], Share]] = {
    "softmax": _along_axis("softmax_of"),
    "log_softmax": _along_axis("log_softmax_of"),
    "softmax_cross_entropy_with_logits": _of_logits("cross_entropy_of"),
    "sparse_softmax_cross_entropy_with_logits": _of_logits("sparse_cross_entropy_of"),
}
MODULES: dict[str, Any] = {
    "powers": _powers,
    "softmax_of": _softmax_of,
    "log_softmax_of": _log_softmax_of,
    "cross_entropy_of": _cross_entropy_of,
    "sparse_cross_entropy_of": _sparse_cross_entropy_of,
}
