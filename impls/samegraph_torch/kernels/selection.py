"""PyTorch kernels of samegraph.ops.selection."""

from __future__ import annotations

import torch


def where_indices(condition):
    return torch.nonzero(condition)


def partition_indices(partitions, num_partitions):
    return tuple(torch.nonzero(partitions == i)[:, 0].to(torch.int32) for i in range(num_partitions))
