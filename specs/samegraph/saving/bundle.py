"""One JSON document with the arrays that belong to it, on disk as one: what checkpoints and published graphs have in common.

The arrays lie in a safetensors file beside the document, which names it. That name holds a digest of the arrays, so a new
pair never touches the old one, and the rename of the document is the one instant at which the new pair replaces the old.
The document holds a digest of every array and of itself. Strings lie in the document.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from ..errors import DataLossError
from ..types import as_dtype
from . import tensors
from .files import parsed, read_bytes, write_bytes
from .tensors import Array

LARGEST_DOCUMENT = 2**28


def write(path: str, kind: str, version: int, document: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Writes a document of JSON values and its arrays to `path`, atomically, then removes what an older pair left there.

    kind, version: of the format, checked when it is read. One process writes to a path at a time. Raises ValueError for numbers JSON cannot hold.
    """
    lying = {n: tensors.stored(a) for n, a in arrays.items() if a.dtype != object}
    table = {n: _entry(lying[n]) if n in lying else _strings(a) for n, a in arrays.items()}
    data = None
    if lying:
        data = f"{os.path.basename(path)}.{_digest(_canonical(table))}.safetensors"
        tensors.write(os.path.join(os.path.dirname(path), data), lying)
    body = {"format": kind, "version": version, **document, "data": data, "arrays": table}
    write_bytes(path, _lines({**body, "checksum": _digest(_canonical(body))}).encode())
    _remove_parts(path, except_for=data)


def remove(path: str) -> None:
    """Removes a document, then its arrays and whatever a killed writer left of it."""
    with suppress(FileNotFoundError):
        os.unlink(path)
    _remove_parts(path)


def _remove_parts(path: str, except_for: str | None = None) -> None:
    for name in _parts(path):
        if name != except_for:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(os.path.dirname(path), name))


def _parts(path: str) -> list[str]:
    """Names of the files beside `path` that only ever belong to it."""
    whose = re.escape(os.path.basename(path))
    part = re.compile(rf"{whose}\.([0-9a-f]{{32}}\.safetensors(\.[0-9a-f]{{16}}\.tmp)?|[0-9a-f]{{16}}\.tmp)")
    return [n for n in os.listdir(os.path.dirname(path) or ".") if part.fullmatch(n)]


class Bundle:
    """A document read from `path` and checked, with `arrays` of it to be read by name.

    document: the JSON object. types: dtype name and shape of every array. Raises NotFoundError when there is none,
    DataLossError for a file that is damaged, of another kind or of another version.
    """

    def __init__(self, path: str, kind: str, version: int) -> None:
        self.path = path
        self.document: dict[str, Any] = _checked(parsed(read_bytes(path, LARGEST_DOCUMENT), path), path, kind, version)
        self._table: dict[str, dict[str, Any]] = self.document["arrays"]
        try:
            self.types = {n: (str(e["dtype"]), tuple(int(i) for i in e["shape"])) for n, e in self._table.items()}
        except (AttributeError, KeyError, TypeError, ValueError):
            raise _damaged(path, "its table of arrays cannot be read") from None

    def arrays(self, names: Iterable[str]) -> dict[str, Array]:
        """The arrays of those names, each checked against its digest; KeyError for a name not in `types`."""
        names = list(names)
        out = {n: _from_strings(self.path, self._table[n]) for n in names if self.types[n][0] == "string"}
        rest = [n for n in names if n not in out]
        if rest:
            out.update(tensors.read(self._data(), rest))
        for n in rest:
            if _entry(out[n]) != self._table[n]:
                raise _damaged(self._data(), f"the array {n!r} is not the one that was written")
        return out

    def _data(self) -> str:
        name = self.document.get("data")
        if not isinstance(name, str) or name not in _parts(self.path) or not name.endswith(".safetensors"):
            raise _damaged(self.path, f"the file of its arrays, {name!r}, is not there")
        return os.path.join(os.path.dirname(self.path), name)


def _checked(document: Any, path: str, kind: str, version: int) -> dict[str, Any]:
    if not isinstance(document, dict) or document.get("format") != kind:
        raise _damaged(path, f"it does not say that it is a {kind}")
    if document.get("version") != version:
        raise _damaged(path, f"it is a {kind} of version {document.get('version')!r}; this samegraph reads {version}")
    checksum = document.pop("checksum", None)
    if checksum != _digest(_canonical(document)):
        raise _damaged(path, "its contents do not fit its checksum")
    if not isinstance(document.get("arrays"), dict):
        raise _damaged(path, "it has no table of arrays")
    return document


def _entry(array: Array) -> dict[str, Any]:
    flat = tensors.stored(array)
    return {"dtype": flat.dtype.name, "shape": list(flat.shape), "digest": _digest(flat.ravel().view(np.uint8))}


def _strings(array: Array) -> dict[str, Any]:
    values = [base64.b64encode(v.encode() if isinstance(v, str) else v).decode() for v in array.ravel()]
    return {"dtype": "string", "shape": list(array.shape), "values": values}


def _from_strings(path: str, entry: dict[str, Any]) -> Array:
    try:
        values = [base64.b64decode(v, validate=True) for v in entry["values"]]
        array = np.empty(len(values), as_dtype("string").as_numpy_dtype)
        array[:] = values
        return array.reshape(entry["shape"])
    except (KeyError, TypeError, ValueError):
        raise _damaged(path, "an array of strings in it cannot be read") from None


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _lines(document: dict[str, Any]) -> str:
    """As JSON with one line an entry of the lists and tables at the top."""
    rows = []
    for key, value in document.items():
        text = json.dumps(value)
        if value and isinstance(value, dict):
            text = "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n}"
        elif value and isinstance(value, list):
            text = "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
        rows.append(f"{json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _digest(data: Any) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _damaged(path: str, why: str) -> DataLossError:
    return DataLossError(None, None, f"{path} cannot be read: {why}")
