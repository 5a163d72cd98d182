"""The report builder, on data like that of a real run and on data that no run should ever produce."""

from __future__ import annotations

import builtins
import json
import math
import os
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("jinja2")

from samegraph_reports import Built, build, charts, publishing, rendering
from samegraph_reports.charts import LineChart, Series, line_chart

from benchmarks import processes
from tests.report_samples import (
    HOSTILE,
    KINDS,
    SVG,
    bench,
    column,
    comparison,
    given,
    ledger,
    not_run,
    program,
    suite,
    timing,
)


class Page(HTMLParser):
    """What a test wants to know about a page."""

    def __init__(self, built: Built) -> None:
        super().__init__()
        self.source = built.html.read_text(encoding="utf-8")
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._stack: list[str] = []
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self._stack):
            self.text += data


def told(built: Built, *words: str) -> bool:
    """Whether a single problem, also on the page and in the Markdown, has all these words."""
    found = [problem for problem in built.problems if all(word in str(problem) for word in words)]
    page = Page(built).text
    return bool(found) and all(problem.message in page and problem.file in page for problem in found)


@pytest.fixture
def whole(tmp_path: Path) -> Built:
    """A report of everything."""
    drawing = SVG.format('<g id="a"><title>x</title><rect width="9" height="9" fill="url(#a)"/></g>')
    return build(given(tmp_path, comparison(), bench(), linear=drawing))


def test_everything_is_reported(whole: Built) -> None:
    page = Page(whole)
    assert (whole.status, whole.problems) == ("good", ())
    assert whole.headline == "All 11 columns agree"
    assert "1 program × 4 backends × 3 kinds of column: 5,280 comparisons" in page.text
    for words in ("Linear regression", "Nearest words", "16 µs", "15.6 GiB", "samegraph compare --seed 7", "2.21.0"):
        assert words in page.text
    assert "no GPU here" in page.text
    assert "secret-host" not in page.source


def test_a_session_that_is_fed_its_draws_runs_no_race(tmp_path: Path) -> None:
    """It does less than the others and than TensorFlow 1's session, and as much as what is written by hand."""
    fed = timing("jax", "draws fed", 10e-6, ratio_to={"idiom": {"median": 1.04, "low": 1.03, "high": 1.05}})
    text = build(given(tmp_path, timings=bench(timing("numpy", "rules", 16e-6), fed))).markdown.read_text("utf-8")
    assert "linear regression: numpy rules 16 µs" in text
    assert "Time against the same written by hand: numpy 1.10×, jax 1.04×." in text
    first = text[text.index("**Fastest column of each program**") : text.index("## Program by program")]
    assert "numpy rules" in first and "draws fed" not in first
    alone = build(given(tmp_path / "alone", timings=bench(fed))).markdown.read_text("utf-8")
    assert "draws fed" in alone


def test_the_record_is_strict_json(whole: Built) -> None:
    record = json.loads(whole.json.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert record["sections"]["compare"]["verdicts"]["agree"] == 11
    assert record["sections"]["bench"]["fastest"][0]["label"] == "numpy rules"
    assert record["headline"] == whole.headline


def test_the_same_inputs_give_the_same_bytes(whole: Built) -> None:
    paths = (whole.html, whole.markdown, whole.json, *whole.figures)
    before = [path.read_bytes() for path in paths]
    build(whole.html.parent)
    assert [path.read_bytes() for path in paths] == before
    assert not list(whole.html.parent.rglob(".*"))


def test_a_build_that_fails_leaves_the_earlier_report(whole: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    before = whole.html.read_bytes()

    def full(one: object, two: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        build(given(whole.html.parent, comparison(program(columns=[not_run("jax", "rules")]))))
    assert whole.html.read_bytes() == before
    assert not list(whole.html.parent.rglob(".*"))


def test_figures_of_an_earlier_build_go(whole: Built) -> None:
    keep = whole.html.parent / "figures" / "mine.svg"
    keep.write_text("mine", encoding="utf-8")
    again = build(given(whole.html.parent, comparison(program(name="other")), bench()))
    assert set(keep.parent.iterdir()) == {*again.figures, keep}


def test_the_page_asks_for_nothing(whole: Built) -> None:
    page = Page(whole)
    for tag, attributes in page.tags:
        for name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href", "background"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:,")), (tag, name, value)
    policy = next(attributes["content"] for _, attributes in page.tags if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http:" not in page.source
    assert "https:" not in page.source
    assert "@import" not in page.source


def test_every_link_on_the_page_leads_somewhere(whole: Built) -> None:
    page = Page(whole)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.tags:
        if tag == "a":
            assert str(attributes["href"]).removeprefix("#") in ids


def test_charts_speak_to_those_who_cannot_see_them(whole: Built) -> None:
    page = Page(whole)
    drawn = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert len(drawn) > 6
    ids = {attributes.get("id") for _, attributes in page.tags}
    for attributes in drawn:
        assert attributes["role"] == "img"
        names = (attributes.get("aria-labelledby") or "").split()
        assert set(names) <= ids
        assert names or attributes.get("aria-label")
    assert page.text.count("Numbers of this chart") >= 6


def test_a_figure_brings_the_colours_it_shows(whole: Built) -> None:
    assert whole.figures
    for figure in whole.figures:
        drawing = figure.read_text(encoding="utf-8")
        assert set(re.findall(r"var\((--[\w-]+)", drawing)) == set(re.findall(r"[{;](--[\w-]+):", drawing)), figure.name


def test_the_markdown_has_its_figures(whole: Built) -> None:
    text = whole.markdown.read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\n]*\]\((figures/[^)]+)\)", text)
    assert {whole.markdown.parent / name for name in shown} == set(whole.figures)
    for name in shown:
        root = ElementTree.fromstring((whole.markdown.parent / name).read_text(encoding="utf-8"))
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "# All 11 columns agree" in text
    assert "samegraph compare --seed 7" in text


