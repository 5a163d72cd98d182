"""The colours and lines of a drawing, light and dark."""

from __future__ import annotations

_MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
_SANS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

# selector: (property, light, dark)
_COLOURS: dict[str, list[tuple[str, str, str]]] = {
    "svg": [("color", "#171b21", "#e8ecf2")],
    ".paper": [("fill", "#ffffff", "#14181e")],
    ".operation": [("fill", "#f3f5f8", "#232a33"), ("stroke", "#66717e", "#8a96a5")],
    ".placeholder": [("fill", "#e1eefe", "#12304f"), ("stroke", "#1d65c9", "#6aaaf5")],
    ".variable": [("fill", "#fdeecb", "#40300d"), ("stroke", "#a96a00", "#e6ae4b")],
    ".assignment": [("fill", "#fff8e8", "#2c2412"), ("stroke", "#a96a00", "#e6ae4b")],
    ".constant": [("fill", "#ffffff", "#14181e"), ("stroke", "#a3acb7", "#5d6875")],
    ".group": [("fill", "#ffffff", "#14181e"), ("stroke", "#66717e", "#8a96a5")],
    ".folded": [("fill", "#e4e9ef", "#2d3641"), ("stroke", "#66717e", "#8a96a5")],
    ".inner": [("stroke", "#66717e", "#8a96a5")],
    ".reverse": [("fill", "#fbf8ff", "#2b2140"), ("stroke", "#7d55b8", "#b797e8")],
    ".scope": [("stroke", "#b9c2cc", "#444f5c"), ("fill", "#8b99a8", "#8b99a8")],
    ".shade": [("stroke", "#c4aee6", "#5b4488"), ("fill", "#f1eafb", "#1f1830")],
    ".sub,.note,.label,.of,.legend": [("fill", "#4d5865", "#aab5c1")],
    ".label,.of": [("stroke", "#ffffff", "#14181e")],
    ".shaded": [("stroke", "#f1eafb", "#1f1830")],
    ".data": [("stroke", "#56616e", "#95a1af")],
    ".data .tip": [("fill", "#56616e", "#95a1af")],
    ".back": [("stroke", "#7d55b8", "#b797e8")],
    ".back .tip": [("fill", "#7d55b8", "#b797e8")],
    ".control": [("stroke", "#8b95a1", "#76818e")],
    ".control .tip": [("fill", "#8b95a1", "#76818e")],
    ".write": [("stroke", "#b57a16", "#d9a13f")],
    ".write .tip": [("fill", "#b57a16", "#d9a13f")],
}
_SHAPES = (
    f"text{{font-family:{_MONO};fill:currentColor;stroke:none}}"
    f".heading,.legend{{font-family:{_SANS}}}.heading{{font-size:16px;font-weight:600}}.legend{{font-size:11px}}"
    ".head{font-size:12px;font-weight:600}.sub{font-size:10.5px}.note,.label,.of{font-size:10px}"
    ".note{font-style:italic}.middle{text-anchor:middle}.end{text-anchor:end}.of{font-weight:600}"
    ".label,.of{stroke-width:3px;stroke-linejoin:round;paint-order:stroke}"
    ".scope{fill-opacity:.07}.fetched{stroke-width:2.5}.inner{fill:none}"
    ".data,.control,.write{fill:none;stroke-width:1.2}.tip{stroke:none}"
    ".control,.group{stroke-dasharray:4 3}.write{stroke-dasharray:1.5 3;stroke-linecap:round}"
)


def sheet() -> str:
    """The style sheet."""
    return f"{_SHAPES}{_rules(1)}@media (prefers-color-scheme:dark){{{_rules(2)}}}"


def _rules(column: int) -> str:
    return "".join(
        f"{selector}{{{';'.join(f'{row[0]}:{row[column]}' for row in rows)}}}" for selector, rows in _COLOURS.items()
    )
