"""The report in a real browser, opened from disk: Debian's Chromium, driven by Playwright.

Without a browser these tests are skipped and say so; with SAMEGRAPH_REQUIRE_BROWSER set, as in .ci/run, they fail.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.report_samples import bench, column, comparison, given, ledger, not_run, program, suite, timing

pytest.importorskip("jinja2")

from samegraph_reports import build
from samegraph_reports.publishing import browser

WHERE = {"step": 5, "tensor": "W:0", "operation": "MatMul", "line": "train.py:12", "distance": 3e-3, "bound": 1e-5}
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PAPER = {"width": 718, "height": 1047}  # A4 with Chromium's margins


def missing(why: str) -> Any:
    """Skips, or fails where a browser was asked for."""
    (pytest.fail if os.environ.get("SAMEGRAPH_REQUIRE_BROWSER") else pytest.skip)(f"the page was opened nowhere: {why}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser, started once."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed: pip install playwright")
    program = browser()
    if program is None:
        missing("no Chromium was found: apt-get install chromium")
    # As root, which containers are, Chromium starts without its sandbox only.
    options = ["--disable-background-networking", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=options)
        yield started
        started.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of everything a report can hold: differences, NaN, failures, sizes, what was not run."""
    names = ("tensorflow", "torch", "jax")
    columns = [column("numpy", "rules"), column("jax", "rules", loss=[1.0, "nan", 0.5]), not_run("jax", "native")]
    columns += [column("torch", "native", verdict="differ", first_difference=WHERE)]
    sized = [
        timing(name, "rules", size * (number + 1) * 1e-7, question="sparse update", size=size, size_of="vocabulary")
        for number, name in enumerate(names)
        for size in (100, 1_000, 10_000)
    ]
    for number, item in enumerate(sized):
        item["name"] += f"[{number}]"
    steps = [timing(name, kind, (i + 1) * 1e-5) for i, name in enumerate(names) for kind in ("rules", "idiom")]
    suites = {"numpy": suite("numpy"), "torch": suite("torch", failed="matmul"), "jax": suite("jax", lacking="exp")}
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 40"><rect width="60" height="30"/></svg>'
    folder = tmp_path_factory.mktemp("report")
    content = (comparison(program(), program("softmax_regression", columns)), bench(*sized, *steps), points())
    return build(given(folder, *content, suites, linear=drawing)).html


def points() -> dict[str, Any]:
    """A ledger of eleven points in two sections: JAX differs in nine, in five of them in the gradient only."""
    found = ledger()
    model = found["sections"][0]["rows"][0]
    rows = [{**model, "id": f"kink-{i}", "asked": f"abs at {i}", "gradient_only": i % 2 == 0} for i in range(9)]
    agreed = {**model["raw"], "jax": {**model["raw"]["jax"], "as_specified": True, "text": "0; gradient 0"}}
    rows.append({**model, "id": "same", "asked": "sign at 0", "raw": agreed, "differs": False, "gradient_only": False})
    rows[0]["patched"] = ["jax"]
    found["sections"] = [
        {"name": "kinks", "title": "Kinks", "rows": rows[:5]},
        {"name": "ties", "title": "Ties", "rows": [*rows[5:], {**rows[9], "id": "more", "asked": "relu at 0"}]},
    ]
    return found


class Opened:
    """A page, and everything the browser had to say about it."""

    def __init__(self, chromium: Any, path: Path, viewport: dict[str, int] = WIDE, scheme: str = "light") -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.context = chromium.new_context(viewport=viewport, color_scheme=scheme)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())


@pytest.fixture
def opened(chromium: Any, report: Path) -> Iterator[Opened]:
    """The page as most see it; whatever a test does with it, the browser has nothing to complain about."""
    found = Opened(chromium, report)
    yield found
    found.context.close()
    assert found.said == []
    assert {address.split("#")[0] for address in found.asked} == {report.as_uri()}


@pytest.fixture
def page(opened: Opened) -> Any:
    return opened.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_opens_without_a_word_or_a_request_and_fits(
    chromium: Any, report: Path, viewport: dict[str, int], scheme: str
) -> None:
    found = Opened(chromium, report, viewport, scheme)
    assert (found.said, found.asked) == ([], [report.as_uri()])
    assert "differ" in found.page.locator("h1").inner_text()
    assert found.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    found.context.close()


def test_the_first_screen_answers(page: Any) -> None:
    for question in ("Do they agree?", "Where do they differ?", "How fast are they?"):
        box = page.get_by_role("heading", name=question).bounding_box()
        assert box is not None and box["y"] + box["height"] < WIDE["height"]