@pytest.mark.parametrize("name", ["compare.json", "bench.json"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "missing"),
        ("", "empty"),
        (json.dumps(comparison())[:900], "truncated"),
        ("[1, 2]", "array"),
        ('{"name": "package.json"}', "is not a"),
        ("[" * 100_000, "truncated or is not JSON"),
        ('{"schema": 1, "programs": 3, "benchmarks": "no"}', "is not a"),
    ],
)
def test_a_bad_file_is_named_and_the_rest_is_reported(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    files: dict[str, Any] = {"compare.json": comparison(), "bench.json": bench(), name: content}
    built = build(given(tmp_path, files["compare.json"], files["bench.json"]))
    assert told(built, name, words)
    assert built.headline == ("All 11 columns agree" if name == "bench.json" else "Nothing was compared")
    assert ("16 µs" in Page(built).text) == (name == "compare.json")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    given(tmp_path, timings=bench())
    (tmp_path / "compare.json").write_bytes(b"\xff\xfe\x00{")
    assert told(build(tmp_path), "compare.json", "not JSON")


def test_another_schema_is_not_guessed_at(tmp_path: Path) -> None:
    built = build(given(tmp_path, {**comparison(), "schema": 2}))
    assert told(built, "compare.json", "schema 2")
    assert built.status == "none"


def test_wrong_fields_are_named_one_by_one(tmp_path: Path) -> None:
    strange = column("jax", "rules", loss="none", seconds={}, metrics={"accuracy": [1]}, gradient_difference=3)
    built = build(given(tmp_path, comparison(program(columns=[strange, column("torch", "rules"), "hello"]))))  # type: ignore[list-item]
    for place in ("loss", "seconds", "metrics.accuracy", "gradient_difference", "columns[2]"):
        assert told(built, "compare.json", place), place
    assert built.headline == "All 2 columns agree"


def test_an_empty_directory_still_gives_a_report(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert built.status == "none"
    assert {problem.kind for problem in built.problems} == {"missing"}
    assert built.html.exists()


def test_no_directory(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError, match="nowhere"):
        build(tmp_path / "nowhere")


def verdict_of(tmp_path: Path, *columns: dict[str, Any]) -> tuple[Built, list[str]]:
    """The report of these columns and what it makes of each."""
    built = build(given(tmp_path, comparison({**program(columns=list(columns)), "sharing": []})))
    record = json.loads(built.json.read_text(encoding="utf-8"))
    return built, [item["verdict"] for item in record["sections"]["compare"]["programs"][0]["columns"]]


def test_the_ledger_is_shown_with_its_counts(tmp_path: Path) -> None:
    built = build(given(tmp_path, comparison(), bench(), ledger(), linear=SVG.format("")))
    page, text = Page(built), built.markdown.read_text(encoding="utf-8")
    assert built.problems == ()
    for words in (
        "1 of 2 points differ, 1 of those in the gradient only",
        "≠ 0; gradient 1",
        "since 0.9.0",
        "left open",
    ):
        assert words in page.text and words in text
    assert "example.org/issue/1" in page.text and "the middle" in page.text
    record = json.loads(built.json.read_text(encoding="utf-8"))["sections"]["divergences"]
    assert (record["points"], record["differ"], record["gradient_only"]) == (2, 1, 1)
    assert record["answers"]["jax"] == {"abs-at-0": "0; gradient 1"}


def test_a_report_without_the_ledger_says_so_and_is_no_problem(whole: Built) -> None:
    assert "The divergence ledger was not put beside the results" in Page(whole).text and whole.problems == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"schema": 1, "sect', ("truncated",)),
        (ledger(schema=9), ("schema", "expected 1")),
        (ledger(sections=[{"title": "Kinks", "rows": [3]}]), ("rows[0]", "expected an object")),
        (
            ledger(sections=[{"title": "Kinks", "rows": [{"id": "x", "raw": {"jax": 3}}]}]),
            ("jax", "expected an object"),
        ),
        (ledger(patched=[1]), ("patched", "expected an object")),
    ],
)
def test_a_broken_ledger_is_named_and_the_rest_is_reported(
    tmp_path: Path, content: Any, words: tuple[str, ...]
) -> None:
    built = build(given(tmp_path, comparison(), bench(), content, linear=SVG.format("")))
    assert told(built, "divergences.json", *words)
    assert built.headline == "All 11 columns agree"


def test_an_answer_that_moved_between_two_reports(tmp_path: Path) -> None:
    old = build(given(tmp_path / "old", comparison(), bench(), ledger(), linear=SVG.format("")))
    moved = ledger()
    moved["sections"][0]["rows"][0]["raw"]["jax"]["text"] = "0; gradient 0"
    new = build(given(tmp_path / "new", comparison(), bench(), moved, linear=SVG.format("")), old.html.parent)
    (change,) = json.loads(new.json.read_text(encoding="utf-8"))["changes"]
    assert change["what"] == "raw jax: abs-at-0" and (change["before"], change["now"]) == (
        "0; gradient 1",
        "0; gradient 0",
    )


def test_not_run_is_never_an_agreement(tmp_path: Path) -> None:
    built, found = verdict_of(tmp_path, column("numpy", "rules"), not_run("torch", "rules"), not_run("jax", "rules"))
    assert found == ["agree", "not run", "not run"]
    assert built.headline == "1 of 3 columns agree; 2 not run"
    assert built.status == "warn"
    assert Page(built).text.count("torch is not installed") >= 2


def test_nothing_that_ran_is_no_success(tmp_path: Path) -> None:
    built, _ = verdict_of(tmp_path, not_run("torch", "rules"))
    assert built.status == "none"
    assert built.headline == "0 of 1 columns agree; 1 not run"


