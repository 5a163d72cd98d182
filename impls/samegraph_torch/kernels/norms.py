"""PyTorch kernels of samegraph.ops.norms."""

from __future__ import annotations

import torch

from .reduction import reduce_sum


def reduce_euclidean_norm(x, axis=None, keepdims=False):
    # the root is not taken of 0, where its slope is infinite
    total = reduce_sum(torch.square(x), axis, keepdims)
    none = total == 0
    return torch.where(none, 0, torch.sqrt(torch.where(none, 1, total)))
