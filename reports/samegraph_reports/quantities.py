"""How numbers are written: with a unit, three significant digits, and words for what is not finite."""

from __future__ import annotations

import math

ABSENT = "\N{EN DASH}"
_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def nonfinite(value: float) -> str:
    """NaN, ∞ or -∞."""
    if math.isnan(value):
        return "NaN"
    return "∞" if value > 0 else "-∞"


def plain(value: float | None, digits: int = 3) -> str:
    """A number with a few significant digits: 0.0312, 1.24e-7, 12,345."""
    if value is None:
        return ABSENT
    if not math.isfinite(value):
        return nonfinite(value)
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{int(value):,}"
    if not 1e-3 <= abs(value) < 1e6:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


def seconds(value: float | None) -> str:
    """A duration in the unit that suits it: 38.2 µs."""
    if value is None or not math.isfinite(value):
        return plain(value)
    if value == 0:
        return "0 s"
    size, unit = next((known for known in _UNITS if abs(value) >= known[0] * 0.9995), _UNITS[-1])
    return f"{plain(value / size)} {unit}"


def ratio(value: float | None) -> str:
    """How many times: 1.10×, 0.061×, 17×."""
    if value is None or not math.isfinite(value):
        return plain(value)
    if 0 < abs(value) < 0.0995:
        return f"{plain(value, 2)}×"
    return f"{value:,.2f}×" if abs(value) < 9.95 else f"{value:,.0f}×"


def speed(value: float | None) -> str:
    """A ratio of times in words: 16× faster."""
    if value is None or not math.isfinite(value) or value <= 0:
        return plain(value)
    if 0.98 < value < 1.02:
        return "as fast"
    return f"{ratio(1 / value)} faster" if value < 1 else f"{ratio(value)} slower"


def count(value: int, noun: str, plural: str = "") -> str:
    """A number of things: 1 program, 12,345 comparisons."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def power(exponent: int) -> str:
    """A decade of a logarithmic axis: 10⁻⁷."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)