@pytest.mark.parametrize("comparisons", [0, None, -3])
def test_an_agreement_of_nothing_is_empty(tmp_path: Path, comparisons: int | None) -> None:
    built, found = verdict_of(tmp_path, column("numpy", "rules"), column("torch", "rules", comparisons=comparisons))
    assert found == ["agree", "empty"]
    assert built.headline == "1 of 2 columns agree; 1 empty"
    assert built.status == "warn"
    assert told(built, "compare.json", "nothing was compared")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "passed"}, "'passed'"),
        ({"verdict": None}, "given no verdict"),
        ({"loss": [1.0, "nan", 1.0]}, "not finite at step 1"),
        ({"distance": [0, 1e-3], "bound": [1e-6, 1e-6]}, "exceeds the bound at step 1"),
        ({"distance": [0, "nan"], "bound": [1e-6, 1e-6]}, "exceeds the bound at step 1"),
        ({"each_step": {"share": [0.5, None, 1.5], "worst": None}}, "step 2 by itself exceeds its bound"),
        ({"each_step": {"share": [0.5, "nan"], "worst": None}}, "step 1 by itself exceeds its bound"),
        ({"verdict": "agree-nonfinite"}, "does not name"),
    ],
)
def test_a_claim_that_its_numbers_contradict(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    built, found = verdict_of(tmp_path, column("numpy", "rules"), column("torch", "rules", **changes))
    assert found == ["agree", "unclear"]
    assert built.status == "bad"
    assert told(built, "compare.json", words)


def test_a_difference_leads_the_headline_and_says_where(tmp_path: Path) -> None:
    where = {"step": 5, "tensor": "W:0", "operation": "MatMul", "line": "train.py:12 in <module>"}
    odd = column("torch", "native", verdict="differ", first_difference={**where, "distance": 3e-3, "bound": 1e-5})
    built, _ = verdict_of(tmp_path, column("numpy", "rules"), odd, not_run("jax", "rules"))
    assert built.headline == "1 of 3 columns differs; 1 agree; 1 not run"
    text = Page(built).text
    assert "torch native: first difference at step 5" in text
    assert "train.py:12 in <module>" in text
    assert "bound 1.00e-5" in text


def test_the_worst_step_by_itself_is_told(tmp_path: Path) -> None:
    worst = {"step": 7, "quantity": "update of W", "share": 0.25, "error": 1e-6, "bound": 4e-6}
    odd = column("torch", "native", each_step={"share": [0.1, 0.25], "worst": worst})
    text = Page(verdict_of(tmp_path, column("numpy", "rules"), odd)[0]).text
    assert "25 % of bound" in text and "update of W, step 7" in text and "from where the column stands" in text


def test_numbers_too_small_to_tell_are_named_and_not_counted(tmp_path: Path) -> None:
    sunk = {"numbers": 7, "steps": {"gradient of bias": 7}}
    built, _ = verdict_of(tmp_path, column("numpy", "rules"), column("torch", "rules", comparisons=473, sunk=sunk))
    text = Page(built).text
    assert "953 comparisons" in text and "; not counted: 7 too near to rounding to tell." in text
    assert "the gradient of bias at 7 steps" in text and "7 sunk" in text
    built, _ = verdict_of(tmp_path, column("numpy", "rules"), column("torch", "rules"))
    assert "sunk" not in Page(built).text.lower() and "too near to rounding" not in Page(built).text


def test_numbers_that_a_step_leaves_alone_are_not_counted(tmp_path: Path) -> None:
    resting = column("torch", "rules", comparisons=473, at_rest=5000, sunk={"numbers": 7, "steps": {"loss": 7}})
    built, _ = verdict_of(tmp_path, column("numpy", "rules"), resting)
    text = Page(built).text
    told = "953 comparisons, each against numpy float64, rules; not counted: 5,000 that their step leaves alone (gradients of 0; "
    told += "none may move where a step is held by itself)"
    assert f"{told} and 7 too near to rounding to tell." in text and "5,000 at rest, 7 sunk" in text


MIXED = "The parts of this report were not all made of one commit"


def test_each_part_is_dated_and_has_its_commit(tmp_path: Path) -> None:
    built = build(given(tmp_path, comparison(), bench(), suites={"numpy": suite("numpy")}))
    text = Page(built).text
    for part, moment in (("comparison", "12:00"), ("conformance suite on numpy", "12:15"), ("timings", "12:30")):
        assert re.search(rf"{part}\s*2026-03-01 {moment}( UTC)?\s*0123456789ab", text), (part, text)
    assert MIXED not in text and "not committed" not in text


@pytest.mark.parametrize(
    "source, words",
    [
        ({"commit": "fedcba9876543210", "changed": False}, "fedcba987654: conformance suite on numpy"),
        ({"commit": "0123456789abcdef", "changed": True}, "0123456789ab, with changes that are not committed: conf"),
        ({}, "not recorded: conformance suite on numpy"),
    ],
)
def test_parts_of_different_states_of_the_source_are_told_on_the_first_screen(
    tmp_path: Path, source: dict[str, Any], words: str
) -> None:
    built = build(given(tmp_path, comparison(), bench(), suites={"numpy": suite("numpy", source=source)}))
    assert MIXED in Page(built).text and words in Page(built).text
    assert MIXED in built.markdown.read_text(encoding="utf-8").split("Program by program")[0]


def test_a_column_compared_with_a_branch_of_the_reference_says_so(tmp_path: Path) -> None:
    words = "at step 96 rounding decides between two gradients"
    built, found = verdict_of(tmp_path, column("numpy", "rules"), column("jax", "rules", note=words))
    assert found == ["agree", "agree"] and built.status == "good"
    assert f"jax rules: {words}" in Page(built).text


def test_nan_leaves_a_gap_and_is_marked(tmp_path: Path) -> None:
    losses = [1.0, 0.5, "nan", "inf", "-inf", None]
    where = {"step": 2, "tensor": "loss:0", "operation": "Log", "line": "train.py:9", "advice": "Clip the logits."}
    parts: dict[str, Any] = {"loss": losses, "distance": [0, 1e-7, "nan"], "bound": [1e-6] * 3, "nonfinite": where}
    odd = [column(name, "rules", verdict="agree-nonfinite", **parts) for name in ("torch", "jax")]
    built, found = verdict_of(tmp_path, *odd)
    assert found == ["agree-nonfinite"] * 2
    assert (built.status, built.headline) == ("warn", "0 of 2 columns agree; 2 up to a non-finite value alone")
    sound = column("numpy", "rules")
    (tmp_path / "sound").mkdir()
    verdict_of(tmp_path / "sound", sound, odd[0])
    both = build(tmp_path / "sound")
    assert (both.status, both.headline) == ("good", "1 of 2 columns agree; 1 up to a non-finite value alone")
    text = Page(built).text
    assert "torch rules, jax rules: first non-finite value at step 2" in text
    assert "Clip the logits." in text
    assert "first non-finite value at step 2" in text
    assert "NaN" in text
    assert "-∞" in text
    assert 'data-value="-Infinity"' in Page(built).source
    json.loads(built.json.read_text(encoding="utf-8"), parse_constant=pytest.fail)


def hostile(value: Any) -> Any:
    """The same JSON with every text in it made hostile."""
    if isinstance(value, str):
        return value if value in ("agree", "nan", "rules", "native", "idiom") else value + HOSTILE
    if isinstance(value, list):
        return [hostile(item) for item in value]
    if isinstance(value, dict):
        return {key: hostile(item) for key, item in value.items()}
    return value


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    where = {"step": 2, "tensor": "loss", "operation": "Log", "line": "train.py:9", "advice": "Clip."}
    odd = column("torch", "rules", first_difference=where, nonfinite=where, gradient_difference={HOSTILE: [0.1, 0.2]})
    data = hostile(comparison(program(columns=[odd, column("jax", "rules")])))
    data["programs"][0]["columns"][0]["verdict"] = "differ"
    built = build(given(tmp_path, data, hostile(bench()), hostile(ledger()), {"torch": hostile(suite("torch"))}))
    page = Page(built)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "<script>alert" not in page.source
    assert "alert(1)" in page.text
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    text = built.markdown.read_text(encoding="utf-8")
    assert "<script" not in text.split("\n```", 1)[0]
    assert not re.search(r"(?<!\\)\]\(http", text.split("\n```", 1)[0])
    assert "\x00" not in text + page.source
    for figure in built.figures:
        assert "<script" not in figure.read_text(encoding="utf-8")
        ElementTree.parse(figure)


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<rect onclick="alert(1)"/>', "onclick"),
        ('<image href="http://evil.example/x.png"/>', "image"),
        ("<foreignObject><p>x</p></foreignObject>", "foreignObject"),
        ('<use href="http://evil.example/x.svg#a"/>', "outside itself"),
        ('<a href="javascript:alert(1)"><text>x</text></a>', "outside itself"),
        ('<rect style="fill:url(http://evil.example/x)"/>', "outside itself"),
        ("<rect fill=\"url( 'evil.svg#a' )\"/>", "outside itself"),
        ("<rect style=\"fill:image-set('x.png' 1x)\"/>", "image-set"),
        ("<style>@import 'x.css';</style>", "style sheet"),
        ("<style>@font-face{font-family:x;src:url(x.woff)}</style>", "outside itself"),
        ("<style>rect{fill:ur\\6c(x)}</style>", "outside itself"),
        ("<style>rect{fill:red}} body{display:none}</style>", "style sheet"),
        ('<set attributeName="href" to="javascript:alert(1)"/>', "set"),
        ("<title><style>x</style></title>", "nests"),
        ('<p xmlns="http://www.w3.org/1999/xhtml">x</p>', "HTML"),
        ("<rect", "truncated"),
    ],
)
def test_a_drawing_that_does_more_than_draw_is_refused(tmp_path: Path, inside: str, words: str) -> None:
    built = build(given(tmp_path, bad=SVG.format(inside), good=SVG.format('<circle r="3" class="dot"/>')))
    assert told(built, "graphs/bad.svg", words)
    page = Page(built)
    assert "evil.example" not in re.sub(r"<code>.*?</p>", "", page.source)
    assert [attributes.get("aria-label") for tag, attributes in page.tags if tag == "svg"] == ["Graph of good"]


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + SVG.format("<text>&b;</text>")
    assert told(build(given(tmp_path, bomb=bomb)), "graphs/bomb.svg", "entities")


