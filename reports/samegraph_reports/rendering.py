"""From blocks to text: one HTML page that needs nothing beside it, and its Markdown twin."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import palette
from .blocks import Answer, Block, Claim, Code, Inline, Link, Part, Strong, Verdict

if TYPE_CHECKING:
    import jinja2

_MARKDOWN = re.compile(r"[\\`*_\[\]|~]|^[#+-]|^\d+(?=[.)](?: |$))")


@dataclass(frozen=True)
class Page:
    """Everything the templates show: the headline, what is answered, problems, each part's first blocks, then the bodies."""

    headline: Claim
    answers: Sequence[Answer]
    created: str
    machine: str
    problems: Sequence[Block]
    parts: Sequence[Part]


def html(page: Page) -> str:
    """The page, with a policy that lets the browser fetch nothing and run its own script only."""
    templates = _templates()
    script = templates.get_template("script.js.j2").render().strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    light, dark = palette.variables(False), palette.variables(True)
    style = templates.get_template("style.css.j2").render(light=light, dark=dark, chart=chart_style())
    return templates.get_template("page.html.j2").render(page=page, style=style, script=script, digest=digest)


def markdown(page: Page) -> str:
    """The same content for a reader of text."""
    text = _templates().get_template("page.md.j2").render(page=page)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def chart_style() -> str:
    """The style sheet that the charts on the page and the free-standing ones share."""
    return _templates().get_template("chart.css.j2").render(slots=range(palette.SLOTS)).strip()


@functools.cache
def _templates() -> jinja2.Environment:
    try:
        import jinja2
    except ImportError as error:
        message = "building a report needs jinja2, which is not installed: pip install 'samegraph[report]'"
        raise ImportError(message) from error
    loader = jinja2.PackageLoader("samegraph_reports")
    templates = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["sortable"] = _sortable
    templates.filters["tags"] = json.dumps
    templates.filters["md"] = _escape_markdown
    templates.filters["inline"] = _inline
    templates.filters["inline_md"] = _inline_markdown
    templates.filters["fenced"] = _fenced
    return templates


def _sortable(value: float) -> str:
    """A number as a browser reads it."""
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "NaN" if math.isnan(value) else f"{value:.9g}"


def _inline(parts: Sequence[Inline]) -> Any:
    """Running text as HTML."""
    from markupsafe import Markup

    found = Markup("")
    for part in parts:
        if isinstance(part, Code):
            found += Markup("<code>{}</code>").format(part.text)
        elif isinstance(part, Strong):
            found += Markup("<strong>{}</strong>").format(part.text)
        elif isinstance(part, Verdict):
            told = Markup('<strong class="is-{}"><span aria-hidden="true">{}</span> {}</strong>')
            found += told.format(part.status, part.mark, part.text)
        elif isinstance(part, Link):
            found += Markup('<a href="#{}">{}</a>').format(part.anchor, part.text)
        else:
            found += part
    return found


def _inline_markdown(parts: Sequence[Inline]) -> Any:
    """Running text as Markdown."""
    from markupsafe import Markup

    found = Markup("")
    for part in parts:
        if isinstance(part, Code):
            found += Markup("<code>{}</code>").format(_escape_markdown(part.text))
        elif isinstance(part, Strong):
            found += Markup("**{}**").format(_escape_markdown(part.text.strip()))
        elif isinstance(part, Verdict):
            found += Markup("**{} {}**").format(part.mark, _escape_markdown(part.text.strip()))
        elif isinstance(part, Link):
            found += _escape_markdown(part.text) if part.named else ""
        else:
            found += _escape_markdown(part)
    return found


def _escape_markdown(text: object) -> Any:
    """Text that means nothing to Markdown, nor to the HTML inside Markdown, and stays on one line."""
    from markupsafe import Markup

    flat = re.sub(r"\s+", " ", str(text))
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A bare address would be turned into a link by many readers.
    flat = re.sub(r"(?i)(https?|ftp|www)(?=[:.])", "\\1\N{ZERO WIDTH SPACE}", flat)
    return Markup(_MARKDOWN.sub(_escaped, flat))


def _escaped(match: re.Match[str]) -> str:
    """A backslash before the mark; a number that would start a list gets it before its dot."""
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def _fenced(text: str) -> Any:
    """Text inside a fence longer than any within it."""
    from markupsafe import Markup

    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markup(f"{fence}\n{text.strip()}\n{fence}")
