"""Where the numbers come from: machine, versions, and the command that repeats them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .. import benchmarks, comparison, verification, word_vectors
from ..blocks import Block, Callout, Cell, Change, Grid, Head, Listing, Paragraph, Part, Table
from ..made import Made
from ..quantities import ABSENT
from ..section import Section
from ..source import Fields, Source, as_number

_TITLE, _ANCHOR = "Environment", "environment"


@dataclass(frozen=True)
class Environment:
    """Facts by name, package versions, the command, and of each part of the report when and of which source it was made."""

    facts: Mapping[str, str]
    timed_on: Mapping[str, str]
    packages: Mapping[str, str]
    command: str
    parts: Mapping[str, Made]


def read(source: Source) -> Environment | None:
    """What the comparison and the benchmarks recorded about where they ran."""
    compared, timed = source.json(comparison.FILE), source.json(benchmarks.FILE)
    if compared is None and timed is None:
        return None
    run = Fields(compared or {}, source, comparison.FILE)
    place = run.nested("environment")
    facts = {
        "Seed": run.text("seed"),
        "Python": place.text("python"),
        "Platform": place.text("platform"),
        "Processor": place.text("processor"),
        "GPU": _gpus(place),
        "Cores": place.text("cores"),
        "Memory": _memory(place),
    }
    packages = {name: str(version) for name, version in place.entries("packages").items()}
    bench = Fields(timed or {}, source, benchmarks.FILE)
    return Environment(
        _known(facts), _known(_timed_on(bench)), packages, run.text("command"), _parts(source, run, bench)
    )


def _gpus(place: Fields) -> str:
    named = place.raw.get("gpus")
    return "; ".join(str(name) for name in named) if isinstance(named, list) else ""


def render(found: Environment | None) -> Part:
    """The part of the page that lets a reader repeat the run."""
    if found is None:
        text = Paragraph(("The environment was not recorded.",), quiet=True)
        return Part(_TITLE, _ANCHOR, body=(text,))
    blocks: list[Block] = []
    if found.command:
        blocks += [Paragraph(("This command repeats the comparison:",)), Listing(found.command)]
    tables = (
        _facts("Where the comparison ran", found.facts),
        _facts("Versions", found.packages, ("Package", "Version")),
        _facts("Where the times were taken", found.timed_on),
    )
    known = tuple(table for table in tables if table.rows)
    blocks.append(Grid(known) if known else Paragraph(("Machine and versions were not recorded.",), quiet=True))
    blocks.append(_parts_table(found.parts))
    summary = {
        "facts": dict(found.facts),
        "packages": dict(found.packages),
        "command": found.command,
        "parts": {name: vars(made) for name, made in found.parts.items()},
    }
    return Part(_TITLE, _ANCHOR, first=_mixed(found.parts), body=tuple(blocks), summary=summary)


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Versions that moved: they explain other changes, so they are notes rather than findings."""
    found = []
    for field in ("packages", "facts"):
        new, old = now.get(field) or {}, before.get(field) or {}
        for name in dict.fromkeys([*old, *new]):
            if name != "Seed" and new.get(name) != old.get(name):
                found.append(Change("note", name, str(old.get(name) or ABSENT), str(new.get(name) or ABSENT)))
    return found


def _parts(source: Source, run: Fields, bench: Fields) -> dict[str, Made]:
    """Each part that was read."""
    found = {}
    if run.raw:
        found["comparison"] = Made.of(run.text("created"), run.nested("source"))
    for file in sorted(path.name for path in source.directory.glob(verification.PATTERN)):
        suite = Fields(source.json(file) or {}, source, file)
        if suite.raw:
            found[f"conformance suite on {suite.text('backend')}"] = Made.of(
                suite.text("created"), suite.nested("source")
            )
    if (vectors := word_vectors.read(source)) is not None:
        found["word vectors"] = vectors.made
    if bench.raw:
        found["timings"] = Made.of(bench.text("datetime"), bench.nested("commit_info"), "id", "dirty")
    return found


def _parts_table(parts: Mapping[str, Made]) -> Table:
    rows = tuple((Cell(name), Cell(made.moment or ABSENT), Cell(made.source)) for name, made in parts.items())
    heads = (Head("Part"), Head("Made"), Head("Of commit"))
    return Table("When each part was made, and of which source", heads, rows, style="facts", sortable=False)


def _mixed(parts: Mapping[str, Made]) -> tuple[Block, ...]:
    """A warning where the parts do not belong together, or to no commit."""
    if len({made.commit for made in parts.values()}) <= 1 and not any(made.changed for made in parts.values()):
        return ()
    groups: dict[str, list[str]] = {}
    for name, made in parts.items():
        groups.setdefault(made.source, []).append(name)
    lines = tuple((f"{source}: {', '.join(names)}",) for source, names in groups.items())
    return (Callout("warn", "The parts of this report were not all made of one commit", lines),)


def _memory(place: Fields) -> str:
    size = as_number(place.raw.get("memory_gib"))
    return f"{size:.1f} GiB" if size is not None else ""


def _timed_on(bench: Fields) -> dict[str, str]:
    info = bench.nested("machine_info")
    facts = {name.capitalize(): str(value) for name, value in benchmarks.machine(bench).items()}
    facts["Python"] = info.text("python_version")
    facts["pytest-benchmark"] = bench.text("version")
    return facts


def _known(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value}


def _facts(caption: str, facts: Mapping[str, str], heads: tuple[str, str] = ("What", "Value")) -> Table:
    rows = tuple((Cell(name), Cell(value)) for name, value in facts.items())
    return Table(caption, (Head(heads[0]), Head(heads[1])), rows, style="facts", sortable=False)


SECTION = Section("environment", read, render, changes)
