"""Reading what lies in a report's directory: every defect becomes a `Problem`, never an exception, never silence."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Not printable, or not allowed in XML at all; a lone surrogate cannot even be written as UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPELLED = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


@dataclass(frozen=True)
class Problem:
    """Something wrong with an input; `kind` is one of missing, unreadable, foreign, content, refused."""

    file: str
    message: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


class Source:
    """A report's directory, with every problem met while reading it."""

    def __init__(self, directory: Path, prefix: str = "") -> None:
        self.directory = directory
        self.problems: list[Problem] = []
        self._prefix = prefix
        self._loaded: dict[str, dict[str, Any] | None] = {}

    def report(self, file: str, message: str, kind: str) -> None:
        """Record a problem, once."""
        problem = Problem(self._prefix + file, clean(message), kind)
        if problem not in self.problems:
            self.problems.append(problem)

    def json(self, name: str) -> dict[str, Any] | None:
        """The object in a JSON file; None, with a problem, when it is missing, truncated or something else."""
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def _load(self, name: str) -> dict[str, Any] | None:
        try:
            raw = (self.directory / name).read_bytes()
        except FileNotFoundError:
            self.report(name, "is missing", "missing")
            return None
        except OSError as error:
            self.report(name, f"cannot be read ({error.strerror or error})", "unreadable")
            return None
        if not raw.strip():
            self.report(name, "is empty", "unreadable")
            return None
        try:
            found = clean_json(json.loads(raw.decode("utf-8-sig")))
        except (ValueError, RecursionError) as error:
            self.report(name, f"is truncated or is not JSON ({error})", "unreadable")
            return None
        if not isinstance(found, dict):
            self.report(name, f"holds a JSON {_kind(found)} where an object was expected", "foreign")
            return None
        return found


class Fields:
    """A JSON object read field by field; a field of the wrong type is reported and then taken as absent."""

    def __init__(self, raw: Mapping[str, Any], source: Source, file: str, where: str = "") -> None:
        self.raw = raw
        self._source = source
        self._file = file
        self._where = where

    def complain(self, key: str, message: str) -> None:
        """Report a problem of one field, naming the file and the place in it."""
        place = ".".join(part for part in (self._where, key) if part)
        self._source.report(self._file, f"{place}: {message}", "content")

    def _wrong(self, key: str, expected: str) -> None:
        self.complain(key, f"expected {expected}, got a JSON {_kind(self.raw[key])}")

    def text(self, key: str, default: str = "") -> str:
        """A string; a number is written out."""
        value = self.raw.get(key)
        if value is None:
            return default
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            return str(value)
        self._wrong(key, "text")
        return default

    def flag(self, key: str) -> bool | None:
        """True, false, or None when absent."""
        value = self.raw.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "true or false")
        return None

    def number(self, key: str) -> float | None:
        """A number; the words nan, inf and -inf count as such."""
        value = self.raw.get(key)
        if value is None:
            return None
        found = as_number(value)
        if found is None:
            self._wrong(key, "a number")
        return found

    def integer(self, key: str) -> int | None:
        """A whole number."""
        value = self.number(key)
        if value is None:
            return None
        if not math.isfinite(value) or value != int(value):
            self.complain(key, f"expected a whole number, got {value}")
            return None
        return int(value)

    def numbers(self, key: str) -> tuple[float | None, ...]:
        """A list of numbers; null is a value that was not recorded."""
        value = self.raw.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(key, "a list of numbers")
            return ()
        found = tuple(as_number(item) for item in value)
        strange = [item for item, number in zip(value, found, strict=True) if number is None and item is not None]
        if strange:
            self.complain(
                key, f"{len(strange)} of {len(value)} entries are not numbers, such as a JSON {_kind(strange[0])}"
            )
        return found

    def object(self, key: str) -> Fields | None:
        """A nested object."""
        value = self.raw.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._wrong(key, "an object")
            return None
        return self._inside(key, value)

    def nested(self, key: str) -> Fields:
        """A nested object, an empty one when absent."""
        return self.object(key) or self._inside(key, {})

    def objects(self, key: str) -> list[Fields]:
        """A list of objects; entries that are none are reported and left out."""
        value = self.raw.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(key, "a list")
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                found.append(self._inside(f"{key}[{index}]", item))
            else:
                self.complain(f"{key}[{index}]", f"expected an object, got a JSON {_kind(item)}")
        return found

    def entries(self, key: str) -> dict[str, Any]:
        """A nested object as a dictionary, empty when absent."""
        nested = self.object(key)
        return dict(nested.raw) if nested else {}

    def _inside(self, key: str, value: Mapping[str, Any]) -> Fields:
        return Fields(value, self._source, self._file, ".".join(part for part in (self._where, key) if part))


def as_number(value: object) -> float | None:
    """The number a JSON value stands for, or None."""
    if isinstance(value, str):
        return _SPELLED.get(value.strip().lower())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def clean(text: str) -> str:
    """The text without characters that no page can hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def clean_json(value: Any) -> Any:
    """A JSON value with every string in it cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): clean_json(item) for key, item in value.items()}
    return value


def strict_json(value: Any) -> Any:
    """A value that strict JSON can hold: what is not finite is spelled out."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, (list, tuple)):
        return [strict_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): strict_json(item) for key, item in value.items()}
    return value


def slug(text: str) -> str:
    """A piece of a file name or an anchor."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "x"


def _kind(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
