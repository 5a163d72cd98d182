"""Named arrays in one safetensors file.

The library writes; reading is done here by plain reads, because a memory map of a file that is cut short under the reader
ends the process, and because the library's NumPy side has no bfloat16. bfloat16 is stored as uint16, and the file's
metadata names those arrays. Format: https://huggingface.co/docs/safetensors (8 bytes of header length, a JSON header of
dtype, shape and offsets by name, the arrays' bytes in C order, little-endian).
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np

from ..errors import DataLossError
from ..types import numpy_dtype
from .files import opened, parsed, replacing

Array = np.ndarray[Any, Any]

_LARGEST_HEADER = 100_000_000
_STORED = {"F16": "float16", "F32": "float32", "F64": "float64", "BOOL": "bool"} | {
    f"{kind}{bits}": f"{name}{bits}" for kind, name in (("I", "int"), ("U", "uint")) for bits in (8, 16, 32, 64)
}


def stored(array: Any) -> Array:
    """The array as its bytes lie in the file: C order, little-endian, of the same shape (0-d stays 0-d)."""
    array = np.asarray(array)
    return np.asarray(array, array.dtype.newbyteorder("<"), order="C")


def write(path: str, arrays: Mapping[str, Array]) -> None:
    """Writes arrays that `stored` gave, atomically."""
    from safetensors.numpy import save_file

    brain = sorted(n for n, a in arrays.items() if a.dtype.name == "bfloat16")
    flat = {n: a.view(np.uint16) if n in brain else a for n, a in arrays.items()}
    with replacing(path) as temporary:
        save_file(flat, temporary, {"bfloat16": json.dumps(brain)})


def read(path: str, names: Iterable[str]) -> dict[str, Array]:
    """The arrays of those names, each owning its memory.

    DataLossError for a file that is cut short, is none of this kind, contradicts itself or lacks a name.
    """
    with opened(path) as file:
        entries, start = _header(file, path)
        found = {}
        for name in names:
            if name not in entries:
                raise DataLossError(None, None, f"{path} holds no array {name!r}, which its index names")
            found[name] = _array(file, path, start, *entries[name])
        return found


def _header(file: BinaryIO, path: str) -> tuple[dict[str, tuple[str, list[int], int]], int]:
    """(dtype, shape, offset) by name, and where the bytes start."""
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, _LARGEST_HEADER):
        raise _damaged(path, f"it has {size} bytes and says that its header takes {length}")
    header = parsed(file.read(length), path)
    if not isinstance(header, dict):
        raise _damaged(path, "its header is no table")
    metadata = header.pop("__metadata__", {})
    brain = parsed(str(metadata.get("bfloat16", "[]")).encode(), path) if isinstance(metadata, dict) else []
    entries, spans = {}, []
    for name, entry in header.items():
        dtype, shape, begin, end = _entry(entry, path)
        if isinstance(brain, list) and name in brain and dtype == "uint16":
            dtype = "bfloat16"
        spans.append((begin, end))
        entries[name] = dtype, shape, begin
    last = 0
    for begin, end in sorted(spans):
        if begin != last:
            raise _damaged(path, "its arrays overlap, or leave a gap")
        last = end
    if last != size - 8 - length:
        raise _damaged(path, f"its arrays take {last} bytes, and {size - 8 - length} are there")
    return entries, 8 + length


def _entry(entry: Any, path: str) -> tuple[str, list[int], int, int]:
    try:
        dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        natural = len(shape) <= 32 and all(type(n) is int and n >= 0 for n in [*shape, begin, end])
        size = numpy_dtype(_STORED[dtype]).itemsize
        # NumPy counts the bytes without the axes of no size, and has no number for more of them
        fits = natural and end - begin == math.prod(shape) * size and math.prod(filter(None, shape)) * size < 2**63
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise _damaged(path, "its header does not say where an array lies")
    return _STORED[dtype], shape, begin, end


def _array(file: BinaryIO, path: str, start: int, dtype: str, shape: list[int], begin: int) -> Array:
    array = np.empty(shape, numpy_dtype(dtype))
    file.seek(start + begin)
    if array.size and file.readinto(array.ravel().view(np.uint8)) != array.nbytes:  # type: ignore[attr-defined]
        raise _damaged(path, "it was cut short")
    return array if sys.byteorder == "little" else array.byteswap()


def _damaged(path: str, why: str) -> DataLossError:
    return DataLossError(None, None, f"{path} is damaged, or no safetensors file: {why}")
