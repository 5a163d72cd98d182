"""Line and bar charts as SVG, built as element trees so that no text can break out of them.

Training curves of several backends usually coincide. Curves that stay within a pixel of each other are drawn as one
rope, each contributing its own dashes and markers in turn, so that every one of them remains visible.
"""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from . import palette, quantities
from .source import clean

Points = list[tuple[float, float]]
_DASHES = ("", "7 4", "2 3", "9 3 2 3")
_CHARACTER = 6.7  # width of an average character at 12 px, in any system font
_LIMIT = 1e300  # beyond it the difference of two values overflows
_LABEL = 200.0  # pixels a bar's label may take
_CURVE, _FRACTION = re.compile(r'<poly\w+ class="c-(?:line|bound|outside)"[^>]*>'), re.compile(r"\d+\.\d+")
_VARIABLE = re.compile(r"var\((--[\w-]+)")
_CLASSES, _RULE = re.compile(r'class="(c-[\w-]+)"'), re.compile(r"\.(c-[\w-]+)\{")
_LINE = re.compile(r'<polyline class="c-line" points="([^"]*)"([^>]*?) ?/>')
_MARKERS = 8  # on a curve, at most
_SAME = 0.6  # pixels within which two curves count as one


@dataclass(frozen=True)
class Series:
    """One curve: a value per step; None was not recorded and is passed over, what is not finite leaves a gap and is marked."""

    label: str
    values: Sequence[float | None]
    colour: int = 0
    shape: int = 0
    bound: bool = False
    note: str = ""


@dataclass(frozen=True)
class LineChart:
    """What a line chart shows; `log` makes the vertical axis logarithmic, with a lane of its own for exact zeros.

    The values of a series stand at steps 0, 1, 2, ... or, where `places` are given, at these on a logarithmic axis.
    `times` says that the values are seconds.
    """

    ident: str
    title: str
    description: str
    series: tuple[Series, ...]
    y_label: str
    x_label: str = "step"
    log: bool = False
    places: tuple[float, ...] = ()
    times: bool = False


