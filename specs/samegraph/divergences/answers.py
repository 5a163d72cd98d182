"""Answers as they are recorded: JSON made of plain values, and when two of them are the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import Raised

Answer = dict[str, Any]

# Numbers are recorded, and compared, to six significant digits: one unit of the sixth is rounding, not a difference.
DIGITS = 6
_SAME = 1.5e-5
_SMALLEST_NORMAL = 2.0**-126  # of float32
_SPELLED = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def plain(value: Any) -> Any:
    """A value as JSON holds it: nested lists of numbers, "nan" and "inf" as words, an exception as an object."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, Raised):
        return {"raises": value.type, "says": value.says}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, int):
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biufSU" and array.dtype != object:  # bfloat16 and its like
        array = array.astype(np.float64)
    return plain(array.tolist())


def _number(value: float) -> Any:
    if math.isfinite(value):
        return float(f"{value:.{DIGITS}g}")
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def raised(answer: Answer | None) -> bool:
    return answer is not None and "raises" in answer


def speaks(answer: Answer | None) -> bool:
    """Whether this is an answer at all: neither missing nor left open."""
    return answer is not None and not answer.keys() & {"absent", "unsaid", "missing"}


def same_value(a: Answer, b: Answer) -> bool:
    """The same value (and dtype, where asked); two exceptions are the same answer."""
    if raised(a) or raised(b):
        return raised(a) and raised(b)
    return _alike(a.get("value"), b.get("value")) and a.get("dtype") == b.get("dtype")


def same(a: Answer, b: Answer) -> bool:
    """The same value and, where both tell one, the same gradient."""
    both = "gradient" in a and "gradient" in b
    return same_value(a, b) and (not both or _alike(a["gradient"], b["gradient"]))


def agrees(specification: Answer, answer: Answer) -> bool:
    """`same`, whether or not denormal numbers are flushed to zero: that is each framework's own setting."""
    return same(_flushed(specification), _flushed(answer))


def _flushed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _flushed(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_flushed(v) for v in value]
    return 0.0 if isinstance(value, float) and abs(value) < _SMALLEST_NORMAL else value


def unmoved(a: Answer, b: Answer) -> bool:
    """`same`, and an exception of the same type: what is asked of one framework at two times."""
    return same(a, b) and a.get("raises") == b.get("raises") and ("gradient" in a) == ("gradient" in b)


def _alike(a: Any, b: Any) -> bool:
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        if "raises" in a or "raises" in b:
            return "raises" in a and "raises" in b
        return a.keys() == b.keys() and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(_alike(x, y) for x, y in zip(a, b))
    x, y = _as_number(a), _as_number(b)
    if x is None or y is None:
        return type(a) is type(b) and a == b
    return (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=_SAME)


def _as_number(value: Any) -> float | None:
    if isinstance(value, str):
        return _SPELLED.get(value)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def text(answer: Answer | None) -> str:
    """An answer in one line."""
    if answer is None:
        return "-"
    if "missing" in answer:
        return f"not asked: {answer['missing']}"
    if "absent" in answer:
        return f"not yet specified ({answer['absent']})"
    if "unsaid" in answer:
        return "left open"
    if raised(answer):
        return f"{answer['raises']}: {answer['says']}" if answer["says"] else answer["raises"]
    said = _shown(answer["value"])
    if "dtype" in answer:
        said = f"{answer['dtype']} {said}"
    if "gradient" in answer:
        gradients = answer["gradient"]
        said += "; gradient " + (_shown(gradients[0]) if len(gradients) == 1 else ", ".join(map(_shown, gradients)))
    return said


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    if isinstance(value, Mapping):
        if "raises" in value:
            return f"{value['raises']}: {value['says']}"
        return ", ".join(f"{k} {_shown(v)}" for k, v in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    if isinstance(value, float):
        return f"{value:.{DIGITS}g}"
    return str(value)