def test_a_drawing_keeps_to_itself(tmp_path: Path) -> None:
    inside = (
        "<metadata>who</metadata><style>svg{fill:none} .node,#n>text{fill:#123} @media print{text{fill:red}}</style>"
        '<g id="n" class="node" xmlns:i="urn:x" i:label="y"><text aria-labelledby="n">f(x)</text></g><use href="#n"/>'
    )
    document = '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">'
    built = build(given(tmp_path, one=document + SVG.format(inside)))
    assert not [problem for problem in built.problems if problem.kind != "missing"]
    source = Page(built).source
    for piece in (".d1{fill:none}", ".d1 .d1-node,.d1 #d1-n&gt;text{fill:#123}", 'id="d1-n"', 'href="#d1-n"', "f(x)"):
        assert piece in source
    for piece in ("<metadata", "DTD", 'id="n"', "fill:red"):
        assert piece not in source


def test_the_same_report_shows_no_change(tmp_path: Path) -> None:
    old, new = (given(tmp_path / name, comparison(), bench()) for name in ("old", "new"))
    built = build(new, other=old)
    assert "Against old: no change." in Page(built).text
    assert json.loads(built.json.read_text(encoding="utf-8"))["changes"] == []


@pytest.mark.parametrize("only_record", [False, True])
def test_a_slow_down_is_flagged_only_beyond_its_interval(tmp_path: Path, only_record: bool) -> None:
    bare = {"ratio_to": {}}
    was = (timing("numpy", "rules", 16e-6, **bare), timing("jax", "rules", 35e-6, **bare))
    now = (timing("numpy", "rules", 21e-6, **bare), timing("jax", "rules", 36e-6, **bare))
    old, new = given(tmp_path / "old", comparison(), bench(*was)), given(tmp_path / "new", comparison(), bench(*now))
    other = build(old).json if only_record else old
    built = build(new, other=other)
    changes = json.loads(built.json.read_text(encoding="utf-8"))["changes"]
    assert [(change["status"], change["what"]) for change in changes] == [
        ("worse", "linear_regression · one step · numpy rules")
    ]
    assert "1 change, 1 for the worse" in Page(built).text
    assert changes[0]["before"].startswith("16 µs")


def test_times_of_another_machine_are_not_compared(tmp_path: Path) -> None:
    before, now = bench(timing("numpy", "rules", 10e-6)), bench(timing("numpy", "rules", 90e-6))
    before["machine_info"]["cpu"]["brand_raw"] = "Another CPU"
    built = build(given(tmp_path / "new", comparison(), now), other=given(tmp_path / "old", comparison(), before))
    assert "no change." in Page(built).text
    assert "Another CPU" in Page(built).text


def test_ratios_are_compared_everywhere(tmp_path: Path) -> None:
    slower = {"idiom": {"median": 1.5, "low": 1.4, "high": 1.6}}
    now = bench(timing("numpy", "rules", ratio_to=slower))
    built = build(
        given(tmp_path / "new", timings=now), other=given(tmp_path / "old", timings=bench(timing("numpy", "rules")))
    )
    changes = json.loads(built.json.read_text(encoding="utf-8"))["changes"]
    assert [change["status"] for change in changes] == ["worse"]
    assert "against the hand-written idiom" in changes[0]["what"]


def measured(seed: int, slower: str = "", programs: int = 10, between: float = 0.03, count: int = 2) -> dict[str, Any]:
    """A run of samples with 8 % of noise: all columns of several programs, each with its ratios and their intervals.

    The intervals are those of a ratio of medians of 30 samples in each of `count` processes, which differ by `between`, to 95 %;
    one backend's own columns may take 1.5 times as long.
    """
    draw, found = random.Random(seed), []
    noise = math.sqrt(2) * 1.2533 * 0.08 / math.sqrt(30)
    for number in range(programs):
        for backend, kinds in KINDS.items():
            for kind in kinds:
                factor = 1.5 if backend == slower and kind != "idiom" else 1.0
                told: list[dict[str, Any]] = [{} for _ in range(count)]
                for base, typical in (("idiom", 1.1), ("tf1-session", 0.2)):
                    for ratios in told:
                        seen = factor * typical * math.exp(draw.gauss(0, noise) + draw.gauss(0, between))
                        low, high = (seen * math.exp(by * 1.96 * noise) for by in (-1, 1))
                        ratios[base] = {"median": seen, "low": low, "high": high}
                extra = {"ratio_to": dict(told[-1]), "processes": told}
                found.append(timing(backend, kind, factor * 2e-5, program=f"program {number}", **extra))
    processes.settle(found)
    return bench(*found)


