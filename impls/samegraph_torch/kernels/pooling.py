"""PyTorch kernels of samegraph.ops.pooling: channels first inside, padded by hand, for PyTorch pads both sides alike."""

from __future__ import annotations

import torch
from samegraph.backend import window_pads
from torch.nn.grad import conv2d_input


def max_pool(x, ksize, strides=(1, 1), padding="VALID"):
    wide = _padded(x, ksize, strides, padding, -torch.inf)
    return _last(torch.nn.functional.max_pool2d(_aligned(wide), ksize, strides))


def max_pool_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    wide = _padded(x, ksize, strides, padding, -torch.inf)
    places = _places(wide, ksize, strides)
    flat = torch.zeros((*wide.shape[:2], wide.shape[2] * wide.shape[3]), dtype=grad.dtype, device=grad.device)
    put = flat.scatter_add(2, places.flatten(2), _first(grad).flatten(2))
    return _cropped(put.reshape(wide.shape), x.shape, ksize, strides, padding)


def max_pool_grad_grad(x, grad, ksize, strides=(1, 1), padding="VALID"):
    places = _places(_padded(x, ksize, strides, padding, -torch.inf), ksize, strides)
    seen = _padded(grad, ksize, strides, padding, 0)
    return _last(seen.flatten(2).gather(2, places.flatten(2)).reshape(places.shape))


def avg_pool(x, ksize, strides=(1, 1), padding="VALID"):
    wide = _padded(x, ksize, strides, padding, 0)
    counts = _counts(x, x.shape, ksize, strides, padding)
    if not x.numel():  # PyTorch refuses images without channels
        return x.new_zeros((x.shape[0], *counts.shape[2:], x.shape[3]))
    return _last(torch.nn.functional.avg_pool2d(wide, ksize, strides, divisor_override=1) / counts)


def avg_pool_grad(input_sizes, grad, ksize, strides=(1, 1), padding="VALID"):
    if 0 in input_sizes:
        return grad.new_zeros(input_sizes)
    pads = window_pads(input_sizes[1:3], ksize, strides, padding)
    channels = input_sizes[3]
    sizes = (input_sizes[0], channels, input_sizes[1] + sum(pads[0]), input_sizes[2] + sum(pads[1]))
    share = _first(grad) / _counts(grad, input_sizes, ksize, strides, padding)
    ones = torch.ones((channels, 1, *ksize), dtype=grad.dtype, device=grad.device)
    wide = conv2d_input(sizes, ones, share, strides, groups=channels)
    return _cropped(wide, input_sizes, ksize, strides, padding)


def _first(x):
    return x.permute(0, 3, 1, 2)


def _last(x):
    return x.permute(0, 2, 3, 1)


def _padded(x, ksize, strides, padding, fill):
    (above, below), (left, right) = window_pads(x.shape[1:3], ksize, strides, padding)
    return torch.nn.functional.pad(_first(x), (left, right, above, below), value=fill)


def _cropped(wide, sizes, ksize, strides, padding):
    (above, _), (left, _) = window_pads(sizes[1:3], ksize, strides, padding)
    return _last(wide.narrow(2, above, sizes[1]).narrow(3, left, sizes[2]))


def _places(wide, ksize, strides):
    """Where the first greatest element of each window lies in its padded plane, as one number by rows."""
    return torch.nn.functional.max_pool2d(_aligned(wide.detach()), ksize, strides, return_indices=True)[1]


def _aligned(wide):
    """PyTorch's kernel for images with channels last looks for float64 at odd multiples of 4 bytes, which a GPU refuses."""
    if wide.is_cuda and wide.dtype == torch.float64:
        return wide.clone(memory_format=torch.contiguous_format)  # contiguous() leaves the strides of one channel alone
    return wide


def _counts(like, sizes, ksize, strides, padding):
    """How many elements each window sees, padding not counted: [1, 1, row, column]."""
    ones = torch.ones((1, *sizes[1:3], 1), dtype=like.dtype, device=like.device)
    wide = _padded(ones, ksize, strides, padding, 0)
    return torch.nn.functional.avg_pool2d(wide, ksize, strides, divisor_override=1)
