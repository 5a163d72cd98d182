"""JAX kernels of samegraph.ops.convolution."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from samegraph.backend import window_pads


def conv2d(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    return _convolved(input, filters, strides, padding, dilations)


def conv2d_backprop_input(input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    return _transposed(lambda x: conv2d(x, filters, strides, padding, dilations), input_sizes, out_backprop)


def conv2d_backprop_filter(input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    return _transposed(lambda f: conv2d(input, f, strides, padding, dilations), filter_sizes, out_backprop)


def depthwise_conv2d_native(input, filters, strides=(1, 1), padding="VALID", dilations=(1, 1)):
    rows, columns, channels, multiplier = filters.shape
    filters = filters.reshape(rows, columns, 1, channels * multiplier)
    return _convolved(input, filters, strides, padding, dilations, channels)


def depthwise_conv2d_native_backprop_input(
    input_sizes, filters, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    of = lambda x: depthwise_conv2d_native(x, filters, strides, padding, dilations)
    return _transposed(of, input_sizes, out_backprop)


def depthwise_conv2d_native_backprop_filter(
    input, filter_sizes, out_backprop, strides=(1, 1), padding="VALID", dilations=(1, 1)
):
    of = lambda f: depthwise_conv2d_native(input, f, strides, padding, dilations)
    return _transposed(of, filter_sizes, out_backprop)


def _convolved(x, filters, strides, padding, dilations, groups=1):
    pads = window_pads(x.shape[1:3], filters.shape[:2], strides, padding, dilations)
    return jax.lax.conv_general_dilated(
        x,
        filters,
        strides,
        pads,
        rhs_dilation=dilations,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
        precision="highest",  # as in matmul
    )


def _transposed(linear, sizes, g):
    """The transpose of a linear function of an array of those sizes, applied to `g`."""
    return jax.vjp(linear, jnp.zeros(sizes, g.dtype))[1](g)[0]
