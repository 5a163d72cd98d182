"""Reductions, ordering, NaN, empties."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

TABLE: dict[str, Any] = {
    "argmax-ties": torch.argmax,
    "argmin-ties": torch.argmin,
    "argmax-nan": torch.argmax,
    "argmax-all-nan": torch.argmax,
    "max-pool-nan": lambda x: F.max_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1),
    "reduce-max-nan-value": torch.max,
    "reduce-min-nan-value": torch.min,
    "maximum-nan-either-side": lambda x: (torch.maximum(x, torch.ones(2)), torch.maximum(torch.ones(2), x)),
    "sort-nan": lambda x: torch.sort(x).values,
    "argsort-64-equal": lambda x: bool((torch.argsort(x) == torch.arange(64)).all()),
    "argsort-alternating": lambda x: bool((torch.argsort(x) == torch.argsort(x, stable=True)).all()),
    "top-k-order": lambda x: torch.topk(x, 2).indices,
    "unique-order": torch.unique,
    "sum-of-empty": torch.sum,
    "prod-of-empty": torch.prod,
    "max-of-empty": torch.max,
    "max-of-empty-axis": lambda x: torch.amax(x, 0),
    "argmax-of-empty": torch.argmax,
    "mean-of-empty": torch.mean,
    "logsumexp-of-empty": lambda x: torch.logsumexp(x, 0),
    "sum-over-no-axis": lambda x: torch.sum(x, dim=()),
    "variance-default": torch.var,
    "std-default": torch.std,
    "variance-of-one": torch.var,
    "cumsum-dtype": lambda x: torch.cumsum(x, 0),
    "cumsum-default-axis": lambda x: torch.cumsum(x),
    "argmax-default-axis": torch.argmax,
    "softmax-default-axis": F.softmax,
    "cumsum-inf": lambda x: torch.cumsum(x, 0),
    "nan-equals-nan": lambda x: (x == x, x != x),
    "sum-of-a-million": torch.sum,
    "cumsum-of-a-million": lambda x: torch.cumsum(x, 0)[-1],
    "denormal": lambda x: x * 1.0,
    "denormal-compiled": lambda x: x * 1.000001,
    "all-of-ints": torch.all,
    "segment-max-of-minus-inf": lambda x: torch.full((1,), -torch.inf).scatter_reduce(0, torch.tensor([0]), x, "amax"),
    "segment-min-of-inf": lambda x: torch.full((1,), torch.inf).scatter_reduce(0, torch.tensor([0]), x, "amin"),
}