def changes_of(built: Built) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(built.json.read_text(encoding="utf-8"))["changes"]
    return found


def test_two_runs_of_the_same_code_show_no_change(tmp_path: Path) -> None:
    """220 ratios a run: bare 95 % intervals would cry wolf in two runs out of three."""
    loud = 0
    for seed in range(0, 20, 2):
        old, new = (given(tmp_path / f"run{n}", comparison(), measured(n)) for n in (seed, seed + 1))
        built = build(new, other=old)
        loud += bool(changes_of(built))
        assert ("no change." in Page(built).text) == (not changes_of(built))
    assert loud <= 1


def test_runs_of_one_process_each_cry_wolf_and_their_reports_say_what_they_are_of(tmp_path: Path) -> None:
    """Why a run is several processes: what one of them says of itself leaves out what the next is given by chance."""
    for count, quiet, words in ((1, False, "It is of one process"), (2, True, "Everything was timed in 2 processes")):
        runs = (measured(seed, between=0.08, count=count) for seed in (1, 2))
        old, new = (given(tmp_path / f"{count}-{n}", comparison(), run) for n, run in enumerate(runs))
        built = build(new, other=old)
        assert (not changes_of(built)) == quiet
        assert words in Page(built).text


def test_a_backend_slowed_by_half_is_flagged_and_no_other(tmp_path: Path) -> None:
    old = given(tmp_path / "old", comparison(), measured(1))
    built = build(given(tmp_path / "new", comparison(), measured(2, slower="torch")), other=old)
    changes = changes_of(built)
    assert {change["status"] for change in changes} == {"worse"}
    assert all("torch rules" in change["what"] or "torch native" in change["what"] for change in changes)
    assert len(changes) == 10 * 2 * 2  # every program, both columns, against both baselines
    back = build(given(tmp_path / "old"), other=given(tmp_path / "new"))
    assert {change["status"] for change in changes_of(back)} == {"better"}


def test_a_slower_machine_is_not_a_slower_backend(tmp_path: Path) -> None:
    was, now = measured(1), measured(1)
    for item in now["benchmarks"]:
        for name in ("median", "q1", "q3"):
            item["stats"][name] *= 1.5
    built = build(given(tmp_path / "new", comparison(), now), other=given(tmp_path / "old", comparison(), was))
    assert changes_of(built) == []


def test_a_backend_that_died_during_the_benchmarks_is_told(tmp_path: Path) -> None:
    now = {**bench(), "died": {"jax": "ended its process (SIGKILL) in step"}}
    built = build(given(tmp_path, comparison(), now))
    assert (built.status, built.headline) == ("bad", "jax died during the benchmarks")
    text = Page(built).text
    assert "It ended its process (SIGKILL) in step; the rest went on without it." in text and "16 µs" in text
    assert "1 timing asked for and not taken" in text
    alone = build(given(tmp_path, comparison(), {**now, "benchmarks": []}))
    assert alone.headline == "jax died during the benchmarks"


def test_a_busy_machine_is_told(tmp_path: Path) -> None:
    now = bench()
    now["machine_info"]["load_at_start"] = 7.5
    built = build(given(tmp_path / "new", comparison(), now), other=given(tmp_path / "old", comparison(), bench()))
    assert "a load of 7.50 on 2 cores when timing began" in Page(built).text
    (change,) = changes_of(built)
    assert (change["status"], change["before"]) == ("note", "idle")
    now["machine_info"]["load_at_start"] = 0.4
    assert "machine was busy" not in Page(build(given(tmp_path / "new", comparison(), now))).text


def test_a_backend_that_died_half_way_is_told(tmp_path: Path) -> None:
    dead = not_run("jax", "native", reason="its process ended with status -9")
    columns = [column("numpy", "rules"), column("jax", "rules"), dead, not_run("torch", "rules")]
    built = build(given(tmp_path, comparison(program(columns=columns))))
    assert built.headline == "jax died half-way: 1 of its 2 columns ran" and built.status == "bad"
    assert "its process ended with status -9" in Page(built).text and "torch died" not in Page(built).text


# The conformance suite ----------------------------------------------------------------------------------------------------


SUITES = {name: suite(name) for name in (*KINDS, "specification")}


def suite_claims(tmp_path: Path, **suites: Any) -> tuple[Built, str]:
    built = build(given(tmp_path, comparison(), bench(), ledger(), suites, linear=SVG.format("")))
    return built, Page(built).text


def test_the_suite_is_shown_by_family_backend_and_op(tmp_path: Path) -> None:
    built, text = suite_claims(tmp_path, **SUITES)
    assert (built.status, built.problems) == ("good", ())
    assert "No test of the conformance suite fails on numpy, tensorflow, torch and jax: 32 pass" in text
    assert "farthest from its reference: matmul on numpy, 1.75 ulps" in text
    for words in ("decompositions", "samegraph verify NAME -k matmul", "✓ 0.500", "no distance measured"):
        assert words in text
    page = Page(built)
    assert {"op-matmul", "family-linear"} <= {attributes.get("id") for _, attributes in page.tags}
    record = json.loads(built.json.read_text(encoding="utf-8"))["sections"]["verify"]["backends"]["torch"]
    assert record["counts"] == {"passed": 8, "failed": 0, "lacking": 0, "known": 0}
    assert record["worst_ulps"] == {"exp": 0.5, "matmul": 1.75}


def test_what_asks_no_backend_is_told_once_and_apart(tmp_path: Path) -> None:
    """It is in no backend's numbers, and where it fails or was not run that is said."""
    _, text = suite_claims(tmp_path / "good", **SUITES)
    assert "jax: 32 pass" in text and "the specification holds against itself, by 8 tests more" in text
    assert "specification (asks no backend)" in text and "what asks no backend" not in text
    failing = suite("specification", failed="matmul")
    built, text = suite_claims(tmp_path / "failing", **{**SUITES, "specification": failing})
    assert built.headline == "2 tests of the conformance suite fail (specification 2)"
    assert "--samegraph-only specification" in text and "holds against itself" not in text
    _, text = suite_claims(tmp_path / "lacking", **{**SUITES, "specification": suite("specification", lacking="exp")})
    assert "jax: 32 pass" in text and "0 lacking; 0 known" in text and "not by the complex step" in text
    assert "complex step. declared: no float16" in text, "the reader of a published report has no other file"
    _, text = suite_claims(tmp_path / "none", **{name: SUITES[name] for name in KINDS})
    assert "what asks no backend" in text and "samegraph verify specification runs it" in text
    built, text = suite_claims(tmp_path / "alone", specification=SUITES["specification"])
    assert built.status == "good" and "specification (asks no backend)" in text and text.count("○ not run") >= 4


