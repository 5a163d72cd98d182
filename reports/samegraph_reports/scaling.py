"""Which timings differ by a size only, and so make a curve: found by the numbers in what was asked and in the column's name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .benchmarks import Benchmark

_NUMBER = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(?![\w.])")


@dataclass(frozen=True)
class Curve:
    """Time over size: `of` is what there are so many of, `columns` the timings by column and size.

    A size that the question names is left open in it: `a chain of … ops`.
    """

    question: str
    program: str
    tier: str
    of: str
    sizes: tuple[float, ...]
    columns: Mapping[str, Mapping[float, Benchmark]]


@dataclass(frozen=True)
class _Place:
    """Where a timing stands on one curve."""

    question: str
    of: str
    size: float
    label: str


def curves(benchmarks: Sequence[Benchmark]) -> list[Curve]:
    """Every curve with at least two sizes, in the order of its first timing; a column with one size is on none."""
    groups: dict[tuple[str, str, str, str], dict[str, dict[float, Benchmark]]] = {}
    for item in benchmarks:
        for place in _places(item):
            columns = groups.setdefault((place.question, item.program, item.tier, place.of), {})
            columns.setdefault(place.label, {})[place.size] = item
    found = []
    for (question, program, tier, of), columns in groups.items():
        kept = {label: own for label, own in columns.items() if len(own) > 1}
        sizes = tuple(sorted({size for own in kept.values() for size in own}))
        if sizes:
            found.append(Curve(question, program, tier, of, sizes, kept))
    return found


def _places(item: Benchmark) -> Iterator[_Place]:
    """The curves a timing may stand on: by the size it names itself, by a number in its question, by one in its column."""
    if item.size is not None:
        yield _Place(item.question, item.size_of or "size", item.size, item.label)
    for text in (item.question, item.kind):
        numbers = list(_NUMBER.finditer(text))
        if len(numbers) != 1 or not float(numbers[0][0].replace(",", "")) > 0:
            continue
        size, rest, of = _without(text, numbers[0])
        if text is item.question:
            yield _Place(f"{text[: numbers[0].start()]}…{text[numbers[0].end() :]}", of, size, item.label)
        else:
            yield _Place(item.question, of, size, item.label.replace(text, rest))


def _without(text: str, number: re.Match[str]) -> tuple[float, str, str]:
    """The size, the text without the part that names it, and what it is the size of: the word behind it, or before it."""
    behind = re.match(r" ([^\s,]+)", text[number.end() :])
    before = re.search(r"([^\s,]+) $", text[: number.start()])
    start, end, of = number.start(), number.end(), "size"
    if behind:
        end, of = end + behind.end(), behind[1]
    elif before:
        start, of = before.start(), before[1]
    rest = re.sub(r"(,\s*)+(?=,|$)|^[,\s]+", "", f"{text[:start].rstrip()}{text[end:]}").strip(" ,")
    return float(number[0].replace(",", "")), rest, of
