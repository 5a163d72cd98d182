"""The answers on record: one small JSON file a framework version, and one of the specification."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from .answers import Answer, unmoved

FOLDER = Path(__file__).parent / "records"
SPECIFICATION = "specification"
SCHEMA = 1


class RecordError(ValueError):
    """A record that cannot be read, or says something else than a record."""


@dataclass(frozen=True)
class Record:
    """What one version of a framework (or of the specification) answers, by the id of the point."""

    framework: str
    version: str
    recorded: str
    platform: str
    answers: Mapping[str, Answer]

    @property
    def file(self) -> str:
        return f"{self.framework}-{self.version}.json"


def machine() -> str:
    """The kind of machine that answers are given on; some answers are the processor's own."""
    return f"{platform.system()} {platform.machine()}"


def new(framework: str, version: str, answers: Mapping[str, Answer]) -> Record:
    """A record made here and today."""
    return Record(framework, version, date.today().isoformat(), machine(), answers)


def encoded(record: Record) -> bytes:
    """The file of a record, a line an answer."""
    head = {"schema": SCHEMA, **{k: getattr(record, k) for k in ("framework", "version", "recorded", "platform")}}
    about = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in head.items())
    lines = ",\n".join(f"  {json.dumps(i)}: {json.dumps(a, allow_nan=False)}" for i, a in record.answers.items())
    return f'{{\n{about},\n "answers": {{\n{lines}\n }}\n}}\n'.encode()


def read(path: Path) -> Record:
    """A record from its file; RecordError says what is wrong with it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise RecordError(f"{path.name} is no record of this version of samegraph (schema {SCHEMA})")
    about = [found.get(k) for k in ("framework", "version", "recorded", "platform")]
    answers = found.get("answers")
    if not all(isinstance(v, str) for v in about) or not isinstance(answers, dict):
        raise RecordError(f"{path.name} lacks a framework, a version, a date, a platform or the answers")
    for id, answer in answers.items():
        _check(path, id, answer)
    framework, version, recorded, system = map(str, about)
    return Record(framework, version, recorded, system, answers)


def _check(path: Path, id: str, answer: Any) -> None:
    kinds = ("value", "raises", "absent", "unsaid", "missing")
    if not isinstance(answer, dict) or sum(k in answer for k in kinds) != 1:
        raise RecordError(f"{path.name}: the answer to {id!r} is none of {', '.join(kinds)}")


def all_of(folder: Path = FOLDER) -> dict[str, list[Record]]:
    """Every record in the folder, by framework, oldest version first."""
    found: dict[str, list[Record]] = {}
    for path in sorted(folder.glob("*.json")):
        record = read(path)
        found.setdefault(record.framework, []).append(record)
    return {k: sorted(v, key=lambda r: version_key(r.version)) for k, v in sorted(found.items())}


def version_key(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version))


def nearest(records: Sequence[Record], version: str) -> Record:
    """The record of that version, else the newest one."""
    return next((r for r in records if r.version == version), records[-1])


def since(records: Sequence[Record], id: str) -> str:
    """The oldest version on record that answers as the newest does, with every version between."""
    known = [r for r in records if id in r.answers]
    oldest = known[-1]
    for record in reversed(known):
        if not unmoved(record.answers[id], known[-1].answers[id]):
            break
        oldest = record
    return oldest.version
