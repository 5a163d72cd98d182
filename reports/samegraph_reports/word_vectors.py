"""The model of `word2vec.json`: how fast word vectors were trained on each backend and by gensim, and how good they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .blocks import NotRun
from .made import Made
from .palette import backend_order
from .source import Fields, Source

FILE = "word2vec.json"
SCHEMA = 1
GENSIM = "gensim"
NOT_BELOW, BELOW, UNKNOWN = "not below", "below", "not known"
ERRORS = 2.0
"""Standard errors of a difference that a mean may be below gensim's."""


@dataclass(frozen=True)
class Mean:
    """A mean over seeds with its standard error, which one seed does not have; median, low and high of the same values."""

    mean: float
    error: float | None
    median: float
    low: float
    high: float


@dataclass(frozen=True)
class System:
    """A backend, or gensim. speed: raw words a second; computed: raw words a second that a core computed; ratio: of gensim's speed
    with the same seed; first_step: seconds; loss: nats a pair.
    """

    name: str
    version: str
    trained: int
    speed: Mean | None
    computed: Mean | None
    ratio: Mean | None
    first_step: Mean | None
    loss: Mean | None
    scores: Mapping[str, Mean | None]
    reasons: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name with its version."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Apart:
    """How far one backend's losses are from another's on the same batches, as a share."""

    system: str
    of: str
    whole: float


@dataclass(frozen=True)
class WordVectors:
    """Everything that was trained; settings and text in words."""

    text: str
    settings: str
    seeds: int
    threads: int | None
    command: str
    made: Made
    systems: tuple[System, ...]
    apart: tuple[Apart, ...]

    @property
    def gensim(self) -> System | None:
        """The one that the others are set against."""
        return next((s for s in self.systems if s.name == GENSIM), None)

    @property
    def backends(self) -> tuple[System, ...]:
        """All others, in a reader's order."""
        return tuple(sorted((s for s in self.systems if s.name != GENSIM), key=lambda s: backend_order(s.name)))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the scores."""
        return tuple(dict.fromkeys(name for s in self.systems for name in s.scores))

    @property
    def not_run(self) -> tuple[NotRun, ...]:
        """The trainings that did not end, or without a score."""
        return tuple(NotRun("word vectors", s.name, why) for s in self.systems for why in s.reasons)

    def against(self, system: System, name: str) -> str:
        """Whether a score is below gensim's by more than two standard errors, as its own numbers say."""
        own, rival = system.scores.get(name), self.gensim.scores.get(name) if self.gensim else None
        if own is None or rival is None or own.error is None or rival.error is None:
            return UNKNOWN
        return BELOW if own.mean - rival.mean < -ERRORS * math.hypot(own.error, rival.error) else NOT_BELOW


def read(source: Source) -> WordVectors | None:
    """What was trained; None where no file is there, and, with a problem, where it cannot be read or is another."""
    if not (source.directory / FILE).exists():
        return None
    raw = source.json(FILE)
    if raw is None:
        return None
    fields = Fields(raw, source, FILE)
    if raw.get("schema") != SCHEMA or not isinstance(raw.get("systems"), list):
        told = f"has the schema {raw.get('schema')!r}, and no list of systems or another: {SCHEMA} is known"
        source.report(FILE, told, "foreign")
        return None
    systems = tuple(_system(item) for item in fields.objects("systems"))
    apart = (Apart(a.text("system"), a.text("of"), a.number("whole") or 0.0) for a in fields.objects("agreement"))
    return WordVectors(
        text=_text(fields.nested("text")),
        settings=", ".join(f"{name} {value}" for name, value in fields.entries("settings").items()),
        seeds=len(fields.numbers("seeds")),
        threads=fields.integer("threads"),
        command=fields.text("command"),
        made=Made.of(fields.text("created"), fields.nested("source")),
        systems=systems,
        apart=tuple(apart),
    )


def _text(fields: Fields) -> str:
    words, vocabulary = fields.integer("words"), fields.integer("vocabulary")
    sizes = [f"{n:,} {what}" for n, what in ((words, "words"), (vocabulary, "of them different")) if n is not None]
    return ", ".join([fields.text("name", "a text"), *sizes])


def _system(fields: Fields) -> System:
    scores = fields.nested("scores")
    reasons = fields.raw.get("reasons")
    return System(
        name=fields.text("system", "unnamed"),
        version=fields.text("version"),
        trained=fields.integer("trained") or 0,
        speed=_mean(fields, "speed"),
        computed=_mean(fields, "speed_computed"),
        ratio=_mean(fields, "ratio"),
        first_step=_mean(fields, "first_step"),
        loss=_mean(fields, "loss"),
        scores={name: _mean(scores, name) for name in scores.raw},
        reasons=tuple(str(why) for why in reasons) if isinstance(reasons, list) else (),
    )


def _mean(fields: Fields, key: str) -> Mean | None:
    found = fields.object(key)
    if found is None:
        return None
    mean, median, low, high = (found.number(name) for name in ("mean", "median", "low", "high"))
    if mean is None or median is None or low is None or high is None or not math.isfinite(mean):
        fields.complain(key, "is no mean: mean, median, low and high are to be numbers")
        return None
    return Mean(mean, found.number("standard_error"), median, low, high)
