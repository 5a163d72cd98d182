"""NumPy kernels of samegraph.ops.selection."""

from __future__ import annotations

import numpy as np


def where_indices(condition):
    return np.argwhere(condition).astype(np.int64)


def partition_indices(partitions, num_partitions):
    return tuple(np.flatnonzero(partitions == i).astype(np.int32) for i in range(num_partitions))
