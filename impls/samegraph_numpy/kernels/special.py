"""NumPy kernels of samegraph.ops.special."""

from __future__ import annotations

import math

import numpy as np


def _log_gamma(x):
    try:
        return math.lgamma(x)
    except (ValueError, OverflowError):  # a pole, or too large
        return math.inf


_erfc = np.frompyfunc(math.erfc, 1, 1)
_lgamma = np.frompyfunc(_log_gamma, 1, 1)
# Bernoulli's numbers B2, B4, ..., of the asymptotic series of both functions below
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_LARGE = 12.0


def erfc(x):
    return np.asarray(_erfc(x.astype(np.float64)), x.dtype)


def lgamma(x):
    return np.asarray(_lgamma(x.astype(np.float64)), x.dtype)


def digamma(x):
    wide = x.astype(np.float64)
    fraction = wide - np.rint(wide)
    mirrored = _digamma_above_0(1.0 - wide) - math.pi / np.tan(math.pi * fraction)
    below = np.where(fraction == 0.0, math.nan, mirrored)
    return np.asarray(np.where(wide > 0.0, _digamma_above_0(wide), below), x.dtype)


def _digamma_above_0(x):
    """The asymptotic series, for x >= 12; below that, the recurrence psi(x) = psi(x + 1) - 1 / x leads there."""
    total = np.zeros_like(x)
    for _ in range(int(_LARGE)):
        near = x < _LARGE
        total = total - np.where(near, 1.0 / x, 0.0)
        x = x + near
    total = total + np.log(x) - 0.5 / x
    for i, b in enumerate(_BERNOULLI, 1):
        total = total - b / (2 * i) * x ** (-2.0 * i)
    return total


def polygamma(a, x):
    order, at = a.astype(np.float64), x.astype(np.float64)
    sign = np.where(np.fmod(order, 2.0) == 0.0, -1.0, 1.0)
    value = sign * np.exp(lgamma(order + 1.0)) * _zeta(order + 1.0, at)
    return np.asarray(np.where(order == 0.0, digamma(at), value), x.dtype)


def zeta(x, q):
    return np.asarray(_zeta(x.astype(np.float64), q.astype(np.float64)), x.dtype)


def _zeta(x, q):
    """Euler and Maclaurin's sum: the first terms, then the integral of the rest and its corrections."""
    x, q = np.broadcast_arrays(x, q)
    total = np.zeros_like(q)
    for k in range(int(_LARGE)):
        total = total + (q + k) ** -x
    rest = q + _LARGE
    total = total + rest ** (1.0 - x) / (x - 1.0) + 0.5 * rest**-x
    factor = x.copy()
    for i, b in enumerate(_BERNOULLI, 1):
        total = total + b / math.factorial(2 * i) * factor * rest ** (1.0 - x - 2 * i)
        factor = factor * (x + 2 * i - 1) * (x + 2 * i)
    return np.where(x > 1.0, total, np.where(x == 1.0, math.inf, math.nan))


def xlogy(x, y):
    return np.where(x == 0, x.dtype.type(0), x * np.log(y))


def xdivy(x, y):
    return np.where(x == 0, x.dtype.type(0), x / y)


def bessel_i0e(x):
    return np.asarray(_bessel(0, np.abs(x.astype(np.float64))), x.dtype)


def bessel_i1e(x):
    wide = x.astype(np.float64)
    return np.asarray(np.sign(wide) * _bessel(1, np.abs(wide)), x.dtype)


_ANGLES = (np.arange(64) + 0.5) * math.pi / 64


def _bessel(order, x):
    """exp(-x) In(x) for x >= 0: Bessel's integral by the midpoint rule, exact to rounding for a periodic function; for large x, Hankel's series."""
    near = np.minimum(x, 64.0)[..., None]
    integral = np.mean(np.exp(near * (np.cos(_ANGLES) - 1.0)) * np.cos(order * _ANGLES), axis=-1)
    far, total, term = np.maximum(x, 64.0), 1.0, 1.0
    for k in range(1, 13):
        term = term * ((2 * k - 1) ** 2 - 4 * order**2) / (8 * k * far)
        total = total + term
    return np.where(x < 64.0, integral, total / np.sqrt(2.0 * math.pi * far))
