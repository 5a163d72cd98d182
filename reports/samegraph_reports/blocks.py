"""The few kinds of content a section is made of; `rendering` turns each into HTML and into Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias


@dataclass(frozen=True)
class Code:
    """A name or a line of source inside running text."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that carry the sentence."""

    text: str


@dataclass(frozen=True)
class Link:
    """A jump to another place on the page; `named`: its text belongs to the sentence, and stays where nothing can jump."""

    text: str
    anchor: str
    named: bool = False


@dataclass(frozen=True)
class Verdict:
    """Words with the mark and the colour of a status: one of good, warn, bad, none."""

    status: str
    text: str

    @property
    def mark(self) -> str:
        """The sign before the words, for those who do not see the colour."""
        return {"good": "✓", "warn": "!", "bad": "✗"}.get(self.status, "○")


Inline: TypeAlias = "str | Code | Strong | Link | Verdict"


@dataclass(frozen=True)
class Cell:
    """One cell of a table: what is read, what it is sorted by, an optional second line and jump, and where jumps to it lead."""

    text: str
    value: float | None = None
    status: str = ""
    note: str = ""
    anchor: str = ""
    code: bool = False
    ident: str = ""

    @property
    def numeric(self) -> bool:
        """Whether the cell is set right-aligned and sorted by its value."""
        return self.value is not None


@dataclass(frozen=True)
class Head:
    """The header of one column."""

    text: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a header; `groups` are spanning headers above it as (text, number of columns).

    A filterable table gets a field to search in it, and for each key of its rows' `tags` a choice among their values.
    """

    kind: ClassVar[str] = "table"
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    groups: tuple[tuple[str, int], ...] = ()
    style: str = ""
    sortable: bool = True
    row_heads: int = 1
    filterable: bool = False
    tags: tuple[Mapping[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    kind: ClassVar[str] = "paragraph"
    parts: tuple[Inline, ...]
    quiet: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading inside a section; level 3 or 4."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 3
    anchor: str = ""
    note: str = ""


@dataclass(frozen=True)
class Callout:
    """A boxed finding; `status` is one of good, warn, bad, none."""

    kind: ClassVar[str] = "callout"
    status: str
    title: str
    lines: tuple[tuple[Inline, ...], ...] = ()


@dataclass(frozen=True)
class Listing:
    """Text to copy: a command."""

    kind: ClassVar[str] = "listing"
    text: str


@dataclass(frozen=True)
class Figure:
    """A drawing, inline in HTML and a file beside the Markdown; `table` holds its numbers."""

    kind: ClassVar[str] = "figure"
    name: str
    title: str
    svg: str
    narrow: str = ""
    file: str = ""
    caption: str = ""
    table: Table | None = None
    style: str = ""


@dataclass(frozen=True)
class Grid:
    """Blocks that may stand side by side."""

    kind: ClassVar[str] = "grid"
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Details:
    """Blocks folded away behind one line."""

    kind: ClassVar[str] = "details"
    summary: str
    blocks: tuple[Block, ...]
    anchor: str = ""


Block: TypeAlias = "Table | Paragraph | Heading | Callout | Listing | Figure | Grid | Details"


AGREE = "Do they agree?"
DIFFER = "Where do they differ?"
FAST = "How fast are they?"
GOOD = "How good are the trained models?"
QUESTIONS = (AGREE, DIFFER, FAST, GOOD)


@dataclass(frozen=True)
class Claim:
    """One sentence that may be the headline; `status` is one of good, warn, bad, none. Otherwise it answers its question."""

    status: str
    text: str
    detail: str = ""
    question: str = AGREE


@dataclass(frozen=True)
class Answer:
    """A few lines of the first screen under one of the QUESTIONS."""

    question: str
    lines: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class NotRun:
    """Something that was asked for and did not happen."""

    what: str
    where: str
    reason: str


@dataclass(frozen=True)
class Change:
    """One difference from an earlier report; `status` is one of worse, better, new, gone, note."""

    status: str
    what: str
    before: str
    now: str


@dataclass(frozen=True)
class Part:
    """What a section contributes: claims, answers and blocks for the first screen, and the body below."""

    title: str
    anchor: str
    claims: tuple[Claim, ...] = ()
    answers: tuple[Answer, ...] = ()
    first: tuple[Block, ...] = ()
    body: tuple[Block, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)


def figures(blocks: tuple[Block, ...]) -> list[Figure]:
    """Every figure in the blocks, nested ones included, in reading order."""
    found: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(block)
        elif isinstance(block, (Grid, Details)):
            found.extend(figures(block.blocks))
    return found