@dataclass(frozen=True)
class Ratio:
    """One bar: a ratio with its spread."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    colour: int = 0


@dataclass(frozen=True)
class RatioChart:
    """Bars that start at 1 on a logarithmic axis: to the left is less, to the right is more."""

    ident: str
    title: str
    description: str
    rows: tuple[Ratio, ...]
    less: str = "faster"
    more: str = "slower"


@dataclass(frozen=True)
class _Frame:
    """Where the plot lies inside the drawing, and how values become pixels."""

    left: float
    right: float
    top: float
    bottom: float
    last: int
    low: float
    high: float
    log: bool
    zero: bool
    ticks: tuple[tuple[float, str], ...] = field(default=())
    places: tuple[float, ...] = ()

    def x(self, step: int) -> float:
        """The horizontal pixel of a step, or of the place with that number."""
        if self.last == 0:
            return (self.left + self.right) / 2
        share = step / self.last
        if self.places:
            share = math.log(self.places[step] / self.places[0]) / math.log(self.places[-1] / self.places[0])
        return self.left + (self.right - self.left) * share

    def y(self, value: float) -> float:
        """The vertical pixel of a finite value."""
        floor = self.bottom - (20 if self.zero else 0)
        if self.log:
            if value <= 0:
                return self.bottom - 5
            value = math.log10(value)
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return floor - (floor - self.top) * share


def line_chart(chart: LineChart, *, width: int = 960, height: int = 290, legend: str = "right") -> str:
    """The chart as an SVG element; the legend stands beside the ends of the curves or, narrow, below."""
    curves = [series for series in chart.series if any(value is not None for value in series.values)]
    widest = max((_text_width(_legend_text(series)) for series in curves), default=0.0)
    beside = legend == "right"
    rows = -(-len(curves) // (2 if widest < width / 2 - 50 else 1))
    height = max(height, 19 * len(curves) + 70) if beside else height + 19 * rows
    lane = 26 if any(_first_nonfinite(series.values) is not None for series in curves) else 0
    frame = _frame(
        chart,
        curves,
        right=width - (min(widest, 230) + 78 if beside else 12),
        top=12 + lane,
        bottom=height - 44 - (0 if beside else 19 * rows + 4),
    )
    root = _root(chart.ident, chart.title, chart.description, width, height)
    places = [frame.x(step) for step in sampled_steps(chart.series)]
    hover(root, places, [None if series.bound else series.colour for series in chart.series])
    _axes(root, frame, chart)
    _bounds(root, frame, [series for series in curves if series.bound])
    _curves(root, frame, [series for series in curves if not series.bound])
    if lane:
        _nonfinite_lane(root, frame, curves)
    if beside:
        _legend_beside(root, frame, curves, width)
    else:
        _legend_below(root, frame, curves, width, widest)
    return ET.tostring(root, encoding="unicode")


def ratio_chart(chart: RatioChart, *, width: int = 460) -> str:
    """The chart as an SVG element: a row per bar, whiskers for the spread, the numbers beside."""
    label_room = min(max((_text_width(row.label) for row in chart.rows), default=0.0), _LABEL) + 22
    texts = [_ratio_text(row) for row in chart.rows]
    left, right = label_room, width - max((_text_width(text) for text in texts), default=0.0) - 12
    bottom = 26 + 26 * len(chart.rows)
    root = _root(chart.ident, chart.title, chart.description, width, bottom + 42)
    low, high = _ratio_range(chart.rows)

    def x(value: float) -> float:
        share = (math.log(min(max(value, low), high)) - math.log(low)) / (math.log(high) - math.log(low))
        return left + (right - left) * share

    for tick in _ratio_ticks(low, high, right - left):
        _line(root, x(tick), 22, x(tick), bottom, "c-base" if tick == 1 else "c-grid")
        _text(root, x(tick), bottom + 16, f"{tick:g}×", "c-tick", "middle")
    _text(root, x(1) - 6, 14, f"← {chart.less}", "c-tick", "end")
    _text(root, x(1) + 6, 14, f"{chart.more} →", "c-tick", "start")
    _text(root, (left + right) / 2, bottom + 34, "times the baseline's time (log scale)", "c-tick", "middle")
    for index, row in enumerate(chart.rows):
        middle = 26 + 26 * index + 13
        _text(root, left - 10, middle + 4, _shortened(row.label, _LABEL), "c-label", "end")
        _text(root, width - 4, middle + 4, texts[index], "c-label", "end")
        _bar(root, row, x, middle)
    return ET.tostring(root, encoding="unicode")


def hover(root: ET.Element, places: Sequence[float], colours: Sequence[int | None]) -> None:
    """Notes where each row of the chart's table stands on the horizontal axis, and the colour of each of its columns."""
    root.set("data-x", " ".join(_n(place) for place in places))
    root.set("data-colours", json.dumps(list(colours)))


def standalone(svg: str, style: str) -> str:
    """The same drawing as a file of its own; of a non-empty `style` the rules that it uses go inside, with the colours.

    Curves are rounded to whole pixels, and the strands of a rope take their points from one line: such files are kept, and
    whoever clones a repository with them gets them all.
    """
    svg = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1) + "\n"
    if not style:
        return svg
    svg = _CURVE.sub(lambda found: _FRACTION.sub(lambda number: str(round(float(number[0]))), found[0]), svg)
    used = set(_CLASSES.findall(svg))
    rules = [rule for rule in style.splitlines() if (named := _RULE.match(rule)) is None or named[1] in used]
    shown = frozenset(_VARIABLE.findall("".join([svg, *rules])))
    light, dark = (_only(shown, palette.variables(is_dark)) for is_dark in (False, True))
    colours = f"svg{{{light}}}@media (prefers-color-scheme:dark){{svg{{{dark}}}}}" + "\n".join(rules)
    tag, rest = svg.split(">", 1)
    return f"{tag}><style>{_escape_text(colours)}</style>{_with_lines_once(rest)}"


def _only(names: frozenset[str], variables: str) -> str:
    """Of "--a:1;--b:2;" those of these names."""
    return "".join(f"{one};" for one in variables.split(";") if one.partition(":")[0] in names)


def _with_lines_once(svg: str) -> str:
    """Lines of the same points are one line, used with the dashes and colour of each."""
    counts = Counter(points for points, _ in _LINE.findall(svg))
    idents = {points: f"line-{i}" for i, points in enumerate(p for p, count in counts.items() if count > 1)}

    def used(line: re.Match[str]) -> str:
        return f'<use href="#{idents[line[1]]}"{line[2]}/>' if line[1] in idents else line[0]

    lines = "".join(f'<polyline id="{i}" class="c-line" points="{points}"/>' for points, i in idents.items())
    return f"<defs>{lines}</defs>{_LINE.sub(used, svg)}" if lines else svg


