"""Arrays and JSON on disk, written atomically."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from ..saving import files

Arrays = dict[str, np.ndarray[Any, Any]]


def write_bytes(path: Path, data: bytes) -> None:
    """Writes the whole file or nothing, in a folder that is made when absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_bytes(str(path), data)


def save_arrays(path: Path, arrays: Arrays) -> None:
    """Writes arrays as safetensors, each from a C-contiguous copy (a transposed one would be written wrongly)."""
    from safetensors.numpy import save

    write_bytes(path, save({n: np.array(a, order="C") for n, a in arrays.items()}))


def load_arrays(path: Path) -> Arrays:
    from safetensors.numpy import load_file

    return load_file(path)


def save_json(path: Path, value: Any) -> None:
    """Writes strict JSON; numbers that are not finite become the strings "nan", "inf", "-inf"."""
    write_bytes(path, (json.dumps(_strict(value), indent=1) + "\n").encode())


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _strict(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
