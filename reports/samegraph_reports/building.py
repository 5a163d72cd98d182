"""Reading a directory, assembling the page, and writing it so that no reader ever sees half of it."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import charts, gathered, rendering
from .blocks import (
    QUESTIONS,
    Answer,
    Block,
    Change,
    Claim,
    Details,
    Figure,
    Grid,
    Inline,
    Part,
    Verdict,
    figures,
)
from .made import Made
from .rendering import Page
from .sections import SECTIONS
from .source import Problem, Source, strict_json

SCHEMA = 1
_REPORT = "report.json"
_FIGURES = "figures"
_SEVERITY = ("bad", "warn", "none", "good")


@dataclass(frozen=True)
class Built:
    """What was written, and what was wrong with the inputs; `status` is one of good, warn, bad, none."""

    html: Path
    markdown: Path
    json: Path
    figures: tuple[Path, ...]
    status: str
    headline: str
    problems: tuple[Problem, ...]


def build(directory: Path, other: Path | None = None) -> Built:
    """Write `report.html`, `report.md` with its `figures/`, and `report.json` about what lies in the directory.

    Nothing that is wrong with an input raises: it is told on the page and in `Built.problems`. `other` is the directory
    of an earlier report (or its `report.json`) whose verdicts and times are set against these.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise NotADirectoryError(f"there is no directory {directory} to build a report from")
    source = Source(directory)
    parts, summaries = _render(source)
    missing = [item for part in parts for item in part.not_run]
    # The last section is the environment: small print, so what did not happen comes before it.
    shown = [*parts[:-1], gathered.not_run(missing), parts[-1]]
    changes = None
    if other is not None:
        changes = _compare(source, summaries, Path(other))
        shown.insert(0, gathered.changes(changes, _folder(Path(other)).name))
    claims = sorted((claim for part in parts for claim in part.claims), key=lambda item: _SEVERITY.index(item.status))
    facts = summaries["environment"].get("facts") or {}
    page = Page(
        headline=claims[0],
        answers=_answers(claims, parts),
        created=Made(str(summaries["compare"].get("created") or "")).moment,
        machine=", ".join(str(facts[name]) for name in ("Processor", "Platform") if facts.get(name)),
        problems=gathered.problems(source.problems),
        parts=[_with_files(part) for part in shown],
    )
    record = {
        "schema": SCHEMA,
        "created": summaries["compare"].get("created") or "",
        "status": claims[0].status,
        "headline": claims[0].text,
        "problems": [vars(item) for item in source.problems],
        "not_run": [vars(item) for item in missing],
        "changes": None if changes is None else [vars(item) for item in changes],
        "sections": summaries,
    }
    return _write(directory, page, record, tuple(source.problems))


def _render(source: Source) -> tuple[list[Part], dict[str, Mapping[str, Any]]]:
    """Every section's part and summary; all are read before any is rendered, so that problems are complete."""
    found = [section.read(source) for section in SECTIONS]
    parts = [section.render(item) for section, item in zip(SECTIONS, found, strict=True)]
    return parts, {section.name: part.summary for section, part in zip(SECTIONS, parts, strict=True)}


def _answers(claims: list[Claim], parts: list[Part]) -> list[Answer]:
    """What the first screen says under each question; the first claim is the headline already."""
    told: dict[str, list[tuple[Inline, ...]]] = {question: [] for question in QUESTIONS}
    for claim in claims:
        if claim is not claims[0]:
            told[claim.question].append((Verdict(claim.status, f"{claim.text}."),))
        if claim.detail:
            told[claim.question].append((claim.detail,))
    for answer in (answer for part in parts for answer in part.answers):
        told[answer.question] += answer.lines
    return [Answer(question, tuple(lines)) for question, lines in told.items() if lines]


def _compare(source: Source, now: Mapping[str, Mapping[str, Any]], other: Path) -> list[Change] | None:
    """What changed since the other report; None, with a problem, when that one cannot be read."""
    before = _summaries(source, other)
    if before is None:
        return None
    # Through JSON and back, because the earlier summaries may have made that journey.
    mine = json.loads(json.dumps(strict_json(now)))
    found = [change for section in SECTIONS for change in section.changes(mine[section.name], before[section.name])]
    order = ("worse", "gone", "new", "better", "note")
    return sorted(found, key=lambda change: order.index(change.status))


def _summaries(source: Source, other: Path) -> dict[str, Mapping[str, Any]] | None:
    folder = _folder(other)
    earlier = Source(folder, prefix=f"{folder.name}/")
    if other.is_dir() and any((folder / name).exists() for name in ("compare.json", "bench.json")):
        _, summaries = _render(earlier)
        found: dict[str, Any] = json.loads(json.dumps(strict_json(summaries)))
    else:
        raw = earlier.json(_REPORT if other.is_dir() else other.name) or {}
        nested = raw.get("sections")
        found = nested if isinstance(nested, dict) else {}
        if raw and not found:
            earlier.report(_REPORT, "is not a samegraph report", "foreign")
    known = any(found.values())
    # What is odd inside the other report was its own business; here only counts whether it could be read.
    told = ("unreadable", "foreign") if known else ("unreadable", "foreign", "missing")
    source.problems.extend(problem for problem in earlier.problems if problem.kind in told)
    if not known:
        return None
    usable = {section.name: found.get(section.name) for section in SECTIONS}
    return {name: value if isinstance(value, dict) else {} for name, value in usable.items()}


def _folder(other: Path) -> Path:
    """The folder of the other report, with a name even when it was given as `.`."""
    return (other if other.is_dir() else other.parent).resolve()


def _with_files(part: Part) -> Part:
    """The part with each figure knowing the file that holds it beside the Markdown."""
    return replace(part, first=_filed(part.first), body=_filed(part.body))


def _filed(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(replace(block, file=f"{_FIGURES}/{block.name}.svg"))
        elif isinstance(block, (Grid, Details)):
            found.append(replace(block, blocks=_filed(block.blocks)))
        else:
            found.append(block)
    return tuple(found)


def _write(directory: Path, page: Page, record: Mapping[str, Any], problems: tuple[Problem, ...]) -> Built:
    drawn = [figure for part in page.parts for figure in figures(part.first + part.body)]
    style = rendering.chart_style()
    record = {**record, "figures": [figure.file for figure in drawn]}
    # Every text is made before the first is written: a failure leaves the earlier report whole.
    texts = {figure.file: charts.standalone(figure.svg, "" if figure.style else style) for figure in drawn}
    texts[_REPORT] = json.dumps(strict_json(record), separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n"
    texts["report.md"] = rendering.markdown(page)
    texts["report.html"] = rendering.html(page)
    outdated = written_before(directory) - texts.keys()
    for name, text in texts.items():
        replace_file(directory / name, text.encode("utf-8", errors="replace"))
    for name in outdated:
        (directory / name).unlink(missing_ok=True)
    return Built(
        html=directory / "report.html",
        markdown=directory / "report.md",
        json=directory / _REPORT,
        figures=tuple(directory / figure.file for figure in drawn),
        status=str(record["status"]),
        headline=str(record["headline"]),
        problems=problems,
    )


def written_before(directory: Path) -> set[str]:
    """The figures that an earlier build of this directory says it wrote."""
    found = (Source(directory).json(_REPORT) or {}).get("figures")
    names = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    return {name for name in names if re.fullmatch(rf"{_FIGURES}/[a-z0-9-]+\.svg", name)}


def replace_file(path: Path, content: bytes) -> None:
    """Put the whole content in place at once, with the permissions any new file would have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
