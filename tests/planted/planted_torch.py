"""The PyTorch backend, whole as `clean`, and with one fault each. A foreign distribution: tests/test_planted_faults.py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch as framework
from samegraph.backend import Backend, load

torch = load("torch")


def with_kernel(name: str, kernel: Callable[..., Any]) -> Backend:
    return replace(torch, kernels={**torch.kernels, name: functools.wraps(torch.kernels[name])(kernel)})


def _wrong_sign(x: Any, axis: int = -1) -> Any:
    y = framework.softmax(x, axis)
    return 2 * y.detach() - y


def _not_nesting(fn: Any, xs: Any, grad_ys: Any = None) -> Any:
    with framework.enable_grad():
        own = tuple(x.detach().requires_grad_() for x in xs)
        ys, aux = fn(*own)
        given = [framework.ones_like(y) for y in ys] if grad_ys is None else list(grad_ys)
        live = [(y, g) for y, g in zip(ys, given, strict=True) if y.requires_grad]
        grads = framework.autograd.grad([y for y, _ in live], own, [g for _, g in live], allow_unused=True)
    full = tuple(framework.zeros_like(x) if g is None else g for g, x in zip(grads, own, strict=True))
    return (tuple(y.detach() for y in ys), tuple(a.detach() for a in aux)), full


def _shared(value: Any, device: str, rows: bool) -> Any:
    return value if isinstance(value, framework.Tensor) else framework.from_numpy(np.asarray(value))


def _view(value: Any) -> Any:
    return torch.to_numpy(value) if value.dtype == framework.bfloat16 else value.detach().numpy()


def _rows(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
    flat = indices.reshape(-1)
    rows = updates.reshape(flat.shape[0], *table.shape[1:])
    table[flat] = rows if how == "update" else table[flat] + (rows if how == "add" else -rows)
    return table


clean = torch
softmax_of_wrong_sign = with_kernel("softmax", _wrong_sign)
halved_ties = with_kernel("maximum", lambda x, y: framework.maximum(x, y))
not_nesting = replace(torch, value_and_vjp=_not_nesting)
unweighted = replace(torch, value_and_vjp=lambda fn, xs, grad_ys=None: torch.value_and_vjp(fn, xs))  # type: ignore[misc]
shares_a_feed = replace(torch, make_state=_shared)
fetches_a_view = replace(torch, to_numpy=_view)
duplicate_rows_lost = replace(torch, update_rows=_rows)
wrong_dtype = with_kernel("tanh", lambda x: framework.tanh(x).double())
promoted_sum = with_kernel(
    "reduce_sum",
    lambda x, axis=None, keepdims=False: framework.sum(x, tuple(range(x.ndim)) if axis is None else axis, keepdims),
)
