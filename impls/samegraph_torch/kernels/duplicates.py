"""PyTorch kernels of samegraph.ops.duplicates."""

from __future__ import annotations

import torch


def sum_duplicates(values, indices):
    ids, order = torch.sort(indices)
    begins = torch.cat([torch.zeros_like(ids[:1]), (ids[1:] != ids[:-1]).to(ids.dtype)])
    group = torch.zeros_like(ids).index_put((order,), torch.cumsum(begins, 0, dtype=ids.dtype))
    return torch.zeros_like(values).index_add(0, group, values).index_select(0, group)
