"""PyTorch kernels of samegraph.ops.trigonometry."""

from __future__ import annotations

import torch


def asin(x):
    return torch.asin(x)


def acos(x):
    return torch.acos(x)


def atan(x):
    return torch.atan(x)


def atan2(y, x):
    return _Atan2.apply(y, x) if y.requires_grad or x.requires_grad else torch.atan2(y, x)


class _Atan2(torch.autograd.Function):
    """NaN at the origin, where PyTorch says 0."""

    @staticmethod
    def forward(y, x):
        return torch.atan2(y, x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        y, x = ctx.saved_tensors
        share = g / (x * x + y * y)
        return (share * x).sum_to_size(y.shape), (-share * y).sum_to_size(x.shape)


def sinh(x):
    return torch.sinh(x)


def cosh(x):
    return torch.cosh(x)


def asinh(x):
    return torch.asinh(x)


def acosh(x):
    return torch.acosh(x)


def atanh(x):
    return torch.atanh(x)