def sampled_steps(series: Sequence[Series], most: int = 24) -> list[int]:
    """The steps a table shows: all of a short run, else a spread that keeps both ends and the telling ones."""
    length = max((len(item.values) for item in series), default=0)
    if length <= most:
        return list(range(length))
    keep = {round(index * (length - 1) / (most - 1)) for index in range(most)}
    for item in series:
        first = _first_nonfinite(item.values)
        if first is not None:
            keep.add(first)
    return sorted(keep)


def _frame(chart: LineChart, curves: list[Series], *, right: float, top: float, bottom: float) -> _Frame:
    values = [_clip(value) for series in curves for value in series.values if _finite(value)]
    last = max((len(series.values) for series in curves), default=1) - 1
    zero = chart.log and any(value <= 0 for value in values)
    if chart.log:
        write = (lambda power: quantities.seconds(10.0**power)) if chart.times else quantities.power
        low, high, ticks = _log_ticks([value for value in values if value > 0], write)
    else:
        low, high, ticks = _linear_ticks(values)
    left = 30 + max(_text_width(text) for _, text in ticks)
    return _Frame(left, right, top, bottom, max(last, 0), low, high, chart.log, zero, ticks, chart.places)


def _linear_ticks(values: list[float]) -> tuple[float, float, tuple[tuple[float, str], ...]]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    step = _nice((high - low) / 4)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple((index * step, _tick_text(index * step, step)) for index in range(first, last + 1))
    return first * step, last * step, ticks