SORTED = """([table, index, up]) => {
  const rows = [...table.tBodies[0].rows];
  const key = (row) => "value" in row.cells[index].dataset ? Number(row.cells[index].dataset.value) : row.cells[index].textContent.trim();
  return rows.map(key).map((value) => typeof value === "number" && Number.isNaN(value) ? null : value);
}"""


def test_every_table_sorts_by_every_column_both_ways(page: Any) -> None:
    tables = page.query_selector_all("table[data-sortable]")
    assert len(tables) > 10
    numeric = 0
    for table in tables:
        heads = table.query_selector_all("thead tr:last-child th")
        for index, head in enumerate(heads):
            for up in (True, False):
                head.query_selector("button").evaluate("button => button.click()")
                assert head.get_attribute("aria-sort") == ("ascending" if up else "descending")
                keys = page.evaluate(SORTED, [table, index, up])
                known = [key for key in keys if isinstance(key, (int, float))]
                assert known == sorted(known, reverse=not up)
                assert None not in keys[: len(known)] or not known
                numeric += len(set(known)) > 1
        assert len(table.query_selector_all("th[aria-sort]")) == 1
    assert numeric > 20


def test_the_ledger_filters(page: Any) -> None:
    page.get_by_role("link", name="Search and filter them").click()
    bar = page.get_by_role("search", name="Points of the ledger")
    shown = page.locator("#ledger tbody tr:visible")
    assert shown.count() == 11
    for label, value, expected in (
        ("Not as specified in", "jax", 9),
        ("Not as specified in", "", 11),
        ("About", "Kinks", 5),
        ("About", "", 11),
        ("Patched in", "jax", 1),
        ("Patched in", "", 11),
    ):
        bar.get_by_label(label).select_option(value)
        assert shown.count() == expected, (label, value)
    bar.get_by_label("In the gradient only").check()
    assert shown.count() == 5
    bar.get_by_label("About").select_option("Kinks")
    assert shown.count() == 3
    bar.get_by_label("In the gradient only").uncheck()
    bar.get_by_label("About").select_option("")
    bar.get_by_label("Search").fill("ABS 7")
    assert shown.count() == 1 and "abs at 7" in shown.inner_text()
    assert bar.locator("output").inner_text() == "1 of 11 rows"
    bar.get_by_label("Search").fill("nothing like it")
    assert shown.count() == 0


def test_every_link_arrives_at_something_one_can_see(page: Any) -> None:
    hrefs = page.evaluate("[...new Set([...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')))]")
    assert len(hrefs) > 12
    for href in hrefs:
        page.evaluate("location.hash = ''; for (const open of document.querySelectorAll('details')) open.open = false")
        page.evaluate("href => document.querySelector(`a[href='${href}']`).click()", href)
        page.wait_for_function("href => location.hash === href", arg=href)
        target = page.locator(f"[id='{href[1:]}']")
        assert target.is_visible(), href
        box = target.bounding_box()
        assert box is not None and -1 <= box["y"] < WIDE["height"], (href, box)


def test_a_link_into_a_filtered_table_shows_its_row(page: Any) -> None:
    page.evaluate("location.hash = '#ledger'")
    bar = page.get_by_role("search", name="Points of the ledger")
    bar.get_by_label("Search").fill("sign")
    assert not page.locator("#point-kink-3").is_visible()
    page.evaluate("location.hash = '#point-kink-3'")
    page.wait_for_function("document.getElementById('point-kink-3').checkVisibility()")


def test_from_the_matrix_to_the_test_that_repeats_the_failure(page: Any) -> None:
    page.get_by_role("link", name="✗ 2 failed").first.click()
    row = page.locator("tr:has(#failed-torch-linear-matmul)")
    assert row.is_visible()
    assert "12 ulps apart" in row.inner_text()
    assert "samegraph.conformance.test_ops::test_value[torch-rules-float32-matmul]" in row.inner_text()


