"""PyTorch kernels of samegraph.ops.losses."""

from __future__ import annotations

import torch


def softmax_cross_entropy_with_logits(labels, logits):
    # functional.cross_entropy has the gradient of labels that sum to 1
    return -torch.sum(labels * torch.log_softmax(logits, -1), -1)


def sparse_softmax_cross_entropy_with_logits(labels, logits):
    # labels outside fail the run; on a GPU they would kill the process first
    inside = labels.clamp(0, max(0, logits.shape[-1] - 1)).to(torch.int64)
    return -torch.log_softmax(logits, -1).gather(-1, inside.unsqueeze(-1)).squeeze(-1)


def sigmoid_cross_entropy_with_logits(labels, logits):
    # max(x, 0) and -|x| by one condition, so that their slopes at 0 belong together
    x, positive = logits, logits >= 0
    return torch.where(positive, x, 0) - x * labels + torch.log1p(torch.exp(torch.where(positive, -x, x)))


def l2_loss(x):
    return torch.sum(torch.square(x)) * 0.5
