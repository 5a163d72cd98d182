"""Word vectors trained on every backend, against gensim: how fast, how good, how far the backends are from each other."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .. import palette, word_vectors
from ..blocks import (
    FAST,
    GOOD,
    Answer,
    Block,
    Cell,
    Change,
    Claim,
    Code,
    Figure,
    Head,
    Inline,
    Link,
    Listing,
    NotRun,
    Paragraph,
    Part,
    Table,
)
from ..charts import Ratio, RatioChart, ratio_chart
from ..quantities import ABSENT, count, plain, ratio, seconds
from ..section import Section
from ..source import as_number
from ..word_vectors import BELOW, ERRORS, FILE, GENSIM, NOT_BELOW, UNKNOWN, Mean, System, WordVectors

_TITLE, _ANCHOR = "Word vectors", "word-vectors"
_MEASURES = ("Words/s", "Words a second computed", "Of gensim's words/s", "First step", "Loss")
_READING = (
    "Raw words a second of a whole training, first step included, reading the text and its vocabulary left out. A second computed is "
    "one of one core, whatever else the machine did. The ratio is to gensim's with the same seed, which had its turn beside it: median, "
    "lowest and highest. Scores are means with their standard errors; a score is below gensim's when it is by more than two standard "
    "errors of the difference.",
)


def render(found: WordVectors | None) -> Part:
    """The part of the page that tells of word vectors."""
    if found is None or not found.systems:
        told = Paragraph(
            ("Word vectors: not run. ", Code("samegraph word2vec --against-gensim"), " trains them."), True
        )
        missing = NotRun("word vectors", "every backend", f"no {FILE} that could be read beside the results")
        return Part(_TITLE, _ANCHOR, body=(told,), not_run=(missing,))
    body: list[Block] = [Paragraph(_READING), Paragraph((_about(found),), quiet=True), _table(found)]
    body += [figure] if (figure := _figure(found)) else []
    body += [Paragraph((_agreement(found),))] if found.apart else []
    body += [Paragraph(("This command repeats it:",), quiet=True), Listing(found.command)] if found.command else []
    return Part(
        _TITLE,
        _ANCHOR,
        claims=tuple(_claims(found)),
        answers=tuple(_answers(found)),
        body=tuple(body),
        not_run=found.not_run,
        summary=_summary(found),
    )


def _about(found: WordVectors) -> str:
    threads = f", {count(found.threads, 'core')}" if found.threads else ""
    return f"{found.text}; {count(found.seeds, 'seed')}{threads}; {found.settings}."


def _claims(found: WordVectors) -> list[Claim]:
    """Scores below gensim's, and backends that did not train."""
    below: dict[str, list[str]] = {}
    for system in found.backends:
        names = [name for name in found.names if found.against(system, name) == BELOW]
        if names:
            below.setdefault(", ".join(names), []).append(system.name)
    claims = [
        Claim(
            "warn",
            f"Word vectors of {', '.join(own)} score below gensim's: {names}",
            "By more than two standard errors.",
            GOOD,
        )
        for names, own in below.items()
    ]
    short = [s.name for s in found.systems if s.trained < found.seeds]
    if short:
        told = f"Word vectors were not trained, or not with every seed, by {', '.join(short)}"
        claims.append(Claim("warn", told, "The rest went on without.", GOOD))
    return claims


def _answers(found: WordVectors) -> list[Answer]:
    name = Link("word vectors", _ANCHOR, named=True)
    timed = [s for s in found.backends if s.ratio is not None]
    told = ", ".join(f"{s.name} {_range(s.ratio)}" for s in timed if s.ratio is not None)
    fast: tuple[tuple[Inline, ...], ...] = ((name, f": words a second, of gensim's: {told}."),) if told else ()
    good = _good(found)
    lines: tuple[tuple[Inline, ...], ...] = ((name, f": {good}."),) if good else ()
    return [Answer(question, own) for question, own in ((FAST, fast), (GOOD, lines)) if own]


def _range(value: Mean) -> str:
    spread = f" ({ratio(value.low)} – {ratio(value.high)})" if value.low < value.high else ""
    return f"{ratio(value.median)}{spread}"


def _good(found: WordVectors) -> str:
    """The scores of the backend that is first in order, and gensim's."""
    first = next((s for s in found.backends if any(s.scores.values())), None)
    sides = [s for s in (first, found.gensim) if s is not None]
    told = "; ".join(f"{s.name} {', '.join(_score(s.scores.get(n), n) for n in found.names)}" for s in sides)
    known = [found.against(s, n) for s in found.backends for n in found.names]
    if known and all(one == NOT_BELOW for one in known):
        told += "; no backend is below gensim"
    return told


def _score(value: Mean | None, name: str) -> str:
    return f"{name} {ABSENT if value is None else plain(value.mean)}"


def _table(found: WordVectors) -> Table:
    heads = [Head("Trained by"), *(Head(n, numeric=True) for n in _MEASURES)]
    heads += [Head(name, numeric=True) for name in found.names]
    systems = [*found.backends, *([found.gensim] if found.gensim else [])]
    return Table("Word vectors: speed and scores", tuple(heads), tuple(_row(found, s) for s in systems))


