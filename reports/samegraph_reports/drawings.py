"""Making a foreign SVG safe to stand inside the page: what could run, fetch or restyle anything is refused.

Only known elements pass. Names (ids and classes) get a prefix, so that two drawings, or a drawing and the page, cannot
mean the same thing by one name.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from .source import clean

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_DRAWING = (
    "svg g defs symbol use title desc style metadata a switch marker path rect circle ellipse line polyline polygon "
    "text tspan textPath linearGradient radialGradient stop clipPath mask pattern"
)
_HARMLESS = (
    "rgb rgba hsl hsla var calc min max url light-dark color-mix not is where nth-child matrix rotate translate "
    "translatex translatey scale scalex scaley skewx skewy"
)
_ELEMENTS = frozenset(_DRAWING.split())
_FUNCTIONS = frozenset(_HARMLESS.split())
_LIMIT = 4_000_000


class Refused(ValueError):
    """The drawing cannot be put on the page; the message says why."""


def sanitised(raw: bytes, prefix: str) -> ET.Element:
    """The drawing as a tree that may stand inside a page; raises `Refused` where it may not."""
    root = _parsed(raw)
    _check_element(root)
    names = {str(element.get("id")) for element in root.iter() if element.get("id")}
    for element in list(root.iter()):
        _rewrite(element, prefix, names)
    root.set("class", f"{prefix} {root.get('class', '')}".strip())
    return root


def described(root: ET.Element, title: str) -> str:
    """The text of a tree, named for those who cannot see it."""
    root.set("role", "img")
    root.set("aria-label", clean(title))
    return ET.tostring(root, encoding="unicode")


def size(root: ET.Element) -> tuple[float, float] | None:
    """Width and height, from the view box or else from the attributes."""
    numbers = re.findall(r"-?[\d.]+", root.get("viewBox", ""))
    try:
        if len(numbers) == 4:
            return float(numbers[2]), float(numbers[3])
        width, height = (re.match(r"[\d.]+", root.get(name, "")) for name in ("width", "height"))
        return (float(width[0]), float(height[0])) if width and height else None
    except ValueError:
        return None


def _parsed(raw: bytes) -> ET.Element:
    if len(raw) > _LIMIT:
        raise Refused(f"is larger than {_LIMIT // 1_000_000} MB")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("is not UTF-8 text") from None
    # Entities can expand without bound and name files; a document type without any is what Graphviz writes.
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", text, re.IGNORECASE):
        raise Refused("declares entities")
    try:
        root = ET.fromstring(text)
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise Refused(f"is truncated or is not XML ({error})") from None
    if root.tag != _SVG + "svg":
        raise Refused("is not an SVG drawing")
    return root


def _check_element(element: ET.Element) -> None:
    """Refuse what is active, drop what is foreign; iterative, because drawings may nest deeply."""
    waiting = [element]
    while waiting:
        current = waiting.pop()
        for child in list(current):
            tag = str(child.tag)
            if tag.startswith(_SVG) and tag.removeprefix(_SVG) not in _ELEMENTS:
                raise Refused(f"holds a <{tag.removeprefix(_SVG)}>, which may not stand in a report")
            if tag.startswith(_XHTML) or tag.lower() in ("script", "iframe"):
                raise Refused("holds HTML")
            # Inside these a browser reads HTML, so nothing but text may be there.
            if current.tag in (_SVG + "title", _SVG + "desc", _SVG + "style"):
                raise Refused(f"nests elements in a <{str(current.tag).removeprefix(_SVG)}>")
            if not tag.startswith(_SVG) or tag == _SVG + "metadata":
                current.remove(child)
            else:
                waiting.append(child)


def _rewrite(element: ET.Element, prefix: str, names: set[str]) -> None:
    element.tag = str(element.tag).removeprefix(_SVG)
    attributes = dict(element.attrib)
    element.attrib.clear()
    for given, value in attributes.items():
        name = "href" if given == _XLINK else given
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
            continue
        element.set(name, _attribute(name, value, prefix, names))
    if element.tag == "style":
        element.text = _style(element.text or "", prefix)
    elif element.text:
        element.text = clean(element.text)


def _attribute(name: str, value: str, prefix: str, names: set[str]) -> str:
    lowered = name.lower()
    if lowered.startswith("on"):
        raise Refused(f"has an {name} attribute")
    if lowered in ("src", "srcdoc", "action", "formaction", "xmlns"):
        raise Refused(f"has a {name} attribute")
    if lowered == "href":
        if not re.fullmatch(r"#[\w.:-]+", value):
            raise Refused(f"refers to something outside itself: {value[:60]}")
        return f"#{prefix}-{value[1:]}"
    if lowered == "id":
        return f"{prefix}-{value}"
    if lowered == "class":
        return " ".join(f"{prefix}-{part}" for part in value.split())
    if lowered in ("aria-labelledby", "aria-describedby"):
        return " ".join(f"{prefix}-{part}" if part in names else part for part in value.split())
    if lowered.startswith(("aria-", "data-")):
        return clean(value)
    return _value(clean(value), prefix)


def _value(text: str, prefix: str) -> str:
    """An attribute or a CSS value in which every function is a harmless one and every url() stays inside."""
    if "\\" in text or re.search(r"javascript:|expression|@|//", text, re.IGNORECASE):
        raise Refused(f"refers to something outside itself: {text[:60]}")
    for function in re.findall(r"([A-Za-z-]+)\s*\(", text):
        if function.lower() not in _FUNCTIONS:
            raise Refused(f"uses {function}(), which may not stand in a report")
    urls = r"url\(\s*[\"']?(#?)([\w.:-]*)[\"']?\s*\)"
    if len(re.findall(r"url\s*\(", text, re.IGNORECASE)) != len(
        re.findall(urls.replace("#?", "#"), text, re.IGNORECASE)
    ):
        raise Refused(f"refers to something outside itself: {text[:60]}")
    return re.sub(urls, rf"url(#{prefix}-\2)", text, flags=re.IGNORECASE)


def _style(text: str, prefix: str) -> str:
    """A style sheet whose every rule reaches this drawing only."""
    text = re.sub(r"/\*.*?\*/", "", clean(text), flags=re.DOTALL)
    # The page has a light and a dark of its own; a drawing that follows the system alone would contradict it.
    text = re.sub(r"@media[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", text)
    if re.sub(r"[^{}]+\{[^{}]*\}", "", text).strip() or "<" in text:
        raise Refused("has a style sheet that cannot be read")
    return "".join(f"{_selectors(where, prefix)}{{{_value(what.strip(), prefix)}}}" for where, what in rules)


def _selectors(text: str, prefix: str) -> str:
    selectors = []
    for selector in _value(text, prefix).split(","):
        named = re.sub(r"([.#])([A-Za-z_][\w-]*)", rf"\1{prefix}-\2", selector.strip())
        at_root = re.match(r"(?:svg|:root)(?![\w-])", named)
        selectors.append(f".{prefix}{named[at_root.end() :]}" if at_root else f".{prefix} {named}")
    return ",".join(selectors)