CHARTS = """() => [...document.querySelectorAll("svg[role=img]")].filter((svg) => svg.checkVisibility()).map((svg) => {
  const named = (svg.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean);
  const marks = [...svg.querySelectorAll(".c-line, .c-bar, .c-mark, .c-cross")];
  return {
    id: named[0] || svg.getAttribute("aria-label"),
    text: named.map((id) => document.getElementById(id)?.textContent || "").join(" ") || svg.getAttribute("aria-label"),
    chart: svg.classList.contains("c-chart"),
    marks: marks.filter((mark) => { const box = mark.getBBox(); return box.width || box.height; }).length,
    rows: svg.closest("figure").querySelectorAll("details tbody tr").length,
    inside: marks.every((mark) => { const b = mark.getBBox(), v = svg.viewBox.baseVal;
      return b.x >= -1 && b.y >= -1 && b.x + b.width <= v.width + 1 && b.y + b.height <= v.height + 1; }),
  };
})"""


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_chart_has_data_and_says_it_in_words(page: Any, viewport: dict[str, int]) -> None:
    page.set_viewport_size(viewport)
    page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    charts = page.evaluate(CHARTS)
    assert len(charts) > 12 and any("vocabulary" in chart["text"] for chart in charts)
    for chart in charts:
        assert len(chart["text"].strip()) > 10, chart
        if chart["chart"]:
            assert chart["marks"] > 0 and chart["rows"] > 0 and chart["inside"], chart


def test_a_chart_tells_its_numbers_under_the_pointer(page: Any) -> None:
    chart = page.locator("svg[data-x]:visible").first
    chart.scroll_into_view_if_needed()
    places = [float(x) for x in chart.get_attribute("data-x").split()]
    box = chart.bounding_box()
    scale = box["width"] / float(chart.get_attribute("viewBox").split()[2])
    figure = page.locator("figure", has=chart).first
    for number in (0, len(places) // 2, len(places) - 1):
        page.mouse.move(box["x"] + places[number] * scale, box["y"] + box["height"] / 2)
        tip = figure.locator(".tip")
        assert tip.is_visible()
        cells = figure.locator("details tbody tr").nth(number).locator("th, td").all_text_contents()
        told = tip.locator("div").all_text_contents()
        assert len(told) == len(cells)
        assert all(line.strip().endswith(cell.strip()) for line, cell in zip(told, cells, strict=True))
    page.mouse.move(5, 5)
    assert not tip.is_visible()


CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => parts(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *:not(svg *, script, style)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(style.color), luminance(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push([element.tagName, element.className, element.textContent.slice(0, 40)]);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out_from_what_is_behind_it(chromium: Any, report: Path, scheme: str) -> None:
    found = Opened(chromium, report, scheme=scheme)
    found.page.evaluate("for (const folded of document.querySelectorAll('details')) folded.open = true")
    assert found.page.evaluate(CONTRAST) == []
    found.context.close()


def test_light_and_dark_can_be_chosen_and_are_kept(page: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark colours").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(ground) == light


NAMELESS = """() => [...document.querySelectorAll("button, input, select, a, summary, [role=region], [role=search]")]
  .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.[0]?.textContent.trim()))
  .map((e) => e.outerHTML.slice(0, 100))"""


def test_a_screen_reader_finds_its_way(page: Any) -> None:
    assert page.evaluate(NAMELESS) == []
    assert page.locator("h1").count() == 1
    levels = [
        int(name[1]) for name in page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => h.tagName)")
    ]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    bare = "[...document.querySelectorAll('table')].filter(t => !t.caption || [...t.querySelectorAll('th')].some(h => !h.scope))"
    assert page.evaluate(f"{bare}.length") == 0
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_keyboard_reaches_what_the_mouse_does(page: Any) -> None:
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert outline != "none", name
        seen.add(name)
    assert {"BUTTON", "A", "DIV"} <= seen
    sort = page.locator("table[data-sortable] th button:visible").first
    sort.focus()
    page.keyboard.press("Enter")
    assert sort.locator("xpath=..").get_attribute("aria-sort") == "ascending"


def test_on_paper_it_is_light_and_without_controls(chromium: Any, report: Path) -> None:
    found = Opened(chromium, report, scheme="dark")
    found.page.emulate_media(media="print", color_scheme="dark")
    assert found.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for control in ("header button", "nav", ".filters"):
        assert not found.page.locator(control).first.is_visible(), control
    assert found.page.locator("svg.c-chart:visible").count() > 4
    found.page.set_viewport_size(PAPER)
    for table in found.page.locator(".matrix table").all():
        box = table.bounding_box()
        assert box["x"] + box["width"] <= PAPER["width"]
    assert len(found.page.pdf()) > 10_000
    found.context.close()


def test_without_a_script_everything_is_there(chromium: Any, report: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("#theme").is_visible() is False
    assert page.locator("table").count() > 10 and page.locator(".filters").count() == 0
    context.close()


def test_the_record_beside_it_tells_the_same_headline(page: Any, report: Path) -> None:
    record = json.loads(report.with_name("report.json").read_text(encoding="utf-8"))
    assert record["headline"] in page.locator("h1").inner_text()