def _log_ticks(values: list[float], write: Callable[[int], str]) -> tuple[float, float, tuple[tuple[float, str], ...]]:
    low = math.floor(math.log10(min(values)) + 1e-9) if values else -1
    high = math.ceil(math.log10(max(values)) - 1e-9) if values else 0
    high = max(high, low + 1)
    every = -(-(high - low) // 7)
    return low, high, tuple((10.0**power, write(power)) for power in range(low, high + 1, every))


def _nice(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return next((size * factor for factor in (1, 2, 5) if rough <= size * factor), size * 10)


def _tick_text(value: float, step: float) -> str:
    if value != 0 and (abs(value) >= 1e5 or step < 1e-4):
        return f"{value:.2g}"
    return f"{value:,.{max(0, -math.floor(math.log10(step)))}f}"


def _axes(root: ET.Element, frame: _Frame, chart: LineChart) -> None:
    for value, text in frame.ticks:
        y = frame.y(value)
        _line(root, frame.left, y, frame.right, y, "c-grid")
        _text(root, frame.left - 8, y + 4, text, "c-tick", "end")
    if frame.zero:
        _line(root, frame.left, frame.bottom - 5, frame.right, frame.bottom - 5, "c-grid")
        _text(root, frame.left - 8, frame.bottom - 1, "0", "c-tick", "end")
    _line(root, frame.left, frame.bottom, frame.right, frame.bottom, "c-axis")
    for step, text in _place_ticks(frame) if frame.places else _step_ticks(frame):
        _line(root, frame.x(step), frame.bottom, frame.x(step), frame.bottom + 4, "c-axis")
        _text(root, frame.x(step), frame.bottom + 17, text, "c-tick", "middle")
    scale = " (log scale)" if chart.log else ""
    below = chart.x_label + (" (log scale)" if frame.places else "")
    _text(root, (frame.left + frame.right) / 2, frame.bottom + 34, below, "c-tick", "middle")
    label = _text(root, 0, 0, chart.y_label + scale, "c-tick", "middle")
    label.set("transform", f"translate(13 {_n((frame.top + frame.bottom) / 2)}) rotate(-90)")


def _step_ticks(frame: _Frame) -> list[tuple[int, str]]:
    wanted = 8 if frame.right - frame.left > 400 else 4
    every = max(1, round(_nice(frame.last / wanted))) if frame.last else 1
    return [(step, f"{step:,}") for step in range(0, frame.last + 1, every)]


def _place_ticks(frame: _Frame) -> list[tuple[int, str]]:
    """The places whose texts do not run into the one before."""
    found: list[tuple[int, str]] = []
    free = -math.inf
    for number, place in enumerate(frame.places):
        text = quantities.plain(place)
        if frame.x(number) - _text_width(text) / 2 >= free:
            found.append((number, text))
            free = frame.x(number) + _text_width(text) / 2 + 8
    return found


def _bounds(root: ET.Element, frame: _Frame, bounds: list[Series]) -> None:
    for series in bounds:
        for piece in _pieces(series.values, frame):
            if len(bounds) == 1:
                edge = [(piece[0][0], frame.top), *piece, (piece[-1][0], frame.top)]
                ET.SubElement(root, "polygon", {"class": "c-outside", "points": _coordinates(edge)})
            ET.SubElement(root, "polyline", {"class": "c-bound", "points": _coordinates(piece)})


def _curves(root: ET.Element, frame: _Frame, curves: list[Series]) -> None:
    ropes = _ropes(curves, frame)
    for number, rope in enumerate(ropes):
        for index, series in enumerate(rope):
            group = ET.SubElement(root, "g", {"class": f"c-s{series.colour}"})
            ET.SubElement(group, "title").text = clean(series.label)
            for piece in _pieces(rope[0].values, frame):
                if frame.places and len(rope) == 1:
                    _dotted(group, piece, series)
                else:
                    _strand(group, piece, series, index, len(rope), number / max(len(ropes), 1))


def _ropes(curves: list[Series], frame: _Frame) -> list[list[Series]]:
    """The curves in groups that coincide within a pixel at every step."""
    ropes: list[tuple[list[float | None], list[Series]]] = []
    for series in curves:
        heights = [frame.y(_clip(value)) if _finite(value) else None for value in series.values]
        home = next((rope for pixels, rope in ropes if _coincide(pixels, heights)), None)
        if home is None:
            ropes.append((heights, [series]))
        else:
            home.append(series)
    return [rope for _, rope in ropes]


def _coincide(one: list[float | None], two: list[float | None]) -> bool:
    if len(one) != len(two):
        return False
    pairs = zip(one, two, strict=True)
    return all((a is None) == (b is None) and (a is None or b is None or abs(a - b) <= _SAME) for a, b in pairs)


def _dotted(group: ET.Element, piece: Points, series: Series) -> None:
    """A line with a marker at each of its points."""
    ET.SubElement(group, "polyline", {"class": "c-line", "points": _coordinates(piece)})
    for x, y in piece:
        _marker(group, x, y, series.shape)


def _strand(group: ET.Element, piece: Points, series: Series, index: int, members: int, phase: float) -> None:
    length = sum(math.dist(a, b) for a, b in pairwise(piece))
    line = ET.SubElement(group, "polyline", {"class": "c-line", "points": _coordinates(piece)})
    if length == 0:
        _marker(group, *piece[0], series.shape)
        return
    if members == 1:
        if _DASHES[series.shape % 4]:
            line.set("stroke-dasharray", _DASHES[series.shape % 4])
        spacing = 96.0
        start = 20 + spacing * phase
    else:
        dash = min(18.0, max(5.0, length / (2.0 * members)))
        spacing = dash * members
        start = dash * (index + 0.5)
        line.set("stroke-dasharray", f"{_n(dash)} {_n(spacing - dash)}")
        line.set("stroke-dashoffset", _n(-dash * index))
    # Along a rope only arc length tells whose dash it is; a lone noisy curve would drown in its own markers.
    width = length if members > 1 else piece[-1][0] - piece[0][0]
    spacing *= math.ceil(width / (_MARKERS * spacing))  # a noisy rope is long: one on every dash would hide it
    for x, y in _along(piece, start if start < width else width / 2, spacing, flat=members == 1):
        _marker(group, x, y, series.shape)


def _along(piece: Points, start: float, spacing: float, *, flat: bool) -> Points:
    """Points of a line at equal distances, measured along it or, flat, along the axis."""
    found: Points = []
    wanted, passed = start, 0.0
    for a, b in pairwise(piece):
        size = b[0] - a[0] if flat else math.dist(a, b)
        while size > 0 and wanted <= passed + size:
            share = (wanted - passed) / size
            found.append((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share))
            wanted += spacing
        passed += size
    return found


def _marker(parent: ET.Element, x: float, y: float, shape: int) -> None:
    outlines: tuple[Points, ...] = (
        [],
        [(-3.2, -3.2), (3.2, -3.2), (3.2, 3.2), (-3.2, 3.2)],
        [(0, -4.4), (4.2, 3.2), (-4.2, 3.2)],
        [(0, -4.6), (4.6, 0), (0, 4.6), (-4.6, 0)],
    )
    outline = outlines[shape % 4]
    if outline:
        points = _coordinates([(x + dx, y + dy) for dx, dy in outline])
        ET.SubElement(parent, "polygon", {"class": "c-mark", "points": points})
    else:
        ET.SubElement(parent, "circle", {"class": "c-mark", "cx": _n(x), "cy": _n(y), "r": "3.6"})


def _nonfinite_lane(root: ET.Element, frame: _Frame, curves: list[Series]) -> None:
    _text(root, frame.left - 8, frame.top - 16, "NaN/∞", "c-tick", "end")
    seen: dict[int, int] = {}
    for series in curves:
        step = _first_nonfinite(series.values)
        if step is None:
            continue
        group = ET.SubElement(root, "g", {"class": f"c-s{series.colour}"})
        ET.SubElement(group, "title").text = clean(f"{series.label}: first non-finite value at step {step}")
        x = frame.x(step)
        if step not in seen:
            _line(group, x, frame.top - 13, x, frame.bottom, "c-stop")
        x += 9 * seen.get(step, 0)
        seen[step] = seen.get(step, 0) + 1
        y = frame.top - 20
        _line(group, x - 3.5, y - 3.5, x + 3.5, y + 3.5, "c-cross")
        _line(group, x - 3.5, y + 3.5, x + 3.5, y - 3.5, "c-cross")


def _legend_beside(root: ET.Element, frame: _Frame, curves: list[Series], width: int) -> None:
    ends = []
    for order, series in enumerate(curves):
        finite = [(step, value) for step, value in enumerate(series.values) if _finite(value)]
        reaches = bool(finite) and finite[-1][0] == len(series.values) - 1
        y = frame.y(_clip(finite[-1][1])) if finite else frame.top
        ends.append((round(y) if reaches else frame.top - 1, order, y, series, reaches))
    ends.sort(key=lambda end: end[:2])
    spread = _spread([end[0] for end in ends], frame.top, frame.bottom, 19)
    left = frame.right + 26
    for at, (_, _, y, series, reaches) in zip(spread, ends, strict=True):
        if reaches:
            stem = frame.x(len(series.values) - 1) + 3
            points = _coordinates([(stem, y), (left - 16, at), (left - 4, at)])
            ET.SubElement(root, "polyline", {"class": "c-leader", "points": points})
        _legend_entry(root, left, at, series, width - left - 34)


def _legend_below(root: ET.Element, frame: _Frame, curves: list[Series], width: int, widest: float) -> None:
    columns = 2 if widest < width / 2 - 50 else 1
    for index, series in enumerate(curves):
        left = 10 + (index % columns) * (width - 10) / columns
        _legend_entry(root, left, frame.bottom + 56 + 19 * (index // columns), series, width / columns - 44)


def _legend_entry(root: ET.Element, left: float, y: float, series: Series, room: float) -> None:
    group = ET.SubElement(root, "g", {"class": "c-s-bound" if series.bound else f"c-s{series.colour}"})
    key = _line(group, left, y, left + 26, y, "c-bound" if series.bound else "c-line")
    if not series.bound:
        if _DASHES[series.shape % 4]:
            key.set("stroke-dasharray", _DASHES[series.shape % 4])
        _marker(group, left + 13, y, series.shape)
    _text(root, left + 33, y + 4, _shortened(_legend_text(series), room), "c-label", "start")


def _legend_text(series: Series) -> str:
    first = _first_nonfinite(series.values)
    stop = "" if first is None else f", {quantities.nonfinite(series.values[first] or 0.0)} at step {first}"
    return series.label + (f" {series.note}" if series.note else "") + stop


def _spread(wanted: Sequence[float], top: float, bottom: float, gap: float) -> list[float]:
    """Sorted heights moved apart to at least `gap`, staying inside where there is room."""
    placed: list[float] = []
    for value in wanted:
        placed.append(max(value, placed[-1] + gap if placed else top + gap / 2))
    ceiling = bottom - 2
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], ceiling)
        ceiling = placed[index] - gap
    return placed


def _pieces(values: Sequence[float | None], frame: _Frame) -> list[Points]:
    """The stretches of a curve between values that are not finite, over what was not recorded, thinned to what a screen can show."""
    pieces: list[list[tuple[int, float]]] = [[]]
    for step, value in enumerate(values):
        if _finite(value):
            pieces[-1].append((step, frame.y(_clip(value))))
        elif value is not None and pieces[-1]:
            pieces.append([])
    most = max(80, int(0.35 * (frame.right - frame.left)))
    return [[(frame.x(step), y) for step, y in _thinned(piece, most)] for piece in pieces if piece]


def _thinned(piece: list[tuple[int, float]], most: int) -> list[tuple[int, float]]:
    """At most the lowest and highest point of each small stretch, so that no spike is lost."""
    if len(piece) <= most:
        return piece
    size = len(piece) / (most // 2)
    kept = {piece[0], piece[-1]}
    for bucket in range(most // 2):
        part = piece[int(bucket * size) : int((bucket + 1) * size)]
        if part:
            kept.update((min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])))
    return sorted(kept)


def _bar(root: ET.Element, row: Ratio, x: Callable[[float], float], middle: float) -> None:
    if row.value is None or not math.isfinite(row.value) or row.value <= 0:
        return
    group = ET.SubElement(root, "g", {"class": f"c-s{row.colour}"})
    ET.SubElement(group, "title").text = clean(f"{row.label}: {_ratio_text(row)}")
    start, end = sorted((x(1.0), x(row.value)))
    size = {"x": _n(start), "y": _n(middle - 7), "width": _n(max(end - start, 1.5)), "height": "14", "rx": "2"}
    ET.SubElement(group, "rect", {"class": "c-bar", **size})
    if row.low is None or row.high is None or not 0 < row.low <= row.high < math.inf:
        return
    low, high = x(row.low), x(row.high)
    outline = f"M{_n(low)} {_n(middle - 5)}v10m0-5H{_n(high)}m0-5v10"
    for style in ("c-halo", "c-whisker"):
        ET.SubElement(root, "path", {"class": style, "d": outline})


def _ratio_text(row: Ratio) -> str:
    if row.low is None or row.high is None:
        return quantities.ratio(row.value)
    return f"{quantities.ratio(row.value)} ({quantities.ratio(row.low)[:-1]}–{quantities.ratio(row.high)[:-1]})"


def _ratio_range(rows: Sequence[Ratio]) -> tuple[float, float]:
    found = [value for row in rows for value in (row.value, row.low, row.high) if value is not None]
    usable = [value for value in found if 0 < value < math.inf]
    return min([*usable, 0.8]) / 1.15, max([*usable, 1.25]) * 1.15


def _ratio_ticks(low: float, high: float, room: float) -> list[float]:
    """The finest ticks whose labels do not run into each other; 1 is always among them."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    unit = room / math.log(high / low)
    for factors in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{factor * 10.0**power:g}") for power in decades for factor in factors]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if all(unit * math.log(b / a) >= 46 for a, b in pairwise(ticks)):
            return ticks
    every = math.ceil(46 / (unit * math.log(10)))
    return [tick for tick in ticks if round(math.log10(tick)) % every == 0]


def _root(ident: str, title: str, description: str, width: float, height: float) -> ET.Element:
    names = {"aria-labelledby": f"{ident}-t {ident}-d", "viewBox": f"0 0 {_n(width)} {_n(height)}"}
    root = ET.Element("svg", {"role": "img", "class": "c-chart", **names})
    title_element = ET.SubElement(root, "title", {"id": f"{ident}-t"})
    title_element.text = clean(title)
    description_element = ET.SubElement(root, "desc", {"id": f"{ident}-d"})
    description_element.text = clean(description)
    ET.SubElement(root, "rect", {"class": "c-surface", "width": _n(width), "height": _n(height)})
    return root


def _line(parent: ET.Element, x1: float, y1: float, x2: float, y2: float, style: str) -> ET.Element:
    ends = {"x1": _n(x1), "y1": _n(y1), "x2": _n(x2), "y2": _n(y2)}
    return ET.SubElement(parent, "line", {"class": style, **ends})


def _text(parent: ET.Element, x: float, y: float, text: str, style: str, anchor: str) -> ET.Element:
    element = ET.SubElement(parent, "text", {"class": style, "x": _n(x), "y": _n(y), "text-anchor": anchor})
    element.text = clean(text)
    return element


def _coordinates(points: Points) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _text_width(text: str) -> float:
    return _CHARACTER * len(text)


def _shortened(text: str, room: float) -> str:
    most = max(4, int(room / _CHARACTER))
    return text if len(text) <= most else text[: most - 1] + "…"


def _escape_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _first_nonfinite(values: Sequence[float | None]) -> int | None:
    return next((step for step, value in enumerate(values) if value is not None and not math.isfinite(value)), None)


def _clip(value: float | None) -> float:
    return min(max(value or 0.0, -_LIMIT), _LIMIT)
