"""The NumPy backend, whole as `clean`, and with one fault each. A foreign distribution: tests/test_planted_faults.py."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from samegraph.backend import Backend, load

numpy = load("numpy")


def with_kernel(name: str, kernel: Callable[..., Any]) -> Backend:
    """The backend with another kernel under that name, whose signature is the right one's."""
    return replace(numpy, kernels={**numpy.kernels, name: functools.wraps(numpy.kernels[name])(kernel)})


clean = numpy

# Kernels ----------------------------------------------------------------------------------------------------------------

missing_kernel = replace(numpy, kernels={k: v for k, v in numpy.kernels.items() if k != "tanh"})
other_signature = replace(numpy, kernels={**numpy.kernels, "gather": lambda params, indices, dim=0: None})
other_default = replace(numpy, kernels={**numpy.kernels, "gather": lambda params, indices, axis=1: None})
wrong_value = with_kernel("tanh", lambda x: np.tanh(x) * x.dtype.type(1.01))
wrong_dtype = with_kernel("tanh", lambda x: np.tanh(x, dtype=np.float64))
promoted_sum = with_kernel("reduce_sum", lambda x, axis=None, keepdims=False: np.sum(x, axis=axis, keepdims=keepdims))
wrong_shape = with_kernel("reduce_sum", lambda x, axis=None, keepdims=False: np.sum(x, axis=axis, dtype=x.dtype))
writes_to_its_operand = with_kernel("negative", lambda x: np.negative(x, out=x))
shared_where_owned = with_kernel("owned", lambda x: x)
unchecked_ids = with_kernel("indices_in_range", lambda indices, table, axis=0: np.bool_(True))


def _last_one_wins(updates: Any, indices: Any, like: Any, axis: int = 0) -> Any:
    out = np.zeros(like.shape, updates.dtype)
    at = axis % out.ndim
    source = tuple(range(at, at + indices.ndim))
    np.moveaxis(out, at, 0)[indices] += np.moveaxis(updates, source, tuple(range(indices.ndim)))
    return out


duplicates_lost = with_kernel("scatter_add_like", _last_one_wins)

# State ------------------------------------------------------------------------------------------------------------------


def _rows(table: Any, indices: Any, updates: Any, how: str, ok: Any) -> Any:
    flat = indices.reshape(-1)
    rows = updates.reshape(flat.size, *table.shape[1:])
    if how == "update":
        table[flat] = rows
    else:
        table[flat] += rows if how == "add" else -rows
    return table


duplicate_rows_lost = replace(numpy, update_rows=_rows)
shares_a_feed = replace(numpy, make_state=lambda value, device, rows: np.asarray(value))
fetches_a_view = replace(numpy, to_numpy=lambda value: value)

# What is no backend -----------------------------------------------------------------------------------------------------

other_version = replace(numpy, contract_version=0)
other_route = replace(numpy, default_route="autograd")
no_backend = {"name": "no_backend"}
