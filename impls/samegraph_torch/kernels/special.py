"""PyTorch kernels of samegraph.ops.special."""

from __future__ import annotations

import torch


def erfc(x):
    return torch.erfc(x)


def lgamma(x):
    return _Lgamma.apply(x) if x.requires_grad else torch.lgamma(x)


class _Lgamma(torch.autograd.Function):
    """NaN at 0, where PyTorch says -inf."""

    @staticmethod
    def forward(x):
        return torch.lgamma(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        return g * digamma(ctx.saved_tensors[0])


def digamma(x):
    return _Digamma.apply(x)


class _Digamma(torch.autograd.Function):
    """PyTorch's own derivative of digamma is good to nine digits, in float64 too."""

    @staticmethod
    def forward(x):
        return torch.digamma(x).masked_fill(x == 0, float("nan"))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * polygamma(torch.ones_like(x), x)


def polygamma(a, x):
    order, at = _wide(a.detach()), _wide(x)
    factor = torch.exp(torch.lgamma(order + 1)) * torch.where(order % 2 == 0, -1, 1)
    return torch.where(order == 0, digamma(at), factor * torch.special.zeta(order + 1, at)).to(x.dtype)


def zeta(x, q):
    return torch.special.zeta(_wide(x.detach()), _wide(q)).to(q.dtype)


def _wide(x):
    """PyTorch's zeta has 32 and 64 bits only."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def xlogy(x, y):
    constant = (x == 0) & ~((y > 0) & (y < float("inf")))
    return torch.where(constant, 0, x * torch.log(torch.where(constant, 1, y)))


def xdivy(x, y):
    none = (x == 0) & ((y == 0) | torch.isnan(y))
    return torch.where(none, 0, x / torch.where(none, 1, y))


def bessel_i0e(x):
    return torch.special.i0e(_at_least_32_bits(x)).to(x.dtype)


def bessel_i1e(x):
    return torch.special.i1e(_at_least_32_bits(x)).to(x.dtype)


def _at_least_32_bits(x):
    return x if x.dtype == torch.float64 else x.to(torch.float32)