def _row(found: WordVectors, system: System) -> tuple[Cell, ...]:
    note = "; ".join(system.reasons) if system.trained < found.seeds else ""
    scores = tuple(_scored(found, system, name) for name in found.names)
    own = (
        _cell(system.speed, lambda m: f"{m.median:,.0f}"),
        _cell(system.computed, lambda m: f"{m.median:,.0f}"),
        _cell(system.ratio, lambda m: ratio(m.median), lambda m: f"{ratio(m.low)} – {ratio(m.high)}"),
        _cell(system.first_step, lambda m: seconds(m.median)),
        _cell(system.loss, lambda m: plain(m.mean, 4), _error),
    )
    return (Cell(system.label, note=note or f"{count(system.trained, 'seed')}"), *own, *scores)


def _cell(value: Mean | None, write: Any, note: Any = lambda m: "") -> Cell:
    return Cell(ABSENT, math.nan) if value is None else Cell(write(value), value.mean, note=note(value))


def _error(value: Mean) -> str:
    return "one seed: no error" if value.error is None else f"± {plain(value.error, 2)}"


def _scored(found: WordVectors, system: System, name: str) -> Cell:
    value = system.scores.get(name)
    if value is None:
        return Cell(ABSENT, math.nan)
    verdict = UNKNOWN if system.name == GENSIM else found.against(system, name)
    told = _error(value) if verdict == UNKNOWN else f"{_error(value)}, {verdict}"
    status = {BELOW: "bad", NOT_BELOW: "good"}.get(verdict, "")
    return Cell(plain(value.mean), value.mean, status=status, note=told)


def _figure(found: WordVectors) -> Figure | None:
    """A bar a backend: its time against gensim's."""
    names = [s.name for s in found.backends]
    rows = [
        Ratio(s.name, 1 / s.ratio.median, 1 / s.ratio.high, 1 / s.ratio.low, palette.backend_slot(s.name, names))
        for s in found.backends
        if s.ratio is not None and s.ratio.low > 0
    ]
    if not rows:
        return None
    title = "Word vectors: time a word against gensim's"
    told = "; ".join(f"{row.label} {ratio(row.value)}" for row in rows)
    chart = RatioChart("word-vectors-time", title, f"Below 1 is faster. {told}.", tuple(rows))
    heads = (Head("Backend"), *(Head(name, numeric=True) for name in ("Time", "Low", "High")))
    cells = tuple((Cell(r.label), *(Cell(ratio(v), v) for v in (r.value, r.low, r.high))) for r in rows)
    return Figure(
        "word-vectors-time", title, ratio_chart(chart), caption=title, table=Table(title, heads, cells, sortable=False)
    )


def _agreement(found: WordVectors) -> str:
    told = "; ".join(f"{a.system} {plain(a.whole, 2)}" for a in found.apart)
    return f"The backends see the same batches. Their losses differ from {found.apart[0].of}'s at most by these shares: {told}."


def _summary(found: WordVectors) -> dict[str, Any]:
    systems = {}
    for system in found.systems:
        means = {"speed": system.speed, "ratio": system.ratio, "loss": system.loss, **system.scores}
        known = {name: {"mean": m.mean, "error": m.error, "median": m.median} for name, m in means.items() if m}
        verdicts = {} if system.name == GENSIM else {n: found.against(system, n) for n in found.names}
        systems[system.name] = {"version": system.version, **known, "against": verdicts}
    return {"text": found.text, "seeds": found.seeds, "settings": found.settings, "systems": systems}


def changes(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[Change]:
    """Scores of the backends that moved, on the same text with the same settings.

    Not those against gensim's: with more than one worker gensim comes to other ones each time.
    """
    if any(now.get(name) != before.get(name) for name in ("text", "settings")) or not now:
        return []
    found = []
    for name, old in (before.get("systems") or {}).items():
        new = (now.get("systems") or {}).get(name) or {}
        for score in old.get("against") or {}:
            sides = [_known(side.get(score)) for side in (old, new)]
            status = _moved(*sides)
            if status:
                told = (ABSENT if side is None else f"{plain(side[0])} ± {plain(side[1], 2)}" for side in sides)
                found.append(Change(status, f"word vectors of {name}: {score}", *told))
    return found


def _known(score: Any) -> tuple[float, float] | None:
    """The mean and its standard error."""
    values = [as_number(score.get(name)) for name in ("mean", "error")] if isinstance(score, Mapping) else [None, None]
    mean, error = values
    return None if mean is None or error is None else (mean, error)


def _moved(old: tuple[float, float] | None, new: tuple[float, float] | None) -> str:
    """Worse or better by more than two standard errors, else nothing; "gone" where there is none any more."""
    if old is None or new is None:
        return "gone" if old is not None else ""
    if abs(new[0] - old[0]) <= ERRORS * math.hypot(old[1], new[1]):
        return ""
    return "worse" if new[0] < old[0] else "better"


SECTION = Section(_ANCHOR, word_vectors.read, render, changes)