def test_a_backend_on_a_gpu_stands_for_itself(tmp_path: Path) -> None:
    """Beside the same backend on the CPU; a comparison that ran on the GPU asks for the suite there."""
    on_gpu = suite("torch", failed="matmul", device="gpu", version="2.11.0+cu130")
    built, text = suite_claims(tmp_path, **{**SUITES, "torch-gpu": on_gpu})
    assert (built.status, built.headline) == ("bad", "2 tests of the conformance suite fail (torch gpu 2)")
    assert "2.11.0+cu130, default tier" in text and "--samegraph-backend torch --samegraph-device gpu" in text
    columns = [column(name, "rules", device="gpu") for name in ("torch", "jax")]
    compared = {**comparison(program(columns=columns)), "environment": {"gpus": ["H200, driver 1"]}}
    suites = {"torch-gpu": suite("torch", device="gpu"), "jax": SUITES["jax"]}
    text = Page(build(given(tmp_path, compared, bench(), ledger(), suites, linear=SVG.format("")))).text
    assert "no verify-jax-gpu.json beside the results" in text and "no verify-torch" not in text
    assert "H200, driver 1" in text


def test_a_failure_leads_the_headline_and_can_be_repeated(tmp_path: Path) -> None:
    built, text = suite_claims(tmp_path, **{**SUITES, "torch": suite("torch", failed="matmul")})
    assert (built.status, built.headline) == ("bad", "2 tests of the conformance suite fail (torch 2)")
    target = "samegraph.conformance.test_ops::test_value[torch-rules-float32-matmul]"
    assert f"pytest --pyargs '{target}' --samegraph-backend torch" in text
    assert "12 ulps apart, 4 allowed" in text
    ids = {attributes.get("id") for _, attributes in Page(built).tags}
    assert "failed-torch-linear-matmul" in ids


def test_tests_left_out_are_named_with_their_reasons_and_many_together() -> None:
    from samegraph_reports.sections.operations import _left_out
    from samegraph_reports.verification import Counts, Suite, Test

    def left_out(reasons: list[str], lacking: int | None = None) -> list[tuple[str, str]]:
        tests = tuple(Test(f"f::t{i}", f"t{i}", "", "", "lacking", why) for i, why in enumerate(reasons))
        counts = Counts(passed=1, lacking=len(reasons) if lacking is None else lacking)
        return _left_out(Suite(*["verify-x.json", "x", *[""] * 4], "", None, "", counts, {}, {}, 0, (), "", tests))

    assert left_out([]) == []
    assert left_out(["a", "b", "a"]) == [("t0, t2", "a"), ("t1", "b")]
    assert left_out(["a"] * 5) == [("5 tests, t0 the first", "a")]
    assert left_out([""]) == [("t0", "no reason was recorded")]
    assert left_out(["a"], lacking=3) == [("t0", "a"), ("2 tests", "verify-x.json has each reason")]
    many = left_out([f"reason {i}" for i in range(50)])
    assert len(many) == 41 and many[-1] == ("10 tests", "verify-x.json has each reason")


def test_what_is_lacking_is_not_passed(tmp_path: Path) -> None:
    _, text = suite_claims(tmp_path, **{**SUITES, "jax": suite("jax", lacking="cholesky")})
    assert "30 pass" in text and "○ lacking" in text and "declared: no float16" in text
    assert "2 tests" in text[text.index("Not run") :]


def test_a_backend_that_was_not_verified_is_not_passed(tmp_path: Path) -> None:
    built, text = suite_claims(tmp_path, numpy=SUITES["numpy"])
    assert built.status == "warn" and "not run on tensorflow, torch and jax" in text
    assert text.count("○ not run") >= 3 and "no verify-jax.json beside the results" in text


def test_without_any_suite_nothing_is_known_of_ops(whole: Built) -> None:
    assert "The conformance suite was not run: nothing is known about single ops" in Page(whole).text


def test_selected_tests_are_a_part_only(tmp_path: Path) -> None:
    built, text = suite_claims(tmp_path, **{**SUITES, "jax": suite("jax", select="matmul")})
    assert (
        built.status == "warn" and "only selected tests ran on jax" in text and "tests that do not match matmul" in text
    )


def test_a_suite_that_stopped_half_way_says_so_everywhere(tmp_path: Path) -> None:
    whole = suite("torch")
    part = suite("torch", tests=whole["tests"][:3], error="Fatal Python error: Segmentation fault\nmore")
    built, text = suite_claims(tmp_path, **{**SUITES, "torch": part})
    assert built.headline == "The conformance suite stopped half-way on torch, after 3 tests" and built.status == "bad"
    assert "Fatal Python error: Segmentation fault" in text and "? stopped" in text
    none = suite("torch", tests=[], ops={}, error="no module named samegraph_torch")
    assert suite_claims(tmp_path, torch=none)[0].headline == "The conformance suite could not run on torch"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"schema": 1, "backe', ("truncated",)),
        ("[]", ("array",)),
        ({"schema": 1}, ("not a result of `samegraph verify`",)),
        ({**SUITES["jax"], "schema": 7}, ("schema 7",)),
        ({**SUITES["jax"], "backend": "numpy"}, ("is about numpy",)),
        (
            {**SUITES["jax"], "counts": {"passed": 99}},
            ("99 passed, 0 lacking, 0 known, 0 failed are counted, 8 passed",),
        ),
        ({**SUITES["jax"], "tests": [3]}, ("tests[0]", "expected an object")),
    ],
)
def test_a_broken_suite_is_named_and_the_rest_is_reported(tmp_path: Path, content: Any, words: tuple[str, ...]) -> None:
    built, text = suite_claims(tmp_path, **{**SUITES, "jax": content})
    assert told(built, "verify-jax.json", *words)
    assert "24 pass" in text or "32 pass" in text
    assert "All 11 columns agree" in text


