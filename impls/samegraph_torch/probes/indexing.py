"""Gather, scatter, one_hot, shapes."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

_IDS, _VALUES = torch.tensor([0, 0, 2]), torch.tensor([1.0, 2.0, 3.0])


def _added():
    x = torch.zeros(3)
    x[_IDS] += _VALUES
    return x


def _put(ids, values, accumulate=False):
    return torch.zeros(3).index_put((ids[:, 0].long(),), values, accumulate=accumulate)


TABLE: dict[str, Any] = {
    "gather-scalar-outside": lambda x, i: x[i],
    "gather-outside": lambda x, i: torch.index_select(x, 0, i),
    "embedding-outside": lambda table, i: F.embedding(i, table),
    "gather-negative": lambda x, i: torch.index_select(x, 0, i),
    "slice-outside": lambda x: x[1:10],
    "slice-of-a-size-outside": lambda x: torch.narrow(x, 0, 2, 2),
    "slice-negative-step": lambda x: x[::-1],
    "scatter-update-repeated": lambda: torch.zeros(3).index_put((_IDS,), _VALUES),
    "scatter-nd-repeated": lambda i, v: _put(i, v, accumulate=True),
    "scatter-add-repeated": _added,
    "scatter-outside": _put,
    "one-hot-outside": lambda i: F.one_hot(i.long(), 3),
    "one-hot-dtype": lambda i: F.one_hot(i.long(), 3),
    "cross-entropy-label-outside": lambda x, i: F.cross_entropy(x, i.long()),
    "segment-sum-negative": lambda x, i: torch.zeros(2).index_add(0, i, x),
    "segment-sum-of-none": lambda x: torch.zeros(0).index_add(0, torch.tensor([-1, -1]), x),
    "segment-max-empty": lambda x, i: torch.full((2,), -torch.inf).scatter_reduce(0, i.long(), x, "amax"),
    "matmul-vectors": torch.matmul,
    "matmul-matrix-vector": torch.matmul,
    "matmul-batch-shape": lambda x, y: list(torch.matmul(x, y).shape),
    "matmul-inner-0": torch.matmul,
    "matmul-int32": torch.matmul,
    "matmul-0-inf": torch.matmul,
    "conv-same-stride-2": lambda x, w: F.conv1d(x.permute(0, 2, 1), w.permute(2, 1, 0), stride=2, padding=1).permute(
        0, 2, 1
    ),
    "avg-pool-same": lambda x: F.avg_pool1d(x.permute(0, 2, 1), 2, 2, ceil_mode=True).permute(0, 2, 1),
    "reshape-empty-minus-1": lambda x: list(x.reshape(-1, 0).shape),
    "assign-broadcasts": lambda: torch.zeros(3).copy_(torch.tensor(5.0)),
    "transpose-default": lambda x: list(torch.transpose(x).shape),
    "einsum-diagonal": lambda x: torch.einsum("ii->i", x),
    "where-broadcasts": lambda c, y: torch.where(c, 1.0, y),
    "equal-of-other-shape": lambda x, y: x == y,
    "squeeze-of-axis-of-2": lambda x: list(torch.squeeze(x, 0).shape),
    "tile-or-repeat": lambda x: x.repeat(2),
    "segment-min-empty": lambda x, i: torch.full((2,), torch.inf).scatter_reduce(0, i.long(), x, "amin"),
}
