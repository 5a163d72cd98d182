"""PyTorch kernels of samegraph.ops.maths."""

from __future__ import annotations

import torch


def _not_zero(y):
    """Integer divisors without the zeros that fail the run anyway."""
    return y.masked_fill(y == 0, 1)


def truediv(x, y):
    return torch.true_divide(x, y)


def floordiv(x, y):
    return torch.floor(x / y) if x.is_floating_point() else torch.floor_divide(x, _not_zero(y))


def mod(x, y):
    return torch.remainder(x, y if x.is_floating_point() else _not_zero(y))


def pow_(x, y):
    if not x.is_floating_point():
        return torch.pow(x, y.clamp(min=0))
    return _Pow.apply(x, y) if x.requires_grad or y.requires_grad else torch.pow(x, y)


class _Pow(torch.autograd.Function):
    """0 in y for a negative base, where PyTorch says NaN; slopes in y of the slope in x everywhere."""

    @staticmethod
    def forward(x, y):
        return torch.pow(x, y)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        dx = dy = None
        if ctx.needs_input_grad[0]:
            base = torch.where((x == 0) & (y == 0), 1, x)
            dx = (g * (y * pow_(base, y - 1))).sum_to_size(x.shape)
        if ctx.needs_input_grad[1]:
            dy = (g * (pow_(x, y) * torch.log(torch.where(x > 0, x, 1)))).sum_to_size(y.shape)
        return dx, dy


def divide_no_nan(x, y):
    none = y == 0
    return torch.where(none, 0, x / torch.where(none, 1, y))


def reciprocal(x):
    return torch.reciprocal(x)


def abs_(x):
    return torch.abs(x)


def sign(x):
    return torch.sign(x).masked_fill(torch.isnan(x), float("nan")) if x.is_floating_point() else torch.sign(x)


def square(x):
    return torch.square(x)


def squared_difference(x, y):
    return torch.square(x - y)


def sqrt(x):
    return torch.sqrt(x)


def rsqrt(x):
    return torch.rsqrt(x)


def exp(x):
    return torch.exp(x)


def expm1(x):
    return torch.expm1(x)


def log(x):
    return torch.log(x)


def log1p(x):
    return torch.log1p(x)


def sin(x):
    return torch.sin(x)


def cos(x):
    return torch.cos(x)


def tan(x):
    return torch.tan(x)


def erf(x):
    return torch.erf(x)


def sigmoid(x):
    return torch.sigmoid(x)


def softplus(x):
    # above PyTorch's own threshold of 20 the difference to x still shows in float64
    return torch.nn.functional.softplus(x, threshold=40.0)


def maximum(x, y):
    # PyTorch halves the gradient of a tie; torch.maximum is there for NaN
    return torch.where(x >= y, x, torch.maximum(x.detach(), y))


def minimum(x, y):
    return torch.where(x <= y, x, torch.minimum(x.detach(), y))


def clip_by_value(x, low, high):
    return maximum(minimum(x, high), low)


def floor(x):
    return torch.floor(x)


def ceil(x):
    return torch.ceil(x)


def round_(x):
    return torch.round(x)


def is_nan(x):
    return torch.isnan(x)


def is_inf(x):
    return torch.isinf(x)


def is_finite(x):
    return torch.isfinite(x)