def test_an_outcome_that_is_none_counts_as_failed(tmp_path: Path) -> None:
    strange = suite("jax")
    strange["tests"][0]["outcome"] = "great"
    built, _ = suite_claims(tmp_path, jax=strange)
    assert built.headline == "1 test of the conformance suite fails (jax 1)" and told(
        built, "verify-jax.json", "'great'"
    )


def test_failures_that_came_and_went(tmp_path: Path) -> None:
    one = given(tmp_path / "one", comparison(), bench(), suites=SUITES)
    two = given(tmp_path / "two", comparison(), bench(), suites={**SUITES, "jax": suite("jax", failed="exp")})
    (change,) = changes_of(build(two, other=one))
    assert change["what"] == "conformance suite on jax: elementwise"
    assert (change["status"], change["before"], change["now"]) == ("worse", "0 failed", "2 failed")
    (change,) = changes_of(build(one, other=two))
    assert change["status"] == "better"


# Scaling ------------------------------------------------------------------------------------------------------------------


def sized(
    *sizes: int, question: str = "first run of a chain of {:,} ops", column: str = "rules"
) -> list[dict[str, Any]]:
    """Timings of these sizes, which the question or the column names; the time is proportional to the size."""
    return [
        {**timing("torch", column.format(size), 1e-7 * size, question=question.format(size)), "name": f"test[{size}]"}
        for size in sizes
    ]


def curves_of(built: Built) -> list[Path]:
    return [path for path in built.figures if path.name.startswith("scaling")]


@pytest.mark.parametrize(
    ("named", "title"),
    [
        ({}, "first run of a chain of … ops"),
        ({"question": "sparse update, batch {:,}"}, "sparse update, batch …"),
        ({"question": "sparse update", "column": "rules, {:,} rows"}, "sparse update by rows"),
    ],
)
def test_timings_that_differ_by_a_size_make_a_curve(tmp_path: Path, named: dict[str, str], title: str) -> None:
    built = build(given(tmp_path, comparison(), bench(*sized(100, 1_000, 10_000, **named))))
    text = Page(built).text
    assert title in text and "torch rules 10 µs at 100, 1 ms at 10,000" in text
    (curve,) = curves_of(built)
    root = ElementTree.fromstring(curve.read_text(encoding="utf-8"))
    (line,) = [e for e in root.iter() if e.get("class") == "c-line" and e.tag.endswith("polyline")]
    (x1, y1), (x2, y2), (x3, y3) = (map(float, pair.split(",")) for pair in str(line.get("points")).split())
    # Tenfold the size, tenfold the time: on logarithmic axes the middle of a straight line, in whole pixels.
    assert x2 == pytest.approx((x1 + x3) / 2, abs=1) and y2 == pytest.approx((y1 + y3) / 2, abs=1) and y3 < y1


def test_files_of_curves_that_coincide_hold_their_points_once(tmp_path: Path) -> None:
    """The strands of a rope are drawn from one line, each with its own dashes, in the colours of the rules that stay."""
    once = '<polyline class="c-line" points="1.25,2.5 3,4.75"{} />'
    svg = "<svg><g>" + once.format(' stroke-dasharray="5 5"') + once.format(' stroke-dasharray="7 4"') + "</g></svg>"
    made = charts.standalone(svg, ".c-line{fill:none}\n.c-bar{fill:red}\n.c-chart text{stroke:none}")
    root = ElementTree.fromstring(made)
    lines = [e for e in root.iter() if e.tag.endswith("polyline")]
    assert [e.get("points") for e in lines] == ["1,2 3,5"]
    used = [e for e in root.iter() if e.tag.endswith("use")]
    assert [e.get("stroke-dasharray") for e in used] == ["5 5", "7 4"]
    assert {e.get("href") for e in used} == {f"#{lines[0].get('id')}"}
    assert "c-line{" in made and "c-bar" not in made and "c-chart text" in made


def test_the_first_screen_speaks_of_steps(tmp_path: Path) -> None:
    """Of first steps there may be more columns; they say what compiling costs, not how fast a program is."""
    steps = [timing("torch", "rules", 1e-5, question="step")]
    first = [timing(b, f"native, {i}", 1e-2, question="first step") for i in range(3) for b in ("torch", "jax")]
    for number, item in enumerate(steps + first):
        item["name"] += str(number)
    built = build(given(tmp_path, comparison(), bench(*steps, *first)))
    assert "torch rules 10.0 µs" in built.markdown.read_text(encoding="utf-8").split("How good")[0]


def test_two_sizes_make_two_curves(tmp_path: Path) -> None:
    timings = [
        {**timing("torch", f"rules, {rows:,} rows", rows * batch * 1e-9, question=f"sparse update, batch {batch}")}
        for rows in (100, 1_000)
        for batch in (8, 64)
    ]
    for number, item in enumerate(timings):
        item["name"] += str(number)
    built = build(given(tmp_path, comparison(), bench(*timings)))
    text = Page(built).text
    assert len(curves_of(built)) == 3  # over rows for either batch, over batches with a line for either table
    assert "sparse update, batch 8 by rows" in text and "sparse update, batch …" in text


def test_one_size_is_no_curve_and_sizes_are_never_mixed(tmp_path: Path) -> None:
    other = timing("torch", "rules, 5 layers", question="step 3 of 4")
    built = build(given(tmp_path, comparison(), bench(*sized(100), other)))
    assert not curves_of(built)
    two = [timing("torch", "rules", size * 1e-6, size=size, size_of="words") for size in (10, 20)]
    built = build(given(tmp_path, comparison(), bench(*two)))
    record = json.loads(built.json.read_text(encoding="utf-8"))["sections"]["bench"]
    assert [item["size"] for item in record["benchmarks"]] == ["words 10", "words 20"]
    assert len(curves_of(built)) == 1


@pytest.mark.parametrize("size", [0, -3, "nan", True, None, [1]])
def test_a_size_that_is_none(tmp_path: Path, size: Any) -> None:
    given(tmp_path, comparison(), bench(timing("torch", "rules", size=size), timing("jax", "rules", size=10)))
    assert build(tmp_path).html.exists()


# Publishing ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "first_screen", lambda page: b"picture of " + page.name.encode())


@pytest.fixture
def good(tmp_path: Path) -> Built:
    return build(given(tmp_path / "in", comparison(), bench(), ledger(), SUITES, linear=SVG.format("")))


def test_a_published_report_is_complete_dated_and_can_be_compared_with(
    good: Built, tmp_path: Path, camera: None
) -> None:
    folder = tmp_path / "published"
    written = publishing.publish(good, folder)
    assert set(written) == {path for path in folder.rglob("*") if path.is_file()}
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "2026-03-01 12:00 UTC, Some CPU" in text
    for name in re.findall(r"!\[[^\n]*\]\((figures/[^)]+)\)", text):
        assert (folder / name).exists()
    assert (folder / publishing.PICTURE).read_bytes() == b"picture of report.html"
    assert changes_of(build(good.html.parent, other=folder)) == []


