"""PyTorch asked raw: its answers to the points of the divergence ledger, without samegraph's kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from samegraph.divergences import Probe, Probes

from . import defaults, dtypes, indexing, integers, kinks, optimizers, protocol, reductions, singular


def native(array: Any) -> torch.Tensor:
    return torch.tensor(array)


def plain(value: Any) -> Any:
    """Tensors as NumPy arrays, shapes as lists, dtypes as their names; sparse tensors as indices and values."""
    if isinstance(value, torch.Tensor):
        if value.is_sparse:
            return {"indices": plain(value._indices()[0]), "values": plain(value._values())}
        return value.detach().numpy()
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value


def value_and_gradients(fn: Probe, inputs: Sequence[torch.Tensor]) -> tuple[Any, Sequence[Any]]:
    xs = [x.requires_grad_() for x in inputs]
    y = fn(*xs)
    return y, torch.autograd.grad(y.sum(), xs, allow_unused=True)


probes = Probes(
    framework="torch",
    version=torch.__version__.split("+")[0],
    table={
        **kinks.TABLE,
        **singular.TABLE,
        **protocol.TABLE,
        **integers.TABLE,
        **dtypes.TABLE,
        **reductions.TABLE,
        **indexing.TABLE,
        **defaults.TABLE,
        **optimizers.TABLE,
    },
    native=native,
    plain=plain,
    value_and_gradients=value_and_gradients,
)
