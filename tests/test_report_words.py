"""The report's section on word vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("jinja2")

from samegraph_reports import Built, build

from tests.report_samples import SVG, bench, comparison, given

SCORES = ("WordSim-353", "SimLex-999", "analogies")


def mean(value: float, error: float | None = 0.01) -> dict[str, Any]:
    return {"mean": value, "standard_error": error, "median": value, "low": value * 0.9, "high": value * 1.1}


def system(name: str, words: float, score: float = 0.4, **changes: Any) -> dict[str, Any]:
    own = name != "gensim"
    found = {
        "system": name,
        "version": "1.2",
        "trained": 3,
        "speed": mean(words),
        "speed_computed": mean(words / 2),
        "ratio": mean(words / 600_000) if own else None,
        "first_step": mean(0.3) if own else None,
        "loss": mean(2.5) if own else None,
        "scores": {n: mean(score) for n in SCORES},
        "against": {n: {"verdict": "not below"} for n in SCORES} if own else {},
        "reasons": [],
    }
    return {**found, **changes}


def word2vec(*systems: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = {
        "schema": 1,
        "created": "2026-11-28T04:00:00+00:00",
        "source": {"commit": "0123456789abcdef", "changed": False},
        "command": "samegraph word2vec text.txt --against-gensim",
        "text": {"name": "text.txt", "words": 5_417_136, "vocabulary": 46_618},
        "settings": {"dimensions": 100, "rate": 0.05},
        "seeds": [1, 2, 3],
        "threads": 2,
        "systems": [*systems] or [system("jax", 900_000), system("numpy", 840_000), system("gensim", 600_000)],
        "agreement": [{"system": "jax", "of": "numpy", "first": 1e-8, "whole": 3e-8, "seeds": 3}],
    }
    return {**found, **changes}


def reported(folder: Path, content: Any) -> Built:
    given(folder, comparison(), bench(), linear=SVG.format(""))
    if content is not None:
        written = content if isinstance(content, str) else json.dumps(content)
        (folder / "word2vec.json").write_text(written, encoding="utf-8")
    return build(folder)


def test_speed_scores_and_their_errors_are_told(tmp_path: Path) -> None:
    built = reported(tmp_path, word2vec())
    page, text = built.html.read_text(encoding="utf-8"), built.markdown.read_text(encoding="utf-8")
    assert built.problems == () and built.status == "good"
    for words in (
        "1.50×",
        "900,000",
        "450,000",
        "5,417,136 words",
        "46,618 of them different",
        "± 0.01",
        "not below",
        "jax 3.0e-8",
    ):
        assert words in page and words in text, words
    assert "no backend is below gensim" in text and "numpy 1.40×" in text
    drawn = next(f for f in built.figures if "word-vectors" in f.name).read_text(encoding="utf-8")
    assert "Below 1 is faster. numpy 0.71×; jax 0.67×." in drawn
    record = json.loads(built.json.read_text(encoding="utf-8"))["sections"]["word-vectors"]
    assert record["systems"]["jax"]["against"] == dict.fromkeys(SCORES, "not below")


def test_without_it_the_section_says_not_run_and_nothing_is_wrong(tmp_path: Path) -> None:
    built = reported(tmp_path, None)
    assert built.problems == () and "Word vectors: not run" in built.markdown.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"schema": 1, "syst', "truncated"),
        ("", "is empty"),
        ("[1]", "array"),
        ({"schema": 2, "systems": []}, "schema"),
        ({"entirely": "other"}, "schema"),
        (word2vec(system("jax", 1.0, speed="fast")), "speed: expected an object"),
        (word2vec(system("jax", 1.0, speed={"mean": 1})), "speed: is no mean"),
        (word2vec(systems=[3]), "systems[0]"),
    ],
)
def test_a_broken_file_is_named_and_the_rest_is_reported(tmp_path: Path, content: Any, words: str) -> None:
    built = reported(tmp_path, content)
    assert any(p.file == "word2vec.json" and words in p.message for p in built.problems), built.problems
    assert built.headline == "All 11 columns agree"


def test_a_score_below_gensims_is_a_warning_whatever_the_file_claims(tmp_path: Path) -> None:
    below = (system(name, 900_000, 0.37) for name in ("torch", "jax"))
    built = reported(tmp_path, word2vec(*below, system("gensim", 600_000, 0.4)))
    told = f"Word vectors of torch, jax score below gensim's: {', '.join(SCORES)}"
    assert built.status == "warn" and told in built.markdown.read_text(encoding="utf-8")
    near = reported(tmp_path / "near", word2vec(system("torch", 900_000, 0.373), system("gensim", 600_000, 0.4)))
    assert near.status == "good"  # 0.027 is within two errors of 0.014


def test_one_that_did_not_train_is_told_with_its_reason(tmp_path: Path) -> None:
    empty = dict.fromkeys(("speed", "speed_computed", "ratio", "first_step", "loss"))
    dead = system("torch", 1.0, trained=0, scores=dict.fromkeys(SCORES), reasons=["died of <it>"], **empty)
    built = reported(tmp_path, word2vec(dead, system("gensim", 600_000)))
    text = built.markdown.read_text(encoding="utf-8")
    assert built.status == "warn" and "| word vectors | torch | died of" in text and "<it>" not in text


@pytest.mark.parametrize(
    ("now", "status"),
    [
        ((system("jax", 900_000, 0.3),), "worse"),
        ((system("jax", 900_000, 0.5),), "better"),
        ((system("jax", 900_000, 0.4, scores=dict.fromkeys(SCORES)),), "gone"),
        ((system("jax", 900_000, 0.38),), ""),
    ],
)
def test_a_score_that_moved_is_a_change(tmp_path: Path, now: Any, status: str) -> None:
    reported(tmp_path / "old", word2vec())
    given(tmp_path / "new", comparison(), bench(), linear=SVG.format(""))
    # gensim's own score may move: the backends' have not, though they are below it now
    content = word2vec(*now, system("numpy", 840_000), system("gensim", 600_000, 0.5))
    (tmp_path / "new" / "word2vec.json").write_text(json.dumps(content), encoding="utf-8")
    built = build(tmp_path / "new", tmp_path / "old")
    moved = json.loads(built.json.read_text(encoding="utf-8"))["changes"]
    wanted = [(status, f"word vectors of jax: {name}") for name in SCORES] if status else []
    assert [(c["status"], c["what"]) for c in moved] == wanted