def test_publishing_again_replaces_what_was_published(good: Built, tmp_path: Path, camera: None) -> None:
    folder = tmp_path / "published"
    publishing.publish(good, folder)
    (folder / "README.md").write_text("mine", encoding="utf-8")
    other = build(
        given(tmp_path / "two", comparison(program("other")), bench(), ledger(), SUITES, linear=SVG.format(""))
    )
    written = publishing.publish(other, folder)
    assert set(written) | {folder / "README.md"} == {path for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_published_of_broken_results_or_too_much(
    good: Built, tmp_path: Path, camera: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "published"
    with pytest.raises(publishing.NotPublished, match=r"bench\.json: is missing"):
        publishing.publish(build(given(tmp_path / "part", comparison())), folder)
    monkeypatch.setattr(publishing, "LIMIT", 1000)
    with pytest.raises(publishing.NotPublished, match="the largest: "):
        publishing.publish(good, folder)
    assert not folder.exists()


def test_without_a_browser_nothing_is_published(good: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "browser", lambda: None)
    with pytest.raises(publishing.NotPublished, match="apt-get install chromium"):
        publishing.publish(good, tmp_path / "published")


def test_a_verdict_that_moved_and_a_column_that_went(tmp_path: Path) -> None:
    was = [column("numpy", "rules"), column("torch", "rules"), column("jax", "rules")]
    now = [column("numpy", "rules"), column("torch", "rules", verdict="differ")]
    old = given(tmp_path / "old", comparison(program(columns=was)))
    built = build(given(tmp_path / "new", comparison(program(columns=now))), other=old)
    changes = json.loads(built.json.read_text(encoding="utf-8"))["changes"]
    assert [(change["status"], change["before"]) for change in changes] == [("worse", "agree"), ("gone", "agree")]


def test_another_report_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "report.json").write_text('{"schema"', encoding="utf-8")
    built = build(given(tmp_path / "new", comparison(), bench()), other=tmp_path / "old")
    assert told(built, "old/report.json", "truncated")
    assert "nothing is known about changes" in Page(built).text


def test_without_timings_nothing_is_called_fast(tmp_path: Path) -> None:
    assert "Speed: nothing was timed" in Page(build(given(tmp_path, comparison()))).text


def test_a_benchmark_without_numbers_counts_as_not_run(tmp_path: Path) -> None:
    broken = {**timing("torch", "rules"), "stats": {"median": "nan"}}
    text = Page(build(given(tmp_path, timings=bench(broken, timing("numpy", "rules"))))).text
    assert "no usable timing was recorded" in text


def test_overlapping_quartiles_have_no_winner(tmp_path: Path) -> None:
    timings = bench(timing("numpy", "rules", 40e-6), timing("jax", "rules", 41e-6))
    assert "no clear winner" in Page(build(given(tmp_path, timings=timings))).text


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(
    "values",
    [
        [],
        [1.0],
        [0.0, 0.0],
        [None, None],
        [math.nan],
        [1.0, math.inf, -2.0],
        [1e308, -1e308],
        [1e-320, 1e300],
        [5.0, 5.0],
    ],
)
def test_a_chart_of_anything_is_a_drawing(values: list[float | None], log: bool) -> None:
    series = (Series("one", values), Series("two", values, 1, 1), Series("bound", values, bound=True))
    for legend in ("right", "below"):
        svg = line_chart(LineChart("c", "t", "d", series, "loss", log=log), legend=legend)
        numbers = re.findall(r'(?:points|x1|y1|cx|cy|x|y)="([^"]*)"', svg)
        assert not re.search(r"nan|inf", " ".join(numbers))
        ElementTree.fromstring(svg)


def test_curves_that_coincide_share_one_rope() -> None:
    values = [1 / (step + 1) for step in range(50)]
    apart = [value + 0.2 for value in values]
    series = (Series("one", values), Series("two", [v + 1e-9 for v in values], 1), Series("three", apart, 2))
    root = ElementTree.fromstring(line_chart(LineChart("c", "t", "d", series, "loss")))
    curves = [group.find("polyline") for group in root.iter("g") if group.find("title") is not None]
    one, two, three = (curve.attrib for curve in curves if curve is not None)
    assert one["points"] == two["points"] != three["points"]
    assert one["stroke-dashoffset"] != two["stroke-dashoffset"]
    assert "stroke-dashoffset" not in three


def test_a_long_run_stays_small_and_keeps_its_spikes(tmp_path: Path) -> None:
    losses = [1.0 + 1e-4 * math.sin(step) for step in range(20_000)]
    losses[7_777] = 9.0
    series = (Series("one", losses),)
    svg = line_chart(LineChart("c", "t", "d", series, "loss"))
    assert len(svg) < 40_000
    heights = [float(pair.split(",")[1]) for pair in max(re.findall(r'points="([^"]*)"', svg), key=len).split()]
    assert min(heights) < 60
    assert max(heights) > 200


def test_without_jinja_the_pip_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "jinja2":
            raise ImportError(name)
        return real(name, *rest)

    rendering._templates.cache_clear()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=re.escape("pip install 'samegraph[report]'")):
        build(tmp_path)
    assert not (tmp_path / "report.html").exists()


def test_the_builder_imports_nothing_it_judges() -> None:
    code = "import sys, samegraph_reports; print(*sorted(name.split('.')[0] for name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    strangers = {"samegraph", "numpy", "torch", "jax", "tensorflow", "jinja2"} & set(answer.stdout.split())
    assert not strangers


def test_the_command_publishes_and_says_what_is_wrong(tmp_path: Path, camera: None) -> None:
    pytest.importorskip("click")
    from click.testing import CliRunner
    from samegraph.cli.app import app

    whole = given(tmp_path / "whole", comparison(), bench(), ledger(), SUITES, linear=SVG.format(""))
    result = CliRunner().invoke(app, ["report", str(whole), "--publish", str(tmp_path / "out")])
    assert result.exit_code == 0 and (tmp_path / "out" / "report.md").exists(), result.output
    part = given(tmp_path / "part", comparison())
    result = CliRunner().invoke(app, ["report", str(part), "--publish", str(tmp_path / "none")])
    assert result.exit_code == 1 and "not published: " in result.output and "bench.json: is missing" in result.output
    assert not (tmp_path / "none").exists()
